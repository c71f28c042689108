"""Retell's side of a call: a scripted German agent that signs function calls, and a page to play a caller."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from flask import Blueprint

from simulator.control.clock import SteerableClock
from simulator.retell.desk import CallDesk
from simulator.retell.ports import CalcomRefusedError, CalcomView
from simulator.retell.routes_api import add_api
from simulator.retell.routes_page import PAGE, add_page
from simulator.retell.settings import RetellSettings

if TYPE_CHECKING:
    import requests

__all__ = ["CalcomRefusedError", "CalcomView", "RetellSettings", "create_blueprint"]


def create_blueprint(
    *,
    clock: SteerableClock,
    http: Callable[[], requests.Session],
    settings: RetellSettings,
    calcom: CalcomView,
) -> Blueprint:
    """Routes of the call simulator: `/test/retell-simulator`, `/test/api/retell/…`, `/__admin/retell`.

    `clock` dates and signs, `http` makes sessions for the way to the gateway, `settings` may change while the
    simulator runs, `calcom` shows the fake's books and takes a rival's clicks.
    """
    blueprint = Blueprint(
        "retell",
        __name__,
        template_folder="templates",
        static_folder="static",
        static_url_path=f"{PAGE}/static",
    )
    desk = CallDesk(settings, clock=clock, http=http)
    add_api(blueprint, desk, calcom)
    add_page(blueprint, desk, calcom)
    blueprint.record_once(lambda state: state.app.extensions.setdefault("retell.desk", desk))
    return blueprint

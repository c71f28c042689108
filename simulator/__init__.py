"""A stateful fake Cal.com and a Retell call simulator that fail on command; it stands alone."""

from __future__ import annotations

import random
from collections.abc import Callable
from typing import TYPE_CHECKING

from flask import Flask

from simulator import calcom, console, retell
from simulator.calcom.accounts import Accounts
from simulator.calcom.door import FrontDoor
from simulator.calcom.gate import Gate
from simulator.calcom.view import AccountsView
from simulator.control import routes as control
from simulator.control.clock import SteerableClock, SteeredClock
from simulator.control.transport import CuttingMiddleware
from simulator.retell.settings import RetellSettings

if TYPE_CHECKING:
    import requests

__all__ = ["create_app"]


def create_app(
    *,
    clock: SteerableClock | None = None,
    seed: int = 0,
    http: Callable[[], requests.Session] | None = None,
    gateway_url: str | None = None,
    retell_api_key: str | None = None,
) -> Flask:
    """A simulator with one demo account: ``/v2`` (Cal.com), ``/__admin`` (control), ``/test`` (Retell).

    ``clock`` and ``http`` (makes a session for each webhook) are the system's unless given.
    ``seed`` makes ids and fault decisions repeatable.
    """
    clock = clock or SteeredClock()
    http = http or _new_session
    app = Flask(__name__)
    accounts = Accounts(clock, http, seed, calcom.OPERATION_NAMES)
    gate = Gate(accounts, clock, random.Random(f"{seed}|requests"))  # noqa: S311 (repeatable on purpose)
    app.extensions["simulator"] = accounts
    view = AccountsView(accounts, clock)
    app.register_blueprint(control.create_blueprint(accounts, clock, calcom.OPERATIONS))
    app.register_blueprint(console.create_blueprint(accounts, clock, view, calcom.OPERATIONS))
    settings = RetellSettings()
    settings.update({k: v for k, v in (("gateway_url", gateway_url), ("api_key", retell_api_key)) if v})
    app.register_blueprint(retell.create_blueprint(clock=clock, http=http, settings=settings, calcom=view))
    door = FrontDoor(calcom.OPERATIONS, gate, app.wsgi_app)
    app.wsgi_app = CuttingMiddleware(door)  # type: ignore[method-assign]
    return app


def _new_session() -> requests.Session:
    import requests  # noqa: PLC0415 (a third of the time to start; most runs send no webhook)

    session = requests.Session()
    session.trust_env = False
    return session

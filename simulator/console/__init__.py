"""The page for people at ``/__admin``: calendar, journal, faults, webhooks, clock and checks of one account."""

from __future__ import annotations

from flask import Blueprint

from simulator.calcom.accounts import Accounts
from simulator.calcom.exchange import Operation
from simulator.calcom.view import AccountsView
from simulator.console.routes import add_routes
from simulator.control.clock import SteerableClock

__all__ = ["create_blueprint"]


def create_blueprint(
    accounts: Accounts, clock: SteerableClock, view: AccountsView, operations: tuple[Operation, ...]
) -> Blueprint:
    """The console's routes; JSON goes to who asks for JSON, the page to who asks for HTML."""
    blueprint = Blueprint(
        "console",
        __name__,
        url_prefix="/__admin",
        template_folder="templates",
        static_folder="static",
        static_url_path="/static",
    )
    add_routes(blueprint, accounts, clock, view, operations)
    return blueprint

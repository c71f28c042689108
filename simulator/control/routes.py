"""``/__admin``: everything a test does to the simulator, as JSON; no route has a hidden side effect."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime
from functools import cache
from pathlib import Path
from typing import Any

from flask import Blueprint, Response, jsonify, request
from werkzeug.exceptions import NotFound

from simulator.calcom.accounts import Account, Accounts
from simulator.calcom.admin import free_slot, list_booking_records, set_slots, take_slot
from simulator.calcom.exchange import Operation
from simulator.control.asking import asked_account, asked_object, asks_for_all, utc_text
from simulator.control.clock import SteerableClock
from simulator.control.errors import ControlError, bad_value, unknown_key
from simulator.control.fault_time import parse_instant
from simulator.control.latency import parse_seconds
from simulator.control.routes_journal import add_journal_routes
from simulator.control.routes_traps import add_delivery_routes, add_fault_routes

_METHODS = ("GET", "POST", "PUT", "PATCH", "DELETE")
_OPENAPI = Path(__file__).with_name("openapi.json")
_LAST_YEAR = 2999
_OWN_PATHS = ("/__admin", "/test/")
_SECRETS = frozenset({"authorization", "x-cal-secret-key", "cookie"})


def create_blueprint(
    accounts: Accounts, clock: SteerableClock, operations: Sequence[Operation] = ()
) -> Blueprint:
    """The control routes over all accounts of one simulator; ``operations`` are the fake's, for near misses."""
    blueprint = Blueprint("control", __name__, url_prefix="/__admin")
    blueprint.register_error_handler(ControlError, _refused)
    _add_world_routes(blueprint, accounts, clock)
    add_fault_routes(blueprint, accounts)
    add_journal_routes(blueprint, accounts, clock, operations)
    add_delivery_routes(blueprint, accounts)
    _add_clock_routes(blueprint, clock)
    _add_server_routes(blueprint, accounts, clock)
    blueprint.add_url_rule("/<path:rest>", view_func=_no_such_route, methods=list(_METHODS))
    _add_lost_requests(blueprint, accounts, clock)
    return blueprint


def _add_world_routes(blueprint: Blueprint, accounts: Accounts, clock: SteerableClock) -> None:
    @blueprint.get("/state")
    def get_state() -> Response:
        return jsonify(asked_account(accounts).get_state())

    @blueprint.put("/state")
    def put_state() -> Response:
        return jsonify(accounts.put_state(request.args.get("account"), asked_object()).get_state())

    @blueprint.post("/reset")
    def reset() -> Response:
        named = accounts.list_accounts() if asks_for_all() else [asked_account(accounts)]
        unused = {account.key: account.faults.never_fired() for account in named}
        for account in named:
            account.reset()
        never_fired = {key: rules for key, rules in unused.items() if rules}
        return jsonify({"reset": [account.key for account in named], "never_fired": never_fired})

    @blueprint.put("/slots")
    def put_slots() -> Response:
        body = asked_object("event_type_id", "starts")
        return jsonify(set_slots(asked_account(accounts), body.get("event_type_id"), body.get("starts")))

    @blueprint.post("/take-slot")
    def post_take_slot() -> tuple[Response, int]:
        body = asked_object("start", "event_type_id")
        account = asked_account(accounts)
        record = take_slot(account, body.get("start"), body.get("event_type_id"), clock.now())
        return jsonify({"booking": record}), 201

    @blueprint.post("/free-slot")
    def post_free_slot() -> Response:
        record = free_slot(asked_account(accounts), asked_object("uid").get("uid"), clock.now())
        return jsonify({"booking": record})

    @blueprint.get("/bookings")
    def list_bookings() -> Response:
        return jsonify({"bookings": list_booking_records(asked_account(accounts))})


def _add_clock_routes(blueprint: Blueprint, clock: SteerableClock) -> None:
    @blueprint.get("/clock")
    def get_clock() -> Response:
        return jsonify(clock_face(clock))

    @blueprint.put("/clock")
    def put_clock() -> Response:
        body = asked_object("now", "mode")
        if body.get("mode") is not None:
            set_mode(clock, body["mode"])
        if body.get("now") is not None:
            clock.set(_instant("now", body["now"]))
        return jsonify(clock_face(clock))

    @blueprint.post("/clock/advance")
    def advance_clock() -> Response:
        advance(clock, asked_object("seconds").get("seconds"))
        return jsonify(clock_face(clock))


def _add_server_routes(blueprint: Blueprint, accounts: Accounts, clock: SteerableClock) -> None:
    @blueprint.get("/health")
    def health() -> Response:
        return jsonify({"status": "ok", "accounts": len(accounts.list_accounts()), **clock_face(clock)})

    @blueprint.get("/accounts")
    def list_accounts() -> Response:
        return jsonify({"accounts": [_summary(account) for account in accounts.list_accounts()]})

    @blueprint.post("/accounts")
    def create_account() -> tuple[Response, int]:
        body = asked_object("name", "key")
        for name in ("name", "key"):
            if not isinstance(body.get(name, "" if name == "key" else None), str | None):
                raise bad_value(name, "must be text")
        if not body.get("name"):
            raise bad_value("name", "is missing")
        return jsonify(_summary(accounts.create(body["name"], body.get("key")))), 201

    @blueprint.get("/openapi.json")
    def openapi() -> Response:
        return Response(_openapi(), content_type="application/json")


def _add_lost_requests(blueprint: Blueprint, accounts: Accounts, clock: SteerableClock) -> None:
    """Requests that go nowhere near ``/v2`` are journaled too: most often the base address lacks it."""

    @blueprint.app_errorhandler(404)
    def nowhere(error: NotFound) -> NotFound | tuple[Response, int]:
        if request.path.startswith(_OWN_PATHS):
            return error
        token = request.headers.get("Authorization", "").removeprefix("Bearer ").strip()
        account = accounts.find(token)
        target = request.full_path.rstrip("?")
        body = {"message": f"Cannot {request.method} {target}", "error": "Not Found", "statusCode": 404}
        journal = account.journal if account else accounts.unassigned
        entry_id = journal.begin(
            at=utc_text(clock.now()),
            account=account.key if account else None,
            method=request.method,
            path=request.path,
            query=request.query_string.decode("latin-1"),
            headers={k.lower(): "***" if k.lower() in _SECRETS else v for k, v in request.headers.items()},
            body=request.get_data(),
        )
        response = jsonify(body)
        journal.finish(entry_id, status=404, response_headers={}, response_body=response.get_data())
        return response, 404


@cache
def _openapi() -> bytes:
    return _OPENAPI.read_bytes()


def clock_face(clock: SteerableClock) -> dict[str, Any]:
    """What the clock shows: its time in UTC, and whether it runs."""
    return {"now": utc_text(clock.now()), "mode": getattr(clock, "mode", "running")}


def set_mode(clock: SteerableClock, mode: object) -> None:
    """Let the clock run or stand; 501 for a clock that can't."""
    verbs = {"frozen": "freeze", "running": "run"}
    if not isinstance(mode, str) or mode not in verbs:
        raise unknown_key("mode", str(mode), verbs)
    verb: Callable[[], None] | None = getattr(clock, verbs[mode], None)
    if verb is None:
        raise ControlError(501, "mode_impossible", f"the clock in use can't be {mode}")
    verb()


def advance(clock: SteerableClock, seconds: object) -> None:
    """Move the clock ahead."""
    span = parse_seconds("seconds", seconds)
    if clock.now().year + span / (365 * 86_400) > _LAST_YEAR:
        raise bad_value("seconds", f"would move the clock beyond the year {_LAST_YEAR}")
    clock.advance(span)


def _summary(account: Account) -> dict[str, Any]:
    return {
        "name": account.name,
        "key": account.key,
        "base_path": f"/a/{account.name}/v2",
        "event_types": len(account.world.event_types),
        "bookings": len(account.world.bookings),
    }


def _instant(field: str, value: object) -> datetime:
    instant = parse_instant(field, value)
    if instant.year > _LAST_YEAR:
        raise bad_value(field, f"must not lie beyond the year {_LAST_YEAR}")
    return instant


def _no_such_route(rest: str) -> Response:
    raise ControlError(404, "unknown_route", f"there is no {request.method} /__admin/{rest}")


def _refused(error: ControlError) -> tuple[Response, int]:
    return jsonify(error.body()), error.status

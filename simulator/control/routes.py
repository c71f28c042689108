"""``/__admin``: everything a test does to the simulator, as JSON; no route has a hidden side effect."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

from flask import Blueprint, Response, jsonify, request

from simulator.calcom.accounts import Account, Accounts
from simulator.calcom.admin import emit_webhook, list_booking_records, set_slots, take_slot
from simulator.control.clock import SteerableClock
from simulator.control.errors import ControlError, bad_value, unknown_key
from simulator.control.journal import FIND_KEYS, JournalEntry, find_entries

_METHODS = ("GET", "POST", "PUT", "PATCH", "DELETE")
ALL_ACCOUNTS = "*"


def create_blueprint(accounts: Accounts, clock: SteerableClock) -> Blueprint:
    """The control routes over all accounts of one simulator."""
    blueprint = Blueprint("control", __name__, url_prefix="/__admin")
    blueprint.register_error_handler(ControlError, _refused)
    _add_world_routes(blueprint, accounts, clock)
    _add_fault_routes(blueprint, accounts)
    _add_journal_routes(blueprint, accounts)
    _add_delivery_routes(blueprint, accounts)
    _add_clock_routes(blueprint, clock)
    _add_server_routes(blueprint, accounts, clock)
    blueprint.add_url_rule("/<path:rest>", view_func=_no_such_route, methods=list(_METHODS))
    return blueprint


def _add_world_routes(blueprint: Blueprint, accounts: Accounts, clock: SteerableClock) -> None:
    @blueprint.get("/state")
    def get_state() -> Response:
        return jsonify(_account(accounts).get_state())

    @blueprint.put("/state")
    def put_state() -> Response:
        return jsonify(accounts.put_state(request.args.get("account"), _object()).get_state())

    @blueprint.post("/reset")
    def reset() -> Response:
        named = accounts.list_accounts() if _all() else [_account(accounts)]
        for account in named:
            account.reset()
        return jsonify({"reset": [account.key for account in named]})

    @blueprint.put("/slots")
    def put_slots() -> Response:
        body = _object("event_type_id", "starts")
        return jsonify(set_slots(_account(accounts), body.get("event_type_id"), body.get("starts")))

    @blueprint.post("/take-slot")
    def post_take_slot() -> tuple[Response, int]:
        body = _object("start", "event_type_id")
        record = take_slot(_account(accounts), body.get("start"), body.get("event_type_id"), clock.now())
        return jsonify({"booking": record}), 201

    @blueprint.get("/bookings")
    def list_bookings() -> Response:
        return jsonify({"bookings": list_booking_records(_account(accounts))})


def _add_fault_routes(blueprint: Blueprint, accounts: Accounts) -> None:
    @blueprint.post("/faults")
    def add_fault() -> tuple[Response, int]:
        return jsonify(_account(accounts).faults.add(_object()).to_json()), 201

    @blueprint.get("/faults")
    def list_faults() -> Response:
        rules = _account(accounts).faults.list_rules()
        return jsonify({"faults": [rule.to_json() for rule in rules]})

    @blueprint.delete("/faults")
    def clear_faults() -> Response:
        _account(accounts).faults.clear()
        return jsonify({"faults": []})

    @blueprint.delete("/faults/<fault_id>")
    def clear_fault(fault_id: str) -> Response:
        book = _account(accounts).faults
        book.clear(fault_id)
        return jsonify({"faults": [rule.to_json() for rule in book.list_rules()]})


def _add_journal_routes(blueprint: Blueprint, accounts: Accounts) -> None:
    @blueprint.get("/requests")
    def list_requests() -> Response:
        entries, dropped = _entries(accounts, _whole_number("after"))
        return jsonify({"requests": [entry.to_json() for entry in entries], "dropped": dropped})

    @blueprint.delete("/requests")
    def clear_requests() -> Response:
        for account in accounts.list_accounts() if _all() else [_account(accounts)]:
            account.journal.clear()
        if _all():
            accounts.unassigned.clear()
        return jsonify({"requests": [], "dropped": 0})

    @blueprint.post("/requests/find")
    def find_requests() -> Response:
        wanted = _object(*FIND_KEYS)
        entries, dropped = _entries(accounts, 0)
        found = [entry.to_json() for entry in find_entries(entries, wanted)]
        return jsonify({"count": len(found), "requests": found, "dropped": dropped})


def _add_delivery_routes(blueprint: Blueprint, accounts: Accounts) -> None:
    @blueprint.get("/deliveries")
    def list_deliveries() -> Response:
        deliveries = _account(accounts).deliveries
        return jsonify({"deliveries": [one.to_json() for one in deliveries.list_deliveries()]})

    @blueprint.post("/deliveries/<delivery_id>/redeliver")
    def redeliver(delivery_id: str) -> Response:
        return jsonify({"delivery": _account(accounts).deliveries.redeliver(delivery_id).to_json()})

    @blueprint.get("/deliveries/policy")
    def get_policy() -> Response:
        return jsonify(_account(accounts).deliveries.policy.to_json())

    @blueprint.put("/deliveries/policy")
    def put_policy() -> Response:
        return jsonify(_account(accounts).deliveries.set_policy(_object()).to_json())

    @blueprint.post("/webhooks/emit")
    def post_emit() -> Response:
        sent = emit_webhook(_account(accounts), _object("trigger", "booking_uid", "payload", "body"))
        return jsonify({"deliveries": [delivery.to_json() for delivery in sent]})


def _add_clock_routes(blueprint: Blueprint, clock: SteerableClock) -> None:
    @blueprint.get("/clock")
    def get_clock() -> Response:
        return jsonify(_clock_face(clock))

    @blueprint.put("/clock")
    def put_clock() -> Response:
        body = _object("now", "mode")
        if body.get("mode") is not None:
            _set_mode(clock, body["mode"])
        if body.get("now") is not None:
            clock.set(_instant("now", body["now"]))
        return jsonify(_clock_face(clock))

    @blueprint.post("/clock/advance")
    def advance_clock() -> Response:
        seconds = _object("seconds").get("seconds")
        if isinstance(seconds, bool) or not isinstance(seconds, int | float) or seconds < 0:
            raise bad_value("seconds", f"must be a number from 0 up, not {seconds!r}")
        clock.advance(float(seconds))
        return jsonify(_clock_face(clock))


def _add_server_routes(blueprint: Blueprint, accounts: Accounts, clock: SteerableClock) -> None:
    @blueprint.get("/health")
    def health() -> Response:
        return jsonify({"status": "ok", "accounts": len(accounts.list_accounts()), **_clock_face(clock)})

    @blueprint.get("/accounts")
    def list_accounts() -> Response:
        return jsonify({"accounts": [_summary(account) for account in accounts.list_accounts()]})

    @blueprint.post("/accounts")
    def create_account() -> tuple[Response, int]:
        body = _object("name", "key")
        if not isinstance(body.get("name"), str):
            raise bad_value("name", "is missing")
        return jsonify(_summary(accounts.create(body["name"], body.get("key")))), 201


def _clock_face(clock: SteerableClock) -> dict[str, Any]:
    return {"now": _iso(clock.now()), "mode": getattr(clock, "mode", "running")}


def _set_mode(clock: SteerableClock, mode: object) -> None:
    verbs = {"frozen": "freeze", "running": "run"}
    if mode not in verbs:
        raise unknown_key("mode", str(mode), verbs)
    verb: Callable[[], None] | None = getattr(clock, verbs[str(mode)], None)
    if verb is None:
        raise ControlError(501, "mode_impossible", f"the clock in use can't be {mode}")
    verb()


def _summary(account: Account) -> dict[str, Any]:
    return {
        "name": account.name,
        "key": account.key,
        "base_path": f"/a/{account.name}/v2",
        "event_types": len(account.world.event_types),
        "bookings": len(account.world.bookings),
    }


def _entries(accounts: Accounts, after: int) -> tuple[list[JournalEntry], int]:
    if not _all():
        journal = _account(accounts).journal
        return journal.list_entries(after), journal.dropped
    journals = [*(account.journal for account in accounts.list_accounts()), accounts.unassigned]
    entries = [entry for journal in journals for entry in journal.list_entries(after)]
    return sorted(entries, key=lambda entry: entry.id), sum(journal.dropped for journal in journals)


def _all() -> bool:
    return request.args.get("account") == ALL_ACCOUNTS


def _account(accounts: Accounts) -> Account:
    return accounts.get(request.args.get("account"))


def _object(*known: str) -> dict[str, Any]:
    """The body as an object; with ``known``, other keys are refused by name."""
    body = request.get_json(silent=True, force=True) if request.get_data() else {}
    if not isinstance(body, dict):
        raise bad_value("body", "must be a JSON object")
    for key in body:
        if known and key not in known:
            raise unknown_key("key", key, known)
    return body


def _whole_number(name: str) -> int:
    text = request.args.get(name, "0")
    if not text.isdigit():
        raise bad_value(name, f"must be a whole number, not {text!r}")
    return int(text)


def _instant(field: str, value: object) -> datetime:
    try:
        instant = datetime.fromisoformat(str(value))
    except ValueError as error:
        raise bad_value(field, f"must be an ISO date-time, not {value!r}") from error
    if instant.tzinfo is None:
        raise bad_value(field, f"needs an offset: {value!r}")
    return instant.astimezone(UTC)


def _iso(instant: datetime) -> str:
    return instant.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def _no_such_route(rest: str) -> Response:
    raise ControlError(404, "unknown_route", f"there is no {request.method} /__admin/{rest}")


def _refused(error: ControlError) -> tuple[Response, int]:
    return jsonify(error.body()), error.status

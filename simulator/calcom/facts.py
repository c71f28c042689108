"""What of a Cal.com request a fault rule can be matched on."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from simulator.calcom.exchange import Call, Operation
from simulator.calcom.times import parse_instant
from simulator.calcom.world import Booking
from simulator.control.faults import Facts


def facts_of(operation: Operation, call: Call) -> Facts:
    """The facts of a request; about a known booking, its own are taken where the request says nothing."""
    body = _body(call)
    uid = call.params.get("uid")
    booking = call.world.bookings.get(uid) if uid else None
    metadata = body.get("metadata") if isinstance(body.get("metadata"), dict) else None
    attendees = _attendees(body) or (_attendees_of(booking) if booking else ())
    start = _instant(body.get("start") or body.get("slotStart"))
    return Facts(
        operation=operation.name,
        operation_key=_key(operation, call, body, uid),
        event_type_id=_event_type_id(call, body, booking),
        start=start or (booking.start if booking else None),
        attendees=attendees,
        metadata=metadata or (dict(booking.metadata) if booking else {}),
        uid=uid,
    )


def _key(operation: Operation, call: Call, body: Mapping[str, Any], uid: str | None) -> str:
    """One name for one logical operation over all its attempts: a wish, a booking, a question."""
    if uid:
        return uid
    if operation.name != "create_booking":
        return call.asked.target if operation.method == "GET" else _sent(call)
    metadata = body.get("metadata")
    if isinstance(metadata, dict):
        for name in ("attempt_id", "call_id"):
            if metadata.get(name):
                return f"{name}={metadata[name]}"
    return f"{body.get('eventTypeId')}|{body.get('start')}|{','.join(_attendees(body))}"


def _sent(call: Call) -> str:
    """Where a request without a uid goes, and what it carries."""
    return f"{call.asked.target}|{call.asked.body.decode('utf-8', 'replace')}"


def _body(call: Call) -> dict[str, Any]:
    try:
        body = json.loads(call.asked.body or b"{}")
    except ValueError:
        return {}
    return body if isinstance(body, dict) else {}


def _attendees(body: Mapping[str, Any]) -> tuple[str, ...]:
    attendee = body.get("attendee")
    if not isinstance(attendee, Mapping):
        return ()
    return tuple(str(attendee[name]) for name in ("email", "name", "phoneNumber") if attendee.get(name))


def _attendees_of(booking: Booking) -> tuple[str, ...]:
    return tuple(
        word for person in booking.attendees for word in (person.email, person.name, person.phone) if word
    )


def _instant(value: object) -> Any:
    try:
        return parse_instant(value) if isinstance(value, str) else None
    except ValueError:
        return None


def _event_type_id(call: Call, body: Mapping[str, Any], booking: Booking | None) -> int | None:
    given = body.get("eventTypeId", call.asked.query.get("eventTypeId"))
    if given is None and call.params.get("id"):
        given = call.params["id"]
    if given is None:
        return booking.event_type_id if booking else None
    return int(given) if str(given).isdecimal() else None

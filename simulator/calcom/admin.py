"""What the control routes do to one account, beyond handing its objects out."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime
from typing import Any

from simulator.calcom.accounts import Account
from simulator.calcom.deliveries import Delivery
from simulator.calcom.errors import HttpException
from simulator.calcom.rivals import book_as_rival
from simulator.calcom.state import booking_record
from simulator.calcom.times import has_offset, milliseconds, parse_instant
from simulator.calcom.webhook_bodies import TRIGGERS
from simulator.calcom.world import EventType
from simulator.control.errors import ControlError, bad_value, unknown_key


def set_slots(account: Account, event_type_id: object, starts: object) -> dict[str, Any]:
    """Open exactly these starts for an event type from now on, minus bookings; its schedule rests."""
    if not isinstance(starts, list):
        raise bad_value("starts", "must be a list of ISO date-times")
    instants = tuple(sorted({_instant("starts", start) for start in starts}))
    world = account.world
    with world.lock:
        kind = _event_type(account, event_type_id)
        world.event_types[kind.id] = replace(kind, starts=instants)
        account.slot_cache = {}
    return {"event_type_id": kind.id, "starts": [milliseconds(start) for start in instants]}


def take_slot(account: Account, start: object, event_type_id: object, now: datetime) -> dict[str, Any]:
    """Let a rival book a span; 409 when no host is free at it. Webhooks go out as for any booking."""
    world = account.world
    instant = _instant("start", start)
    kind = _event_type(account, event_type_id)
    try:
        booking = book_as_rival(account, world, kind, instant, now)
    except HttpException as error:
        raise ControlError(
            409, "slot_taken", f"{milliseconds(instant)} is taken already", {"event_type_id": kind.id}
        ) from error
    with world.lock:
        return booking_record(world, world.bookings.get(booking.uid, booking))


def list_booking_records(account: Account) -> list[dict[str, Any]]:
    """All bookings in order of creation."""
    with account.world.lock:
        return [booking_record(account.world, b) for b in account.world.bookings.values()]


def emit_webhook(account: Account, trigger: object, booking_uid: object) -> list[Delivery]:
    """Tell the subscribers of an event, whether it happened or not."""
    if trigger not in TRIGGERS:
        raise unknown_key("trigger", str(trigger), TRIGGERS)
    booking = account.world.bookings.get(str(booking_uid))
    if booking is None:
        raise ControlError(404, "unknown_booking", f"there is no booking '{booking_uid}'")
    before = account.world.bookings.get(booking.rescheduled_from_uid or "")
    event = (str(trigger), booking, before if trigger == "BOOKING_RESCHEDULED" else None)
    return account.deliveries.announce(account.world, [event], wait=True)


def _event_type(account: Account, event_type_id: object) -> EventType:
    """The named event type, or the account's first."""
    kinds = account.world.event_types
    if event_type_id is None and kinds:
        return next(iter(kinds.values()))
    kind = kinds.get(event_type_id) if isinstance(event_type_id, int) else None
    if kind is None:
        raise ControlError(
            404,
            "unknown_event_type",
            f"the account has no event type {event_type_id}",
            {"known": sorted(kinds)},
        )
    return kind


def _instant(field: str, value: object) -> datetime:
    text = str(value)
    try:
        instant = parse_instant(text)
    except ValueError as error:
        raise bad_value(field, f"must be an ISO date-time, not {value!r}") from error
    if not has_offset(text):
        raise bad_value(field, f"needs an offset, such as {text}+02:00 or {text}Z")
    return instant

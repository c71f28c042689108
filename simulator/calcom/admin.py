"""What the control routes do to one account, beyond handing its objects out."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime
from typing import Any

from simulator.calcom import rules
from simulator.calcom.accounts import Account
from simulator.calcom.deliveries import Delivery, Event
from simulator.calcom.errors import CalcomError, HttpException
from simulator.calcom.rivals import book_as_rival
from simulator.calcom.state import booking_record
from simulator.calcom.times import has_offset, milliseconds, parse_instant
from simulator.calcom.webhook_bodies import FREE_TRIGGERS, TRIGGERS
from simulator.calcom.world import Booking, EventType
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


def emit_webhook(account: Account, wish: Mapping[str, Any]) -> list[Delivery]:
    """Tell the subscribers of an event, whether it happened or not.

    ``trigger`` is any of upstream's; ``booking_uid`` says what it is about; ``payload`` adds to what is told or
    replaces parts of it; ``body`` replaces everything.
    """
    trigger, uid = wish.get("trigger"), wish.get("booking_uid")
    if trigger not in TRIGGERS:
        raise unknown_key("trigger", str(trigger), TRIGGERS)
    for name in ("payload", "body"):
        if wish.get(name) is not None and not isinstance(wish[name], dict):
            raise bad_value(name, "must be an object")
    booking = account.world.bookings.get(str(uid)) if uid is not None else None
    if booking is None and uid is not None:
        raise ControlError(404, "unknown_booking", f"there is no booking '{uid}'")
    if booking is None and trigger not in FREE_TRIGGERS and not (wish.get("payload") or wish.get("body")):
        raise bad_value(
            "booking_uid", f"is missing; {trigger} tells of a booking (or give a 'payload' or 'body')"
        )
    before = None if booking is None else _before(account, str(trigger), booking)
    event = Event(str(trigger), booking, before, wish.get("payload"), wish.get("body"))
    return account.deliveries.tell(account.world, event, wait=True)


def _before(account: Account, trigger: str, booking: Booking) -> Booking | None:
    """The booking as it was, where the receiver is told: the one that was moved, or the one that was confirmed."""
    if trigger == "BOOKING_RESCHEDULED":
        return account.world.bookings.get(booking.rescheduled_from_uid or "")
    kind = account.world.event_types.get(booking.event_type_id)
    return (
        booking if trigger == "BOOKING_CREATED" and kind is not None and kind.requires_confirmation else None
    )


def free_slot(account: Account, uid: object, now: datetime) -> dict[str, Any]:
    """Cancel a booking by hand, so that its slot is free again; 404 for an unknown one, 409 when it can't be."""
    world = account.world
    now = now.replace(microsecond=now.microsecond // 1000 * 1000)
    if not isinstance(uid, str) or uid not in world.bookings:
        raise ControlError(404, "unknown_booking", f"there is no booking '{uid}'")
    with world.lock:
        try:
            change = rules.decide_cancellation(world, uid, "released", now, by_host=True)
        except CalcomError as error:
            raise ControlError(409, "not_cancellable", error.message) from error
        world.apply(change)
        record = booking_record(world, change.booking)
    account.deliveries.announce(world, list(change.events), wait=account.settings.webhook_delivery == "sync")
    return record


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

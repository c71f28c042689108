"""Cal.com's slot reservations: a hint that hides a slot from others' lists for some minutes, no guard of a booking.

Their id stands under `reservationUid` (incident 1.33).
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from app.calcom.refusals import message_of
from app.calcom.replies import OK_STATUSES, SERVER_ERROR, NoReply, Reply, unanswered
from app.calcom.wire import UnreadableReply, data_from_wire, instant_from_wire, instant_to_wire
from app.domain.identifiers import EventTypeId
from app.domain.outcomes import (
    Done,
    RefusalKind,
    Refused,
    ReleaseOutcome,
    ReservationOutcome,
    Reserved,
    Unknown,
)

RESERVED_MINUTES = 5
"""What Cal.com takes when nothing is said, and what the caller is told."""

_TAKEN = (
    "This time slot is already reserved",
    "Can't reserve a slot if the event is already booked",
    "Can't reserve the slot because the round robin event type has no available hosts",
)


def reservation_to_wire(event_type_id: EventTypeId, start: datetime) -> dict[str, Any]:
    """Return the body of a reservation."""
    return {
        "eventTypeId": event_type_id,
        "slotStart": instant_to_wire(start),
        "reservationDuration": RESERVED_MINUTES,
    }


def reservation_outcome(reply: Reply | NoReply, now: datetime) -> ReservationOutcome:
    """Return what a reservation came to; an unanswered one may stand all the same."""
    if isinstance(reply, NoReply):
        return unanswered(reply)
    if reply.status in OK_STATUSES:
        try:
            return _reserved(data_from_wire(reply.body), now)
        except UnreadableReply as error:
            return Unknown(f"status {reply.status}, {error}", answered=True)
    message = message_of(reply.body) or ""
    if message.startswith(_TAKEN):
        return Refused(RefusalKind.SLOT_TAKEN, message)
    if reply.status >= SERVER_ERROR:
        return Unknown(f"status {reply.status}", answered=True)
    return Refused(RefusalKind.REJECTED, message or f"status {reply.status}")


def release_outcome(reply: Reply | NoReply) -> ReleaseOutcome:
    """Return whether a reservation is surely gone; Cal.com says so of one it never knew, too."""
    if isinstance(reply, Reply) and reply.status in OK_STATUSES:
        return Done()
    return Unknown(reply.reason if isinstance(reply, NoReply) else f"status {reply.status}")


def _reserved(data: object, now: datetime) -> Reserved:
    uid = data.get("reservationUid") if isinstance(data, dict) else None
    if not isinstance(data, dict) or not isinstance(uid, str) or not uid:
        raise UnreadableReply("the reservation has no uid")
    longest = now + timedelta(minutes=RESERVED_MINUTES)
    until = data.get("reservationUntil")
    return Reserved(uid, min(longest, instant_from_wire(until)) if until else longest)

"""What Cal.com tells of moves and cancellations, held against what we asked for ourselves.

The echo of our own change is no news: the attempt that made it writes it down once, with its fee and its message. A
move by somebody else keeps the one appointment and gives it the new uid (incident 1.38: it became a second row).
"""

from __future__ import annotations

from sqlalchemy.orm import Session

from app.domain.booking_check import SeenBooking
from app.domain.identifiers import BookingUid
from app.domain.incoming import IncomingEvent
from app.domain.statuses import LIVE_APPOINTMENTS, AppointmentStatus, AttemptKind, AttemptState, Told
from app.domain.timespan import Span
from app.storage import appointments, changes, webhooks
from app.storage.models import Appointment
from app.usecases.parts import Parts

OWN_MOVE = "our own move; its attempt writes it down"
OWN_CANCELLATION = "our own cancellation; its attempt writes it down"
LATE_MOVE = "late commit of a move that was given up; the worker writes it down"
KNOWN_MOVE = "known booking"
NO_APPOINTMENT = "no appointment of this booking"


def is_own_cancellation(session: Session, uid: BookingUid) -> bool:
    """Return whether an open attempt of ours is cancelling this booking."""
    return changes.find_open(session, uid, AttemptKind.CANCEL) is not None


def apply_moved(parts: Parts, session: Session, incoming: IncomingEvent) -> str | None:
    """Move our appointment as the event says; return why nothing was to be done, or None.

    An appointment that is cancelled by a later event stays cancelled, under the uid it has now.
    """
    seen = incoming.booking
    if appointments.find_by_uid(session, BookingUid(seen.uid)) is not None:
        return KNOWN_MOVE
    if seen.rescheduled_from_uid is None or seen.start is None:
        return "a move without its old booking or its new start"
    old_uid = BookingUid(seen.rescheduled_from_uid)
    if changes.find_open(session, old_uid, AttemptKind.MOVE) is not None:
        return OWN_MOVE
    appointment = appointments.find_by_uid(session, old_uid)
    if appointment is None:
        return NO_APPOINTMENT
    given_up = changes.find_given_up(session, old_uid, seen.start)
    if given_up is not None:
        given_up.state, given_up.told, given_up.closed_at = AttemptState.OPEN, Told.FAILED, None
        given_up.next_look_at = given_up.leased_until = parts.clock.now()  # nobody works on a closed attempt
        return LATE_MOVE
    _move(parts, session, appointment, seen, incoming)
    return None


def _move(
    parts: Parts, session: Session, appointment: Appointment, seen: SeenBooking, incoming: IncomingEvent
) -> None:
    assert seen.start is not None  # noqa: S101 - asked before
    changes.free_keys(session, appointment, BookingUid(seen.rescheduled_from_uid or ""))
    length = appointment.ends_at - appointment.starts_at
    ends_at = seen.end if seen.end is not None and seen.end > seen.start else seen.start + length
    span = Span(seen.start, ends_at)
    if span.start != appointment.starts_at:
        appointment.previous_starts_at = appointment.starts_at
    appointment.starts_at, appointment.ends_at = span.start, span.end
    appointment.calcom_booking_uid = BookingUid(seen.uid)
    appointment.calcom_booking_id = seen.booking_id
    appointment.updated_at = parts.clock.now()
    ended_at = webhooks.latest_end(session, seen.uid)
    if ended_at is not None and ended_at >= incoming.happened_at:
        appointment.status = AppointmentStatus.CANCELLED
    elif appointment.status in LIVE_APPOINTMENTS:
        pending = seen.status == "pending"
        appointment.status = AppointmentStatus.PENDING if pending else AppointmentStatus.CONFIRMED

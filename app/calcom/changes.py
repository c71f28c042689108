"""What Cal.com's answer to a move or a cancellation comes to.

As with creates, only refusals of a known shape are refusals; every other error may hide a change that happened.
"""

from __future__ import annotations

from app.calcom.refusals import known_refusal, message_of
from app.calcom.replies import NOT_FOUND, OK_STATUSES, SERVER_ERROR, NoReply, Reply, unanswered
from app.calcom.wire import UnreadableReply, booking_from_wire, data_from_wire, server_time
from app.domain.outcomes import (
    Absent,
    CancelOutcome,
    Done,
    MovedTo,
    MoveOutcome,
    RefusalKind,
    Refused,
    Unknown,
)

NO_SUCH_BOOKING = "Booking with uid="
ALREADY_CANCELLED = "has been cancelled already"
MOVED_AWAY = "has been cancelled and rescheduled already to booking with uid="
IS_CANCELLED = "because it has been cancelled"
SEATED = "is a seated booking"


def cancel_outcome(reply: Reply | NoReply, uid: str) -> CancelOutcome:
    """Return what a cancellation came to; one that is cancelled already counts as done, and says so.

    A reply is believed that shows this very booking whole, as cancelled; any other leaves it unknown.
    """
    if isinstance(reply, NoReply):
        return unanswered(reply)
    message = message_of(reply.body) or ""
    if _says_cancelled(reply, uid) or ALREADY_CANCELLED in message:
        return Done(already=ALREADY_CANCELLED in message)
    if reply.status == NOT_FOUND and message.startswith(NO_SUCH_BOOKING):
        return Absent()
    if reply.status not in OK_STATUSES and (known := known_refusal(reply.status, reply.body)):
        return known
    return Unknown(f"status {reply.status} does not say that it is cancelled", answered=True)


def move_outcome(reply: Reply | NoReply) -> MoveOutcome:
    """Return what a move came to: the new booking as it was answered, not judged yet."""
    if isinstance(reply, NoReply):
        return unanswered(reply)
    if reply.status in OK_STATUSES:
        try:
            return MovedTo(booking_from_wire(data_from_wire(reply.body)), server_time(reply.headers))
        except UnreadableReply as error:
            return Unknown(f"status {reply.status}, {error}", answered=True)
    message = message_of(reply.body) or ""
    if reply.status == NOT_FOUND and message.startswith(NO_SUCH_BOOKING):
        return Absent()
    if reply.status >= SERVER_ERROR:
        return Unknown(f"status {reply.status}", answered=True)
    return _known_by_text(message) or (
        known_refusal(reply.status, reply.body)
        or Unknown(f"status {reply.status} of unknown shape", answered=True)
    )


def _known_by_text(message: str) -> Refused | None:
    if MOVED_AWAY in message:
        return Refused(RefusalKind.MOVED_AWAY, message)
    if IS_CANCELLED in message:
        return Refused(RefusalKind.CANCELLED, message)
    if SEATED in message:
        return Refused(RefusalKind.REJECTED, message)
    return None


def _says_cancelled(reply: Reply, uid: str) -> bool:
    """Return whether a cancel's reply shows the booking (of a series: every one) as cancelled."""
    if reply.status not in OK_STATUSES:
        return False
    try:
        data = data_from_wire(reply.body)
        bookings = [booking_from_wire(entry) for entry in (data if isinstance(data, list) else [data])]
    except UnreadableReply:
        return False
    shown = any(booking.uid == uid and not booking.is_thin for booking in bookings)
    return shown and all(booking.status == "cancelled" for booking in bookings)

"""Finishing a move or a cancellation that a crash or an unknown outcome left open (incidents 1.22, 1.23).

What stands at Cal.com is the truth, and it is never undone: the old time of a moved appointment may be
somebody else's by now, and a cancelled booking can't be called back to life. So

- it happened, and the caller heard nothing or "wird geprüft" → our records follow, and a message says so;
- it happened, and the caller heard that it failed → our records follow all the same, a message says so, and somebody
  calls at once: he may have made other plans, or asked for another change;
- it has not happened: a cancellation that was told as "wird geprüft" is asked for again, since twice is no harm; a move
  never is, since the caller may want another time by now. Both are looked at for 15 minutes, for late commits. Then it is
  given up: who was not told so yet is written to and called, and the appointment stands as it was;
- the booking is gone, or was moved by somebody else: a finding, the appointment marked for review, an urgent call back.
  Nothing is booked in its place.
"""

from __future__ import annotations

from collections.abc import Callable

from app.domain.change_check import Astray, Happened, Standing
from app.domain.identifiers import BookingUid
from app.domain.outcomes import Done
from app.domain.statuses import AttemptKind, AttemptState, AttemptStep, CallbackPriority, Told
from app.domain.timespan import Span
from app.storage import appointments, attempts
from app.storage.models import BookingAttempt
from app.usecases.asking import LOOK_UP_SECONDS, LeaseLost
from app.usecases.callbacks import add_callback, of_attempt
from app.usecases.change_asking import look_at_change, repeat_cancel
from app.usecases.change_messages import unchanged_mail
from app.usecases.change_settling import escalate_change, settle_change
from app.usecases.changing import AppointmentChanged, Change
from app.usecases.parts import ClaimedAttempt, Parts
from app.usecases.settling import BookingEnded

MOVED_ON = "the appointment is no longer what this change was about"

Later = Callable[[Parts, ClaimedAttempt], bool]
"""Looks at an attempt again after a while."""


def finish_change(
    parts: Parts, claimed: ClaimedAttempt, row: BookingAttempt, *, look_later: Later, may_still_come: bool
) -> bool:
    """Look at Cal.com and close the change if its fate is known; return whether it was closed."""
    change = _change_of(parts, claimed, row)
    told = Told(row.told)
    if change is None:
        return _give_up(parts, claimed, None, told, MOVED_ON)
    if row.step == AttemptStep.CLAIMED:
        return _give_up(parts, claimed, change, Told.FAILED, "died before asking Cal.com")
    look = look_at_change(parts, change, LOOK_UP_SECONDS)
    if isinstance(look, Standing) and _cancels_again(parts, change, told):
        look = Happened()
    match look:
        case Happened():
            return _adopt(parts, change, look, told)
        case Astray():
            escalate_change(parts, change, look, told=told)
            return True
        case Standing() if not may_still_come:
            return _give_up(parts, claimed, change, told, "never happened at Cal.com")
        case _:
            return look_later(parts, claimed)


def _cancels_again(parts: Parts, change: Change, told: Told) -> bool:
    """Ask for a cancellation anew that the caller was told we see to; return whether it is done now."""
    if change.is_move or told is not Told.CHECKING:
        return False
    outcome = repeat_cancel(parts, change)
    return isinstance(outcome, Done) and not outcome.already


def _adopt(parts: Parts, change: Change, happened: Happened, told: Told) -> bool:
    try:
        settle_change(parts, change, happened.seen, cause="adopted", told=told)
    except AppointmentChanged:
        return _give_up(parts, change.claimed, None, told, MOVED_ON)
    except BookingEnded:
        ended = Astray("moved, and cancelled at Cal.com since", happened.seen)
        escalate_change(parts, change, ended, told=told)
    return True


def _change_of(parts: Parts, claimed: ClaimedAttempt, row: BookingAttempt) -> Change | None:
    """Return the change an attempt is about, or None when its appointment has another booking by now."""
    uid = BookingUid(row.changes_booking_uid or "")
    with parts.transactions.transaction(claimed.company_id, "find_changed", read_only=True) as session:
        appointment = appointments.find_by_uid(session, uid)
        if appointment is None:
            return None
        return Change(
            claimed,
            AttemptKind(row.kind),
            appointment.id,
            uid,
            Span(appointment.starts_at, appointment.ends_at),
            row.fee_cents,
        )


def _give_up(parts: Parts, claimed: ClaimedAttempt, change: Change | None, told: Told, reason: str) -> bool:
    """Close without a change; whoever was not told so yet is written to and called back."""
    now = parts.clock.now()
    with parts.transactions.transaction(claimed.company_id, "give_up") as session:
        if told is not Told.FAILED:
            wish = of_attempt(claimed, CallbackPriority.URGENT, f"wished change was not made: {reason}")
            add_callback(parts, session, wish)
            if change is not None:
                session.add(unchanged_mail(parts, change, now))
        if not attempts.close_held(
            session,
            claimed.attempt_id,
            claimed.lease_number,
            keeps_key=False,
            state=AttemptState.FAILED,
            outcome=reason[:80],
            closed_at=now,
        ):
            raise LeaseLost
    parts.log.info("attempt.closed", attempt_id=claimed.attempt_id, state=AttemptState.FAILED, reason=reason)
    return True

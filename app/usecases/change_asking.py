"""Asking Cal.com for a move or a cancellation: check again, ask once, judge the reply, look up what is unknown.

A second request is never sent while the caller waits. Every look starts at the old uid: Cal.com keeps it, says
that it is cancelled, and names the booking that took its place.
"""

from __future__ import annotations

from datetime import datetime
from zoneinfo import ZoneInfo

from app.domain.booking_check import SeenBooking
from app.domain.change_check import (
    Astray,
    ChangeOutcome,
    Happened,
    Standing,
    first_move_doubt,
    is_live,
)
from app.domain.identifiers import BookingUid
from app.domain.outcomes import (
    Absent,
    CancelOutcome,
    Done,
    MovedTo,
    MoveOutcome,
    RefusalKind,
    Refused,
    SlotList,
    Unknown,
)
from app.domain.statuses import AttemptStep
from app.storage import attempts
from app.usecases.asking import (
    ANSWER_RESERVE_SECONDS,
    LOOK_UP_SECONDS,
    LOOK_UP_WAITS,
    NEVER_SENT,
    POST_SECONDS,
    LeaseLost,
)
from app.usecases.change_looking import Look, expected_move, look_at_change
from app.usecases.changing import Change
from app.usecases.offers import RECHECK_SECONDS, search_window
from app.usecases.parts import Parts, Recheck
from app.usecases.ports import SlotQuery

MOVE_REASON = "askpro: Wunsch des Kunden am Telefon"
CANCEL_REASON = "askpro: Absage des Kunden am Telefon"
LEAST_SECONDS = 0.1


def recheck_move(parts: Parts, change: Change) -> Recheck:
    """Return whether the new time is gone right now; the booking's own time counts as free (incident 1.23)."""
    claimed = change.claimed
    window = search_window(claimed.start, ZoneInfo(claimed.time_zone))
    query = SlotQuery(claimed.branch_id, claimed.service.event_type_id, window, moving=change.uid)
    timeout = min(RECHECK_SECONDS, _left(parts, change))
    slots = parts.calendar.list_slots(claimed.account, query, uncached=True, timeout=timeout)
    if not isinstance(slots, SlotList):
        return Recheck(gone=False, starts=None)
    return Recheck(gone=claimed.start not in slots.starts, starts=slots.starts)


def ask_for_change(parts: Parts, change: Change) -> ChangeOutcome:
    """Send the one request of this change and return what it came to; everything unsure is looked up."""
    claimed = change.claimed
    with parts.transactions.transaction(claimed.company_id, "mark_posting") as session:
        now = parts.clock.now()
        if not attempts.update_held(
            session, claimed.attempt_id, claimed.lease_number, step=AttemptStep.POSTING, posted_at=now
        ):
            raise LeaseLost
    outcome = _judge(parts, change, _send(parts, change))
    return _look_up(parts, change, outcome)


def repeat_cancel(parts: Parts, change: Change) -> CancelOutcome:
    """Ask for a cancellation again: it does no harm twice, so the worker may."""
    return _cancel(parts, change, LOOK_UP_SECONDS * 2)


def _send(parts: Parts, change: Change) -> MoveOutcome | CancelOutcome:
    claimed = change.claimed
    timeout = max(LEAST_SECONDS, min(POST_SECONDS, _left(parts, change) - ANSWER_RESERVE_SECONDS))
    if not change.is_move:
        return _cancel(parts, change, timeout)
    reply = parts.calendar.reschedule_booking(
        claimed.account, change.uid, claimed.start, MOVE_REASON, timeout=timeout
    )
    parts.calendar.forget_slots(claimed.company_id, claimed.service.event_type_id)
    return reply


def _cancel(parts: Parts, change: Change, timeout: float) -> CancelOutcome:
    claimed = change.claimed
    reply = parts.calendar.cancel_booking(claimed.account, change.uid, CANCEL_REASON, timeout=timeout)
    parts.calendar.forget_slots(claimed.company_id, claimed.service.event_type_id)
    return reply


def _judge(parts: Parts, change: Change, reply: MoveOutcome | CancelOutcome) -> ChangeOutcome:
    """Return what a reply means; None of it is believed that a look could prove wrong."""
    match reply:
        case MovedTo(seen, server_time):
            return _judge_move(parts, change, seen, server_time or parts.clock.now())
        case Done(already=True):
            # a booking that was moved away is called cancelled too: only a look can tell
            return Unknown("cancelled before we asked", answered=True)
        case Done():
            return Happened()
        case Absent():
            return Unknown("no such booking", answered=True)
        case Refused(RefusalKind.CANCELLED | RefusalKind.MOVED_AWAY, detail):
            return Unknown(detail, answered=True)
        case _:
            return reply


def _judge_move(parts: Parts, change: Change, seen: SeenBooking, judged_at: datetime) -> ChangeOutcome:
    """Return whether an answered move is believed; a thin reply is completed first (incident 1.32)."""
    if seen.is_thin or seen.rescheduled_from_uid is None:
        timeout = min(LOOK_UP_SECONDS, max(LEAST_SECONDS, _left(parts, change)))
        whole = parts.calendar.find_booking(change.claimed.account, BookingUid(seen.uid), timeout=timeout)
        if not isinstance(whole, SeenBooking):
            return Unknown("a thin reply could not be completed", answered=True)
        seen = whole
    doubt = first_move_doubt(parts.rules.moves, seen, expected_move(parts, change, seen, judged_at))
    if doubt is not None or not is_live(seen):
        return Unknown(f"the answered booking is doubted: {doubt or seen.status}", answered=True)
    return Happened(seen)


def _look_up(parts: Parts, change: Change, outcome: ChangeOutcome) -> ChangeOutcome:
    """Look at the booking unless the outcome is sure; a refusal is looked at once, ours may stand behind it."""
    if isinstance(outcome, Unknown):
        waits: tuple[float, ...] = (0.0, *LOOK_UP_WAITS[1:]) if outcome.answered else LOOK_UP_WAITS
    elif isinstance(outcome, Refused) and outcome.kind not in NEVER_SENT:
        waits = (0.0,)
    else:
        return outcome
    look: Look | None = None
    for wait in waits:
        if wait:
            parts.clock.sleep(wait)
        timeout = min(LOOK_UP_SECONDS, _left(parts, change) - ANSWER_RESERVE_SECONDS)
        if timeout <= 0:
            break
        look = look_at_change(parts, change, timeout)
        word = type(look).__name__.lower()
        parts.log.info("attempt.looked_up", attempt_id=change.claimed.attempt_id, found=word)
        if isinstance(look, Happened | Astray):
            return look
    if isinstance(outcome, Unknown) and outcome.answered and isinstance(look, Standing):
        return Standing(outcome.reason)
    return outcome


def _left(parts: Parts, change: Change) -> float:
    return change.claimed.deadline.left(parts.clock.now())

"""Carrying out a claimed change: ask Cal.com once, then make our records and the answer fit what came of it."""

from __future__ import annotations

from collections.abc import Callable

from sqlalchemy.exc import SQLAlchemyError

from app.domain.booking_check import SeenBooking
from app.domain.change_check import Astray, Happened, Standing
from app.domain.outcomes import RefusalKind, Refused, Unknown
from app.domain.speech import Answer, VoiceStatus
from app.usecases.asking import LeaseLost
from app.usecases.change_asking import ask_for_change
from app.usecases.change_settling import escalate_or_leave, settle_change
from app.usecases.changing import AppointmentChanged, Change, answer_of
from app.usecases.parts import Parts
from app.usecases.settling import BookingEnded, close_as_refused, keep_for_worker

AnswerRefusal = Callable[[Refused], Answer]
"""Makes the answer to a refusal; it may look for other times."""


def carry_out(parts: Parts, change: Change, answer_refusal: AnswerRefusal) -> Answer:
    """Return the answer to a change after our own records say the same.

    An error of theirs behind which the booking stands as it was is told as failed; the attempt stays open all the
    same, and the worker watches for a late commit while a new try of the caller may take its place.
    """
    try:
        outcome = ask_for_change(parts, change)
    except LeaseLost:
        # nothing was sent, and the worker that took over closed an attempt with nothing behind it
        return answer_of(change, VoiceStatus.ERROR, reason="lease_lost")
    match outcome:
        case Happened(seen):
            return _settle(parts, change, seen)
        case Standing(reason):
            failed = answer_of(change, VoiceStatus.ERROR, reason="calcom_failed")
            return keep_for_worker(parts, change.claimed, reason, failed)
        case Astray():
            return escalate_or_leave(parts, change, outcome)
        case Refused():
            return refuse(parts, change, answer_refusal(outcome))
        case Unknown(reason):
            checking = answer_of(change, VoiceStatus.TIMEOUT, reason="unknown_outcome")
            return keep_for_worker(parts, change.claimed, reason, checking)


def refuse(parts: Parts, change: Change, answer: Answer) -> Answer:
    """Close a change that surely did not happen; the answer is true even where a worker was quicker."""
    try:
        return close_as_refused(parts, change.claimed, answer)
    except LeaseLost:
        return answer


def refusal_answer(parts: Parts, change: Change, refused: Refused) -> Answer:
    """Return how a refusal is said: the appointment stands as it was."""
    if refused.kind is RefusalKind.REJECTED:
        parts.log.error("calcom.rejected", attempt_id=change.claimed.attempt_id, detail=refused.detail)
    statuses = {
        RefusalKind.TOO_SOON: VoiceStatus.NOTICE_VIOLATION,
        RefusalKind.IN_THE_PAST: VoiceStatus.PAST_TIME,
    }
    return answer_of(change, statuses.get(refused.kind, VoiceStatus.ERROR), reason=refused.kind)


def _settle(parts: Parts, change: Change, seen: SeenBooking | None) -> Answer:
    try:
        return settle_change(parts, change, seen, cause="asked")
    except LeaseLost:
        # the worker that took over finds the change now and writes to the caller
        return answer_of(change, VoiceStatus.TIMEOUT, reason="lease_lost")
    except (AppointmentChanged, BookingEnded):
        return escalate_or_leave(parts, change, Astray("changed by somebody else at the same time", seen))
    except SQLAlchemyError as error:
        attempt_id = change.claimed.attempt_id
        parts.log.error("settle.failed", attempt_id=attempt_id, error=type(error).__name__)
        checking = answer_of(change, VoiceStatus.TIMEOUT, reason="settling_failed")
        return keep_for_worker(parts, change.claimed, "could not be recorded", checking)

"""Booking one appointment: claim, check again, ask Cal.com once, settle whatever came of it.

Claim, commit, call, settle, commit: no transaction is open while Cal.com is asked, and a crash anywhere
leaves an attempt that `recovery` finishes.
"""

from __future__ import annotations

from dataclasses import replace

from sqlalchemy.exc import SQLAlchemyError

from app.domain.booking_check import Doubt
from app.domain.identifiers import BookingUid
from app.domain.outcomes import (
    Accepted,
    BookingOutcome,
    Moved,
    NotOurs,
    RefusalKind,
    Refused,
    Unknown,
)
from app.domain.speech import Answer, Trouble, VoiceStatus
from app.usecases.answers import refused_answer
from app.usecases.asking import LeaseLost, ask_for_booking
from app.usecases.claiming import claim_or_answer
from app.usecases.commands import BookAppointment
from app.usecases.parts import ClaimedAttempt, Parts, Recheck
from app.usecases.settling import (
    BookingEnded,
    close_as_refused,
    give_back,
    keep_for_worker,
    settle_booked,
    take_back_unsettled,
)

RACE = "race_condition_detected"


def book_appointment(parts: Parts, command: BookAppointment) -> Answer:
    """Book the commanded instant or say truly why not."""
    claimed = claim_or_answer(parts, command)
    if isinstance(claimed, Answer):
        return claimed
    recheck = parts.rules.recheck(parts, claimed)
    if recheck.gone:
        return _refuse_lost_slot(parts, command, claimed, recheck)
    try:
        outcome = ask_for_booking(parts, claimed)
    except LeaseLost:
        # nothing was sent, and the worker that took over closed an attempt with nothing behind it
        return _answer(claimed, command, VoiceStatus.ERROR, reason="lease_lost")
    try:
        return _settle(parts, command, claimed, outcome)
    except LeaseLost:
        # whatever came of it, the worker that took over now finds it and writes to the caller
        return _answer(claimed, command, VoiceStatus.TIMEOUT, reason="lease_lost")


def _settle(
    parts: Parts, command: BookAppointment, claimed: ClaimedAttempt, outcome: BookingOutcome
) -> Answer:
    """Return the answer to an outcome, after our own records say the same."""
    match outcome:
        case Accepted(seen):
            return _settle_accepted(parts, command, claimed, Accepted(seen))
        case NotOurs(_, doubt):
            trouble = Trouble.ALREADY_BOOKED if doubt is Doubt.KNOWN else Trouble.BOOKING
            answer = _answer(claimed, command, VoiceStatus.ERROR, reason=doubt, trouble=trouble)
            return close_as_refused(parts, claimed, answer)
        case Moved(seen):
            answer = _answer(claimed, command, VoiceStatus.ERROR, reason=Doubt.MOVED)
            return give_back(parts, claimed, BookingUid(seen.uid), answer)
        case Refused(kind, detail):
            return _settle_refused(parts, command, claimed, Refused(kind, detail))
        case Unknown(reason):
            answer = _answer(claimed, command, VoiceStatus.TIMEOUT, reason="unknown_outcome")
            return keep_for_worker(parts, claimed, reason, answer)


def _settle_accepted(
    parts: Parts, command: BookAppointment, claimed: ClaimedAttempt, outcome: Accepted
) -> Answer:
    status = VoiceStatus.PENDING if outcome.seen.status == "pending" else VoiceStatus.BOOKED
    answer = _answer(claimed, command, status)
    try:
        return settle_booked(parts, claimed, outcome.seen, answer, cause="booked")
    except BookingEnded:
        ended = _answer(claimed, command, VoiceStatus.ERROR, reason=RefusalKind.CANCELLED)
        return close_as_refused(parts, claimed, ended)
    except SQLAlchemyError as error:
        parts.log.error("settle.failed", attempt_id=claimed.attempt_id, error=type(error).__name__)
        return take_back_unsettled(parts, claimed, BookingUid(outcome.seen.uid), answer)


def _settle_refused(
    parts: Parts, command: BookAppointment, claimed: ClaimedAttempt, refused: Refused
) -> Answer:
    if refused.kind is RefusalKind.SLOT_TAKEN:
        return close_as_refused(parts, claimed, refused_answer(parts, command, RACE))
    if refused.kind is RefusalKind.TOO_SOON:
        too_soon = replace(
            refused_answer(parts, command, refused.kind), status=VoiceStatus.NOTICE_VIOLATION, count=None
        )
        return close_as_refused(parts, claimed, too_soon)
    statuses = {
        RefusalKind.IN_THE_PAST: VoiceStatus.PAST_TIME,
        RefusalKind.CIRCUIT_OPEN: VoiceStatus.CIRCUIT_OPEN,
    }
    outages = {RefusalKind.RATE_LIMITED, RefusalKind.UNREACHABLE, RefusalKind.CIRCUIT_OPEN}
    trouble = Trouble.OUTAGE if refused.kind in outages else Trouble.BOOKING
    if refused.kind is RefusalKind.REJECTED:
        parts.log.error("calcom.rejected", attempt_id=claimed.attempt_id, detail=refused.detail)
    status = statuses.get(refused.kind, VoiceStatus.ERROR)
    answer = _answer(claimed, command, status, reason=refused.kind, trouble=trouble)
    return close_as_refused(parts, claimed, answer)


def _refuse_lost_slot(
    parts: Parts, command: BookAppointment, claimed: ClaimedAttempt, recheck: Recheck
) -> Answer:
    """Return "slot taken", or "nothing free" where two weeks hold no other time (incident 1.3)."""
    lost = replace(refused_answer(parts, command, RACE, recheck.starts or ()), attempt_id=claimed.attempt_id)
    try:
        return close_as_refused(parts, claimed, lost)
    except LeaseLost:
        return lost  # true all the same: nothing was sent


def _answer(
    claimed: ClaimedAttempt,
    command: BookAppointment,
    status: VoiceStatus,
    *,
    reason: str | None = None,
    trouble: Trouble = Trouble.BOOKING,
) -> Answer:
    return Answer(
        status,
        command.context.zone,
        asked=claimed.start,
        service=claimed.service.name,
        attempt_id=claimed.attempt_id,
        reason=str(reason) if reason is not None else None,
        trouble=trouble,
    )

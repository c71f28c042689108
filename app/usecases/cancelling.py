"""Cancelling an appointment: find it, ask the rules, ask Cal.com once, write it down (incidents 1.22, 1.24).

All segments of a composite appointment are one booking and go together. Who cancels what is cancelled hears the same.
"""

from __future__ import annotations

from app.domain.policies import ChangeKind
from app.domain.speech import Answer, Trouble, VoiceStatus
from app.domain.statuses import AttemptKind
from app.domain.timespan import Span
from app.storage import catalogue
from app.storage.appointments import AppointmentSeen
from app.usecases.carrying_out import carry_out, refusal_answer
from app.usecases.catalogue import bookable
from app.usecases.changing import AppointmentChanged, Change, WantedChange, claim_change
from app.usecases.commands import AppointmentWish, CallContext
from app.usecases.identity import Identity
from app.usecases.own_appointment import (
    Meant,
    at_branch_of,
    call_back_instead,
    find_appointment,
    not_found_answer,
    understand_meant,
    who_may_change,
)
from app.usecases.parts import Parts
from app.usecases.policies import denied_answer, judge_change
from app.usecases.repeating import cancelled_before

ABOUT = "cancellation wished"
MOST_TRIES = 2
"""Somebody may change the appointment between finding and claiming it; then it is looked for once more."""


def cancel_appointment(parts: Parts, context: CallContext, wish: AppointmentWish) -> Answer:
    """Cancel the one appointment that is meant, or return what to ask or why not."""
    identity = who_may_change(parts, context, wish, ABOUT)
    if isinstance(identity, Answer):
        return identity
    meant = understand_meant(
        parts, context, wish, wish.old_datum or wish.datum, wish.old_uhrzeit or wish.uhrzeit
    )
    if isinstance(meant, Answer):
        return meant
    for _ in range(MOST_TRIES):
        try:
            return _cancel_meant(parts, context, wish, identity, meant)
        except AppointmentChanged:
            parts.log.info("change.found_changed")
    return Answer(VoiceStatus.ERROR, context.zone, reason="changed_meanwhile", trouble=Trouble.OUTAGE)


def _cancel_meant(
    parts: Parts, context: CallContext, wish: AppointmentWish, identity: Identity, meant: Meant
) -> Answer:
    seen = find_appointment(parts, context, identity, meant)
    if isinstance(seen, Answer):
        if seen.status is not VoiceStatus.NOT_FOUND:
            return seen
        done = cancelled_before(parts, context, identity, meant)
        return done or not_found_answer(parts, context, wish, identity, ABOUT)
    if seen.calcom_booking_uid is None:
        return call_back_instead(parts, context, wish, ABOUT)
    context = at_branch_of(parts, context, seen)
    verdict = judge_change(parts, context, seen, ChangeKind.CANCELLATION)
    if not verdict.allowed:
        return denied_answer(context, seen, verdict)
    change = claim_change(parts, _wanted(parts, context, seen, verdict.fee_cents))
    return change if isinstance(change, Answer) else _carry_out(parts, change)


def _carry_out(parts: Parts, change: Change) -> Answer:
    return carry_out(parts, change, lambda refused: refusal_answer(parts, change, refused))


def _wanted(parts: Parts, context: CallContext, seen: AppointmentSeen, fee_cents: int) -> WantedChange:
    assert seen.calcom_booking_uid is not None  # noqa: S101 - asked before
    with parts.transactions.transaction(context.company_id, "find_service", read_only=True) as session:
        service = bookable(catalogue.get_service(session, seen.service_id), context.minimum_notice_minutes)
    return WantedChange(
        context=context,
        kind=AttemptKind.CANCEL,
        appointment_id=seen.appointment_id,
        uid=seen.calcom_booking_uid,
        service=service,
        previous=Span(seen.starts_at, seen.ends_at),
        start=seen.starts_at,
        fee_cents=fee_cents,
    )

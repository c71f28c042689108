"""Closing an attempt: our own records and what the caller is told change in one transaction."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.orm import Session

from app.domain.booking_check import SeenBooking
from app.domain.identifiers import BookingUid, CustomerId, StaffId
from app.domain.outcomes import Absent, Done
from app.domain.reconciling import Difference
from app.domain.speech import Answer, Trouble, VoiceStatus
from app.domain.statuses import (
    AppointmentStatus,
    AttemptState,
    AttemptStep,
    CallbackPriority,
    CallRelation,
    FindingKind,
    SyncOrigin,
    Told,
)
from app.storage import attempts, calls, catalogue, changes, customers, findings, webhooks
from app.storage.models import Appointment
from app.usecases.answers import answer_to_stored
from app.usecases.asking import LeaseLost
from app.usecases.callbacks import add_callback, of_attempt
from app.usecases.composite import segment_details
from app.usecases.messages import confirmation_mail
from app.usecases.parts import ClaimedAttempt, Parts, elapsed_ms

FIRST_LOOK_AFTER = timedelta(seconds=15)
"""When the worker first looks for a booking that came late."""

TOLD = {
    VoiceStatus.BOOKED: Told.BOOKED,
    VoiceStatus.PENDING: Told.BOOKED,
    VoiceStatus.TIMEOUT: Told.CHECKING,
}
"""What a status tells the caller of his attempt; every other one says that nothing came of it."""


class BookingEnded(Exception):
    """Cal.com told us that a booking was cancelled before we had written it down."""


def settle_booked(
    parts: Parts, claimed: ClaimedAttempt, seen: SeenBooking, answer: Answer, *, cause: str
) -> Answer:
    """Write customer, appointment, message and the closed attempt at once; return the answer with its proof.

    Raises LeaseLost when a worker took over and BookingEnded when a person at Cal.com was quicker, and lets
    database errors through: then nothing is written.
    """
    now = parts.clock.now()
    with parts.transactions.transaction(claimed.company_id, "settle") as session:
        # before anything is written: whoever took over may have settled, and that must not look like our failure
        if not attempts.update_held(
            session, claimed.attempt_id, claimed.lease_number, step=AttemptStep.ACCEPTED
        ):
            raise LeaseLost
        if webhooks.latest_end(session, seen.uid) is not None:
            raise BookingEnded
        customer_id = _customer_of(parts, session, claimed)
        appointment = _appointment(claimed, seen, customer_id, parts)
        appointment.staff_id = _staff_of(session, claimed, seen)
        session.add(appointment)
        session.flush()
        _link_call(parts, session, claimed, appointment)
        answer = replace(
            answer,
            appointment_id=appointment.id,
            calcom_booking_uid=seen.uid,
            confirmation_sent_to_caller=bool(claimed.email),
        )
        told = Told.BOOKED if cause == "booked" else None
        if not attempts.close_held(
            session,
            claimed.attempt_id,
            claimed.lease_number,
            keeps_key=True,
            state=AttemptState.BOOKED,
            step=AttemptStep.ACCEPTED,
            outcome=cause,
            closed_at=now,
            calcom_booking_uid=seen.uid,
            answer=answer_to_stored(answer),
            **({"told": told} if told else {}),
        ):
            raise LeaseLost
        session.add(confirmation_mail(parts, claimed, appointment, cause=cause, now=now))
    parts.calendar.forget_slots(claimed.company_id, claimed.service.event_type_id)
    parts.log.info(
        "appointment.settled",
        attempt_id=claimed.attempt_id,
        appointment_id=answer.appointment_id,
        cause=cause,
        detail="customer, appointment, message",
        duration_ms=elapsed_ms(parts, now),
    )
    return answer


def close_as_refused(parts: Parts, claimed: ClaimedAttempt, answer: Answer) -> Answer:
    """Close an attempt that surely made no booking; its time is free again, its wish may be asked anew."""
    _close(parts, claimed, AttemptState.REFUSED, answer)
    return replace(answer, attempt_id=claimed.attempt_id)


def keep_for_worker(parts: Parts, claimed: ClaimedAttempt, reason: str, answer: Answer) -> Answer:
    """Leave an attempt open for the worker and remember what the caller was told of it."""
    now = parts.clock.now()
    try:
        with parts.transactions.transaction(claimed.company_id, "keep_for_worker") as session:
            attempts.update_held(
                session,
                claimed.attempt_id,
                claimed.lease_number,
                told=TOLD.get(answer.status, Told.FAILED),
                outcome=reason[:80],
                answer=answer_to_stored(answer),
                leased_until=now,
                next_look_at=now + FIRST_LOOK_AFTER,
            )
    except SQLAlchemyError as error:
        # the attempt stands open all the same, and the worker gets it when its lease has run out
        parts.log.error("settle.unrecorded", attempt_id=claimed.attempt_id, error=type(error).__name__)
    parts.log.warning("attempt.left_open", attempt_id=claimed.attempt_id, reason=reason)
    return answer


def give_back(parts: Parts, claimed: ClaimedAttempt, uid: BookingUid, answer: Answer) -> Answer:
    """Cancel a booking of ours that we do not want, once; a worker goes on where that did not succeed."""
    outcome = parts.rules.compensate(parts, claimed, uid, "askpro: booked at another time than asked")
    if isinstance(outcome, Done | Absent):
        _close(parts, claimed, AttemptState.COMPENSATED, answer)
        return answer
    return keep_for_worker(parts, claimed, "cancel not confirmed", answer)


def take_back_unsettled(parts: Parts, claimed: ClaimedAttempt, uid: BookingUid, answer: Answer) -> Answer:
    """Undo a booking that we could not write down (incident 1.21): cancel once, else orphan and callback."""
    failed = replace(answer, status=VoiceStatus.ERROR, reason="settling_failed", trouble=Trouble.BOOKING)
    outcome = parts.rules.compensate(parts, claimed, uid, "askpro: could not be recorded")
    try:
        if isinstance(outcome, Done | Absent):
            _close(parts, claimed, AttemptState.COMPENSATED, failed)
            return failed
        escalated = replace(failed, trouble=Trouble.CALLBACK)
        escalate(parts, claimed, uid, "booking could neither be recorded nor cancelled", escalated)
    except (SQLAlchemyError, LeaseLost) as error:
        # nothing can be written: the attempt stands open and the worker will find the booking, or its
        # cancelled remains; what we say must fit both
        parts.log.error("settle.unrecorded", attempt_id=claimed.attempt_id, error=type(error).__name__)
        return replace(answer, status=VoiceStatus.TIMEOUT, reason="settling_failed")
    return escalated


def escalate(
    parts: Parts, claimed: ClaimedAttempt, uid: BookingUid, reason: str, answer: Answer | None
) -> None:
    """Hand an attempt to a person: an orphan finding and an urgent callback, in one transaction."""
    now = parts.clock.now()
    difference = Difference(
        kind=FindingKind.MISSING_LOCAL,
        appointment_id=None,
        calcom_booking_uid=uid,
        ours={"attempt_id": claimed.attempt_id},
        theirs={"starts_at": claimed.start.isoformat()},
        detail=reason,
    )
    with parts.transactions.transaction(claimed.company_id, "escalate") as session:
        findings.record(session, claimed.company_id, difference, now)
        add_callback(parts, session, of_attempt(claimed, CallbackPriority.URGENT, reason))
        _close_in(session, parts, claimed, AttemptState.ESCALATED, answer, reason=reason)
    parts.log.error("attempt.escalated", attempt_id=claimed.attempt_id, uid=uid, reason=reason)


def _close(parts: Parts, claimed: ClaimedAttempt, state: AttemptState, answer: Answer) -> None:
    began = parts.clock.now()
    with parts.transactions.transaction(claimed.company_id, "close_attempt") as session:
        _close_in(session, parts, claimed, state, answer, reason=answer.reason)
    parts.log.info(
        "attempt.closed",
        attempt_id=claimed.attempt_id,
        state=state,
        reason=answer.reason,
        detail=f"{state}, cells let go",
        duration_ms=elapsed_ms(parts, began),
    )


def _close_in(
    session: Session,
    parts: Parts,
    claimed: ClaimedAttempt,
    state: AttemptState,
    answer: Answer | None,
    *,
    reason: str | None,
) -> None:
    values: dict[str, object] = {
        "state": state,
        "closed_at": parts.clock.now(),
        "outcome": (reason or state)[:80],
    }
    if answer is not None:
        values |= {"told": TOLD.get(answer.status, Told.FAILED), "answer": answer_to_stored(answer)}
    if not attempts.close_held(session, claimed.attempt_id, claimed.lease_number, keeps_key=False, **values):
        raise LeaseLost


def _customer_of(parts: Parts, session: Session, claimed: ClaimedAttempt) -> CustomerId:
    """Return whom the booking is for: the customer it was claimed for, else a new one (incidents 1.25, 1.26)."""
    known = customers.find_customer(session, claimed.customer_id) if claimed.customer_id is not None else None
    customer = known or customers.add(
        session,
        parts.vault,
        company_id=claimed.company_id,
        name=claimed.name,
        phone=claimed.phone,
        email=claimed.email,
        source=SyncOrigin.RETELL,
        now=parts.clock.now(),
    )
    return customer.id


def _link_call(parts: Parts, session: Session, claimed: ClaimedAttempt, appointment: Appointment) -> None:
    """Tie the call to what it booked; who it was booked for is the caller unless somebody else was named."""
    if claimed.call_id is None:
        return
    call = calls.get_call(session, claimed.call_id)
    if call.customer_id is None and not claimed.for_other:
        call.customer_id = appointment.customer_id
    changes.link_call(session, appointment, call.id, CallRelation.BOOKED, parts.clock.now())


def _staff_of(session: Session, claimed: ClaimedAttempt, seen: SeenBooking) -> StaffId | None:
    """Return who performs it: the host Cal.com named, else the one who performs this service (incident 1.32)."""
    host = catalogue.find_staff_by_host(session, seen.host_id) if seen.host_id is not None else None
    return host or claimed.service.staff_id


def _appointment(
    claimed: ClaimedAttempt, seen: SeenBooking, customer_id: CustomerId, parts: Parts
) -> Appointment:
    span = claimed.service.span(claimed.start)
    now = parts.clock.now()
    pending = seen.status == "pending"
    return Appointment(
        company_id=claimed.company_id,
        branch_id=claimed.branch_id,
        service_id=claimed.service.service_id,
        customer_id=customer_id,
        call_id=claimed.call_id,
        attempt_id=claimed.attempt_id,
        starts_at=span.start,
        ends_at=span.end,
        status=AppointmentStatus.PENDING if pending else AppointmentStatus.CONFIRMED,
        calcom_booking_uid=BookingUid(seen.uid),
        calcom_booking_id=seen.booking_id,
        sync_origin=SyncOrigin.RETELL,
        booking_details=segment_details(claimed.service, claimed.start),
        created_at=now,
        updated_at=now,
    )

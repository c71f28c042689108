"""Closing a change: the appointment, its record, the message and the attempt change in one transaction.

Until Cal.com has confirmed a change nothing of the appointment is touched (incident 1.22). What can't be written
down afterwards is not undone: the appointment stands where Cal.com has it, and the worker writes it down.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime

from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.orm import Session

from app.domain.booking_check import SeenBooking
from app.domain.change_check import Astray
from app.domain.identifiers import BookingUid
from app.domain.reconciling import Difference
from app.domain.speech import Answer, Trouble, VoiceStatus
from app.domain.statuses import (
    AppointmentStatus,
    AttemptState,
    AttemptStep,
    CallbackPriority,
    CallRelation,
    FindingKind,
    Told,
)
from app.domain.timespan import Span
from app.storage import appointments, attempts, changes, findings, webhooks
from app.storage.encryption import VaultError
from app.storage.models import Appointment, Modification, OutboxMessage
from app.usecases.answers import answer_to_stored
from app.usecases.asking import LeaseLost
from app.usecases.callbacks import add_callback, of_attempt
from app.usecases.change_messages import cancellation_mail, move_mail, unclear_mail
from app.usecases.changing import AppointmentChanged, Change, answer_of
from app.usecases.parts import Parts, elapsed_ms
from app.usecases.settling import BookingEnded

NOT_NOTIFIED = "notification_failed"
"""A warning: the change is done, the mail about it could not be written (incident 1.24)."""

Mail = Callable[..., OutboxMessage]


def settle_change(
    parts: Parts, change: Change, seen: SeenBooking | None, *, cause: str, told: Told | None = None
) -> Answer:
    """Write what Cal.com has confirmed; return the answer that says it.

    `cause` is "asked" while the caller waits and "adopted" when the worker finds it; `told` is what the caller
    had heard then. Raises LeaseLost when a worker took over, AppointmentChanged and BookingEnded when the
    appointment or the new booking is no longer what this change is about; database errors come through. Then
    nothing is written.
    """
    now = parts.clock.now()
    claimed = change.claimed
    with parts.transactions.transaction(claimed.company_id, "settle_change") as session:
        if not attempts.update_held(
            session, claimed.attempt_id, claimed.lease_number, step=AttemptStep.ACCEPTED
        ):
            raise LeaseLost
        appointment = appointments.get_appointment(session, change.appointment_id)
        _apply(session, change, appointment, seen, now)
        warnings = _notify(parts, session, change, appointment, cause=cause, now=now)
        answer = done_answer(change, appointment, warnings)
        _call_back_if_surprised(parts, session, change, told)
        _close_done(session, change, answer, seen, cause=cause, now=now)
    parts.calendar.forget_slots(claimed.company_id, claimed.service.event_type_id)
    parts.log.info(
        "appointment.changed",
        attempt_id=claimed.attempt_id,
        appointment_id=change.appointment_id,
        kind=change.kind,
        cause=cause,
        duration_ms=elapsed_ms(parts, now),
    )
    return answer


def done_answer(change: Change, appointment: Appointment, warnings: tuple[str, ...] = ()) -> Answer:
    """Return the answer about a change that is done, from the appointment as it stands now."""
    status = VoiceStatus.CANCELLED
    if change.is_move:
        pending = appointment.status is AppointmentStatus.PENDING
        status = VoiceStatus.PENDING if pending else VoiceStatus.RESCHEDULED
    answer = replace(
        answer_of(change, status),
        asked=appointment.starts_at,
        appointment_id=appointment.id,
        calcom_booking_uid=appointment.calcom_booking_uid,
        fee_cents=change.fee_cents,
        confirmation_sent_to_caller=bool(change.claimed.email) and not warnings,
    )
    local = f"{appointment.starts_at.astimezone(answer.zone):%Y-%m-%d %H:%M}"
    details: dict[str, object] = {"fee": change.fee_cents / 100}
    if change.is_move:
        details["new_time"] = local
    else:
        uid, service = appointment.calcom_booking_uid, change.claimed.service.name
        details["cancelled_booking"] = {"appointment_id": uid, "time": local, "service": service}
    if warnings:
        details["warnings"] = list(warnings)
    return replace(answer, details=details)


def escalate_change(parts: Parts, change: Change, astray: Astray, *, told: Told | None = None) -> Answer:
    """Hand a change to a person: a finding, the appointment marked, an urgent call back, in one transaction.

    `told` is what the caller had heard of it; None while he waits, and then he hears it now. Never is a new booking
    made in place of one that is not there (incident 1.22). Raises LeaseLost; database errors come through.
    """
    now = parts.clock.now()
    claimed = change.claimed
    answer = answer_of(change, VoiceStatus.ERROR, reason="manual_review", trouble=Trouble.CALLBACK)
    with parts.transactions.transaction(claimed.company_id, "escalate_change") as session:
        appointment = appointments.get_appointment(session, change.appointment_id)
        appointment.requires_manual_review = True
        findings.record(session, claimed.company_id, _difference(change, astray), now)
        reason = f"{'move' if change.is_move else 'cancellation'} unclear: {astray.reason}"
        add_callback(parts, session, of_attempt(claimed, CallbackPriority.URGENT, reason))
        if told in {Told.NOTHING, Told.CHECKING}:
            session.add(unclear_mail(parts, change, now))
        if not attempts.close_held(
            session,
            claimed.attempt_id,
            claimed.lease_number,
            keeps_key=False,
            state=AttemptState.ESCALATED,
            outcome=astray.reason[:80],
            closed_at=now,
            **({"told": Told.FAILED, "answer": answer_to_stored(answer)} if told is None else {}),
        ):
            raise LeaseLost
    parts.log.error("attempt.escalated", attempt_id=claimed.attempt_id, uid=change.uid, reason=astray.reason)
    return answer


def escalate_or_leave(parts: Parts, change: Change, astray: Astray) -> Answer:
    """Escalate, or leave the attempt to the worker where nothing can be written: what is said fits both."""
    try:
        return escalate_change(parts, change, astray)
    except (SQLAlchemyError, LeaseLost) as error:
        attempt_id = change.claimed.attempt_id
        parts.log.error("settle.unrecorded", attempt_id=attempt_id, error=type(error).__name__)
        return answer_of(change, VoiceStatus.TIMEOUT, reason="settling_failed")


def _apply(
    session: Session, change: Change, appointment: Appointment, seen: SeenBooking | None, now: datetime
) -> None:
    """Change the appointment as Cal.com did, and record that it was changed."""
    if appointment.calcom_booking_uid != change.uid:
        raise AppointmentChanged
    changes.free_keys(session, appointment, change.uid)
    if seen is not None:
        _move(session, change, appointment, seen)
    elif appointment.status is not AppointmentStatus.CANCELLED:
        appointment.status = AppointmentStatus.CANCELLED
    appointment.updated_at = now
    kind = changes.MOVED if change.is_move else changes.CANCELLED
    session.add(
        Modification(
            company_id=appointment.company_id,
            appointment_id=appointment.id,
            call_id=change.claimed.call_id,
            kind=kind,
            fee_cents=change.fee_cents,
            within_policy=True,
            made_at=now,
        )
    )
    relation = CallRelation.MOVED if change.is_move else CallRelation.CANCELLED
    changes.link_call(session, appointment, change.claimed.call_id, relation, now)


def _move(session: Session, change: Change, appointment: Appointment, seen: SeenBooking) -> None:
    if webhooks.latest_end(session, seen.uid) is not None:
        raise BookingEnded
    span = change.span
    ends_at = seen.end if seen.end is not None and seen.end > span.start else span.end
    whole = Span(span.start, ends_at)
    appointment.previous_starts_at = change.previous.start
    appointment.starts_at, appointment.ends_at = whole.start, whole.end
    appointment.calcom_booking_uid = BookingUid(seen.uid)
    appointment.calcom_booking_id = seen.booking_id
    appointment.rescheduled_count += 1
    appointment.status = (
        AppointmentStatus.PENDING if seen.status == "pending" else AppointmentStatus.CONFIRMED
    )


def _notify(
    parts: Parts, session: Session, change: Change, appointment: Appointment, *, cause: str, now: datetime
) -> tuple[str, ...]:
    """Add the mail about the change; a mail that can't be written is a warning, no failure (incident 1.24)."""
    letter: Mail = move_mail if change.is_move else cancellation_mail
    try:
        session.add(letter(parts, change, appointment, cause=cause, now=now))
    except (VaultError, ValueError) as error:
        attempt_id = change.claimed.attempt_id
        parts.log.error("change.not_notified", attempt_id=attempt_id, error=type(error).__name__)
        return (NOT_NOTIFIED,)
    return ()


def _call_back_if_surprised(parts: Parts, session: Session, change: Change, told: Told | None) -> None:
    """Call somebody who heard that his appointment stays as it is, and it did not."""
    if told is Told.FAILED:
        reason = "changed although the caller was told that it failed"
        add_callback(parts, session, of_attempt(change.claimed, CallbackPriority.URGENT, reason))


def _close_done(
    session: Session, change: Change, answer: Answer, seen: SeenBooking | None, *, cause: str, now: datetime
) -> None:
    claimed = change.claimed
    if not attempts.close_held(
        session,
        claimed.attempt_id,
        claimed.lease_number,
        keeps_key=True,
        state=changes.DONE[change.kind],
        outcome=cause,
        closed_at=now,
        calcom_booking_uid=seen.uid if seen is not None else change.uid,
        answer=answer_to_stored(answer),
        **({"told": Told.CHANGED} if cause == "asked" else {}),
    ):
        raise LeaseLost


def _difference(change: Change, astray: Astray) -> Difference:
    theirs = {"status": "absent"}
    if astray.seen is not None:
        start = astray.seen.start.isoformat() if astray.seen.start else ""
        theirs = {"uid": astray.seen.uid, "status": astray.seen.status or "", "starts_at": start}
    return Difference(
        kind=FindingKind.ORPHANED if astray.seen is None else FindingKind.STATUS_MISMATCH,
        appointment_id=change.appointment_id,
        calcom_booking_uid=change.uid,
        ours={"starts_at": change.previous.start.isoformat(), "attempt_id": change.claimed.attempt_id},
        theirs=theirs,
        detail=astray.reason,
    )

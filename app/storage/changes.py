"""Moves and cancellations: their attempts, their records, the rules for them. Nothing commits here."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime

from sqlalchemy import func, select, update
from sqlalchemy.orm import Session

from app.domain.identifiers import AppointmentId, AttemptId, BookingUid, CallId, CustomerId
from app.domain.policies import ChangeKind, Rule
from app.domain.statuses import AppointmentStatus, AttemptKind, AttemptState, CallRelation, Told
from app.domain.timespan import Span
from app.storage import attempts
from app.storage.models import (
    Appointment,
    BookingAttempt,
    CallAppointment,
    Customer,
    Modification,
    Policy,
)

CANCELLED, MOVED = "cancel", "reschedule"
"""What a modification was."""

DONE = {AttemptKind.MOVE: AttemptState.MOVED, AttemptKind.CANCEL: AttemptState.CANCELLED}
"""How an attempt ends that did what it was for."""

MOST_HOPS = 10
"""How often one appointment is followed from an old uid to its next one."""

_TURN = datetime(2000, 1, 1, tzinfo=UTC)
"""The one cell in which changes of the same appointment meet; it is no time of day."""


def hold_appointment(session: Session, attempt: BookingAttempt, appointment_id: AppointmentId) -> None:
    """Let nobody else change an appointment while an attempt is open; a rival's hold raises IntegrityError."""
    attempts.hold_cells(session, attempt, f"appointment:{appointment_id}", [_TURN])


def hold_time(session: Session, attempt: BookingAttempt, calendar: str, span: Span) -> None:
    """Hold the cells of the time an appointment is to be moved to; a rival's raises IntegrityError."""
    attempts.hold_cells(session, attempt, calendar, list(span.cells()))


def find_open(session: Session, uid: BookingUid, kind: AttemptKind | None = None) -> BookingAttempt | None:
    """Return the open attempt to change a booking, or None."""
    query = select(BookingAttempt).where(
        BookingAttempt.changes_booking_uid == uid, BookingAttempt.state == AttemptState.OPEN
    )
    if kind is not None:
        query = query.where(BookingAttempt.kind == kind)
    return session.scalar(query.limit(1))


def list_under_change(session: Session) -> set[BookingUid]:
    """Return the bookings that an open attempt is changing; what they look like is no difference yet."""
    rows = session.scalars(
        select(BookingAttempt.changes_booking_uid).where(
            BookingAttempt.state == AttemptState.OPEN, BookingAttempt.changes_booking_uid.is_not(None)
        )
    )
    return {uid for uid in rows if uid is not None}


def find_given_up(session: Session, uid: BookingUid, starts_at: datetime) -> BookingAttempt | None:
    """Return the newest closed attempt that wanted to move a booking to an instant and did not, or None."""
    return session.scalar(
        select(BookingAttempt)
        .where(
            BookingAttempt.changes_booking_uid == uid,
            BookingAttempt.kind == AttemptKind.MOVE,
            BookingAttempt.starts_at == starts_at,
            BookingAttempt.state.in_((AttemptState.FAILED, AttemptState.REFUSED)),
        )
        .order_by(BookingAttempt.opened_at.desc())
        .limit(1)
    )


def close_superseded(session: Session, uid: BookingUid, now: datetime) -> int:
    """Close what was tried with a booking, told as failed and is only watched still; return how many.

    A new try of the same caller must not wait for it; whatever comes late of the old one, the new one sees.
    """
    waiting = session.scalars(
        select(BookingAttempt).where(
            BookingAttempt.changes_booking_uid == uid,
            BookingAttempt.state == AttemptState.OPEN,
            BookingAttempt.told == Told.FAILED,
            BookingAttempt.leased_until <= now,
        )
    ).all()
    return sum(
        attempts.close_held(
            session,
            attempt.id,
            attempt.lease_number,
            keeps_key=False,
            state=AttemptState.FAILED,
            outcome="tried again",
            closed_at=now,
        )
        for attempt in waiting
    )


def list_done(session: Session, call_id: CallId, kind: AttemptKind) -> Sequence[BookingAttempt]:
    """Return what a call has changed and what still stands so, newest first."""
    return session.scalars(
        select(BookingAttempt)
        .where(
            BookingAttempt.call_id == call_id,
            BookingAttempt.kind == kind,
            BookingAttempt.state == DONE[kind],
            BookingAttempt.active_key.is_not(None),
        )
        .order_by(BookingAttempt.closed_at.desc(), BookingAttempt.id)
    ).all()


def latest_uid(session: Session, uid: BookingUid) -> BookingUid:
    """Return the uid a booking has now, after every move of ours."""
    for _ in range(MOST_HOPS):
        following = session.scalar(
            select(BookingAttempt.calcom_booking_uid).where(
                BookingAttempt.changes_booking_uid == uid, BookingAttempt.state == AttemptState.MOVED
            )
        )
        if following is None:
            break
        uid = following
    return uid


def free_keys(session: Session, appointment: Appointment, uid: BookingUid) -> None:
    """Let the wishes that made a booking what it was be asked anew: it is something else from now on."""
    if appointment.attempt_id is not None:
        attempts.free_key(session, AttemptId(appointment.attempt_id))
    session.execute(
        update(BookingAttempt)
        .where(BookingAttempt.calcom_booking_uid == uid, BookingAttempt.kind == AttemptKind.MOVE)
        .values(active_key=None)
        .execution_options(synchronize_session=False)
    )


def get_customer(session: Session, appointment: Appointment) -> Customer:
    """Return whose appointment it is."""
    return session.scalars(select(Customer).where(Customer.id == appointment.customer_id)).one()


def find_cancelled(
    session: Session, customer_ids: Sequence[CustomerId], starts_at: datetime
) -> Appointment | None:
    """Return a customer's cancelled appointment of an instant, or None."""
    return session.scalar(
        select(Appointment)
        .where(
            Appointment.customer_id.in_(customer_ids),
            Appointment.starts_at == starts_at,
            Appointment.status == AppointmentStatus.CANCELLED,
        )
        .order_by(Appointment.updated_at.desc(), Appointment.id)
        .limit(1)
    )


def find_modification(session: Session, appointment_id: AppointmentId, kind: str) -> Modification | None:
    """Return the newest record of a change of an appointment, or None."""
    return session.scalar(
        select(Modification)
        .where(Modification.appointment_id == appointment_id, Modification.kind == kind)
        .order_by(Modification.made_at.desc(), Modification.id.desc())
        .limit(1)
    )


def count_cancellations(session: Session, customer_id: CustomerId, window: Span) -> int:
    """Return how often a customer has cancelled inside a window."""
    count = session.scalar(
        select(func.count(Modification.id))
        .join(Appointment, Appointment.id == Modification.appointment_id)
        .where(
            Appointment.customer_id == customer_id,
            Modification.kind == CANCELLED,
            Modification.made_at >= window.start,
            Modification.made_at < window.end,
        )
    )
    return count or 0


def list_rules(session: Session, kind: ChangeKind) -> list[Rule]:
    """Return the company's rules of a kind, wherever they are attached."""
    rows = session.scalars(select(Policy).where(Policy.kind == kind).order_by(Policy.id))
    return [Rule(kind, row.rules, row.staff_id, row.service_id, row.branch_id, number=row.id) for row in rows]


def link_call(
    session: Session,
    appointment: Appointment,
    call_id: CallId | None,
    relation: CallRelation,
    now: datetime,
) -> None:
    """Tie a call to an appointment once: what the call came to is read from here (incident 1.40)."""
    if call_id is None:
        return
    known = session.scalar(
        select(CallAppointment.id).where(
            CallAppointment.call_id == call_id,
            CallAppointment.appointment_id == appointment.id,
            CallAppointment.relation == relation,
        )
    )
    if known is None:
        session.add(
            CallAppointment(
                company_id=appointment.company_id,
                call_id=call_id,
                appointment_id=appointment.id,
                relation=relation,
                made_at=now,
            )
        )

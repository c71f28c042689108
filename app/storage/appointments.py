"""Appointments: what is taken, and finding one again."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, and_, func, select
from sqlalchemy.orm import Session

from app.domain.identifiers import (
    AppointmentId,
    AttemptId,
    BookingUid,
    BranchId,
    CallId,
    CustomerId,
    ServiceId,
    StaffId,
)
from app.domain.statuses import LIVE_APPOINTMENTS, AppointmentStatus
from app.domain.timespan import Span
from app.storage.models import Appointment, Customer, Service, StaffMember

LONGEST_APPOINTMENT = timedelta(hours=24)
"""How far before a window an appointment that reaches into it may begin."""


def list_taken(
    session: Session, calendar: str, window: Span, *, besides: AppointmentId | None = None
) -> list[Span]:
    """Return the spans, buffers included, that live appointments take from one calendar around a window.

    `besides` is the one appointment that is to be moved: it alone does not stand in its own way (incident 1.23).
    """
    rows = session.execute(
        select(
            Appointment.starts_at,
            Appointment.ends_at,
            Service.buffer_before_minutes,
            Service.buffer_after_minutes,
        )
        .join(Service, Service.id == Appointment.service_id)
        .where(
            Appointment.status.in_(LIVE_APPOINTMENTS),
            Appointment.starts_at >= window.start - LONGEST_APPOINTMENT,
            Appointment.starts_at < window.end + LONGEST_APPOINTMENT,
            _takes(calendar),
            *(() if besides is None else (Appointment.id != besides,)),
        )
    )
    taken = [
        Span(starts_at, ends_at).widened(before_minutes=before, after_minutes=after)
        for starts_at, ends_at, before, after in rows
    ]
    return [span for span in taken if span.overlaps(window)]


def calendar_of(service: Service, staff_id: str | None = None) -> str:
    """Return whose time a service takes: one staff member's, or the event type's where Cal.com picks the host."""
    staff = staff_id or service.staff_id
    return f"staff:{staff}" if staff else f"event_type:{service.calcom_event_type_id}"


def _takes(calendar: str) -> ColumnElement[bool]:
    """Return which appointments take time of a calendar.

    A host whom Cal.com picked does not make room at the event type: such an appointment takes both.
    """
    kind, _, whose = calendar.partition(":")
    if kind == "staff":
        staff: ColumnElement[str] = func.coalesce(Appointment.staff_id, Service.staff_id)
        return staff == whose
    return and_(Service.staff_id.is_(None), Service.calcom_event_type_id == int(whose))


def find_by_uid(session: Session, uid: BookingUid) -> Appointment | None:
    """Return the appointment of a booking, or None."""
    return session.scalar(select(Appointment).where(Appointment.calcom_booking_uid == uid))


def get_appointment(session: Session, appointment_id: AppointmentId) -> Appointment:
    """Return an appointment that must exist."""
    return session.scalars(select(Appointment).where(Appointment.id == appointment_id)).one()


def list_with_names(session: Session, start: datetime, end: datetime) -> Sequence[tuple[Appointment, str]]:
    """Return the appointments that start in a window, each with its customer's name, in order."""
    rows = session.execute(
        select(Appointment, Customer.name)
        .join(Customer, Customer.id == Appointment.customer_id)
        .where(Appointment.starts_at >= start, Appointment.starts_at < end)
        .order_by(Appointment.starts_at, Appointment.id)
    )
    return [(appointment, name) for appointment, name in rows]


@dataclass(frozen=True, slots=True)
class AppointmentSeen:
    """An appointment with what is said of it."""

    appointment_id: AppointmentId
    customer_id: CustomerId
    customer_name: str = field(repr=False)
    branch_id: BranchId
    service_id: ServiceId
    service: str
    staff_id: StaffId | None
    staff: str | None
    starts_at: datetime
    ends_at: datetime
    status: AppointmentStatus
    calcom_booking_uid: BookingUid | None
    call_id: CallId | None
    rescheduled_count: int


def list_seen(
    session: Session,
    *,
    customer_ids: Sequence[CustomerId] = (),
    made_by_call: CallId | None = None,
    made_for: Sequence[CustomerId] = (),
    made_since: datetime,
    start: datetime,
    limit: int = 50,
) -> list[AppointmentSeen]:
    """Return live appointments from `start` on, soonest first: some customers', or those one call made for some.

    Args:
        session: Of the company.
        customer_ids: Whose appointments.
        made_by_call: The call that made them since `made_since`, instead.
        made_for: For whom that call made them.
        made_since: How old what a call made may be.
        start: The earliest start.
        limit: The most that are read.
    """
    whose: ColumnElement[bool]
    if customer_ids:
        whose = Appointment.customer_id.in_(customer_ids)
    elif made_by_call is not None and made_for:
        whose = and_(
            Appointment.call_id == made_by_call,
            Appointment.customer_id.in_(made_for),
            Appointment.created_at >= made_since,
        )
    else:
        return []
    live = Appointment.status.in_(LIVE_APPOINTMENTS)
    statement = _seen().where(whose, live, Appointment.starts_at >= start)
    rows = session.execute(statement.order_by(Appointment.starts_at, Appointment.id).limit(limit))
    return [AppointmentSeen(*row) for row in rows]


def list_history(session: Session, customer_ids: Sequence[CustomerId], limit: int) -> list[AppointmentSeen]:
    """Return customers' appointments of every status, the latest first."""
    statement = _seen().where(Appointment.customer_id.in_(customer_ids))
    rows = session.execute(
        statement.order_by(Appointment.starts_at.desc(), Appointment.id.desc()).limit(limit)
    )
    return [AppointmentSeen(*row) for row in rows]


def find_overlapping(
    session: Session, customer_ids: Sequence[CustomerId], span: Span
) -> AppointmentSeen | None:
    """Return the first live appointment of some customers that shares time with a span, or None."""
    statement = _seen().where(
        Appointment.customer_id.in_(customer_ids),
        Appointment.status.in_(LIVE_APPOINTMENTS),
        Appointment.starts_at < span.end,
        Appointment.ends_at > span.start,
    )
    row = session.execute(statement.order_by(Appointment.starts_at, Appointment.id).limit(1)).first()
    return AppointmentSeen(*row) if row is not None else None


def find_seen_by_attempt(session: Session, attempt_id: AttemptId) -> AppointmentSeen | None:
    """Return the appointment an attempt made, or None."""
    row = session.execute(_seen().where(Appointment.attempt_id == attempt_id)).first()
    return AppointmentSeen(*row) if row is not None else None


def _seen() -> Any:
    return (
        select(
            Appointment.id,
            Appointment.customer_id,
            Customer.name,
            Appointment.branch_id,
            Appointment.service_id,
            Service.name,
            Appointment.staff_id,
            StaffMember.name,
            Appointment.starts_at,
            Appointment.ends_at,
            Appointment.status,
            Appointment.calcom_booking_uid,
            Appointment.call_id,
            Appointment.rescheduled_count,
        )
        .join(Customer, Customer.id == Appointment.customer_id)
        .join(Service, Service.id == Appointment.service_id)
        .outerjoin(StaffMember, StaffMember.id == Appointment.staff_id)
    )

"""Appointments: what is taken, and finding one again."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.domain.identifiers import AppointmentId, BookingUid
from app.domain.statuses import LIVE_APPOINTMENTS
from app.domain.timespan import Span
from app.storage.models import Appointment, Customer, Service

LONGEST_APPOINTMENT = timedelta(hours=24)
"""How far before a window an appointment that reaches into it may begin."""


def list_taken(session: Session, calendar: str, window: Span) -> list[Span]:
    """Return the spans, buffers included, that live appointments take from one calendar around a window."""
    rows = session.execute(
        select(Appointment.starts_at, Appointment.ends_at, Service, Appointment.staff_id)
        .join(Service, Service.id == Appointment.service_id)
        .where(
            Appointment.status.in_(LIVE_APPOINTMENTS),
            Appointment.starts_at >= window.start - LONGEST_APPOINTMENT,
            Appointment.starts_at < window.end + LONGEST_APPOINTMENT,
        )
    )
    taken = [
        Span(starts_at, ends_at).widened(
            before_minutes=service.buffer_before_minutes, after_minutes=service.buffer_after_minutes
        )
        for starts_at, ends_at, service, staff_id in rows
        if calendar_of(service, staff_id) == calendar
    ]
    return [span for span in taken if span.overlaps(window)]


def calendar_of(service: Service, staff_id: str | None = None) -> str:
    """Return whose time a service takes: one staff member's, or the event type's where Cal.com picks the host."""
    staff = staff_id or service.staff_id
    return f"staff:{staff}" if staff else f"event_type:{service.calcom_event_type_id}"


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

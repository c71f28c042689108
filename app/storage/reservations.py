"""Slots that Cal.com hides for one of our calls."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import and_, exists, or_, select
from sqlalchemy.orm import Session

from app.domain.identifiers import CallId, CompanyId, EventTypeId, ServiceId
from app.domain.statuses import LIVE_APPOINTMENTS
from app.domain.timespan import Span
from app.storage.call_outcomes import OVER
from app.storage.models import Appointment, Call, Service, SlotReservation


@dataclass(frozen=True, slots=True)
class HeldSlot:
    """A reservation with what its release needs."""

    id: int
    company_id: CompanyId
    uid: str
    event_type_id: EventTypeId
    starts_at: datetime
    expires_at: datetime


_HELD = (
    select(SlotReservation, Service.calcom_event_type_id)
    .join(Service, Service.id == SlotReservation.service_id)
    .where(SlotReservation.released_at.is_(None))
    .order_by(SlotReservation.id)
)


def find_held(
    session: Session, call_id: CallId, service_id: ServiceId, start: datetime, now: datetime
) -> SlotReservation | None:
    """Return the valid reservation of a call for one instant of a service, or None."""
    return session.scalar(
        select(SlotReservation)
        .where(
            SlotReservation.call_id == call_id,
            SlotReservation.service_id == service_id,
            SlotReservation.starts_at == start,
            SlotReservation.released_at.is_(None),
            SlotReservation.expires_at > now,
        )
        .limit(1)
    )


def list_held_starts(
    session: Session, call_id: CallId, service_id: ServiceId, window: Span, now: datetime
) -> list[datetime]:
    """Return the instants of a service in a window that a call holds."""
    return list(
        session.scalars(
            select(SlotReservation.starts_at).where(
                SlotReservation.call_id == call_id,
                SlotReservation.service_id == service_id,
                SlotReservation.starts_at >= window.start,
                SlotReservation.starts_at < window.end,
                SlotReservation.released_at.is_(None),
                SlotReservation.expires_at > now,
            )
        )
    )


def list_held(session: Session, call_id: CallId, now: datetime) -> Sequence[HeldSlot]:
    """Return what a call holds."""
    rows = session.execute(_HELD.where(SlotReservation.call_id == call_id, SlotReservation.expires_at > now))
    return [_held(row.SlotReservation, row.calcom_event_type_id) for row in rows]


def list_left(session: Session, now: datetime, limit: int) -> Sequence[HeldSlot]:
    """Return what is held, for any company, by calls that are over or for times that they have booked."""
    booked = exists().where(
        Appointment.call_id == SlotReservation.call_id,
        Appointment.starts_at == SlotReservation.starts_at,
        Appointment.status.in_(LIVE_APPOINTMENTS),
    )
    rows = session.execute(
        _HELD.join(Call, and_(Call.id == SlotReservation.call_id))
        .where(SlotReservation.expires_at > now, or_(Call.status.in_(OVER), booked))
        .limit(limit)
    )
    return [_held(row.SlotReservation, row.calcom_event_type_id) for row in rows]


def mark_released(session: Session, reservation_id: int, now: datetime) -> None:
    """Write down that a reservation was given up."""
    row = session.scalars(select(SlotReservation).where(SlotReservation.id == reservation_id)).one()
    row.released_at = now


def _held(row: SlotReservation, event_type_id: EventTypeId) -> HeldSlot:
    return HeldSlot(
        row.id, row.company_id, row.calcom_reservation_uid, event_type_id, row.starts_at, row.expires_at
    )

"""What a call left behind: appointments, open attempts, requests to call back."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import and_, exists, or_, select
from sqlalchemy.orm import Session

from app.domain.identifiers import CallId, CompanyId
from app.domain.statuses import (
    AppointmentStatus,
    AttemptState,
    CallOutcome,
    CallRelation,
    CallStatus,
)
from app.storage.models import Appointment, BookingAttempt, Call, CallAppointment, CallbackRequest

OVER = (CallStatus.ENDED, CallStatus.CLOSED)
_ENDED_APPOINTMENT = (AppointmentStatus.CANCELLED, AppointmentStatus.PENDING)


@dataclass(frozen=True, slots=True)
class CallTraces:
    """What stands in our books because of a call."""

    relations: frozenset[CallRelation]
    has_committed: bool
    has_pending: bool
    has_open_attempt: bool
    has_callback: bool


def traces_of(session: Session, call_id: CallId) -> CallTraces:
    """Return what a call left behind."""
    made = set(session.scalars(select(Appointment.status).where(Appointment.call_id == call_id)))
    relations = session.scalars(select(CallAppointment.relation).where(CallAppointment.call_id == call_id))
    open_attempt = select(BookingAttempt.id).where(
        BookingAttempt.call_id == call_id, BookingAttempt.state == AttemptState.OPEN
    )
    callback = select(CallbackRequest.id).where(CallbackRequest.call_id == call_id)
    return CallTraces(
        relations=frozenset(relations),
        has_committed=any(status not in _ENDED_APPOINTMENT for status in made),
        has_pending=AppointmentStatus.PENDING in made,
        has_open_attempt=session.scalars(open_attempt.limit(1)).first() is not None,
        has_callback=session.scalars(callback.limit(1)).first() is not None,
    )


def list_to_judge(session: Session, limit: int) -> Sequence[tuple[CompanyId, CallId]]:
    """Return ended calls, of any company, whose attempt or appointment was settled after they were judged."""
    committed = exists().where(Appointment.call_id == Call.id, Appointment.status.not_in(_ENDED_APPOINTMENT))
    undecided = or_(
        exists().where(BookingAttempt.call_id == Call.id, BookingAttempt.state == AttemptState.OPEN),
        exists().where(Appointment.call_id == Call.id, Appointment.status == AppointmentStatus.PENDING),
    )
    late = and_(Call.outcome.in_((CallOutcome.NOT_BOOKED, CallOutcome.CALLBACK)), committed)
    settled = and_(Call.outcome == CallOutcome.PENDING, ~undecided)
    rows = session.execute(
        select(Call.company_id, Call.id)
        .where(Call.status.in_(OVER), or_(late, settled))
        .order_by(Call.id)
        .limit(limit)
    )
    return [(row.company_id, row.id) for row in rows]


def list_stuck(session: Session, started_before: datetime, limit: int) -> Sequence[tuple[CompanyId, CallId]]:
    """Return calls, of any company, that began long ago and whose end nobody reported."""
    rows = session.execute(
        select(Call.company_id, Call.id)
        .where(Call.status.not_in(OVER), Call.started_at < started_before)
        .order_by(Call.started_at)
        .limit(limit)
    )
    return [(row.company_id, row.id) for row in rows]

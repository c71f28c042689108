"""The same change asked for again: a repeated delivery, or a caller who wants to be sure, hears the same success."""

from __future__ import annotations

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

from sqlalchemy.orm import Session

from app.domain.speech import Answer, VoiceStatus
from app.domain.statuses import AppointmentStatus, AttemptKind
from app.storage import appointments, catalogue, changes
from app.storage.models import Appointment, BookingAttempt
from app.usecases.answers import answer_from_stored
from app.usecases.commands import CallContext
from app.usecases.identity import Identity
from app.usecases.own_appointment import Meant
from app.usecases.parts import Parts


def cancelled_before(parts: Parts, context: CallContext, identity: Identity, meant: Meant) -> Answer | None:
    """Return the news of a cancellation that is done: by this call, or of the caller's own by its date and time."""
    with parts.transactions.transaction(context.company_id, "find_cancelled", read_only=True) as session:
        for attempt in _done(session, context, AttemptKind.CANCEL):
            if _is_meant(attempt, meant, attempt.starts_at, context.zone) and attempt.answer is not None:
                return answer_from_stored(attempt.answer, context.zone)
        found = _own_cancelled(session, context, identity, meant)
        return None if found is None else _cancelled_answer(session, context, found)


def moved_before(parts: Parts, context: CallContext, meant: Meant, start: datetime) -> Answer | None:
    """Return the news of a move to this very time that this call has made and that still stands."""
    with parts.transactions.transaction(context.company_id, "find_moved", read_only=True) as session:
        for attempt in _done(session, context, AttemptKind.MOVE):
            if attempt.starts_at != start or attempt.answer is None:
                continue
            answer = answer_from_stored(attempt.answer, context.zone)
            before = answer.previous or start
            if any(_is_meant(attempt, meant, at, context.zone) for at in (before, start)):
                return answer
    return None


def _done(session: Session, context: CallContext, kind: AttemptKind) -> list[BookingAttempt]:
    return [] if context.call_id is None else list(changes.list_done(session, context.call_id, kind))


def _is_meant(attempt: BookingAttempt, meant: Meant, stood_at: datetime, zone: ZoneInfo) -> bool:
    if meant.uid is not None:
        return meant.uid in {attempt.changes_booking_uid, attempt.calcom_booking_uid}
    return meant.fits(stood_at, zone)


def _own_cancelled(
    session: Session, context: CallContext, identity: Identity, meant: Meant
) -> Appointment | None:
    if meant.uid is not None:
        found = appointments.find_by_uid(session, changes.latest_uid(session, meant.uid))
        is_own = found is not None and found.customer_id in identity.customer_ids
        return found if found is not None and is_own and _is_cancelled(found) else None
    for moment in meant.moments:
        if moment.date is not None and moment.time is not None:
            start = datetime.combine(moment.date, moment.time, context.zone).astimezone(UTC)
            found = changes.find_cancelled(session, identity.customer_ids, start)
            if found is not None:
                return found
    return None


def _is_cancelled(appointment: Appointment) -> bool:
    return appointment.status is AppointmentStatus.CANCELLED


def _cancelled_answer(session: Session, context: CallContext, appointment: Appointment) -> Answer:
    record = changes.find_modification(session, appointment.id, changes.CANCELLED)
    return Answer(
        VoiceStatus.CANCELLED,
        context.zone,
        asked=appointment.starts_at,
        service=catalogue.get_service(session, appointment.service_id).name,
        reason="already_cancelled",
        appointment_id=appointment.id,
        calcom_booking_uid=appointment.calcom_booking_uid,
        fee_cents=record.fee_cents if record is not None else 0,
    )

"""What Cal.com tells us of bookings: stored once, then applied in a transaction of its own, in any order."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

from sqlalchemy.exc import IntegrityError, SQLAlchemyError
from sqlalchemy.orm import Session

from app.domain.booking_check import SeenBooking
from app.domain.identifiers import AttemptId, BookingUid, CompanyId, EventTypeId
from app.domain.incoming import IncomingEvent
from app.domain.statuses import (
    LIVE_APPOINTMENTS,
    AppointmentStatus,
    AttemptState,
    SyncOrigin,
    Told,
    WebhookSource,
    WebhookStatus,
)
from app.domain.timespan import span_of
from app.storage import appointments, attempts, catalogue, customers, webhooks
from app.storage.encryption import VaultError
from app.storage.models import Appointment, BookingAttempt, Service, WebhookEvent
from app.usecases.parts import Parts
from app.usecases.webhook_moves import NO_APPOINTMENT, OWN_CANCELLATION, apply_moved, is_own_cancellation

ACTOR = "calcom webhook"


class Trigger(StrEnum):
    """The events we act on; all others are stored and ignored."""

    CREATED = "BOOKING_CREATED"
    CANCELLED = "BOOKING_CANCELLED"
    RESCHEDULED = "BOOKING_RESCHEDULED"


@dataclass(frozen=True, slots=True)
class CandidateSecret:
    """A company that may have been meant, and the secret its webhooks are signed with."""

    company_id: CompanyId
    secret: str = field(repr=False)


def list_candidates(parts: Parts, event_type_id: EventTypeId | None) -> list[CandidateSecret]:
    """Return the companies that own the event type, every company where none is named, with their secrets.

    Two companies may own one id (incident 1.17): the signature decides which of them is meant.
    """
    with parts.transactions.sweep("a signature decides", "list_candidates", read_only=True) as session:
        owners = None if event_type_id is None else catalogue.list_owners(session, event_type_id)
        return [
            CandidateSecret(company.id, parts.vault.open(company.calcom_webhook_secret_ciphertext))
            for company in catalogue.list_companies(session)
            if company.calcom_webhook_secret_ciphertext and (owners is None or company.id in owners)
        ]


def accept_event(parts: Parts, company_id: CompanyId, incoming: IncomingEvent) -> int | None:
    """Store an event and return its row id, or None when it was stored before."""
    row = WebhookEvent(
        company_id=company_id,
        event_key=incoming.key,
        trigger=incoming.trigger,
        calcom_booking_uid=incoming.booking.uid,
        happened_at=incoming.happened_at,
        received_at=parts.clock.now(),
        body_ciphertext=parts.vault.seal(incoming.raw),
        status=WebhookStatus.RECEIVED,
    )
    try:
        with parts.transactions.transaction(company_id, "accept_event") as session:
            if webhooks.find_event(session, incoming.key) is not None:
                return None
            session.add(row)
            session.flush()
            return row.id
    except IntegrityError:
        return None


def apply_event(parts: Parts, company_id: CompanyId, event_id: int, incoming: IncomingEvent) -> WebhookStatus:
    """Act on a stored event; an error leaves it stored and to be tried again by the worker."""
    with parts.transactions.transaction(company_id, "apply_event", actor=ACTOR) as session:
        row = webhooks.get_event(session, event_id)
        row.tries += 1
        if row.status != WebhookStatus.RECEIVED:
            return WebhookStatus(row.status)
        row.reason = _apply(parts, session, company_id, incoming)
        row.status = WebhookStatus.PROCESSED if row.reason is None else WebhookStatus.IGNORED
        status, reason = row.status, row.reason
    if incoming.booking.event_type_id is not None:
        parts.calendar.forget_slots(company_id, EventTypeId(incoming.booking.event_type_id))
    parts.log.info(
        "webhook.applied", company_id=company_id, trigger=incoming.trigger, status=status, reason=reason
    )
    return status


def _apply(parts: Parts, session: Session, company_id: CompanyId, incoming: IncomingEvent) -> str | None:
    """Change our records as the event says; return why nothing was to be done, or None."""
    if incoming.trigger == Trigger.CREATED:
        return _apply_created(parts, session, company_id, incoming)
    if incoming.trigger == Trigger.CANCELLED:
        return _apply_cancelled(parts, session, incoming)
    if incoming.trigger == Trigger.RESCHEDULED:
        return _apply_rescheduled(parts, session, company_id, incoming)
    return "this event is not acted on"


def _apply_created(
    parts: Parts, session: Session, company_id: CompanyId, incoming: IncomingEvent
) -> str | None:
    seen = incoming.booking
    if appointments.find_by_uid(session, BookingUid(seen.uid)) is not None:
        return "known booking"
    ended_at = webhooks.latest_end(session, seen.uid)
    if ended_at is not None and ended_at >= incoming.happened_at:
        return "cancelled before its creation arrived"
    attempt = _attempt_of(session, seen)
    if attempt is not None:
        return _meet_attempt(parts, attempt)
    return _add_appointment(parts, session, company_id, seen)


def _meet_attempt(parts: Parts, attempt: BookingAttempt) -> str:
    """Recognise our own booking. One that comes after its attempt was given up is a late commit: look again."""
    if attempt.state in {AttemptState.FAILED, AttemptState.REFUSED, AttemptState.COMPENSATED}:
        attempt.state = AttemptState.OPEN
        attempt.told = Told.FAILED
        attempt.closed_at = None
        attempt.next_look_at = attempt.leased_until = parts.clock.now()  # nobody works on a closed attempt
        return "late commit of an attempt that was given up; the worker takes it back"
    return "our own booking"


def _apply_cancelled(parts: Parts, session: Session, incoming: IncomingEvent) -> str | None:
    appointment = appointments.find_by_uid(session, BookingUid(incoming.booking.uid))
    if appointment is None:
        return "no appointment of this booking"
    if appointment.status not in LIVE_APPOINTMENTS:
        return "already cancelled"
    if is_own_cancellation(session, BookingUid(incoming.booking.uid)):
        return OWN_CANCELLATION
    appointment.status = AppointmentStatus.CANCELLED
    appointment.updated_at = parts.clock.now()
    if appointment.attempt_id is not None:
        attempts.free_key(session, AttemptId(appointment.attempt_id))
    return None


def _apply_rescheduled(
    parts: Parts, session: Session, company_id: CompanyId, incoming: IncomingEvent
) -> str | None:
    """Move what we know; a booking whose creation we never heard of is one that we miss."""
    reason = apply_moved(parts, session, incoming)
    ended = webhooks.latest_end(session, incoming.booking.uid)
    if reason == NO_APPOINTMENT and ended is None and _attempt_of(session, incoming.booking) is None:
        return _add_appointment(parts, session, company_id, incoming.booking)
    return reason


def _add_appointment(parts: Parts, session: Session, company_id: CompanyId, seen: SeenBooking) -> str | None:
    service = _service_of(session, seen)
    if service is None:
        return "unknown event type"
    if seen.start is None:
        return "a booking without a start"
    now = parts.clock.now()
    customer = customers.find_or_add(
        session,
        parts.vault,
        company_id=company_id,
        name=seen.attendee_name or "Unbekannt",
        phone=None,
        email=seen.attendee_email,
        source=SyncOrigin.CALCOM,
        now=now,
    )
    branch_id = service.branch_id or catalogue.first_branch(session).id
    span = span_of(seen.start, service.duration_minutes)
    session.add(
        Appointment(
            company_id=company_id,
            branch_id=branch_id,
            service_id=service.id,
            customer_id=customer.id,
            starts_at=span.start,
            ends_at=seen.end if seen.end is not None and seen.end > span.start else span.end,
            status=AppointmentStatus.CONFIRMED,
            calcom_booking_uid=BookingUid(seen.uid),
            calcom_booking_id=seen.booking_id,
            sync_origin=SyncOrigin.CALCOM,
            created_at=now,
            updated_at=now,
        )
    )
    return None


def _service_of(session: Session, seen: SeenBooking) -> Service | None:
    if seen.event_type_id is None:
        return catalogue.default_service(session)
    return catalogue.find_by_event_type(session, EventTypeId(seen.event_type_id))


def _attempt_of(session: Session, seen: SeenBooking) -> BookingAttempt | None:
    attempt_id = (seen.metadata or {}).get("attempt_id")
    return attempts.find_attempt(session, AttemptId(attempt_id)) if attempt_id else None


MOST_TRIES = 5
"""After so many failures an event is parked for an operator."""
BATCH = 100

ReadEvent = Callable[[str, datetime], IncomingEvent]


def run_once(parts: Parts, read_event: ReadEvent) -> int:
    """Apply events that were stored and not acted on, by a crash or an error; return how many were."""
    with parts.transactions.sweep("events of any company wait", "list_unapplied", read_only=True) as session:
        waiting = [
            (row.company_id, row.id, row.body_ciphertext, row.received_at)
            for row in webhooks.list_unapplied(session, BATCH, source=WebhookSource.CALCOM)
        ]
    done = 0
    for company_id, event_id, body, received_at in waiting:
        try:
            incoming = read_event(parts.vault.open(body), received_at)
        except (VaultError, ValueError) as error:
            count_failure(parts, company_id, event_id, error)
            continue
        done += try_to_apply(parts, company_id, event_id, incoming) is not None
    return done


def try_to_apply(
    parts: Parts, company_id: CompanyId, event_id: int, incoming: IncomingEvent
) -> WebhookStatus | None:
    """Apply an event; on an error nothing of it is written, it is counted, and None is returned."""
    try:
        return apply_event(parts, company_id, event_id, incoming)
    except (SQLAlchemyError, VaultError, ValueError) as error:
        count_failure(parts, company_id, event_id, error)
        return None


def count_failure(parts: Parts, company_id: CompanyId, event_id: int, error: Exception) -> None:
    """Count a failed try of an event; after too many it is parked for an operator."""
    parts.log.error("webhook.failed", company_id=company_id, event_id=event_id, error=type(error).__name__)
    with parts.transactions.transaction(company_id, "count_failure", actor=ACTOR) as session:
        row = webhooks.get_event(session, event_id)
        row.tries += 1
        if row.tries >= MOST_TRIES:
            row.status = WebhookStatus.FAILED

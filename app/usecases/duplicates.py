"""The same wish twice: a repeat of the call, a second thought in the middle of a booking, what he has already.

A repeat of a wish gets the answer of the first time. Another time for the same person, while the call still books
or has just booked, is most likely the interruption of a sentence (retell.md 3.3): it is asked about, never booked
beside. And who asks in another call for what he has hears that he has it (incident 1.2).
"""

from __future__ import annotations

from datetime import timedelta

from sqlalchemy.orm import Session

from app.domain.names import find_named, is_same_person
from app.domain.speech import Answer, VoiceStatus
from app.domain.statuses import LIVE_APPOINTMENTS, AttemptState, CallRelation
from app.storage import appointments, attempts, changes
from app.storage.appointments import AppointmentSeen
from app.storage.models import BookingAttempt
from app.usecases.answers import answer_from_stored
from app.usecases.commands import BookAppointment, CallContext
from app.usecases.parts import Parts

JUST_BOOKED = "just_booked"
"""Reason of a duplicate that this same call made moments ago."""
ALREADY_HAS_IT = "already_has_it"
"""Reason of a duplicate that an earlier call made."""
OPTIONS = ("keep", "book_another", "reschedule")
"""What the caller can choose; book_another is the flag that lets the same booking through."""
JUST_NOW = timedelta(minutes=5)
"""How long a booking counts as just made (incidents, section 7)."""
WAIT_FOR_OWN_SECONDS = 6.0
POLL_SECONDS = 0.2


def recognise_wish(parts: Parts, command: BookAppointment, key: str) -> Answer | None:
    """Return the answer to a wish that was met before or stands in its own way; None where it is a new one.

    While this call books for the same person it is waited for, bounded.
    """
    give_up_at = parts.clock.now() + timedelta(seconds=WAIT_FOR_OWN_SECONDS)
    while True:
        with parts.transactions.transaction(
            command.context.company_id, "recognise_wish", read_only=True
        ) as session:
            same = attempts.find_by_key(session, key)
            if same is not None:
                return answer_from_stored(same.answer, command.context.zone) if same.answer else None
            own = parts.rules.own_attempt(parts, session, command, key)
            found = find_existing(session, command) if own is None else None
            answer = _answer_of_own(session, command.context, own) if own is not None else None
        if own is None:
            return duplicate_answer(parts, command.context, found) if found is not None else None
        if answer is not None:
            return answer
        if parts.clock.now() >= give_up_at:
            return _still_checking(command.context, own)
        parts.clock.sleep(POLL_SECONDS)


def find_own_attempt(
    parts: Parts, session: Session, command: BookAppointment, key: str
) -> BookingAttempt | None:
    """Return what this call is booking, or has booked in the last five minutes, for the same person; or None."""
    call_id = command.context.call_id
    if call_id is None or command.another:
        return None
    since = parts.clock.now() - JUST_NOW
    for attempt in attempts.list_of_call(session, call_id, since):
        if attempt.active_key != key and _is_for_same(command, attempt) and _still_stands(session, attempt):
            return attempt
    return None


def find_existing(session: Session, command: BookAppointment) -> AppointmentSeen | None:
    """Return the appointment a known customer has at the wished time, or None."""
    if command.another or not command.customer_ids:
        return None
    return appointments.find_overlapping(session, command.customer_ids, command.service.span(command.start))


def duplicate_answer(
    parts: Parts, context: CallContext, existing: AppointmentSeen, reason: str = ALREADY_HAS_IT
) -> Answer:
    """Return "you have that already", and tie the call to the appointment (incident 1.2)."""
    if context.call_id is not None and reason != JUST_BOOKED:
        with parts.transactions.transaction(context.company_id, "link_call") as session:
            appointment = appointments.get_appointment(session, existing.appointment_id)
            changes.link_call(session, appointment, context.call_id, CallRelation.FOUND, parts.clock.now())
    return duplicate(context, existing, reason)


def duplicate(context: CallContext, existing: AppointmentSeen, reason: str) -> Answer:
    """Return the answer about an appointment that stands already."""
    return Answer(
        VoiceStatus.DUPLICATE,
        context.zone,
        asked=existing.starts_at,
        service=existing.service,
        reason=reason,
        options=OPTIONS,
        details={"existing_appointment": _existing(existing, context)},
    )


def _existing(existing: AppointmentSeen, context: CallContext) -> dict[str, str | None]:
    return {
        "appointment_id": existing.calcom_booking_uid,
        "time": f"{existing.starts_at.astimezone(context.zone):%Y-%m-%d %H:%M}",
        "service": existing.service,
        "staff": existing.staff,
    }


def _answer_of_own(session: Session, context: CallContext, own: BookingAttempt) -> Answer | None:
    """Return what is to be said of our own attempt; None while it may still come to something."""
    if own.state == AttemptState.BOOKED:
        made = appointments.find_seen_by_attempt(session, own.id)
        return duplicate(context, made, JUST_BOOKED) if made is not None else _still_checking(context, own)
    # left to the worker: waiting here would bring nothing
    return answer_from_stored(own.answer, context.zone) if own.answer else None


def _still_checking(context: CallContext, own: BookingAttempt) -> Answer:
    return Answer(
        VoiceStatus.TIMEOUT, context.zone, asked=own.starts_at, reason="booking_under_way", attempt_id=own.id
    )


def _is_for_same(command: BookAppointment, attempt: BookingAttempt) -> bool:
    if command.for_other:
        return is_same_person(command.name, attempt.customer_name)
    return bool(find_named(command.name, [attempt.customer_name]))


def _still_stands(session: Session, attempt: BookingAttempt) -> bool:
    """Return whether an attempt is under way, or its appointment lives."""
    if attempt.state == AttemptState.OPEN:
        return True
    made = appointments.find_seen_by_attempt(session, attempt.id)
    return made is not None and made.status in LIVE_APPOINTMENTS

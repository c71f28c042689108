"""Mails to customers, as outbox messages."""

from __future__ import annotations

from datetime import datetime
from zoneinfo import ZoneInfo

from icalendar import Calendar as IcsCalendar
from icalendar import Event as IcsEvent

from app.domain.german.say import say_instant
from app.domain.statuses import AppointmentStatus, OutboxKind, OutboxStatus
from app.storage.models import Appointment, OutboxMessage
from app.usecases.composite import say_segments
from app.usecases.parts import ClaimedAttempt, Parts


def confirmation_mail(
    parts: Parts, claimed: ClaimedAttempt, appointment: Appointment, *, cause: str, now: datetime
) -> OutboxMessage:
    """Return the confirmation with its calendar file; without an address of the caller's it goes to the salon.

    An appointment that a host still has to confirm is called "angefragt" here too, never "gebucht".
    """
    when = say_instant(claimed.start, ZoneInfo(claimed.time_zone))
    requested = appointment.status is AppointmentStatus.PENDING
    news = "ist angefragt, wir melden uns, sobald er bestätigt ist" if requested else "ist gebucht"
    body = (
        f"Guten Tag {claimed.name},\n\n"
        f"Ihr Termin {news}: {claimed.service.name}, {when}.\n\n"
        "Die Kalenderdatei liegt dieser Nachricht bei.\n"
    )
    return OutboxMessage(
        company_id=claimed.company_id,
        kind=OutboxKind.CONFIRMATION_MAIL,
        cause=cause,
        appointment_id=appointment.id,
        attempt_id=claimed.attempt_id,
        recipient_ciphertext=parts.vault.seal(claimed.email or claimed.mailbox),
        subject=f"{'Terminanfrage' if requested else 'Terminbestätigung'}: {when}",
        body=body,
        calendar_file=calendar_file(claimed, appointment, now),
        status=OutboxStatus.WAITING,
        due_at=now,
        created_at=now,
    )


def failure_mail(parts: Parts, claimed: ClaimedAttempt, now: datetime) -> OutboxMessage:
    """Return the news that a wish which "was being checked" came to nothing."""
    when = say_instant(claimed.start, ZoneInfo(claimed.time_zone))
    body = (
        f"Guten Tag {claimed.name},\n\n"
        f"leider konnten wir Ihren Wunschtermin am {when} nicht eintragen. Wir rufen Sie an.\n"
    )
    return OutboxMessage(
        company_id=claimed.company_id,
        kind=OutboxKind.FAILURE_MAIL,
        cause="failed",
        attempt_id=claimed.attempt_id,
        recipient_ciphertext=parts.vault.seal(claimed.email or claimed.mailbox),
        subject=f"Ihr Wunschtermin: {when}",
        body=body,
        status=OutboxStatus.WAITING,
        due_at=now,
        created_at=now,
    )


def calendar_file(claimed: ClaimedAttempt, appointment: Appointment, now: datetime) -> str:
    """Return the appointment as iCalendar text."""
    calendar = IcsCalendar()
    calendar.add("prodid", "-//AskPro//Terminbuchung//DE")
    calendar.add("version", "2.0")
    event = IcsEvent()
    event.add("uid", f"{claimed.attempt_id}@askpro.example")
    event.add("summary", claimed.service.name)
    event.add("dtstart", appointment.starts_at)
    event.add("dtend", appointment.ends_at)
    event.add("dtstamp", now)
    if parts_of_visit := say_segments(claimed.service, appointment.starts_at, ZoneInfo(claimed.time_zone)):
        event.add("description", parts_of_visit)
    calendar.add_component(event)
    return str(calendar.to_ical().decode())

"""Mails about changes of appointments, as outbox messages; the calendar file updates or removes the first one's."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from zoneinfo import ZoneInfo

from icalendar import Calendar as IcsCalendar
from icalendar import Event as IcsEvent
from icalendar import vCalAddress

from app.domain.german.say import say_instant
from app.domain.statuses import AppointmentStatus, OutboxKind, OutboxStatus
from app.storage.models import Appointment, OutboxMessage
from app.usecases.changing import Change
from app.usecases.parts import Parts


@dataclass(frozen=True, slots=True)
class _Letter:
    kind: OutboxKind
    subject: str
    news: str
    method: str | None = None
    """Of the calendar file; None sends none."""
    cents: int = field(default=0)


def move_mail(
    parts: Parts, change: Change, appointment: Appointment, *, cause: str, now: datetime
) -> OutboxMessage:
    """Return the news that an appointment stands at another time, with the file that moves it in calendars."""
    new, old = _say(change, appointment.starts_at), _say(change, change.previous.start)
    pending = appointment.status is AppointmentStatus.PENDING
    word = "soll verschoben werden, sobald das bestätigt ist" if pending else "ist verschoben"
    letter = _Letter(
        OutboxKind.MOVE_MAIL,
        f"Ihr Termin ist verschoben: {new}" if not pending else f"Terminanfrage: {new}",
        f"Ihr Termin {word}: {_service(change)}, {new}. Bisher war er am {old}.",
        method="PUBLISH",
        cents=change.fee_cents,
    )
    return _message(parts, change, letter, appointment, cause=cause, now=now)


def cancellation_mail(
    parts: Parts, change: Change, appointment: Appointment, *, cause: str, now: datetime
) -> OutboxMessage:
    """Return the news that an appointment is cancelled, with the file that takes it out of calendars."""
    when = _say(change, appointment.starts_at)
    letter = _Letter(
        OutboxKind.CANCELLATION_MAIL,
        f"Ihr Termin ist abgesagt: {when}",
        f"Ihr Termin ist abgesagt: {_service(change)}, {when}.",
        method="CANCEL",
        cents=change.fee_cents,
    )
    return _message(parts, change, letter, appointment, cause=cause, now=now)


def unchanged_mail(parts: Parts, change: Change, now: datetime) -> OutboxMessage:
    """Return the news that a change which "was being checked" came to nothing: the appointment stands as it was."""
    old = _say(change, change.previous.start)
    wish = "verschieben" if change.is_move else "absagen"
    letter = _Letter(
        OutboxKind.FAILURE_MAIL,
        f"Ihr Termin am {old}",
        f"leider konnten wir Ihren Termin am {old} nicht {wish}. Er bleibt, wie er ist. Wir rufen Sie an.",
    )
    return _message(parts, change, letter, None, cause="failed", now=now)


def unclear_mail(parts: Parts, change: Change, now: datetime) -> OutboxMessage:
    """Return the news that a person looks at what became of an appointment."""
    old = _say(change, change.previous.start)
    letter = _Letter(
        OutboxKind.FAILURE_MAIL,
        f"Ihr Termin am {old}",
        f"wir prüfen, was aus Ihrem Termin am {old} geworden ist. Wir rufen Sie an.",
    )
    return _message(parts, change, letter, None, cause="unclear", now=now)


def _message(
    parts: Parts,
    change: Change,
    letter: _Letter,
    appointment: Appointment | None,
    *,
    cause: str,
    now: datetime,
) -> OutboxMessage:
    claimed = change.claimed
    fee = f"\nDafür fällt eine Gebühr von {-(-letter.cents // 100)} Euro an.\n" if letter.cents else ""
    calendar_file = None
    if appointment is not None and letter.method is not None:
        calendar_file = _calendar_file(change, appointment, letter.method, now)
    return OutboxMessage(
        company_id=claimed.company_id,
        kind=letter.kind,
        cause=cause,
        appointment_id=change.appointment_id,
        attempt_id=claimed.attempt_id,
        recipient_ciphertext=parts.vault.seal(claimed.email or claimed.mailbox),
        subject=letter.subject,
        body=f"Guten Tag {claimed.name},\n\n{letter.news}\n{fee}",
        calendar_file=calendar_file,
        status=OutboxStatus.WAITING,
        due_at=now,
        created_at=now,
    )


def _calendar_file(change: Change, appointment: Appointment, method: str, now: datetime) -> str:
    """Return iCalendar text with the uid of the confirmation and a higher sequence, so that calendars match it."""
    calendar = IcsCalendar()
    calendar.add("prodid", "-//AskPro//Terminbuchung//DE")
    calendar.add("version", "2.0")
    calendar.add("method", method)
    event = IcsEvent()
    event.add("uid", f"{appointment.attempt_id or f'appointment-{appointment.id}'}@askpro.example")
    event.add("sequence", appointment.rescheduled_count + (method == "CANCEL"))
    event.add("status", "CANCELLED" if method == "CANCEL" else "CONFIRMED")
    event.add("summary", change.claimed.service.name)
    event.add("organizer", vCalAddress(f"mailto:{change.claimed.mailbox}"))
    event.add("dtstart", appointment.starts_at)
    event.add("dtend", appointment.ends_at)
    event.add("dtstamp", now)
    calendar.add_component(event)
    return str(calendar.to_ical().decode())


def _say(change: Change, instant: datetime) -> str:
    return say_instant(instant, ZoneInfo(change.claimed.time_zone))


def _service(change: Change) -> str:
    return change.claimed.service.name

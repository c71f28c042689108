"""What we say, and what each sentence claims.

One table maps a status to its claim and its sentence; a message is made only from the fields of an answer.
The word "gebucht" as news of a success stands in one row: the one of a committed booking (incident 1.10).
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from zoneinfo import ZoneInfo

from app.domain.german.say import say_clock, say_date, say_instant


class VoiceStatus(StrEnum):
    """How a tool call was answered (incidents 2.2)."""

    AVAILABLE = "available"
    UNAVAILABLE = "unavailable"
    NO_AVAILABILITY = "no_availability"
    BOOKED = "booked"
    PENDING = "pending"
    SLOT_TAKEN = "slot_taken"
    SLOT_LOCKED = "slot_locked"
    CLOSED = "closed"
    PAST_TIME = "past_time"
    INVALID_DATE = "invalid_date"
    NEEDS_CLARIFICATION = "needs_clarification"
    MISSING_REQUIRED_FIELD = "missing_required_field"
    MISSING_CUSTOMER_NAME = "missing_customer_name"
    NOTICE_VIOLATION = "booking_notice_violation"
    UNKNOWN_FUNCTION = "unknown_function"
    TIMEOUT = "timeout"
    ERROR = "error"


class Claim(StrEnum):
    """What the caller may rely on after a sentence; invariants hold it against both ledgers."""

    NONE = "none"
    FREE = "free"
    TAKEN = "taken"
    BOOKED = "booked"
    PENDING = "pending"
    CHECKING = "checking"
    FAILED = "failed"


class Trouble(StrEnum):
    """Which sentence an error gets."""

    BOOKING = "booking"
    """Nothing stands at Cal.com; the caller may try again."""
    ALREADY_BOOKED = "already_booked"
    OUTAGE = "outage"
    """Cal.com could not be asked."""
    CALLBACK = "callback"
    """A person has to sort it out and calls back."""


FIELD_WORDS = {
    "datum": "das Datum",
    "uhrzeit": "die Uhrzeit",
    "name": "den Namen",
    "dienstleistung": "die Leistung",
}


@dataclass(frozen=True, slots=True)
class Answer:
    """An answer to the voice agent, before it becomes JSON."""

    status: VoiceStatus
    zone: ZoneInfo
    asked: datetime | None = None
    now: datetime | None = None
    service: str | None = None
    service_id: int | None = None
    others: tuple[datetime, ...] = ()
    """Other readings of the caller's words: named with the one that was taken."""
    question: str | None = None
    """What to ask, where the status alone does not tell."""
    alternatives: tuple[datetime, ...] = ()
    reason: str | None = None
    trouble: Trouble = Trouble.BOOKING
    missing: tuple[str, ...] = ()
    options: tuple[str, ...] = ()
    attempt_id: str | None = None
    calcom_booking_uid: str | None = None
    appointment_id: int | None = None
    minimum_notice_minutes: int | None = None
    confirmation_sent_to_caller: bool = False
    awaiting_confirmation: bool = False

    @property
    def success(self) -> bool:
        """Return whether the wish of this tool call was met."""
        return self.status in {VoiceStatus.AVAILABLE, VoiceStatus.BOOKED, VoiceStatus.PENDING}

    @property
    def claim(self) -> Claim:
        """Return what the sentence lets the caller rely on."""
        return SENTENCES[self.status].claim

    @property
    def message(self) -> str:
        """Return the German sentence to speak."""
        return SENTENCES[self.status].say(self)


@dataclass(frozen=True, slots=True)
class Sentence:
    """One row of the table."""

    claim: Claim
    say: Callable[[Answer], str]


def _when(answer: Answer) -> str:
    assert answer.asked is not None  # noqa: S101 - every status that says a time carries it
    return say_instant(answer.asked, answer.zone)


def _clock(answer: Answer) -> str:
    assert answer.asked is not None  # noqa: S101 - every status that says a time carries it
    return say_clock(answer.asked.astimezone(answer.zone))


def _day(answer: Answer) -> str:
    assert answer.asked is not None  # noqa: S101 - every status that says a day carries it
    return say_date(answer.asked.astimezone(answer.zone).date())


def _offers(answer: Answer) -> str:
    return " oder ".join(say_instant(start, answer.zone) for start in answer.alternatives)


def _other_readings(answer: Answer) -> str:
    others = " oder ".join(say_instant(start, answer.zone) for start in answer.others)
    return f" Oder meinen Sie {others}?" if others else ""


def _available(answer: Answer) -> str:
    question = " Soll ich den Termin für Sie buchen?" if answer.awaiting_confirmation else ""
    return f"Der Termin am {_when(answer)} ist noch frei.{_other_readings(answer)}{question}"


def _unavailable(answer: Answer) -> str:
    other, offer = _other_readings(answer), f"Ich kann Ihnen anbieten: {_offers(answer)}."
    return f"Der Termin am {_when(answer)} ist leider nicht verfügbar.{other} {offer}"


def _slot_taken(answer: Answer) -> str:
    lost = f"Der Termin um {_clock(answer)} wurde gerade vergeben."
    if not answer.alternatives:
        return f"{lost} Leider habe ich in den nächsten sieben Tagen keine Alternative gefunden."
    word = "Alternativen" if len(answer.alternatives) > 1 else "eine Alternative"
    return f"{lost} Ich habe {word} gefunden: {_offers(answer)}. Passt Ihnen das?"


def _missing(answer: Answer) -> str:
    if answer.question:
        return answer.question
    wanted = " und ".join(FIELD_WORDS.get(name, name) for name in answer.missing)
    return f"Dafür brauche ich noch {wanted}. Was darf ich eintragen?"


def _clarify(answer: Answer) -> str:
    if answer.question:
        return answer.question
    if answer.options:
        return f"Was genau wünschen Sie? Zur Auswahl stehen: {', '.join(answer.options)}."
    return "Diese Uhrzeit gibt es an dem Tag zweimal, weil die Uhr umgestellt wird. Welche Uhrzeit passt Ihnen sonst?"


def _past(answer: Answer) -> str:
    if answer.question:
        return answer.question
    return f"Der Termin am {_when(answer)} liegt in der Vergangenheit. Wann möchten Sie stattdessen kommen?"


def _notice(answer: Answer) -> str:
    return f"Der Termin um {_clock(answer)} ist leider zu kurzfristig. Wann passt es Ihnen später?"


_TROUBLES = {
    Trouble.BOOKING: "Entschuldigung, es gab ein Problem bei der Buchung. Der Termin kam nicht zustande.",
    Trouble.ALREADY_BOOKED: "Dieser Termin wurde bereits gebucht. Möchten Sie eine andere Zeit?",
    Trouble.OUTAGE: "Entschuldigung, wir haben gerade ein technisches Problem. "
    "Bitte versuchen Sie es später noch einmal oder rufen Sie uns direkt an.",
    Trouble.CALLBACK: "Entschuldigung, bei der Buchung ist ein Fehler aufgetreten. "
    "Ein Mitarbeiter prüft das und ruft Sie zurück.",
}


def _error(answer: Answer) -> str:
    return _TROUBLES[answer.trouble]


SENTENCES: dict[VoiceStatus, Sentence] = {
    VoiceStatus.AVAILABLE: Sentence(Claim.FREE, _available),
    VoiceStatus.UNAVAILABLE: Sentence(Claim.TAKEN, _unavailable),
    VoiceStatus.NO_AVAILABILITY: Sentence(
        Claim.TAKEN,
        lambda answer: (
            f"Ich habe nachgesehen: Am {_day(answer)} und in den sieben Tagen danach ist leider nichts frei."
        ),
    ),
    VoiceStatus.BOOKED: Sentence(
        Claim.BOOKED,
        lambda answer: f"Perfekt! Ihr Termin wurde erfolgreich gebucht: {_when(answer)}, {answer.service}.",
    ),
    VoiceStatus.PENDING: Sentence(
        Claim.PENDING,
        lambda answer: (
            f"Ihr Wunschtermin am {_when(answer)} ist angefragt. Wir melden uns, sobald er bestätigt ist."
        ),
    ),
    VoiceStatus.SLOT_TAKEN: Sentence(Claim.TAKEN, _slot_taken),
    VoiceStatus.SLOT_LOCKED: Sentence(
        Claim.NONE,
        lambda answer: (
            f"Um die Zeit {_clock(answer)} bemüht sich gerade schon jemand. "
            "Bitte fragen Sie in einer Minute noch einmal oder nennen Sie mir eine andere Zeit."
        ),
    ),
    VoiceStatus.CLOSED: Sentence(
        Claim.NONE,
        lambda answer: (
            answer.question or f"Am {_when(answer)} haben wir leider geschlossen. Wann passt es Ihnen sonst?"
        ),
    ),
    VoiceStatus.PAST_TIME: Sentence(Claim.NONE, _past),
    VoiceStatus.INVALID_DATE: Sentence(
        Claim.NONE,
        lambda answer: (
            answer.question
            or "Das Datum oder die Uhrzeit konnte ich nicht verstehen. Wann möchten Sie kommen?"
        ),
    ),
    VoiceStatus.NEEDS_CLARIFICATION: Sentence(Claim.NONE, _clarify),
    VoiceStatus.MISSING_REQUIRED_FIELD: Sentence(Claim.NONE, _missing),
    VoiceStatus.MISSING_CUSTOMER_NAME: Sentence(
        Claim.NONE, lambda _: "Auf welchen Namen darf ich den Termin eintragen?"
    ),
    VoiceStatus.NOTICE_VIOLATION: Sentence(Claim.NONE, _notice),
    VoiceStatus.UNKNOWN_FUNCTION: Sentence(Claim.NONE, lambda _: "Dabei kann ich Ihnen leider nicht helfen."),
    VoiceStatus.TIMEOUT: Sentence(
        Claim.CHECKING,
        lambda answer: (
            f"Es gab ein Verbindungsproblem. Ihr Wunschtermin am {_when(answer)} wird geprüft, "
            "wir melden uns bei Ihnen."
        ),
    ),
    VoiceStatus.ERROR: Sentence(Claim.FAILED, _error),
}

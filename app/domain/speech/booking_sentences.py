"""What is said when somebody asks for a time or books it.

The word "gebucht" as news of a success stands in one row: the one of a committed booking (incident 1.10).
"""

from __future__ import annotations

from app.domain.speech.facts import Facts, Sentence
from app.domain.speech.phrases import clock, day, offers, other_readings, when
from app.domain.speech.vocabulary import Claim, Trouble, VoiceStatus

FIELD_WORDS = {
    "datum": "das Datum",
    "uhrzeit": "die Uhrzeit",
    "name": "den Namen",
    "dienstleistung": "die Leistung",
}


def _available(facts: Facts) -> str:
    question = " Soll ich den Termin für Sie buchen?" if facts.awaiting_confirmation else ""
    return f"Der Termin am {when(facts)} ist noch frei.{other_readings(facts)}{question}"


def _unavailable(facts: Facts) -> str:
    other, offer = other_readings(facts), f"Ich kann Ihnen anbieten: {offers(facts)}."
    return f"Der Termin am {when(facts)} ist leider nicht verfügbar.{other} {offer}"


def _slot_taken(facts: Facts) -> str:
    lost = f"Der Termin um {clock(facts)} wurde gerade vergeben."
    if not facts.alternatives:
        return f"{lost} Leider habe ich in den nächsten sieben Tagen keine Alternative gefunden."
    word = "Alternativen" if len(facts.alternatives) > 1 else "eine Alternative"
    return f"{lost} Ich habe {word} gefunden: {offers(facts)}. Passt Ihnen das?"


def _missing(facts: Facts) -> str:
    if facts.question:
        return facts.question
    wanted = " und ".join(FIELD_WORDS.get(name, name) for name in facts.missing)
    return f"Dafür brauche ich noch {wanted}. Was darf ich eintragen?"


def _clarify(facts: Facts) -> str:
    if facts.question:
        return facts.question
    if facts.options:
        return f"Was genau wünschen Sie? Zur Auswahl stehen: {', '.join(facts.options)}."
    return "Diese Uhrzeit gibt es an dem Tag zweimal, weil die Uhr umgestellt wird. Welche Uhrzeit passt Ihnen sonst?"


def _past(facts: Facts) -> str:
    if facts.question:
        return facts.question
    return f"Der Termin am {when(facts)} liegt in der Vergangenheit. Wann möchten Sie stattdessen kommen?"


def _notice(facts: Facts) -> str:
    return f"Der Termin um {clock(facts)} ist leider zu kurzfristig. Wann passt es Ihnen später?"


_TROUBLES = {
    Trouble.BOOKING: "Entschuldigung, es gab ein Problem bei der Buchung. Der Termin kam nicht zustande.",
    Trouble.ALREADY_BOOKED: "Dieser Termin wurde bereits gebucht. Möchten Sie eine andere Zeit?",
    Trouble.OUTAGE: "Entschuldigung, wir haben gerade ein technisches Problem. "
    "Bitte versuchen Sie es später noch einmal oder rufen Sie uns direkt an.",
    Trouble.CALLBACK: "Entschuldigung, bei der Buchung ist ein Fehler aufgetreten. "
    "Ein Mitarbeiter prüft das und ruft Sie zurück.",
    Trouble.CHANGE: "Entschuldigung, das hat gerade nicht geklappt. Ihr Termin bleibt, wie er ist. "
    "Bitte versuchen Sie es später noch einmal oder rufen Sie uns direkt an.",
    Trouble.CONFIGURATION: "Entschuldigung, wir haben gerade ein technisches Problem. "
    "Bitte rufen Sie uns direkt an, unser Team kümmert sich darum.",
}


def _error(facts: Facts) -> str:
    return _TROUBLES[facts.trouble]


BOOKING_SENTENCES: dict[VoiceStatus, Sentence] = {
    VoiceStatus.AVAILABLE: Sentence(Claim.FREE, _available, success=True),
    VoiceStatus.UNAVAILABLE: Sentence(Claim.TAKEN, _unavailable),
    VoiceStatus.NO_AVAILABILITY: Sentence(
        Claim.TAKEN,
        lambda facts: (
            f"Ich habe nachgesehen: Am {day(facts)} und in den sieben Tagen danach ist leider nichts frei."
        ),
    ),
    VoiceStatus.BOOKED: Sentence(
        Claim.BOOKED,
        lambda facts: f"Perfekt! Ihr Termin wurde erfolgreich gebucht: {when(facts)}, {facts.service}.",
        success=True,
    ),
    VoiceStatus.PENDING: Sentence(
        Claim.PENDING,
        lambda facts: (
            f"Ihr Wunschtermin am {when(facts)} ist angefragt. Wir melden uns, sobald er bestätigt ist."
        ),
        success=True,
    ),
    VoiceStatus.SLOT_TAKEN: Sentence(Claim.TAKEN, _slot_taken),
    VoiceStatus.SLOT_LOCKED: Sentence(
        Claim.NONE,
        lambda facts: (
            f"Um die Zeit {clock(facts)} bemüht sich gerade schon jemand. "
            "Bitte fragen Sie in einer Minute noch einmal oder nennen Sie mir eine andere Zeit."
        ),
    ),
    VoiceStatus.CLOSED: Sentence(
        Claim.NONE,
        lambda facts: (
            facts.question or f"Am {when(facts)} haben wir leider geschlossen. Wann passt es Ihnen sonst?"
        ),
    ),
    VoiceStatus.PAST_TIME: Sentence(Claim.NONE, _past),
    VoiceStatus.INVALID_DATE: Sentence(
        Claim.NONE,
        lambda facts: (
            facts.question
            or "Das Datum oder die Uhrzeit konnte ich nicht verstehen. Wann möchten Sie kommen?"
        ),
    ),
    VoiceStatus.NEEDS_CLARIFICATION: Sentence(Claim.NONE, _clarify),
    VoiceStatus.MISSING_REQUIRED_FIELD: Sentence(Claim.NONE, _missing),
    VoiceStatus.MISSING_CUSTOMER_NAME: Sentence(
        Claim.NONE, lambda _: "Auf welchen Namen darf ich den Termin eintragen?"
    ),
    VoiceStatus.NOTICE_VIOLATION: Sentence(Claim.NONE, _notice),
    VoiceStatus.DUPLICATE: Sentence(
        Claim.NONE,
        lambda facts: (
            f"Sie haben schon einen Termin am {when(facts)}. "
            "Möchten Sie ihn behalten, verschieben oder einen weiteren Termin?"
        ),
    ),
    VoiceStatus.LOW_CONFIDENCE: Sentence(
        Claim.NONE, lambda _: "Ich habe Sie leider nicht sicher verstanden. Können Sie das bitte wiederholen?"
    ),
    VoiceStatus.CIRCUIT_OPEN: Sentence(Claim.FAILED, lambda _: _TROUBLES[Trouble.OUTAGE]),
    VoiceStatus.TIMEOUT: Sentence(
        Claim.CHECKING,
        lambda facts: (
            f"Es gab ein Verbindungsproblem. Ihr Wunschtermin am {when(facts)} wird geprüft, "
            "wir melden uns bei Ihnen."
        ),
    ),
    VoiceStatus.ERROR: Sentence(Claim.FAILED, _error),
}

"""What is said when somebody asks for a time or books it.

The word "gebucht" as news of a success stands in one row: the one of a committed booking (incident 1.10).
"""

from __future__ import annotations

from app.domain.german.say import say_clock, say_instant
from app.domain.speech.facts import Facts, Sentence
from app.domain.speech.phrases import (
    MOST_SPOKEN,
    clock,
    day,
    offers,
    other_readings,
    searched,
    spoken_day,
    when,
    whole_hours,
)
from app.domain.speech.vocabulary import Claim, Trouble, VoiceStatus

LOST = frozenset({"race_condition_detected", "already_claimed"})
"""Reasons that tell of a time that was free a moment ago."""

FIELD_WORDS = {
    "datum": "das Datum",
    "uhrzeit": "die Uhrzeit",
    "name": "den Namen",
    "dienstleistung": "die Leistung",
    "phone": "die Telefonnummer",
    "email": "die E-Mail-Adresse",
    "mitarbeiter": "den Mitarbeiter",
    "note": "die Nachricht",
    "reason": "den Grund",
}


def _available(facts: Facts) -> str:
    question = " Soll ich den Termin für Sie buchen?" if facts.awaiting_confirmation else ""
    return f"Der Termin am {when(facts)} ist noch frei.{other_readings(facts)}{question}"


def _unavailable(facts: Facts) -> str:
    other, offer = other_readings(facts), f"Ich kann Ihnen anbieten: {offers(facts)}. Passt Ihnen das?"
    if facts.window:
        return f"{facts.window[:1].upper()}{facts.window[1:]} ist leider nichts frei. {offer}"
    return f"Der Termin am {when(facts)} ist leider nicht verfügbar.{other} {offer}"


def _no_availability(facts: Facts) -> str:
    if facts.window:
        return f"Ich habe nachgesehen: {facts.window} ist leider nichts frei. Wann passt es Ihnen sonst?"
    if facts.reason in LOST:
        return f"Der Termin um {clock(facts)} wurde gerade vergeben, und {searched(facts)} ist leider nichts frei."
    return f"Ich habe nachgesehen: Am {day(facts)} und {searched(facts)} ist leider nichts frei."


def _slot_taken(facts: Facts) -> str:
    lost = f"Der Termin um {clock(facts)} wurde gerade vergeben."
    if not facts.alternatives:
        return f"{lost} Wann passt es Ihnen sonst?"
    word = "Alternativen" if len(facts.alternatives) > 1 else "eine Alternative"
    return f"{lost} Ich habe {word} gefunden: {offers(facts)}. Passt Ihnen das?"


def _closed(facts: Facts) -> str:
    opening = _next_opening(facts)
    return f"{_why_closed(facts)}{opening} Wann passt es Ihnen sonst?"


def _why_closed(facts: Facts) -> str:
    if facts.holiday and (facts.day or facts.asked):
        return f"{day(facts)} ist ein Feiertag, {facts.holiday}; da haben wir geschlossen."
    if facts.closes and facts.asked and facts.minutes:
        length = f"{facts.service or 'Der Termin'} dauert {facts.minutes} Minuten"
        return f"Am {when(facts)} reicht die Zeit leider nicht: {length}, und wir schließen um {say_clock(facts.closes)}."
    return f"Am {when(facts) if facts.asked else day(facts)} haben wir leider geschlossen."


def _next_opening(facts: Facts) -> str:
    if facts.opens is None:
        return ""
    local = facts.opens.astimezone(facts.zone)
    if local.date() == spoken_day(facts):
        return f" An dem Tag öffnen wir um {say_clock(local)}."
    return f" Wir öffnen wieder am {say_instant(facts.opens, facts.zone)}."


def _missing(facts: Facts) -> str:
    if facts.question:
        return facts.question
    wanted = " und ".join(FIELD_WORDS.get(name, name) for name in facts.missing)
    return f"Dafür brauche ich noch {wanted}. Was darf ich eintragen?"


def _clarify(facts: Facts) -> str:
    if facts.question:
        return facts.question
    if facts.window and facts.alternatives:
        return (
            f"{facts.window[:1].upper()}{facts.window[1:]} ist noch frei: {offers(facts)}. Passt Ihnen das?"
        )
    if facts.options:
        return f"Was genau wünschen Sie? Zur Auswahl stehen: {_shortened(facts.options)}."
    return "Diese Uhrzeit gibt es an dem Tag zweimal, weil die Uhr umgestellt wird. Welche Uhrzeit passt Ihnen sonst?"


def _shortened(options: tuple[str, ...]) -> str:
    """Return options as a list that can be followed on the phone."""
    more = " und weitere" if len(options) > MOST_SPOKEN else ""
    return ", ".join(options[:MOST_SPOKEN]) + more


def _past(facts: Facts) -> str:
    if facts.question:
        return facts.question
    return f"Der Termin am {when(facts)} liegt in der Vergangenheit. Wann möchten Sie stattdessen kommen?"


def _notice(facts: Facts) -> str:
    short = f"Der Termin um {clock(facts)} ist leider zu kurzfristig"
    why = (
        f": Wir brauchen {_lead_time(facts.minimum_notice_minutes)} Vorlauf."
        if facts.minimum_notice_minutes
        else "."
    )
    if facts.alternatives:
        return f"{short}{why} Ich kann Ihnen anbieten: {offers(facts)}. Passt Ihnen das?"
    return f"{short}{why} Wann passt es Ihnen später?"


def _lead_time(minutes: int) -> str:
    hours, rest = divmod(minutes, 60)
    return f"{minutes} Minuten" if rest else whole_hours(hours)


def _checking(facts: Facts) -> str:
    about = f"Ihr Wunschtermin am {when(facts)}"
    if facts.trouble is Trouble.CHANGE:
        about = f"Die Absage Ihres Termins am {when(facts)}"
        if facts.previous is not None:
            about = f"Die Verschiebung Ihres Termins auf {when(facts)}"
    return f"Es gab ein Verbindungsproblem. {about} wird geprüft, wir melden uns bei Ihnen."


_TROUBLES = {
    Trouble.BOOKING: "Entschuldigung, es gab ein Problem bei der Buchung. Der Termin kam nicht zustande.",
    Trouble.ALREADY_BOOKED: "Dieser Termin wurde bereits gebucht. Möchten Sie eine andere Zeit?",
    Trouble.OUTAGE: "Entschuldigung, wir haben gerade ein technisches Problem. "
    "Bitte versuchen Sie es später noch einmal oder rufen Sie uns direkt an.",
    Trouble.CALLBACK: "Entschuldigung, bei der Buchung ist ein Fehler aufgetreten. "
    "Ein Mitarbeiter prüft das und ruft Sie zurück.",
    Trouble.CHANGE: "Entschuldigung, das hat gerade nicht geklappt. Ihr Termin bleibt, wie er ist. "
    "Bitte versuchen Sie es später noch einmal oder rufen Sie uns direkt an.",
    Trouble.RESERVATION: "Vormerken kann ich die Zeit gerade nicht. Soll ich den Termin gleich fest eintragen?",
    Trouble.CONFIGURATION: "Entschuldigung, wir haben gerade ein technisches Problem. "
    "Bitte rufen Sie uns direkt an, unser Team kümmert sich darum.",
}


def _error(facts: Facts) -> str:
    if facts.trouble is Trouble.INPUT:
        wrong = " und ".join(FIELD_WORDS.get(name, "eine Angabe") for name in facts.missing) or "eine Angabe"
        return (
            f"Ungültige Eingabedaten: Ich konnte {wrong} nicht aufnehmen. Können Sie das bitte wiederholen?"
        )
    return _TROUBLES[facts.trouble]


BOOKING_SENTENCES: dict[VoiceStatus, Sentence] = {
    VoiceStatus.AVAILABLE: Sentence(Claim.FREE, _available, success=True),
    VoiceStatus.UNAVAILABLE: Sentence(Claim.TAKEN, _unavailable),
    VoiceStatus.NO_AVAILABILITY: Sentence(Claim.TAKEN, _no_availability),
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
    VoiceStatus.CLOSED: Sentence(Claim.NONE, lambda facts: facts.question or _closed(facts)),
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
    VoiceStatus.TIMEOUT: Sentence(Claim.CHECKING, _checking),
    VoiceStatus.ERROR: Sentence(Claim.FAILED, _error),
}

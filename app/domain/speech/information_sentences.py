"""What is said when somebody only asks: services, hours, the next free time, the date."""

from __future__ import annotations

from app.domain.german.say import say_clock, say_date
from app.domain.speech.facts import Facts, Sentence
from app.domain.speech.phrases import MOST_SPOKEN, day, listed, offers, when
from app.domain.speech.vocabulary import Claim, VoiceStatus


def _now(facts: Facts) -> str:
    assert facts.now is not None  # noqa: S101 - both statuses that say it carry it
    local = facts.now.astimezone(facts.zone)
    return f"Heute ist {say_date(local.date())}, es ist {say_clock(local)}."


def _reserved(facts: Facts) -> str:
    kept = f"Die Zeit am {when(facts)} ist für ein paar Minuten für Sie vorgemerkt."
    return f"{kept} Soll ich den Termin fest eintragen?"


def _released(facts: Facts) -> str:
    if not facts.count:
        return "In Ordnung, für Sie ist nichts vorgemerkt."
    if facts.reason == "release_pending":
        return "In Ordnung, die Vormerkung läuft in ein paar Minuten von selbst ab."
    return "In Ordnung, die Vormerkung ist aufgehoben."


def _date(facts: Facts) -> str:
    others = " oder ".join(facts.options[1:])
    return f"Das ist {facts.options[0]}." + (f" Oder meinen Sie {others}?" if others else "")


def _alternatives(facts: Facts) -> str:
    return f"Ich kann Ihnen anbieten: {offers(facts)}. Passt Ihnen das?"


def _services(facts: Facts) -> str:
    if not facts.options:
        return "Zurzeit kann ich hier leider nichts buchen. Bitte rufen Sie uns direkt an."
    if len(facts.options) > MOST_SPOKEN:
        return f"Wir bieten unter anderem an: {listed(facts.options[:MOST_SPOKEN])}. Was möchten Sie?"
    return f"Wir bieten an: {listed(facts.options)}."


def _service_info(facts: Facts) -> str:
    length = (
        f"{facts.service} dauert {facts.minutes} Minuten."
        if facts.minutes
        else f"{facts.service} bieten wir an."
    )
    return f"{length} Das machen bei uns: {listed(facts.options[:MOST_SPOKEN])}." if facts.options else length


def _opening_hours(facts: Facts) -> str:
    if not facts.options:
        return "Unsere Öffnungszeiten liegen mir leider nicht vor. Für welchen Tag darf ich nachsehen?"
    if facts.day and not facts.holiday:
        return f"Am {day(facts)} haben wir {facts.options[0]} geöffnet."
    holiday = (
        f" {day(facts)} ist ein Feiertag, {facts.holiday}; da haben wir geschlossen." if facts.holiday else ""
    )
    return f"Unsere Öffnungszeiten: {listed(facts.options)}.{holiday}"


INFORMATION_SENTENCES: dict[VoiceStatus, Sentence] = {
    VoiceStatus.SERVICES: Sentence(Claim.NONE, _services, success=True),
    VoiceStatus.SERVICE_INFO: Sentence(Claim.NONE, _service_info, success=True),
    VoiceStatus.OPENING_HOURS: Sentence(Claim.NONE, _opening_hours, success=True),
    VoiceStatus.ALTERNATIVES: Sentence(Claim.NONE, _alternatives, success=True),
    VoiceStatus.NEXT_AVAILABLE: Sentence(
        Claim.FREE,
        lambda facts: f"Der nächste freie Termin ist am {when(facts)}. Passt Ihnen das?",
        success=True,
    ),
    VoiceStatus.RESERVED: Sentence(Claim.NONE, _reserved, success=True),
    VoiceStatus.RELEASED: Sentence(Claim.NONE, _released, success=True),
    VoiceStatus.INITIALIZED: Sentence(Claim.NONE, _now, success=True),
    VoiceStatus.DATE_PARSED: Sentence(Claim.NONE, _date, success=True),
    VoiceStatus.CURRENT_TIME: Sentence(Claim.NONE, _now, success=True),
    VoiceStatus.RATE_LIMIT_EXCEEDED: Sentence(
        Claim.NONE, lambda _: "Das waren jetzt viele Anfragen. Bitte rufen Sie uns direkt an."
    ),
    VoiceStatus.UNKNOWN_FUNCTION: Sentence(Claim.NONE, lambda _: "Dabei kann ich Ihnen leider nicht helfen."),
}

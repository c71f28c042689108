"""What is said when somebody only asks: services, hours, the next free time, the date."""

from __future__ import annotations

from app.domain.german.say import say_clock, say_date
from app.domain.speech.facts import Facts, Sentence
from app.domain.speech.phrases import listed, offers, when
from app.domain.speech.vocabulary import Claim, VoiceStatus


def _now(facts: Facts) -> str:
    assert facts.now is not None  # noqa: S101 - both statuses that say it carry it
    local = facts.now.astimezone(facts.zone)
    return f"Heute ist {say_date(local.date())}, es ist {say_clock(local)}."


def _date(facts: Facts) -> str:
    others = " oder ".join(facts.options[1:])
    return f"Das ist {facts.options[0]}." + (f" Oder meinen Sie {others}?" if others else "")


def _alternatives(facts: Facts) -> str:
    return f"Ich kann Ihnen anbieten: {offers(facts)}. Passt Ihnen das?"


INFORMATION_SENTENCES: dict[VoiceStatus, Sentence] = {
    VoiceStatus.SERVICES: Sentence(
        Claim.NONE, lambda facts: f"Wir bieten an: {listed(facts.options)}.", success=True
    ),
    VoiceStatus.OPENING_HOURS: Sentence(
        Claim.NONE, lambda facts: f"Unsere Öffnungszeiten: {listed(facts.options)}.", success=True
    ),
    VoiceStatus.ALTERNATIVES: Sentence(Claim.NONE, _alternatives, success=True),
    VoiceStatus.NEXT_AVAILABLE: Sentence(
        Claim.FREE,
        lambda facts: f"Der nächste freie Termin ist am {when(facts)}. Passt Ihnen das?",
        success=True,
    ),
    VoiceStatus.RESERVED: Sentence(
        Claim.NONE,
        lambda facts: f"Ich halte Ihnen den Termin am {when(facts)} für ein paar Minuten frei.",
        success=True,
    ),
    VoiceStatus.RELEASED: Sentence(
        Claim.NONE, lambda _: "In Ordnung, die Zeit ist wieder frei.", success=True
    ),
    VoiceStatus.INITIALIZED: Sentence(Claim.NONE, _now, success=True),
    VoiceStatus.DATE_PARSED: Sentence(Claim.NONE, _date, success=True),
    VoiceStatus.CURRENT_TIME: Sentence(Claim.NONE, _now, success=True),
    VoiceStatus.RATE_LIMIT_EXCEEDED: Sentence(
        Claim.NONE, lambda _: "Das waren jetzt viele Anfragen. Bitte rufen Sie uns direkt an."
    ),
    VoiceStatus.UNKNOWN_FUNCTION: Sentence(Claim.NONE, lambda _: "Dabei kann ich Ihnen leider nicht helfen."),
}

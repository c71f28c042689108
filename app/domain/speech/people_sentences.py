"""What is said about who calls, and to somebody we can't be sure of. No stored contact is ever spoken (1.24)."""

from __future__ import annotations

from app.domain.speech.facts import Facts, Sentence
from app.domain.speech.phrases import listed
from app.domain.speech.vocabulary import Claim, VoiceStatus


def _appointments(facts: Facts) -> str:
    if len(facts.options) == 1:
        return f"Sie haben einen Termin: {facts.options[0]}."
    more = (facts.count or 0) - len(facts.options)
    if more > 0:
        return f"Sie haben {facts.count} Termine. Die nächsten {len(facts.options)} sind: {listed(facts.options)}."
    return f"Sie haben diese Termine: {listed(facts.options)}."


def _found(facts: Facts) -> str:
    """Greet somebody by name; one of several on a number is asked for it."""
    if not facts.options:
        return "Schön, dass Sie wieder anrufen. Mit wem spreche ich bitte?"
    return f"Schön, dass Sie wieder anrufen, {facts.options[0]}."


def _new(facts: Facts) -> str:
    if not facts.options:
        return "Schön, dass Sie anrufen. Auf welchen Namen darf ich Sie eintragen?"
    return f"Schön, dass Sie anrufen, {facts.options[0]}. Was kann ich für Sie tun?"


def _anonymous(facts: Facts) -> str:
    if not facts.options:
        return "Ihre Nummer ist unterdrückt. Wie ist bitte Ihr Name?"
    return f"Ihre Nummer ist unterdrückt, {facts.options[0]}, deshalb lege ich Sie neu an, wenn Sie buchen."


def _called_back(facts: Facts) -> str:
    if facts.missing:
        return (
            "Ich habe das notiert, ein Mitarbeiter kümmert sich innerhalb von zwei Stunden darum. "
            "Unter welcher Nummer erreichen wir Sie?"
        )
    return "Ich habe das notiert. Ein Mitarbeiter ruft Sie innerhalb von zwei Stunden zurück."


PEOPLE_SENTENCES: dict[VoiceStatus, Sentence] = {
    VoiceStatus.FOUND: Sentence(Claim.NONE, _found, success=True),
    VoiceStatus.NEW_CUSTOMER: Sentence(Claim.NONE, _new, success=True),
    VoiceStatus.ANONYMOUS: Sentence(Claim.NONE, _anonymous, success=True),
    VoiceStatus.APPOINTMENTS: Sentence(Claim.NONE, _appointments, success=True),
    VoiceStatus.NO_APPOINTMENTS: Sentence(
        Claim.NONE, lambda _: "Ich finde keinen kommenden Termin für Sie.", success=True
    ),
    VoiceStatus.UNAUTHORIZED: Sentence(
        Claim.NONE,
        lambda _: (
            "Diesen Termin kann ich Ihnen nicht sicher zuordnen. "
            "Bitte nennen Sie den vollen Namen und das Datum, oder rufen Sie uns direkt an."
        ),
    ),
    VoiceStatus.NO_CUSTOMER: Sentence(
        Claim.NONE,
        lambda _: "Ich finde Sie leider nicht in unserer Kartei. Auf welchen Namen lief der Termin?",
    ),
    VoiceStatus.CALLBACK_QUEUED: Sentence(Claim.CALLBACK, _called_back, success=True),
}

"""What is said when an appointment is cancelled or moved, or is not.

A deadline is said in whole hours and a fee in whole euros (incident 1.24).
"""

from __future__ import annotations

from app.domain.speech.facts import Facts, Sentence
from app.domain.speech.phrases import before, fee, when, whole_hours
from app.domain.speech.vocabulary import Claim, VoiceStatus


def _denied(facts: Facts) -> str:
    if facts.reason == "deadline_missed" and facts.hours is not None:
        return (
            f"Das geht leider nur bis {whole_hours(facts.hours)} vor dem Termin. "
            "Bitte rufen Sie uns direkt an, dann finden wir eine Lösung."
        )
    if facts.reason == "quota_exceeded":
        return "In diesem Monat wurde schon so oft abgesagt, dass das nur noch mit uns persönlich geht."
    return "Diesen Termin kann ich leider nicht ändern. Bitte rufen Sie uns direkt an."


def _which_one(facts: Facts) -> str:
    return f"Ich finde mehrere Termine: {', '.join(facts.options)}. Welchen meinen Sie?"


CHANGE_SENTENCES: dict[VoiceStatus, Sentence] = {
    VoiceStatus.CANCELLED: Sentence(
        Claim.CANCELLED, lambda facts: f"Ihr Termin am {when(facts)} ist abgesagt.{fee(facts)}", success=True
    ),
    VoiceStatus.RESCHEDULED: Sentence(
        Claim.MOVED,
        lambda facts: f"Ihr Termin ist verschoben, von {before(facts)} auf {when(facts)}.{fee(facts)}",
        success=True,
    ),
    VoiceStatus.READY_FOR_CONFIRMATION: Sentence(
        Claim.FREE,
        lambda facts: (
            f"Ich kann Ihren Termin von {before(facts)} auf {when(facts)} verschieben.{fee(facts)} "
            "Soll ich das machen?"
        ),
        success=True,
    ),
    VoiceStatus.NEEDS_NEW_TIME: Sentence(
        Claim.NONE,
        lambda facts: (
            facts.question or "Auf welchen Tag und welche Uhrzeit möchten Sie den Termin verschieben?"
        ),
    ),
    VoiceStatus.MULTIPLE_FOUND: Sentence(Claim.NONE, _which_one),
    VoiceStatus.NOT_FOUND: Sentence(
        Claim.NONE,
        lambda _: "Einen solchen Termin finde ich leider nicht. Für welchen Tag war er ausgemacht?",
    ),
    VoiceStatus.UNCHANGED: Sentence(
        Claim.NONE,
        lambda facts: f"Ihr Termin steht schon am {when(facts)}. Auf wann darf ich ihn verschieben?",
    ),
    VoiceStatus.DENIED: Sentence(Claim.NONE, _denied),
    VoiceStatus.MAX_RESCHEDULES_REACHED: Sentence(
        Claim.NONE,
        lambda _: "Dieser Termin wurde schon so oft verschoben, wie es geht. Bitte rufen Sie uns direkt an.",
    ),
}

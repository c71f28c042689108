"""The book function: it books or refuses, and never answers that something is available (incident 1.9).

Only a true flag books, as everywhere (incident 1.8). Without one, and before words of two readings were read
back, it asks for the confirmation it lacks: an agent that hears "available" from the book function says "gebucht".
"""

from __future__ import annotations

from dataclasses import replace

from app.domain.call_memory import UNCONFIRMED
from app.domain.german.say import say_instant
from app.domain.speech import Answer, VoiceStatus
from app.usecases.availability import collect_appointment
from app.usecases.commands import AppointmentWish, CallContext
from app.usecases.parts import Parts


def book_or_ask(parts: Parts, context: CallContext, wish: AppointmentWish) -> Answer:
    """Return what became of the booking, or the question that has to be answered before it."""
    answer = collect_appointment(parts, context, wish)
    if answer.status is not VoiceStatus.AVAILABLE or answer.asked is None:
        return answer
    readings = (answer.asked, *answer.others)
    times = ", oder ".join(say_instant(start, answer.zone) for start in readings)
    question = f"Soll ich Ihren Termin verbindlich eintragen, am {times}?"
    return replace(
        answer,
        status=VoiceStatus.NEEDS_CLARIFICATION,
        reason=UNCONFIRMED,
        question=question,
        missing=("bestaetigung",),
        awaiting_confirmation=False,
        details={**answer.details, "next_action": "ask_for_confirmation"},
    )

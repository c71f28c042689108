"""One request of the voice agent: inside the call's limits, sure enough, then the function itself."""

from __future__ import annotations

from app.domain.speech import Answer, VoiceStatus
from app.usecases.commands import AppointmentWish, CallContext
from app.usecases.functions import FUNCTIONS
from app.usecases.limits import refuse_excess, refuse_unsure
from app.usecases.parts import Parts
from app.usecases.reservations import holds_slots, release_of_call

MADE = frozenset({VoiceStatus.BOOKED, VoiceStatus.PENDING})
"""Answers after which nothing has to be held any more."""


def answer_function(parts: Parts, context: CallContext, function: str, wish: AppointmentWish) -> Answer:
    """Return the answer of a function that exists, or why it is not asked at all."""
    refused = refuse_excess(parts, context, function) or refuse_unsure(context, function, wish)
    if refused is not None:
        return refused
    answer = FUNCTIONS[function](parts, context, wish)
    if answer.status in MADE:
        _release_soon(parts, context)
    return answer


def _release_soon(parts: Parts, context: CallContext) -> None:
    """Give up what the call held for its booking, beside the caller; the worker does it where this dies."""
    if not holds_slots(parts, context):
        return

    def release() -> None:
        release_of_call(parts, context.company_id, context.call_id)

    parts.clock.spawn(release, name="release of a booked slot")

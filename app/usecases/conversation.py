"""One request of the voice agent: inside the call's limits, sure enough, then the function itself."""

from __future__ import annotations

from app.domain.speech import Answer, Trouble, VoiceStatus
from app.usecases.callbacks import note_outage
from app.usecases.commands import AppointmentWish, CallContext
from app.usecases.functions import FUNCTIONS
from app.usecases.limits import refuse_excess, refuse_unsure
from app.usecases.parts import Parts
from app.usecases.repeats import find_told
from app.usecases.reservations import holds_slots, release_of_call

MADE = frozenset({VoiceStatus.BOOKED, VoiceStatus.PENDING})
"""Answers after which nothing has to be held any more."""


def answer_function(parts: Parts, context: CallContext, function: str, wish: AppointmentWish) -> Answer:
    """Return the answer of a function that exists, or why it is not asked at all."""
    told = find_told(parts, context, function)
    if told is not None:
        parts.log.info("voice.delivered_again", status=told.status)
        return told
    refused = refuse_excess(parts, context, function) or refuse_unsure(context, function, wish)
    if refused is not None:
        return refused
    answer = FUNCTIONS[function](parts, context, wish)
    if answer.status in MADE:
        _release_soon(parts, context)
    elif _could_not_look(answer):
        note_outage(parts, context, wish)
    return answer


def _could_not_look(answer: Answer) -> bool:
    """Return whether the caller goes away because Cal.com, or our settings of it, failed."""
    failed = answer.trouble in {Trouble.OUTAGE, Trouble.CONFIGURATION}
    return answer.status is VoiceStatus.CIRCUIT_OPEN or (answer.status is VoiceStatus.ERROR and failed)


def _release_soon(parts: Parts, context: CallContext) -> None:
    """Give up what the call held for its booking, beside the caller; the worker does it where this dies."""

    def release() -> None:
        release_of_call(parts, context.company_id, context.call_id)

    try:
        if holds_slots(parts, context):
            parts.clock.spawn(release, name="release of a booked slot")
    except Exception as error:  # noqa: BLE001 - what is booked is booked and is said; the worker releases
        parts.log.error("slot.not_released", error=type(error).__name__)

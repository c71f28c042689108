"""One request of the voice agent: inside the call's limits, sure enough, then the function itself."""

from __future__ import annotations

from app.domain.speech import Answer
from app.usecases.commands import AppointmentWish, CallContext
from app.usecases.functions import FUNCTIONS
from app.usecases.limits import refuse_excess, refuse_unsure
from app.usecases.parts import Parts


def answer_function(parts: Parts, context: CallContext, function: str, wish: AppointmentWish) -> Answer:
    """Return the answer of a function that exists, or why it is not asked at all."""
    return (
        refuse_excess(parts, context, function)
        or refuse_unsure(context, function, wish)
        or FUNCTIONS[function](parts, context, wish)
    )

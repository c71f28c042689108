"""Keeping a conversation inside its limits. Answers are counted in the database, so that all processes agree."""

from __future__ import annotations

from app.domain.call_limits import COOLDOWN, MOST_FUNCTIONS, AnsweredCall, Limit, exceeded
from app.domain.speech import Answer, VoiceStatus
from app.storage import calls
from app.usecases.commands import AppointmentWish, CallContext
from app.usecases.parts import Parts

SURE_ENOUGH = 60.0
"""Percent of confidence below which nothing is booked or changed (incidents, section 7)."""

NEEDS_CONFIRMATION = frozenset({"collect-appointment", "reschedule-appointment"})
"""Functions that only ask until they are confirmed."""
ACTS_AT_ONCE = frozenset({"book-appointment", "cancel-appointment"})


def refuse_excess(parts: Parts, context: CallContext, function: str) -> Answer | None:
    """Return the refusal of one function too many, or None. A call without an id cannot be counted."""
    if context.call_id is None:
        return None
    with parts.transactions.transaction(context.company_id, "count_functions", read_only=True) as session:
        rows = calls.list_answered(session, context.call_id, limit=MOST_FUNCTIONS)
    answered = [AnsweredCall(name, at) for name, at in rows]
    limit = exceeded(answered, function, context.asked_at)
    if limit is None:
        return None
    parts.log.warning("voice.limited", limit=limit, answered=len(answered))
    wait = {} if limit is Limit.TOTAL else {"retry_after_seconds": int(COOLDOWN.total_seconds())}
    return Answer(VoiceStatus.RATE_LIMIT_EXCEEDED, context.zone, reason=limit, details=wait)


def refuse_unsure(context: CallContext, function: str, wish: AppointmentWish) -> Answer | None:
    """Return the question of somebody who did not hear well, where a change would hang on it (incident 1.41)."""
    would_change = function in ACTS_AT_ONCE or (function in NEEDS_CONFIRMATION and wish.confirmed)
    sure = confidence_of(wish.confidence)
    if not would_change or sure is None or sure >= SURE_ENOUGH:
        return None
    return Answer(VoiceStatus.LOW_CONFIDENCE, context.zone, reason="low_confidence")


def confidence_of(text: str | None) -> float | None:
    """Return a confidence in percent, None where none is given that can be read; 0.87 is 87."""
    try:
        value = float((text or "").rstrip("% ").replace(",", "."))
    except ValueError:
        return None
    if not 0 <= value <= 100:  # noqa: PLR2004 - percent; NaN is no figure either
        return None
    return value * 100 if value <= 1 else value

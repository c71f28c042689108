"""What a call sees of the free slots, although it hides some of them itself (incident 1.33)."""

from __future__ import annotations

from dataclasses import replace

from app.domain.outcomes import CheckFailed, SlotList
from app.domain.timespan import Span
from app.storage import reservations
from app.usecases.commands import BookableService, CallContext
from app.usecases.parts import Parts


def with_own_slots(
    parts: Parts,
    context: CallContext,
    service: BookableService,
    window: Span,
    slots: SlotList | CheckFailed,
) -> SlotList | CheckFailed:
    """Return a list of free starts with those that are missing only because this call holds them."""
    if context.call_id is None or isinstance(slots, CheckFailed):
        return slots
    now = parts.clock.now()
    with parts.transactions.transaction(context.company_id, "list_own_slots", read_only=True) as session:
        own = reservations.list_held_starts(session, context.call_id, service.service_id, window, now)
    return replace(slots, starts=tuple(sorted({*slots.starts, *own}))) if own else slots

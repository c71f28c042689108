"""A move that was read back and waits for its yes: kept with the call for five minutes (incidents 2.3)."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from app.storage import calls
from app.usecases.call_memory import recall
from app.usecases.changing import WantedChange
from app.usecases.parts import Parts

KEPT_FOR = timedelta(minutes=5)
PENDING_MOVE = "pending_move"
"""Key of a call's memory."""


def remember_move(parts: Parts, wanted: WantedChange) -> None:
    """Keep which move was read back; without a call id there is nothing to keep it with."""
    context = wanted.context
    if context.call_id is None:
        return
    kept = {
        "uid": wanted.uid,
        "starts_at": wanted.start.isoformat(),
        "read_back_at": parts.clock.now().isoformat(),
        "tool_call_id": context.tool_call_id,
    }
    with parts.transactions.transaction(context.company_id, "remember_move") as session:
        call = calls.lock_call(session, context.call_id)
        call.memory = {**call.memory, PENDING_MOVE: kept}


def is_confirmed(parts: Parts, wanted: WantedChange, *, said: bool, must_be_read_back: bool) -> bool:
    """Return whether this move may be made: its yes was said, or the same move was asked for again.

    A time whose words have two readings needs to have been read back as well. The same delivery sent twice is no
    yes: nobody can have said one in between.
    """
    kept = _recall(parts, wanted)
    was_read_back = kept is not None and _is_same(kept, wanted)
    if said:
        return was_read_back or not (must_be_read_back or _contradicts(parts, kept, wanted))
    if kept is None or not was_read_back:
        return False
    fresh = parts.clock.now() - datetime.fromisoformat(kept["read_back_at"]) <= KEPT_FOR
    tool_call_id = wanted.context.tool_call_id
    is_redelivery = tool_call_id is not None and kept["tool_call_id"] == tool_call_id
    return fresh and not is_redelivery


def _recall(parts: Parts, wanted: WantedChange) -> dict[str, Any] | None:
    context = wanted.context
    if context.call_id is None:
        return None
    with parts.transactions.transaction(context.company_id, "recall_move", read_only=True) as session:
        kept: dict[str, Any] | None = calls.get_call(session, context.call_id).memory.get(PENDING_MOVE)
        return kept


def _contradicts(parts: Parts, kept: dict[str, Any] | None, wanted: WantedChange) -> bool:
    """Return whether another time was just read back, and this one was never offered (incident 1.12)."""
    now = parts.clock.now()
    if kept is None or kept["uid"] != wanted.uid:
        return False
    if now - datetime.fromisoformat(kept["read_back_at"]) > KEPT_FOR:
        return False
    offers = recall(parts, wanted.context).offers(now)
    return wanted.start not in {told.start for told in offers}


def _is_same(kept: dict[str, Any], wanted: WantedChange) -> bool:
    return bool(kept["uid"] == wanted.uid and kept["starts_at"] == wanted.start.isoformat())

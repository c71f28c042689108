"""A call's memory, read and written where it is kept. A call without an id has none, and goes on without."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy.orm import Session

from app.domain.call_memory import CallMemory
from app.domain.identifiers import CallId, ServiceId
from app.domain.speech import Answer
from app.storage import calls
from app.usecases.commands import CallContext
from app.usecases.parts import Parts


def recall(parts: Parts, context: CallContext) -> CallMemory:
    """Return what this call was told so far; nothing for a call without an id (incident 1.27)."""
    if context.call_id is None:
        return CallMemory()
    with parts.transactions.transaction(context.company_id, "recall", read_only=True) as session:
        return CallMemory.from_json(calls.get_call(session, context.call_id).memory)


def recall_service(parts: Parts, context: CallContext) -> ServiceId | None:
    """Return the service that was spoken of in this call, or None."""
    pinned = recall(parts, context).pinned_service(parts.clock.now())
    return None if pinned is None else ServiceId(pinned)


def recall_read_back(parts: Parts, context: CallContext) -> tuple[datetime, ...]:
    """Return the instants that this call was told of, each with its full date."""
    return tuple(told.start for told in recall(parts, context).said(parts.clock.now()))


def remember(parts: Parts, session: Session, call_id: CallId, answer: Answer) -> None:
    """Add an answer to the memory of its call; the row is locked, so that two answers at once are both kept."""
    call = calls.lock_call(session, call_id)
    told = CallMemory.from_json(call.memory).after(answer, parts.clock.now()).to_json()
    call.memory = {**call.memory, **told}  # a move that waits for its yes is kept beside it

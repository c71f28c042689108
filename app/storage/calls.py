"""Calls and the tool calls made during them."""

from __future__ import annotations

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.domain.identifiers import CallId
from app.storage.models import Call


def find_call(session: Session, retell_call_id: str) -> Call | None:
    """Return the call of Retell's id in the current company, or None."""
    return session.scalar(select(Call).where(Call.retell_call_id == retell_call_id))


def get_call(session: Session, call_id: CallId) -> Call:
    """Return a call that must exist."""
    return session.scalars(select(Call).where(Call.id == call_id)).one()

"""Whether the gateway can work."""

from __future__ import annotations

from sqlalchemy import literal, select

from app.usecases.parts import Parts
from app.usecases.ports import DatabaseFailure


def database_answers(parts: Parts) -> bool:
    """Return whether the database answers; what it said instead goes to the log, by name only."""
    try:
        with parts.transactions.sweep("asks for nobody's rows", "ready", read_only=True) as session:
            session.execute(select(literal(1)))
    except DatabaseFailure as error:
        parts.log.error("ready.failed", error=type(error).__name__)
        return False
    return True

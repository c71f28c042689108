"""Every change of an appointment leaves an entry: who, when, which fields from what to what."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from enum import Enum
from typing import Any

from sqlalchemy import insert, inspect
from sqlalchemy.orm import InstanceState, Session

from app.domain.statuses import AuditEvent
from app.storage.models import Appointment, AuditEntry

UNTOLD = frozenset({"version", "updated_at"})
"""Columns that change with every change and say nothing by themselves."""


def record_changes(session: Session) -> None:
    """Add an entry for each appointment that the flush under way writes (listener of after_flush).

    After the flush the new rows have their ids, and what they were before is still known.
    `session.info` holds "actor" and "now".
    """
    rows = list(_entries(session))
    if rows:
        session.connection().execute(insert(AuditEntry), rows)


def _entries(session: Session) -> Iterator[dict[str, Any]]:
    found = (
        (AuditEvent.CREATED, session.new),
        (AuditEvent.UPDATED, session.dirty),
        (AuditEvent.DELETED, session.deleted),
    )
    for event, items in found:
        for item in sorted((item for item in items if isinstance(item, Appointment)), key=lambda row: row.id):
            changes = changes_of(item, event)
            if changes or event is AuditEvent.DELETED:
                yield _entry(session, item, event, changes)


def _entry(session: Session, item: Appointment, event: AuditEvent, changes: dict[str, Any]) -> dict[str, Any]:
    return {
        "company_id": item.company_id,
        "appointment_id": item.id,
        "event": event,
        "actor": session.info["actor"],
        "changes": changes,
        "made_at": session.info["now"](),
    }


def changes_of(item: Appointment, event: AuditEvent) -> dict[str, list[Any]]:
    """Return field -> [from, to] in JSON's types; of a deleted row every field it had, to nothing."""
    state: InstanceState[Appointment] = inspect(item)
    changes: dict[str, list[Any]] = {}
    for name in sorted(set(state.mapper.column_attrs.keys()) - UNTOLD):
        history = state.attrs[name].history
        before, after = _one(history.deleted), _one(history.added)
        if event is AuditEvent.DELETED:
            before, after = state.dict.get(name), None
        if _told(before) != _told(after):
            changes[name] = [_told(before), _told(after)]
    return changes


def _one(values: Any) -> Any:
    return values[0] if values else None


def _told(value: Any) -> Any:
    if isinstance(value, datetime):
        return value.isoformat()
    return value.value if isinstance(value, Enum) else value

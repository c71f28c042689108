"""Our side of the books, as JSON: what scenarios and invariants read instead of the database."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import inspect, select
from sqlalchemy.orm import Session

from app.storage.encryption import Vault
from app.storage.models import (
    Appointment,
    Base,
    BookingAttempt,
    Call,
    CallbackRequest,
    Customer,
    Modification,
    OutboxMessage,
    ReconciliationFinding,
    SlotReservation,
    ToolCall,
    WebhookEvent,
)

SECRET = frozenset({
    "phone", "email", "recipient", "caller_number", "body", "answer", "memory", "active_key", "note", "arguments",
    "transcript", "analysis", "sealed_text",
})  # fmt: skip
"""Columns that are sealed or of no interest; some of them come back in clear below."""


def read_ledger(session: Session, vault: Vault, log: Iterable[Mapping[str, Any]]) -> dict[str, Any]:
    """Return every company's rows; personal fields in clear, since tests compare them."""
    names = {row.id: row.name for row in session.scalars(select(Customer))}
    calls = {row.id: row.retell_call_id for row in session.scalars(select(Call))}
    rows: dict[str, Any] = {
        "appointments": _rows(
            session,
            Appointment,
            lambda row: {
                "customer_name": names.get(row.customer_id),
                "retell_call_id": calls.get(row.call_id),
            },
        ),
        "customers": _rows(
            session,
            Customer,
            lambda row: {
                "phone": vault.open_optional(row.phone_ciphertext),
                "email": vault.open_optional(row.email_ciphertext),
            },
        ),
        "attempts": _rows(session, BookingAttempt),
        "outbox": _rows(
            session, OutboxMessage, lambda row: {"recipient": vault.open(row.recipient_ciphertext)}
        ),
        "callbacks": _rows(session, CallbackRequest),
        "findings": _rows(session, ReconciliationFinding),
        "webhook_events": _rows(session, WebhookEvent),
        "sentences": _rows(session, ToolCall, _spoken),
        "calls": _rows(session, Call),
        "modifications": _rows(session, Modification),
        "reservations": _rows(session, SlotReservation),
    }
    return rows | {"log": [dict(record) for record in log]}


def _spoken(row: ToolCall) -> dict[str, Any]:
    duration = (row.answered_at - row.asked_at).total_seconds() * 1000
    return {"at": _plain(row.answered_at), "duration_ms": round(duration, 3)}


def _rows(
    session: Session, model: type[Base], more: Callable[[Any], dict[str, Any]] | None = None
) -> list[dict[str, Any]]:
    mapper = inspect(model)
    columns = [(attribute.key, attribute.columns[0].name) for attribute in mapper.column_attrs]
    return [
        {name: _plain(getattr(row, key)) for key, name in columns if name not in SECRET}
        | (more(row) if more else {})
        for row in session.scalars(select(model).order_by(*mapper.primary_key))
    ]


def _plain(value: object) -> object:
    if isinstance(value, datetime):
        return value.isoformat().replace("+00:00", "Z")
    return value

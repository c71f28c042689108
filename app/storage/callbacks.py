"""Requests to call somebody back. Functions over a scoped session; nothing commits here."""

from __future__ import annotations

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.domain.identifiers import AttemptId, CallId
from app.domain.statuses import CallbackStatus
from app.storage.models import CallbackRequest


def find_open(session: Session, call_id: CallId, attempt_id: AttemptId | None) -> CallbackRequest | None:
    """Return the open request that a call made, about an attempt or about none, or None."""
    return session.scalar(
        select(CallbackRequest)
        .where(
            CallbackRequest.call_id == call_id,
            CallbackRequest.status == CallbackStatus.OPEN,
            CallbackRequest.attempt_id.is_(None)
            if attempt_id is None
            else CallbackRequest.attempt_id == attempt_id,
        )
        .order_by(CallbackRequest.id)
        .limit(1)
    )


def find_phone(session: Session, call_id: CallId) -> str | None:
    """Return the sealed number that a call left before, or None."""
    return session.scalar(
        select(CallbackRequest.phone_ciphertext)
        .where(CallbackRequest.call_id == call_id, CallbackRequest.phone_ciphertext.is_not(None))
        .order_by(CallbackRequest.id.desc())
        .limit(1)
    )

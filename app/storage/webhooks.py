"""Stored webhook events."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.domain.statuses import WebhookSource, WebhookStatus
from app.storage.models import WebhookEvent


def find_event(session: Session, event_key: str) -> WebhookEvent | None:
    """Return the event that was stored under a key, or None."""
    return session.scalar(select(WebhookEvent).where(WebhookEvent.event_key == event_key))


def get_event(session: Session, event_id: int) -> WebhookEvent:
    """Return an event that must exist."""
    return session.scalars(select(WebhookEvent).where(WebhookEvent.id == event_id)).one()


def latest_end(session: Session, uid: str) -> datetime | None:
    """Return when Cal.com last said that a booking was cancelled or rejected, or None."""
    return session.scalar(
        select(WebhookEvent.happened_at)
        .where(
            WebhookEvent.calcom_booking_uid == uid,
            WebhookEvent.trigger.in_(("BOOKING_CANCELLED", "BOOKING_REJECTED")),
        )
        .order_by(WebhookEvent.happened_at.desc())
        .limit(1)
    )


def list_unapplied(session: Session, limit: int, *, source: WebhookSource) -> Sequence[WebhookEvent]:
    """Return a sender's events, of any company, that are stored and not yet acted on, oldest first."""
    return session.scalars(
        select(WebhookEvent)
        .where(WebhookEvent.status == WebhookStatus.RECEIVED, WebhookEvent.source == source)
        .order_by(WebhookEvent.received_at, WebhookEvent.id)
        .limit(limit)
    ).all()

"""What goes out, what came in, and who has to be called back."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import JSON, Index, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from app.domain.identifiers import AppointmentId, AttemptId, CallId
from app.domain.statuses import (
    CallbackPriority,
    CallbackStatus,
    OutboxKind,
    OutboxStatus,
    WebhookSource,
    WebhookStatus,
)
from app.storage.models.base import Base, CompanyOwned, ForeignUid, one_of, owned_by_company, same_company


class OutboxMessage(CompanyOwned, Base):
    """Something to send, written in the transaction that caused it."""

    __tablename__ = "outbox_messages"
    __table_args__ = (
        owned_by_company("outbox_messages"),
        same_company("appointment_id", "appointments"),
        same_company("attempt_id", "booking_attempts"),
        Index("ix_outbox_messages_status_due_at", "status", "due_at"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    kind: Mapped[OutboxKind] = mapped_column(one_of(OutboxKind, 40))
    cause: Mapped[str] = mapped_column(String(80))
    """What made it due: booked, adopted, failed."""
    appointment_id: Mapped[AppointmentId | None]
    attempt_id: Mapped[AttemptId | None] = mapped_column(ForeignUid)
    recipient_ciphertext: Mapped[str] = mapped_column("recipient", Text)
    subject: Mapped[str] = mapped_column(String(300))
    body: Mapped[str] = mapped_column(Text)
    sealed_text_ciphertext: Mapped[str | None] = mapped_column("sealed_text", Text)
    """What is added to the body when it leaves and must not lie about in clear: a number, what somebody wants."""
    calendar_file: Mapped[str | None] = mapped_column(Text)
    """The .ics attachment."""
    status: Mapped[OutboxStatus] = mapped_column(one_of(OutboxStatus), default=OutboxStatus.WAITING)
    tries: Mapped[int] = mapped_column(default=0)
    due_at: Mapped[datetime]
    owner: Mapped[str | None] = mapped_column(String(64))
    leased_until: Mapped[datetime | None]
    created_at: Mapped[datetime]
    delivered_at: Mapped[datetime | None]


class CallbackRequest(CompanyOwned, Base):
    """Somebody has to call a person back."""

    __tablename__ = "callback_requests"
    __table_args__ = (
        owned_by_company("callback_requests"),
        same_company("call_id", "calls"),
        same_company("attempt_id", "booking_attempts"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    call_id: Mapped[CallId | None]
    retell_call_id: Mapped[str | None] = mapped_column(ForeignUid)
    attempt_id: Mapped[AttemptId | None] = mapped_column(ForeignUid)
    priority: Mapped[CallbackPriority] = mapped_column(one_of(CallbackPriority))
    reason: Mapped[str] = mapped_column(String(200))
    customer_name: Mapped[str | None] = mapped_column(String(200))
    phone_ciphertext: Mapped[str | None] = mapped_column("phone", Text)
    preferred_time: Mapped[str | None] = mapped_column(String(200))
    """When the person wants to be called, in his own words."""
    note_ciphertext: Mapped[str | None] = mapped_column("note", Text)
    status: Mapped[CallbackStatus] = mapped_column(one_of(CallbackStatus), default=CallbackStatus.OPEN)
    created_at: Mapped[datetime]
    expires_at: Mapped[datetime]


class WebhookEvent(CompanyOwned, Base):
    """Something received, stored as it came before it is acted on (incidents 1.30, 1.38)."""

    __tablename__ = "webhook_events"
    __table_args__ = (
        owned_by_company("webhook_events"),
        UniqueConstraint("company_id", "event_key"),
        Index("ix_webhook_events_company_id_calcom_booking_uid", "company_id", "calcom_booking_uid"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    event_key: Mapped[str] = mapped_column(String(200))
    """uid + trigger + event time, or the sender's own event id."""
    source: Mapped[WebhookSource] = mapped_column(one_of(WebhookSource), default=WebhookSource.CALCOM)
    trigger: Mapped[str] = mapped_column(String(60))
    calcom_booking_uid: Mapped[str | None] = mapped_column(ForeignUid)
    happened_at: Mapped[datetime]
    received_at: Mapped[datetime]
    body_ciphertext: Mapped[str] = mapped_column("body", Text)
    status: Mapped[WebhookStatus] = mapped_column(one_of(WebhookStatus), default=WebhookStatus.RECEIVED)
    reason: Mapped[str | None] = mapped_column(String(200))
    tries: Mapped[int] = mapped_column(default=0)


class SyncFailure(CompanyOwned, Base):
    """An exchange with Cal.com that did not do what it should."""

    __tablename__ = "sync_failures"
    __table_args__ = (owned_by_company("sync_failures"), same_company("appointment_id", "appointments"))

    id: Mapped[int] = mapped_column(primary_key=True)
    appointment_id: Mapped[AppointmentId | None]
    operation: Mapped[str] = mapped_column(String(40))
    reason: Mapped[str] = mapped_column(String(200))
    details: Mapped[dict[str, Any]] = mapped_column(JSON, default=dict)
    failed_at: Mapped[datetime]

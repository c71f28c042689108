"""Phone conversations and what the voice agent asked during them."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import JSON, Float, Index, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from app.domain.identifiers import AppointmentId, AttemptId, BranchId, CallId, CustomerId
from app.domain.statuses import CallOutcome, CallRelation, CallStatus
from app.storage.models.base import Base, CompanyOwned, ForeignUid, one_of, owned_by_company, same_company


class Call(CompanyOwned, Base):
    """One phone conversation; made on demand when a function comes before call_started (incident 1.27)."""

    __tablename__ = "calls"
    __table_args__ = (
        owned_by_company("calls"),
        same_company("branch_id", "branches"),
        same_company("customer_id", "customers"),
        UniqueConstraint("company_id", "retell_call_id"),
        Index("ix_calls_status_started_at", "status", "started_at"),
        Index("ix_calls_company_id_caller_index", "company_id", "caller_index"),
    )

    id: Mapped[CallId] = mapped_column(primary_key=True)
    branch_id: Mapped[BranchId]
    customer_id: Mapped[CustomerId | None]
    retell_call_id: Mapped[str] = mapped_column(ForeignUid)
    caller_number_ciphertext: Mapped[str | None] = mapped_column("caller_number", Text)
    caller_index: Mapped[str | None] = mapped_column(String(64))
    """Blind index of the caller's number: joins a call to the row that announced it (incident 1.29)."""
    dialled_number: Mapped[str | None] = mapped_column(String(20))
    status: Mapped[CallStatus] = mapped_column(one_of(CallStatus), default=CallStatus.ONGOING)
    started_at: Mapped[datetime]
    ended_at: Mapped[datetime | None]
    last_event_at: Mapped[datetime | None]
    """When the newest lifecycle event happened; an older one changes nothing (incident 1.30)."""
    outcome: Mapped[CallOutcome | None] = mapped_column(one_of(CallOutcome))
    disconnection_reason: Mapped[str | None] = mapped_column(String(60))
    transcript_ciphertext: Mapped[str | None] = mapped_column("transcript", Text)
    """What was said and which tools were called, as Retell told it last; `storage.packing` opens it."""
    analysis_ciphertext: Mapped[str | None] = mapped_column("analysis", Text)
    latency: Mapped[dict[str, Any]] = mapped_column(JSON, default=dict)
    """Retell's own figures of the conversation, in milliseconds (retell.md 5)."""
    cost_cents: Mapped[float | None] = mapped_column(Float)
    """What Retell charges for it, in cents as it comes: once taken for euros, it was a hundredfold (incident 1.30)."""
    memory: Mapped[dict[str, Any]] = mapped_column(JSON, default=dict)
    """What was checked, offered and read back in this call."""


class ToolCall(CompanyOwned, Base):
    """One request of the voice agent, with the sentence it was answered and what that sentence claims."""

    __tablename__ = "tool_calls"
    __table_args__ = (
        owned_by_company("tool_calls"),
        same_company("call_id", "calls"),
        same_company("attempt_id", "booking_attempts"),
        Index("ix_tool_calls_company_id_call_id", "company_id", "call_id"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    call_id: Mapped[CallId | None]
    retell_call_id: Mapped[str | None] = mapped_column(ForeignUid)
    tool_call_id: Mapped[str | None] = mapped_column(ForeignUid)
    """Retell's name of this tool call, where it sends one: the same one twice is a repeated delivery."""
    arguments_ciphertext: Mapped[str | None] = mapped_column("arguments", Text)
    function: Mapped[str] = mapped_column(String(64))
    status: Mapped[str] = mapped_column(String(40))
    claim: Mapped[str] = mapped_column(String(20))
    message: Mapped[str] = mapped_column(Text)
    attempt_id: Mapped[AttemptId | None] = mapped_column(ForeignUid)
    calcom_booking_uid: Mapped[str | None] = mapped_column(ForeignUid)
    starts_at: Mapped[datetime | None]
    asked_at: Mapped[datetime]
    answered_at: Mapped[datetime]


class CallAppointment(CompanyOwned, Base):
    """A call's tie to an appointment: the one that decides what the call came to (incident 1.40)."""

    __tablename__ = "call_appointments"
    __table_args__ = (
        owned_by_company("call_appointments"),
        same_company("call_id", "calls"),
        same_company("appointment_id", "appointments"),
        UniqueConstraint("company_id", "call_id", "appointment_id", "relation"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    call_id: Mapped[CallId]
    appointment_id: Mapped[AppointmentId]
    relation: Mapped[CallRelation] = mapped_column(one_of(CallRelation))
    made_at: Mapped[datetime]

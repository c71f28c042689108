"""Phone conversations and what the voice agent asked during them."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import JSON, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from app.domain.identifiers import AttemptId, BranchId, CallId, CustomerId
from app.storage.models.base import Base, CompanyOwned, ForeignUid, owned_by_company, same_company


class Call(CompanyOwned, Base):
    """One phone conversation; made on demand when a function comes before call_started (incident 1.27)."""

    __tablename__ = "calls"
    __table_args__ = (
        owned_by_company("calls"),
        same_company("branch_id", "branches"),
        same_company("customer_id", "customers"),
        UniqueConstraint("company_id", "retell_call_id"),
    )

    id: Mapped[CallId] = mapped_column(primary_key=True)
    branch_id: Mapped[BranchId]
    customer_id: Mapped[CustomerId | None]
    retell_call_id: Mapped[str] = mapped_column(ForeignUid)
    caller_number_ciphertext: Mapped[str | None] = mapped_column("caller_number", Text)
    status: Mapped[str] = mapped_column(String(20), default="ongoing")
    started_at: Mapped[datetime]
    ended_at: Mapped[datetime | None]
    memory: Mapped[dict[str, Any]] = mapped_column(JSON, default=dict)
    """What was checked, offered and read back in this call."""


class ToolCall(CompanyOwned, Base):
    """One request of the voice agent, with the sentence it was answered and what that sentence claims."""

    __tablename__ = "tool_calls"
    __table_args__ = (
        owned_by_company("tool_calls"),
        same_company("call_id", "calls"),
        same_company("attempt_id", "booking_attempts"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    call_id: Mapped[CallId | None]
    retell_call_id: Mapped[str | None] = mapped_column(ForeignUid)
    function: Mapped[str] = mapped_column(String(64))
    status: Mapped[str] = mapped_column(String(40))
    claim: Mapped[str] = mapped_column(String(20))
    message: Mapped[str] = mapped_column(Text)
    attempt_id: Mapped[AttemptId | None] = mapped_column(ForeignUid)
    calcom_booking_uid: Mapped[str | None] = mapped_column(ForeignUid)
    starts_at: Mapped[datetime | None]
    asked_at: Mapped[datetime]
    answered_at: Mapped[datetime]

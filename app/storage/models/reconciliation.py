"""What comparing the two ledgers found, and the trail of every change."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import JSON, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from app.domain.identifiers import AppointmentId
from app.domain.statuses import AuditEvent, FindingKind, FindingStatus
from app.storage.models.base import Base, CompanyOwned, ForeignUid, one_of, owned_by_company, same_company


class ReconciliationFinding(CompanyOwned, Base):
    """One difference between an appointment and a booking: kind, both sides, what was done."""

    __tablename__ = "reconciliation_findings"
    __table_args__ = (
        owned_by_company("reconciliation_findings"),
        same_company("appointment_id", "appointments"),
        UniqueConstraint("company_id", "finding_key"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    finding_key: Mapped[str] = mapped_column(String(200))
    """kind + appointment + uid: the same difference found again is the same finding."""
    kind: Mapped[FindingKind] = mapped_column(one_of(FindingKind))
    appointment_id: Mapped[AppointmentId | None]
    calcom_booking_uid: Mapped[str | None] = mapped_column(ForeignUid)
    ours: Mapped[dict[str, Any]] = mapped_column(JSON, default=dict)
    theirs: Mapped[dict[str, Any]] = mapped_column(JSON, default=dict)
    status: Mapped[FindingStatus] = mapped_column(one_of(FindingStatus), default=FindingStatus.OPEN)
    detail: Mapped[str] = mapped_column(String(300), default="")
    found_at: Mapped[datetime]
    closed_at: Mapped[datetime | None]


class AuditEntry(CompanyOwned, Base):
    """A change of an appointment: who, when, which fields from what to what. Append-only."""

    __tablename__ = "audit_entries"
    __table_args__ = (owned_by_company("audit_entries"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    appointment_id: Mapped[AppointmentId]
    """No foreign key: the entry outlives the appointment."""
    event: Mapped[AuditEvent] = mapped_column(one_of(AuditEvent))
    actor: Mapped[str] = mapped_column(String(80))
    changes: Mapped[dict[str, Any]] = mapped_column(JSON, default=dict)
    made_at: Mapped[datetime]

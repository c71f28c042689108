"""What can be booked, and who performs it."""

from __future__ import annotations

from typing import Any

from sqlalchemy import JSON, ForeignKey, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from app.domain.identifiers import BranchId, CompanyId, EventTypeId, ServiceId, StaffId
from app.storage.models.base import Base, CompanyOwned, owned_by_company, same_company


class Service(CompanyOwned, Base):
    """What can be booked: length, buffers, Cal.com event type. `branch_id` NULL means every branch."""

    __tablename__ = "services"
    __table_args__ = (
        owned_by_company("services"),
        same_company("branch_id", "branches"),
        same_company("staff_id", "staff_members"),
        # per company only: two companies may hold the same event type id (incident 1.17)
        UniqueConstraint("company_id", "calcom_event_type_id"),
        UniqueConstraint("company_id", "branch_id", "slug"),
    )

    id: Mapped[ServiceId] = mapped_column(primary_key=True)
    branch_id: Mapped[BranchId | None]
    staff_id: Mapped[StaffId | None]
    """The one person whose calendar this books; NULL where Cal.com picks the host."""
    name: Mapped[str] = mapped_column(String(200))
    slug: Mapped[str] = mapped_column(String(200))
    synonyms: Mapped[list[str]] = mapped_column(JSON, default=list)
    """What callers say instead of the name."""
    is_active: Mapped[bool] = mapped_column(default=True)
    is_default: Mapped[bool] = mapped_column(default=False)
    priority: Mapped[int] = mapped_column(default=100)
    duration_minutes: Mapped[int]
    buffer_before_minutes: Mapped[int] = mapped_column(default=0)
    buffer_after_minutes: Mapped[int] = mapped_column(default=0)
    minimum_notice_minutes: Mapped[int | None]
    calcom_event_type_id: Mapped[EventTypeId]
    is_composite: Mapped[bool] = mapped_column(default=False)
    segments: Mapped[list[dict[str, Any]]] = mapped_column(JSON, default=list)
    """Of a composite service: [{"duration_minutes": n, "gap_after_minutes": n}, ...]."""


class StaffMember(CompanyOwned, Base):
    """Somebody who performs services; `calcom_host_id` is Cal.com's user id."""

    __tablename__ = "staff_members"
    __table_args__ = (owned_by_company("staff_members"), same_company("branch_id", "branches"))

    id: Mapped[StaffId] = mapped_column(primary_key=True)
    branch_id: Mapped[BranchId | None]
    name: Mapped[str] = mapped_column(String(200))
    calcom_host_id: Mapped[int | None]
    is_active: Mapped[bool] = mapped_column(default=True)


class StaffService(CompanyOwned, Base):
    """Which staff member performs which service."""

    __tablename__ = "staff_services"
    __table_args__ = (same_company("staff_id", "staff_members"), same_company("service_id", "services"))

    company_id: Mapped[CompanyId] = mapped_column(ForeignKey("companies.id"), primary_key=True)
    staff_id: Mapped[StaffId] = mapped_column(primary_key=True)
    service_id: Mapped[ServiceId] = mapped_column(primary_key=True)


class Policy(CompanyOwned, Base):
    """A cancellation or rescheduling rule; the narrowest attachment wins: staff, service, branch, company."""

    __tablename__ = "policies"
    __table_args__ = (
        owned_by_company("policies"),
        same_company("branch_id", "branches"),
        same_company("service_id", "services"),
        same_company("staff_id", "staff_members"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    branch_id: Mapped[BranchId | None]
    service_id: Mapped[ServiceId | None]
    staff_id: Mapped[StaffId | None]
    kind: Mapped[str] = mapped_column(String(20))
    """cancellation or reschedule."""
    rules: Mapped[dict[str, Any]] = mapped_column(JSON, default=dict)
    """allowed, hours_before, max_cancellations_per_month, max_reschedules_per_appointment, and fee_tiers, a list of which
    the first that fits counts: {"above_hours": 48, "fee_cents": 0}, {"from_hours": 24, "fee_cents": 1000},
    {"fee_cents": 1500}.
    """

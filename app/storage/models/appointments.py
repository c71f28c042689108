"""Appointments, the attempts that make them, and the cells attempts hold."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import JSON, Index, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from app.domain.identifiers import (
    AppointmentId,
    AttemptId,
    BookingUid,
    BranchId,
    CallId,
    CustomerId,
    ServiceId,
    StaffId,
)
from app.domain.statuses import (
    AppointmentStatus,
    AttemptKind,
    AttemptState,
    AttemptStep,
    ReconciliationStatus,
    SyncOrigin,
    Told,
)
from app.storage.models.base import Base, CompanyOwned, ForeignUid, one_of, owned_by_company, same_company


class Appointment(CompanyOwned, Base):
    """Our record of what we promised a customer; its booking at Cal.com is named by uid."""

    __tablename__ = "appointments"
    __table_args__ = (
        owned_by_company("appointments"),
        same_company("branch_id", "branches"),
        same_company("service_id", "services"),
        same_company("staff_id", "staff_members"),
        same_company("customer_id", "customers"),
        same_company("call_id", "calls"),
        same_company("attempt_id", "booking_attempts"),
        # one appointment per booking, whatever wrote it (incident 1.1)
        UniqueConstraint("company_id", "calcom_booking_uid"),
        UniqueConstraint("company_id", "attempt_id"),
        Index("ix_appointments_company_id_starts_at", "company_id", "starts_at"),
        Index("ix_appointments_company_id_customer_id", "company_id", "customer_id", "starts_at"),
        Index("ix_appointments_company_id_call_id", "company_id", "call_id"),
    )

    id: Mapped[AppointmentId] = mapped_column(primary_key=True)
    branch_id: Mapped[BranchId]
    service_id: Mapped[ServiceId]
    staff_id: Mapped[StaffId | None]
    customer_id: Mapped[CustomerId]
    call_id: Mapped[CallId | None]
    attempt_id: Mapped[AttemptId | None] = mapped_column(ForeignUid)
    starts_at: Mapped[datetime]
    ends_at: Mapped[datetime]
    status: Mapped[AppointmentStatus] = mapped_column(one_of(AppointmentStatus))
    calcom_booking_uid: Mapped[BookingUid | None] = mapped_column(ForeignUid)
    calcom_booking_id: Mapped[int | None]
    sync_origin: Mapped[SyncOrigin] = mapped_column(one_of(SyncOrigin))
    previous_starts_at: Mapped[datetime | None]
    rescheduled_count: Mapped[int] = mapped_column(default=0)
    reconciliation_status: Mapped[ReconciliationStatus] = mapped_column(
        one_of(ReconciliationStatus), default=ReconciliationStatus.UNCHECKED
    )
    reconciliation_notes: Mapped[str | None] = mapped_column(Text)
    has_data_mismatch: Mapped[bool] = mapped_column(default=False)
    requires_manual_review: Mapped[bool] = mapped_column(default=False)
    booking_details: Mapped[dict[str, Any]] = mapped_column(JSON, default=dict)
    created_at: Mapped[datetime]
    updated_at: Mapped[datetime]
    version: Mapped[int] = mapped_column(default=1)

    __mapper_args__ = {"version_id_col": version}  # noqa: RUF012 - SQLAlchemy reads it from the class


class BookingAttempt(CompanyOwned, Base):
    """One try to make a wish true, from claim to settled; a crash leaves it open for the worker."""

    __tablename__ = "booking_attempts"
    __table_args__ = (
        owned_by_company("booking_attempts"),
        same_company("branch_id", "branches"),
        same_company("service_id", "services"),
        same_company("call_id", "calls"),
        same_company("customer_id", "customers"),
        # NULL once the wish may be asked anew; unique while it is open or booked
        UniqueConstraint("company_id", "active_key"),
        Index("ix_booking_attempts_state_next_look_at", "state", "next_look_at"),
        Index("ix_booking_attempts_company_id_call_id", "company_id", "call_id"),
    )

    id: Mapped[AttemptId] = mapped_column(ForeignUid, primary_key=True)
    branch_id: Mapped[BranchId]
    service_id: Mapped[ServiceId]
    call_id: Mapped[CallId | None]
    retell_call_id: Mapped[str | None] = mapped_column(ForeignUid)
    kind: Mapped[AttemptKind] = mapped_column(one_of(AttemptKind), default=AttemptKind.BOOK)
    changes_booking_uid: Mapped[BookingUid | None] = mapped_column(ForeignUid)
    """The booking that a move or a cancellation is about."""
    fee_cents: Mapped[int] = mapped_column(default=0)
    """What the change costs, as it was said: decided when it was asked for, whenever it is finished."""
    active_key: Mapped[str | None] = mapped_column(String(64))
    state: Mapped[AttemptState] = mapped_column(one_of(AttemptState), default=AttemptState.OPEN)
    step: Mapped[AttemptStep] = mapped_column(one_of(AttemptStep), default=AttemptStep.CLAIMED)
    told: Mapped[Told] = mapped_column(one_of(Told), default=Told.NOTHING)
    outcome: Mapped[str | None] = mapped_column(String(80))
    starts_at: Mapped[datetime]
    ends_at: Mapped[datetime]
    customer_id: Mapped[CustomerId | None]
    """The customer it is for, where he was known when it was claimed; else settling makes a new one."""
    customer_name: Mapped[str] = mapped_column(String(200))
    phone_ciphertext: Mapped[str | None] = mapped_column("phone", Text)
    email_ciphertext: Mapped[str | None] = mapped_column("email", Text)
    calcom_booking_uid: Mapped[BookingUid | None] = mapped_column(ForeignUid)
    answer: Mapped[dict[str, Any] | None] = mapped_column(JSON)
    """What was answered, for a repeat of the same wish."""
    owner: Mapped[str] = mapped_column(String(64))
    """Who works on it: a request or a worker."""
    lease_number: Mapped[int] = mapped_column(default=1)
    leased_until: Mapped[datetime]
    opened_at: Mapped[datetime]
    posted_at: Mapped[datetime | None]
    next_look_at: Mapped[datetime | None]
    closed_at: Mapped[datetime | None]


class ClaimCell(CompanyOwned, Base):
    """Five minutes of one calendar, held by an attempt. `active` is 1 while held and NULL after.

    NULLs are distinct in a unique index on every database, so released cells never collide.
    """

    __tablename__ = "claim_cells"
    __table_args__ = (
        owned_by_company("claim_cells"),
        same_company("attempt_id", "booking_attempts"),
        UniqueConstraint("company_id", "calendar", "cell_at", "active"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    attempt_id: Mapped[AttemptId] = mapped_column(ForeignUid)
    calendar: Mapped[str] = mapped_column(String(64))
    """staff:<id>, or event_type:<id> where Cal.com picks the host."""
    cell_at: Mapped[datetime]
    active: Mapped[int | None]


class SlotReservation(CompanyOwned, Base):
    """A slot that Cal.com keeps from others for a while (incident 1.33)."""

    __tablename__ = "slot_reservations"
    __table_args__ = (
        owned_by_company("slot_reservations"),
        same_company("call_id", "calls"),
        same_company("service_id", "services"),
        UniqueConstraint("company_id", "calcom_reservation_uid"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    call_id: Mapped[CallId]
    service_id: Mapped[ServiceId]
    starts_at: Mapped[datetime]
    calcom_reservation_uid: Mapped[str] = mapped_column(ForeignUid)
    expires_at: Mapped[datetime]
    released_at: Mapped[datetime | None]


class Modification(CompanyOwned, Base):
    """A cancellation or move of an appointment, with the fee it cost."""

    __tablename__ = "modifications"
    __table_args__ = (
        owned_by_company("modifications"),
        same_company("appointment_id", "appointments"),
        same_company("call_id", "calls"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    appointment_id: Mapped[AppointmentId]
    call_id: Mapped[CallId | None]
    kind: Mapped[str] = mapped_column(String(20))
    fee_cents: Mapped[int] = mapped_column(default=0)
    within_policy: Mapped[bool] = mapped_column(default=True)
    made_at: Mapped[datetime]

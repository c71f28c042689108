"""The company and its places."""

from __future__ import annotations

from typing import Any

from sqlalchemy import JSON, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from app.domain.identifiers import BranchId, CompanyId
from app.storage.models.base import Base, CompanyOwned, ForeignUid, owned_by_company, same_company


class Company(Base):
    """A tenant; owns all other rows."""

    __tablename__ = "companies"

    id: Mapped[CompanyId] = mapped_column(primary_key=True)
    name: Mapped[str] = mapped_column(String(200))
    mailbox: Mapped[str] = mapped_column(String(254))
    """Where confirmations go when the caller left no e-mail address."""
    phone: Mapped[str | None] = mapped_column(String(40))
    calcom_team_id: Mapped[int | None]
    calcom_api_key_ciphertext: Mapped[str | None] = mapped_column("calcom_api_key", Text)
    calcom_webhook_secret_ciphertext: Mapped[str | None] = mapped_column("calcom_webhook_secret", Text)


class Branch(CompanyOwned, Base):
    """A place with an address, a time zone and opening hours. Its id is a UUID string."""

    __tablename__ = "branches"
    __table_args__ = (owned_by_company("branches"),)

    id: Mapped[BranchId] = mapped_column(primary_key=True)
    name: Mapped[str] = mapped_column(String(200))
    time_zone: Mapped[str] = mapped_column(String(64), default="Europe/Berlin")
    opening_hours: Mapped[dict[str, Any]] = mapped_column(JSON, default=dict)
    """ISO weekday ("1" is Monday) to a list of ["HH:MM", "HH:MM"]; no entry means closed."""
    minimum_notice_minutes: Mapped[int | None]
    """Before a service's own, which comes before the default (incident 1.11)."""


class PhoneNumber(CompanyOwned, Base):
    """A dialled number: the only thing that decides company and branch of a call (incident 1.37)."""

    __tablename__ = "phone_numbers"
    __table_args__ = (
        owned_by_company("phone_numbers"),
        same_company("branch_id", "branches"),
        UniqueConstraint("number"),
        UniqueConstraint("endpoint_token_hash"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    branch_id: Mapped[BranchId]
    number: Mapped[str] = mapped_column(String(20))
    """E.164."""
    agent_id: Mapped[str | None] = mapped_column(ForeignUid)
    endpoint_token_hash: Mapped[str | None] = mapped_column(String(64))
    """SHA-256 of the token in the address of an endpoint that takes arguments alone (design 4.2)."""

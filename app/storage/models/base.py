"""What all tables share: naming of constraints, the UTC type, ownership by a company."""

from __future__ import annotations

from datetime import UTC, datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import (
    DateTime,
    Enum,
    ForeignKey,
    ForeignKeyConstraint,
    Integer,
    MetaData,
    String,
    UniqueConstraint,
)
from sqlalchemy.engine import Dialect
from sqlalchemy.orm import DeclarativeBase, Mapped, declared_attr, mapped_column
from sqlalchemy.types import TypeDecorator

from app.domain.identifiers import (
    AppointmentId,
    AttemptId,
    BookingUid,
    BranchId,
    CallId,
    CompanyId,
    CustomerId,
    EventTypeId,
    ServiceId,
    StaffId,
)

NAMING = {
    "ix": "ix_%(table_name)s_%(column_0_N_name)s",
    "uq": "uq_%(table_name)s_%(column_0_N_name)s",
    "ck": "ck_%(table_name)s_%(constraint_name)s",
    "fk": "fk_%(table_name)s_%(column_0_N_name)s_%(referred_table_name)s",
    "pk": "pk_%(table_name)s",
}

UUID_LENGTH = 36
UID_LENGTH = 120
"""Longest foreign id we store; Cal.com's uids have 22 characters, recurring ones more."""


class UtcDateTime(TypeDecorator[datetime]):
    """An aware instant, stored as UTC with microseconds; a naive one is refused (incident 0.1)."""

    impl = DateTime(timezone=False)
    cache_ok = True

    def load_dialect_impl(self, dialect: Dialect) -> Any:
        """Return a column type that keeps microseconds; MySQL cuts them unless asked."""
        if dialect.name in {"mysql", "mariadb"}:
            from sqlalchemy.dialects.mysql import DATETIME  # noqa: PLC0415 - only where it is needed

            return dialect.type_descriptor(DATETIME(fsp=6))
        return dialect.type_descriptor(DateTime(timezone=False))

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:  # noqa: ARG002
        """Return the instant as naive UTC, the stored form."""
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError(f"{value!r} has no time zone; only aware instants are stored")
        return value.astimezone(UTC).replace(tzinfo=None)

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:  # noqa: ARG002
        """Return the stored instant as an aware one."""
        return None if value is None else value.replace(tzinfo=UTC)


class ForeignUid(TypeDecorator[str]):
    """An id another system made up: compared byte by byte, since Cal.com's uids differ in case only."""

    impl = String(UID_LENGTH)
    cache_ok = True

    def load_dialect_impl(self, dialect: Dialect) -> Any:
        """Return a string type with binary collation where the default folds case."""
        if dialect.name in {"mysql", "mariadb"}:
            return dialect.type_descriptor(String(UID_LENGTH, collation="utf8mb4_bin"))
        return dialect.type_descriptor(String(UID_LENGTH))


def one_of(statuses: type[StrEnum], length: int = 20) -> Enum:
    """Return a column type that stores a status by its value and gives back the enum's member."""
    return Enum(
        statuses,
        native_enum=False,  # a new status must not need a migration
        create_constraint=False,
        length=length,
        validate_strings=True,
        values_callable=lambda members: [member.value for member in members],
    )


class Base(DeclarativeBase):
    """The registry of all tables."""

    metadata = MetaData(naming_convention=NAMING)
    type_annotation_map = {  # noqa: RUF012 - SQLAlchemy reads it from the class
        datetime: UtcDateTime,
        CompanyId: Integer,
        BranchId: String(UUID_LENGTH),
        ServiceId: Integer,
        StaffId: String(UUID_LENGTH),
        CustomerId: Integer,
        CallId: Integer,
        AppointmentId: Integer,
        AttemptId: ForeignUid,
        BookingUid: ForeignUid,
        EventTypeId: Integer,
    }


class CompanyOwned:
    """A row that belongs to one company; queries see it only inside that company's scope."""

    @declared_attr
    def company_id(cls) -> Mapped[CompanyId]:  # noqa: N805 - a declared attribute takes the class
        """Return the owning company's column."""
        return mapped_column(ForeignKey("companies.id"), index=True)


def owned_by_company(table: str) -> UniqueConstraint:
    """Return the key that composite foreign keys point at: (company_id, id) of `table`."""
    return UniqueConstraint("company_id", "id", name=f"uq_{table}_company_id_id")


def same_company(column: str, table: str) -> ForeignKeyConstraint:
    """Return a foreign key that the database only accepts within one company (incident 1.37)."""
    return ForeignKeyConstraint(["company_id", column], [f"{table}.company_id", f"{table}.id"])

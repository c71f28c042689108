"""What all processes of a gateway have to see alike."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from app.storage.models.base import Base, CompanyOwned, owned_by_company

NAME_LENGTH = 80
VALUE_LENGTH = 1000


class SharedValue(CompanyOwned, Base):
    """A small text under a name: breaker and pace of an account, the generation of a slot list."""

    __tablename__ = "shared_values"
    __table_args__ = (owned_by_company("shared_values"), UniqueConstraint("company_id", "name"))

    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str] = mapped_column(String(NAME_LENGTH))
    value: Mapped[str] = mapped_column(String(VALUE_LENGTH))
    version: Mapped[int] = mapped_column(default=1)
    """Counts the changes: whoever saw another one lost."""
    expires_at: Mapped[datetime]

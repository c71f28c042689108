"""The people who call."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import Index, String, Text
from sqlalchemy.orm import Mapped, mapped_column, object_session

from app.domain.identifiers import CustomerId
from app.domain.statuses import SyncOrigin
from app.storage.encryption import Vault
from app.storage.models.base import Base, CompanyOwned, one_of, owned_by_company


class Customer(CompanyOwned, Base):
    """A person known to one company. Phone and e-mail are encrypted; blind indexes find them."""

    __tablename__ = "customers"
    __table_args__ = (
        owned_by_company("customers"),
        Index("ix_customers_company_id_phone_index", "company_id", "phone_index"),
        Index("ix_customers_company_id_phone_tail_index", "company_id", "phone_tail_index"),
        Index("ix_customers_company_id_email_index", "company_id", "email_index"),
        Index("ix_customers_company_id_name_key", "company_id", "name_key"),
    )

    id: Mapped[CustomerId] = mapped_column(primary_key=True)
    name: Mapped[str] = mapped_column(String(200))
    name_key: Mapped[str | None] = mapped_column(String(80))
    """How the name sounds (Cologne phonetics), so that one indexed look finds it (incidents, section 6)."""
    note_ciphertext: Mapped[str | None] = mapped_column("note", Text)
    phone_ciphertext: Mapped[str | None] = mapped_column("phone", Text)
    phone_index: Mapped[str | None] = mapped_column(String(64))
    phone_tail_index: Mapped[str | None] = mapped_column(String(64))
    """Of the last eight digits: the same person with and without a country code."""
    email_ciphertext: Mapped[str | None] = mapped_column("email", Text)
    email_index: Mapped[str | None] = mapped_column(String(64))
    source: Mapped[SyncOrigin] = mapped_column(one_of(SyncOrigin), default=SyncOrigin.RETELL)
    created_at: Mapped[datetime]

    @property
    def phone(self) -> str | None:
        """Return the number in clear; needs the session the row was loaded in."""
        return self._vault().open_optional(self.phone_ciphertext)

    @property
    def email(self) -> str | None:
        """Return the address in clear; needs the session the row was loaded in."""
        return self._vault().open_optional(self.email_ciphertext)

    @property
    def note(self) -> str | None:
        """Return the note in clear; needs the session the row was loaded in."""
        return self._vault().open_optional(self.note_ciphertext)

    def set_contact(self, vault: Vault, *, phone: str | None, email: str | None) -> None:
        """Encrypt and index what is given; None empties the field."""
        self.phone_ciphertext = vault.seal_optional(phone)
        self.phone_index = vault.phone_index(phone)
        self.phone_tail_index = vault.phone_tail_index(phone)
        self.email_ciphertext = vault.seal_optional(email)
        self.email_index = vault.email_index(email)

    def _vault(self) -> Vault:
        session = object_session(self)
        if session is None:
            raise RuntimeError("a customer's contact can be read only inside the transaction that loaded it")
        vault = session.info["vault"]
        assert isinstance(vault, Vault)  # noqa: S101 - Database puts it there
        return vault


class IdentificationFailure(CompanyOwned, Base):
    """Somebody could not prove who he is; three in an hour end the attempts of a number (incidents 2.3)."""

    __tablename__ = "identification_failures"
    __table_args__ = (
        owned_by_company("identification_failures"),
        Index(
            "ix_identification_failures_company_id_caller_index", "company_id", "caller_index", "failed_at"
        ),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    caller_index: Mapped[str] = mapped_column(String(64))
    """Blind index of the caller's number, or of the call where the number is hidden."""
    failed_at: Mapped[datetime]

"""People known to a company."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.domain.identifiers import CompanyId
from app.domain.statuses import SyncOrigin
from app.storage.encryption import Vault
from app.storage.models import Customer


def find_by_phone(session: Session, vault: Vault, phone: str) -> Customer | None:
    """Return the customer of a number: the whole number first, else its last eight digits."""
    for column, index in (
        (Customer.phone_index, vault.phone_index(phone)),
        (Customer.phone_tail_index, vault.phone_tail_index(phone)),
    ):
        if index is not None:
            found = session.scalar(select(Customer).where(column == index).order_by(Customer.id).limit(1))
            if found is not None:
                return found
    return None


def find_by_email(session: Session, vault: Vault, email: str) -> Customer | None:
    """Return the customer of an e-mail address, or None."""
    index = vault.email_index(email)
    return session.scalar(
        select(Customer).where(Customer.email_index == index).order_by(Customer.id).limit(1)
    )


def find_or_add(
    session: Session,
    vault: Vault,
    *,
    company_id: CompanyId,
    name: str,
    phone: str | None,
    email: str | None,
    source: SyncOrigin,
    now: datetime,
) -> Customer:
    """Return the customer of a phone or e-mail, else a new one.

    An existing name is never overwritten (incident 1.26); somebody without any contact is always new
    (incident 1.25).
    """
    known = find_by_phone(session, vault, phone) if phone else None
    if known is None and email:
        known = find_by_email(session, vault, email)
    if known is not None:
        return known
    customer = Customer(company_id=company_id, name=name, source=source, created_at=now)
    customer.set_contact(vault, phone=phone, email=email)
    session.add(customer)
    session.flush()
    return customer

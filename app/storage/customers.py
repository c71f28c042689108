"""People known to a company. Functions over a scoped session; nothing commits here."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from app.domain.identifiers import CallId, CompanyId, CustomerId
from app.domain.names import is_same_person
from app.domain.phonetics import name_key
from app.domain.statuses import SyncOrigin
from app.storage.encryption import TAIL_DIGITS, Vault
from app.storage.models import Appointment, Customer, IdentificationFailure

MOST_ON_ONE_NUMBER = 50
"""A family shares a number, or an office; one look must stay one short look."""


def list_by_phone(session: Session, vault: Vault, phone: str) -> Sequence[Customer]:
    """Return the customers of a number, oldest first: of the whole number, else of its last eight digits.

    The last eight digits find a number that was kept without its country code. Two whole numbers that only end
    alike are two lines.
    """
    whole, tail = vault.phone_index(phone), vault.phone_tail_index(phone)
    found = _list_where(session, Customer.phone_index == whole) if whole is not None else ()
    if found or tail is None:
        return found
    alike = _list_where(session, Customer.phone_tail_index == tail)
    return [customer for customer in alike if _is_one_line(phone, customer.phone or "")]


def list_by_email(session: Session, vault: Vault, email: str) -> Sequence[Customer]:
    """Return the customers of an e-mail address, oldest first."""
    index = vault.email_index(email)
    return _list_where(session, Customer.email_index == index) if index is not None else ()


def list_made_by_call(session: Session, call_id: CallId, since: datetime) -> Sequence[Customer]:
    """Return the customers for whom a call made an appointment since an instant."""
    made = select(Appointment.customer_id).where(
        Appointment.call_id == call_id, Appointment.created_at >= since
    )
    return _list_where(session, Customer.id.in_(made))


def find_customer(session: Session, customer_id: CustomerId) -> Customer | None:
    """Return a customer of the current company, or None."""
    return session.scalar(select(Customer).where(Customer.id == customer_id))


def add(
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
    """Return a new customer, findable by number, address and the sound of the name."""
    customer = Customer(
        company_id=company_id, name=name, name_key=name_key(name), source=source, created_at=now
    )
    customer.set_contact(vault, phone=phone, email=email)
    session.add(customer)
    session.flush()
    return customer


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
    """Return the customer of this name with this phone or e-mail, else a new one.

    Another name on the same number is another person, and an existing name is never overwritten (incident 1.26).
    Somebody without any contact is always new (incident 1.25).
    """
    known = list_by_phone(session, vault, phone) if phone else ()
    same = [customer for customer in known if is_same_person(name, customer.name)]
    if not same and email:
        known = list_by_email(session, vault, email)
        same = [customer for customer in known if is_same_person(name, customer.name)]
    if same:
        return same[0]
    return add(
        session, vault, company_id=company_id, name=name, phone=phone, email=email, source=source, now=now
    )


def count_failures(session: Session, caller_index: str, since: datetime) -> int:
    """Return how often a caller could not prove who he is, after an instant."""
    count = session.scalar(
        select(func.count(IdentificationFailure.id)).where(
            IdentificationFailure.caller_index == caller_index, IdentificationFailure.failed_at > since
        )
    )
    return count or 0


def _list_where(session: Session, condition: object) -> Sequence[Customer]:
    return session.scalars(
        select(Customer).where(condition).order_by(Customer.id).limit(MOST_ON_ONE_NUMBER)  # type: ignore[arg-type]
    ).all()


def _is_one_line(one: str, other: str) -> bool:
    """Return whether the longer number is the shorter one with something in front."""
    longer, shorter = sorted((one.lstrip("+0"), other.lstrip("+0")), key=len, reverse=True)
    return len(shorter) >= TAIL_DIGITS and longer.endswith(shorter)

"""Whom a booking is for: the caller as our books know him, somebody else on his number, or somebody new.

An existing name is never overwritten (incident 1.26), and somebody who hides his number is always new
(incident 1.25).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace

from sqlalchemy.orm import Session

from app.domain.identifiers import CustomerId
from app.domain.names import is_same_person, spoken_name
from app.domain.people import plausible_email, visible_number
from app.domain.speech import Answer, VoiceStatus
from app.storage import catalogue, customers
from app.storage.encryption import normalise_phone
from app.storage.models import Customer
from app.usecases.commands import AppointmentWish, CallContext
from app.usecases.identity import CallerKind, identify_in
from app.usecases.parts import Parts

WHOLE_NAME = "Diesen Namen kenne ich unter Ihrer Nummer mehrmals. Wie ist bitte der volle Name?"


@dataclass(frozen=True, slots=True)
class Person:
    """Whom a booking is for."""

    name: str = field(repr=False)
    """As our books have it where they do, else as it was said."""
    phone: str | None = field(repr=False)
    """Where to reach him: the number that was said, else the caller's."""
    email: str | None = field(repr=False)
    customer_ids: tuple[CustomerId, ...]
    """His rows in our books; empty for somebody new."""
    for_other: bool
    """Somebody else than the caller."""


def person_of(parts: Parts, context: CallContext, wish: AppointmentWish) -> Person | Answer:
    """Return whom a wish is for, or the question for the name."""
    phone = normalise_phone(visible_number(wish.phone) or visible_number(context.caller_number))
    email = plausible_email(wish.email)
    with parts.transactions.transaction(context.company_id, "find_person", read_only=True) as session:
        said = spoken_name(wish.name, catalogue.list_staff_names(session))
        if said is None:
            return Answer(VoiceStatus.MISSING_CUSTOMER_NAME, context.zone, missing=("name",))
        identity = identify_in(parts, session, context, said, for_other=wish.for_other)
        if identity.kind is CallerKind.SEVERAL:
            question = VoiceStatus.NEEDS_CLARIFICATION
            return Answer(question, context.zone, reason="name", question=WHOLE_NAME)
        for_other = wish.for_other or identity.kind is CallerKind.OTHER
        name = identity.name if identity.kind is CallerKind.KNOWN and identity.name else said
        person = Person(name, phone, email, identity.customer_ids, for_other)
        if identity.kind is CallerKind.ANONYMOUS:
            return replace(person, customer_ids=())
        return person if person.customer_ids else _by_contact(session, parts, person)


def _by_contact(session: Session, parts: Parts, person: Person) -> Person:
    """Return a person with his rows found by the contact that was said; it finds nobody of another name."""
    found: Sequence[Customer] = ()
    if person.phone:
        found = _of_name(customers.list_by_phone(session, parts.vault, person.phone), person)
    if not found and person.email:
        found = _of_name(customers.list_by_email(session, parts.vault, person.email), person)
    return replace(person, customer_ids=tuple(each.id for each in found))


def _of_name(known: Sequence[Customer], person: Person) -> Sequence[Customer]:
    return [each for each in known if is_same_person(person.name, each.name)]

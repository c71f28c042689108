"""Who is calling, and what of a company's appointments he may hear of or change (incidents 1.25, 1.26, 1.37).

A number that shows is proof enough for what stands under it; a name alone never is. Somebody who hides his number
has only what this same call made.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum

from sqlalchemy.orm import Session

from app.domain.identifiers import CustomerId
from app.domain.names import find_named, is_same_person, same_name, spoken_name
from app.domain.people import visible_number
from app.domain.speech import Answer, VoiceStatus
from app.storage import appointments, customers
from app.storage.appointments import AppointmentSeen
from app.storage.models import Customer, IdentificationFailure
from app.usecases.commands import CallContext
from app.usecases.parts import Parts

OWN_CALL_LASTS = timedelta(minutes=30)
"""How long a call may still change what it made itself (incident 1.25)."""
MOST_FAILURES = 3
FAILURES_COUNT_FOR = timedelta(hours=1)
"""Three failures in an hour end the attempts of a number (incidents 2.3)."""
WHO_IS_IT = "Unter Ihrer Nummer kenne ich mehrere Personen. Mit wem spreche ich bitte?"


class CallerKind(StrEnum):
    """What the number, and the name where one was said, make of a caller."""

    KNOWN = "known"
    """The number is known, and it is clear who of its people calls."""
    SEVERAL = "several"
    """The number is several people's, and no name, or none clear enough, was said."""
    OTHER = "other"
    """The number is known, but the name is nobody's of it."""
    NEW = "new"
    """The number shows and is nobody's yet."""
    ANONYMOUS = "anonymous"
    """The number is hidden."""


@dataclass(frozen=True, slots=True)
class Identity:
    """Who is calling. A person who stands in our books twice under one number is one identity."""

    kind: CallerKind
    customer_ids: tuple[CustomerId, ...] = ()
    """Whose appointments he may hear of; the first is the one new ones are made for."""
    name: str | None = field(default=None, repr=False)
    """As our books have it, never as it was heard."""
    said: str | None = field(default=None, repr=False)
    """The name that was said, where one was."""

    @property
    def customer_id(self) -> CustomerId | None:
        """Return the customer new appointments are made for, or None."""
        return self.customer_ids[0] if self.customer_ids else None

    @property
    def is_identified(self) -> bool:
        """Return whether there is anything he may hear of."""
        return bool(self.customer_ids)


def identify(
    parts: Parts, context: CallContext, name: str | None = None, *, for_other: bool = False
) -> Identity:
    """Return who calls, by number and, where people share it, by name. Writes nothing, counts nothing.

    Args:
        parts: What the use cases are handed.
        context: The call.
        name: The name that was said, as it came; what stands for a name counts as none.
        for_other: The name is somebody else's; then a part of a name finds nobody.
    """
    said = spoken_name(name)
    with parts.transactions.transaction(context.company_id, "identify", read_only=True) as session:
        return identify_in(parts, session, context, said, for_other=for_other)


def identify_in(
    parts: Parts, session: Session, context: CallContext, said: str | None, *, for_other: bool = False
) -> Identity:
    """Return who calls, inside a transaction: at most three looks, each by an index."""
    number = visible_number(context.caller_number)
    if number is None:
        return _own_of_call(parts, session, context, said, CallerKind.ANONYMOUS)
    known = customers.list_by_phone(session, parts.vault, number)
    if not known:
        return _own_of_call(parts, session, context, said, CallerKind.NEW)
    meant = _meant(known, said, for_other=for_other)
    if meant and _is_one_person(meant):
        return Identity(CallerKind.KNOWN, tuple(each.id for each in meant), meant[0].name, said)
    if meant:
        return Identity(CallerKind.SEVERAL, said=said)
    return _own_of_call(parts, session, context, said, CallerKind.OTHER)


def identify_or_refuse(parts: Parts, context: CallContext, name: str | None = None) -> Identity | Answer:
    """Return who calls, or why he may hear of nothing. Counts failures and ends the attempts after three.

    The answer's `reason` is the kind of caller. Who shares a number is asked for his name first; that is no failure.
    """
    if is_limited(parts, context):
        return Answer(VoiceStatus.RATE_LIMIT_EXCEEDED, context.zone, reason="identification")
    identity = identify(parts, context, name)
    if identity.is_identified:
        return identity
    if identity.kind is CallerKind.SEVERAL and identity.said is None:
        return Answer(VoiceStatus.NEEDS_CLARIFICATION, context.zone, reason=identity.kind, question=WHO_IS_IT)
    note_failure(parts, context)
    status = VoiceStatus.NO_CUSTOMER if identity.kind is CallerKind.NEW else VoiceStatus.UNAUTHORIZED
    return Answer(status, context.zone, reason=identity.kind)


def is_limited(parts: Parts, context: CallContext) -> bool:
    """Return whether this number, or this call where it is hidden, has failed too often in the last hour."""
    index = _failure_index(parts, context)
    if index is None:
        return False
    since = parts.clock.now() - FAILURES_COUNT_FOR
    with parts.transactions.transaction(context.company_id, "count_failures", read_only=True) as session:
        return customers.count_failures(session, index, since) >= MOST_FAILURES


def note_failure(parts: Parts, context: CallContext) -> None:
    """Count one failed identification. Without number and call id there is nobody to count it for."""
    index = _failure_index(parts, context)
    parts.log.warning("identity.failed", hidden=visible_number(context.caller_number) is None)
    if index is None:
        return
    with parts.transactions.transaction(context.company_id, "note_failure") as session:
        session.add(
            IdentificationFailure(
                company_id=context.company_id, caller_index=index, failed_at=parts.clock.now()
            )
        )


def list_own_appointments(
    parts: Parts, context: CallContext, identity: Identity, *, since: datetime | None = None
) -> tuple[AppointmentSeen, ...]:
    """Return the live appointments a caller may hear of and change, in order of time, this company's only.

    A known caller's are all of his; anybody's are those this same call made in the last 30 minutes, in the name
    that was said where one was.

    Args:
        parts: What the use cases are handed.
        context: The call.
        identity: Who calls.
        since: The earliest start; now unless it is given.
    """
    known = identity.customer_ids if identity.kind is CallerKind.KNOWN else ()
    now = parts.clock.now()
    with parts.transactions.transaction(
        context.company_id, "list_own_appointments", read_only=True
    ) as session:
        return tuple(
            appointments.list_seen(
                session,
                customer_ids=known,
                made_by_call=None if known else context.call_id,
                made_for=identity.customer_ids if not known else (),
                made_since=now - OWN_CALL_LASTS,
                start=since or now,
            )
        )


def _own_of_call(
    parts: Parts, session: Session, context: CallContext, said: str | None, kind: CallerKind
) -> Identity:
    """Return what a caller without proof has: the people this call booked for, by their exact name."""
    if context.call_id is None:
        return Identity(kind, said=said)
    since = parts.clock.now() - OWN_CALL_LASTS
    made = customers.list_made_by_call(session, context.call_id, since)
    own = [each for each in made if said is None or same_name(said, each.name)]
    return Identity(kind, tuple(each.id for each in own), own[0].name if len(own) == 1 else None, said)


def _meant(known: Sequence[Customer], said: str | None, *, for_other: bool) -> list[Customer]:
    if said is None:
        return list(known)
    if for_other:
        return [each for each in known if is_same_person(said, each.name)]
    return [known[place] for place in find_named(said, [each.name for each in known])]


def _is_one_person(meant: Sequence[Customer]) -> bool:
    return all(is_same_person(meant[0].name, each.name) for each in meant)


def _failure_index(parts: Parts, context: CallContext) -> str | None:
    by_number = parts.vault.phone_index(visible_number(context.caller_number))
    if by_number is None and context.retell_call_id is not None:
        return parts.vault.call_index(context.retell_call_id)
    return by_number

"""Which service a caller wants, and by whom. What is not sure is asked, with the names there are.

An explicit request beats everything; then comes the service that was spoken of in this call; the default stands
only for a caller who said nothing (incident 1.14). Nobody's history decides.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from app.domain.identifiers import ServiceId, StaffId
from app.domain.services import fold, people_meant, services_meant
from app.domain.speech import Answer, VoiceStatus
from app.storage import catalogue
from app.usecases.call_memory import recall_service
from app.usecases.catalogue import bookable
from app.usecases.commands import AppointmentWish, BookableService, CallContext
from app.usecases.parts import Parts

ANYBODY = frozenset(
    {"egal", "jeder", "jede", "irgendwer", "niemand", "keine praeferenz", "beliebig", "none", "null"}
)
"""Words for no wish at all."""


@dataclass(frozen=True, slots=True)
class OfferedService:
    """A service of the branch with how callers call it and who performs it."""

    service: BookableService
    slug: str
    synonyms: list[str]
    is_default: bool
    performers: tuple[StaffId, ...] = ()

    @property
    def name(self) -> str:
        """Return its name."""
        return self.service.name

    def is_by(self, staff_id: StaffId) -> bool:
        """Return whether whoever books it surely meets this person."""
        if self.service.staff_id is not None:
            return self.service.staff_id == staff_id
        return self.performers == (staff_id,)

    def may_be_by(self, staff_id: StaffId) -> bool:
        """Return whether this person performs it at all."""
        return self.service.staff_id == staff_id or staff_id in self.performers


@dataclass(frozen=True, slots=True)
class Person:
    """A staff member, as callers know him."""

    staff_id: StaffId
    name: str


@dataclass(frozen=True, slots=True)
class Offered:
    """All that can be booked at a branch."""

    services: tuple[OfferedService, ...]
    people: tuple[Person, ...]


def read_offered(parts: Parts, context: CallContext, *, with_people: bool = True) -> Offered:
    """Return the active services of a branch by priority, and who works there."""
    with parts.transactions.transaction(context.company_id, "find_service", read_only=True) as session:
        rows = catalogue.list_services(session, context.branch_id)
        people = catalogue.list_staff(session, context.branch_id) if with_people else ()
        performed = catalogue.list_performed(session) if with_people else ()
        present = {person.id for person in people}
        services = tuple(
            OfferedService(
                bookable(row, context.minimum_notice_minutes),
                row.slug,
                list(row.synonyms or ()),
                row.is_default,
                tuple(staff for staff, service in performed if service == row.id and staff in present),
            )
            for row in rows
        )
        return Offered(services, tuple(Person(person.id, person.name) for person in people))


def choose_service(parts: Parts, context: CallContext, wish: AppointmentWish) -> BookableService | Answer:
    """Return the one service that a wish means, or the question to ask; costs no upstream call."""
    wanted, staff = _said(wish.dienstleistung), _said(wish.mitarbeiter)
    if staff is not None and fold(staff) in ANYBODY:
        staff = None
    offered = read_offered(parts, context, with_people=staff is not None)
    meant = services_meant(offered.services, wanted) if wanted else []
    pinned = None if wanted and len(meant) == 1 and staff is None else recall_service(parts, context)
    if not wanted:
        meant = _unnamed(offered, pinned)
    if not meant:
        return _ask_service(context, offered.services)
    if staff is not None:
        return _by_person(context, offered, meant, staff, is_named=bool(wanted or pinned))
    return _one_of(context, meant, pinned)


def _said(text: str | None) -> str | None:
    return (text or "").strip() or None


def _unnamed(offered: Offered, pinned: ServiceId | None) -> list[OfferedService]:
    """Return what a caller who names nothing means: what was spoken of before in this call, else the default."""
    spoken = [each for each in offered.services if each.service.service_id == pinned]
    return spoken or [each for each in offered.services if each.is_default][:1]


def _one_of(
    context: CallContext, meant: Sequence[OfferedService], pinned: ServiceId | None
) -> BookableService | Answer:
    """Return the one meant; rows that differ by who performs them are one service, the first by priority."""
    if len({fold(each.name) for each in meant}) > 1:
        return _ask_service(context, meant)
    spoken = [each for each in meant if each.service.service_id == pinned]
    return (spoken or meant)[0].service


def _by_person(
    context: CallContext, offered: Offered, meant: Sequence[OfferedService], wanted: str, *, is_named: bool
) -> BookableService | Answer:
    people = people_meant(offered.people, [person.name for person in offered.people], wanted)
    if len(people) != 1:
        return _ask_person(context, offered, meant, people)
    person = people[0]
    names = {fold(each.name) for each in meant}
    rows = [each for each in offered.services if fold(each.name) in names] if is_named else meant
    sure = [each for each in rows if each.is_by(person.staff_id)]
    if not sure and not is_named:
        sure = [each for each in offered.services if each.is_by(person.staff_id)]
    if len({fold(each.name) for each in sure}) > 1:
        return _ask_service(context, sure)
    if sure:
        return sure[0].service
    if any(each.may_be_by(person.staff_id) for each in rows):
        return _cannot_promise(context, rows[0], person)
    return _does_not_do_it(context, offered, rows, person)


def _ask_service(context: CallContext, services: Sequence[OfferedService]) -> Answer:
    names = tuple(dict.fromkeys(each.name for each in services))
    return Answer(VoiceStatus.NEEDS_CLARIFICATION, context.zone, reason="dienstleistung", options=names)


def _ask_person(
    context: CallContext, offered: Offered, meant: Sequence[OfferedService], people: Sequence[Person]
) -> Answer:
    names = tuple(person.name for person in people) or _who_does(offered, meant)
    names = names or tuple(person.name for person in offered.people)
    question = f"Meinen Sie {' oder '.join(names)}?" if people else _who_is_here(names)
    return _staff_question(context, question, names)


def _who_is_here(names: tuple[str, ...]) -> str:
    if not names:
        return "Jemanden mit diesem Namen haben wir nicht. Soll ich ohne diesen Wunsch nachsehen?"
    return f"Jemanden mit diesem Namen haben wir dafür nicht. Zur Auswahl stehen: {', '.join(names)}. Zu wem möchten Sie?"


def _does_not_do_it(
    context: CallContext, offered: Offered, rows: Sequence[OfferedService], person: Person
) -> Answer:
    names = _who_does(offered, rows)
    others = (
        f" Das machen bei uns: {', '.join(names)}. Zu wem möchten Sie?"
        if names
        else " Was möchten Sie stattdessen?"
    )
    return _staff_question(context, f"{rows[0].name} macht {person.name} leider nicht.{others}", names)


def _cannot_promise(context: CallContext, service: OfferedService, person: Person) -> Answer:
    """Cal.com picks the host of such a service: a promise would be a guess."""
    question = (
        f"Für {service.name} kann ich Ihnen leider niemanden fest zusagen, auch {person.name} nicht. "
        "Soll ich trotzdem nach einem Termin sehen?"
    )
    return _staff_question(context, question, ())


def _who_does(offered: Offered, rows: Sequence[OfferedService]) -> tuple[str, ...]:
    return tuple(
        person.name for person in offered.people if any(row.may_be_by(person.staff_id) for row in rows)
    )


def _staff_question(context: CallContext, question: str, names: tuple[str, ...]) -> Answer:
    return Answer(
        VoiceStatus.NEEDS_CLARIFICATION, context.zone, reason="mitarbeiter", question=question, options=names
    )

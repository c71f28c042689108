"""Saving a service, and checking those that are stored, with Cal.com's word on their event types (incident 1.15)."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from app.domain.identifiers import CompanyId, ServiceId
from app.domain.outcomes import CheckFailed
from app.domain.service_rules import (
    ServiceDraft,
    ServiceProblem,
    ServiceRefused,
    draft_problems,
    event_type_problems,
)
from app.domain.services import Segment, segments_from_stored
from app.storage import catalogue
from app.storage.models import Service
from app.usecases.catalogue import account_of
from app.usecases.parts import Parts
from app.usecases.ports import CalendarAccount

ASK_SECONDS = 10.0
"""Nobody waits on the phone: a person at a desk saves a service, or a command checks them all."""


@dataclass(frozen=True, slots=True)
class CheckedService:
    """A stored service and what is wrong with it; nothing, where it can be booked."""

    company_id: CompanyId
    service_id: ServiceId
    name: str
    problems: tuple[ServiceProblem, ...]


@dataclass(frozen=True, slots=True)
class _Place:
    """What our own tables say about a draft."""

    account: CalendarAccount
    host_id: int | None
    problems: list[ServiceProblem]


def save_service(parts: Parts, company_id: CompanyId, draft: ServiceDraft) -> ServiceId | ServiceRefused:
    """Store a new or changed service and return its id, or every reason why not; then nothing is written.

    Cal.com is asked once, outside any transaction; what could not be asked is not saved.
    """
    with parts.transactions.transaction(company_id, "find_service_place", read_only=True) as session:
        place = _place(parts, session, company_id, draft)
    problems = draft_problems(draft) + place.problems
    problems += [] if problems else _upstream_problems(parts, place, draft)
    if problems:
        return ServiceRefused(tuple(problems))
    try:
        with parts.transactions.transaction(company_id, "save_service") as session:
            service_id = _write(session, company_id, draft)
    except IntegrityError:
        taken = ServiceProblem(
            "event_type_id",
            "another service took this event type or slug just now",
            "Look at the list and try again",
        )
        return ServiceRefused((taken,))
    parts.log.info("service.saved", company_id=company_id, service_id=service_id)
    return service_id


def check_services(parts: Parts, company_id: CompanyId | None = None) -> list[CheckedService]:
    """Return every active service of one company, or of all, with its problems."""
    reason = "services of every company are checked"
    with parts.transactions.sweep(reason, "list_companies", read_only=True) as session:
        ids = [company.id for company in catalogue.list_companies(session)]
    checked: list[CheckedService] = []
    for each in ids:
        if company_id in (None, each):
            checked += _check_company(parts, each)
    return checked


def _check_company(parts: Parts, company_id: CompanyId) -> list[CheckedService]:
    with parts.transactions.transaction(company_id, "list_services", read_only=True) as session:
        drafts = [_draft_of(service) for service in catalogue.list_all_services(session)]
        found = [(draft, _place(parts, session, company_id, draft)) for draft in drafts]
    checked = []
    for draft, place in found:
        problems = [*draft_problems(draft), *place.problems, *_upstream_problems(parts, place, draft)]
        assert draft.service_id is not None  # noqa: S101 - it was read from its row
        checked.append(CheckedService(company_id, draft.service_id, draft.name, tuple(problems)))
    return checked


def _upstream_problems(parts: Parts, place: _Place, draft: ServiceDraft) -> list[ServiceProblem]:
    seen = parts.calendar.find_event_type(place.account, draft.event_type_id, timeout=ASK_SECONDS)
    if not isinstance(seen, CheckFailed):
        return event_type_problems(draft, seen, place.host_id)
    cure = "Check the company's API key" if seen.is_misconfigured else "Try again later; nothing was saved"
    return [ServiceProblem("event_type_id", f"Cal.com could not be asked ({seen.reason})", cure)]


def _place(parts: Parts, session: Session, company_id: CompanyId, draft: ServiceDraft) -> _Place:
    problems: list[ServiceProblem] = []
    if draft.branch_id is not None and catalogue.find_branch(session, draft.branch_id) is None:
        problems.append(
            ServiceProblem("branch_id", "there is no such branch", "Name a branch of this company")
        )
    staff = catalogue.find_staff(session, draft.staff_id) if draft.staff_id is not None else None
    if draft.staff_id is not None and staff is None:
        problems.append(
            ServiceProblem("staff_id", "there is no such person", "Name somebody of this company")
        )
    if draft.service_id is not None and catalogue.find_service(session, draft.service_id) is None:
        problems.append(
            ServiceProblem("service_id", "there is no such service", "Leave it out to make a new one")
        )
    problems += _taken(session, draft)
    account = account_of(parts.vault, catalogue.get_company(session, company_id))
    return _Place(account, staff.calcom_host_id if staff else None, problems)


def _taken(session: Session, draft: ServiceDraft) -> list[ServiceProblem]:
    problems = []
    others = [
        each
        for each in catalogue.list_all_services(session, with_retired=True)
        if each.id != draft.service_id
    ]
    for other in others:
        if other.calcom_event_type_id == draft.event_type_id:
            problems.append(
                ServiceProblem(
                    "event_type_id",
                    f"“{other.name}” books this event type already",
                    "Give each service its own",
                )
            )
        if other.slug == draft.slug and other.branch_id == draft.branch_id:
            problems.append(ServiceProblem("slug", f"“{other.name}” has this slug already", "Choose another"))
    return problems


def _write(session: Session, company_id: CompanyId, draft: ServiceDraft) -> ServiceId:
    service = catalogue.find_service(session, draft.service_id) if draft.service_id is not None else None
    service = service or Service(company_id=company_id)
    if draft.is_default:
        for other in catalogue.list_all_services(session, with_retired=True):
            if other.id != draft.service_id and other.branch_id == draft.branch_id:
                other.is_default = False
    minutes = draft.minutes
    assert minutes is not None  # noqa: S101 - a draft without a length has a problem
    service.branch_id, service.staff_id = draft.branch_id, draft.staff_id
    service.name, service.slug = draft.name.strip(), draft.slug
    service.synonyms = [synonym.strip() for synonym in draft.synonyms if synonym.strip()]
    service.calcom_event_type_id = draft.event_type_id
    service.duration_minutes = minutes
    service.buffer_before_minutes = draft.buffer_before_minutes
    service.buffer_after_minutes = draft.buffer_after_minutes
    service.minimum_notice_minutes = draft.minimum_notice_minutes
    service.is_composite, service.segments = bool(draft.segments), _to_stored(draft.segments)
    service.is_default, service.is_active, service.priority = (
        draft.is_default,
        draft.is_active,
        draft.priority,
    )
    session.add(service)
    session.flush()
    return service.id


def _draft_of(service: Service) -> ServiceDraft:
    segments = segments_from_stored(service.segments or ()) if service.is_composite else ()
    return ServiceDraft(
        name=service.name,
        slug=service.slug,
        event_type_id=service.calcom_event_type_id,
        duration_minutes=service.duration_minutes,
        service_id=service.id,
        branch_id=service.branch_id,
        staff_id=service.staff_id,
        segments=segments,
        buffer_before_minutes=service.buffer_before_minutes,
        buffer_after_minutes=service.buffer_after_minutes,
        minimum_notice_minutes=service.minimum_notice_minutes,
    )


def _to_stored(segments: tuple[Segment, ...]) -> list[dict[str, object]]:
    return [
        {"duration_minutes": each.duration_minutes, "gap_after_minutes": each.gap_after_minutes}
        | ({"name": each.name} if each.name else {})
        for each in segments
    ]

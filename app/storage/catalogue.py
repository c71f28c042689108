"""Numbers, branches, companies and services."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from app.domain.identifiers import BranchId, CompanyId, EventTypeId, ServiceId, StaffId
from app.storage.models import Branch, Company, PhoneNumber, Service, StaffMember, StaffService


@dataclass(frozen=True, slots=True)
class DialledNumber:
    """Whose number was dialled."""

    company_id: CompanyId
    branch_id: BranchId


def find_number(session: Session, number: str) -> DialledNumber | None:
    """Return whose number it is, over all companies: the number is what names the company."""
    row = session.execute(
        select(PhoneNumber.company_id, PhoneNumber.branch_id).where(PhoneNumber.number == number)
    ).first()
    return DialledNumber(row.company_id, row.branch_id) if row else None


def find_agent(session: Session, number: str) -> str | None:
    """Return the voice agent that answers a number, over all companies; None where none is named."""
    return session.scalar(select(PhoneNumber.agent_id).where(PhoneNumber.number == number))


def get_company(session: Session, company_id: CompanyId) -> Company:
    """Return a company that must exist."""
    return session.scalars(select(Company).where(Company.id == company_id)).one()


def list_companies(session: Session) -> Sequence[Company]:
    """Return every company, in order of id."""
    return session.scalars(select(Company).order_by(Company.id)).all()


def get_branch(session: Session, branch_id: BranchId) -> Branch:
    """Return a branch of the current company."""
    return session.scalars(select(Branch).where(Branch.id == branch_id)).one()


def list_services(session: Session, branch_id: BranchId) -> Sequence[Service]:
    """Return the active services of a branch, those of every branch included, by priority."""
    return session.scalars(
        select(Service)
        .where(Service.is_active, or_(Service.branch_id == branch_id, Service.branch_id.is_(None)))
        .order_by(Service.priority, Service.name, Service.id)
    ).all()


def list_all_services(session: Session, *, with_retired: bool = False) -> Sequence[Service]:
    """Return the services of every branch of the current company, the active ones unless told otherwise."""
    wanted = select(Service).order_by(Service.id)
    return session.scalars(wanted if with_retired else wanted.where(Service.is_active)).all()


def list_staff(session: Session, branch_id: BranchId) -> Sequence[StaffMember]:
    """Return who works at a branch, or at every branch, by name."""
    return session.scalars(
        select(StaffMember)
        .where(
            StaffMember.is_active, or_(StaffMember.branch_id == branch_id, StaffMember.branch_id.is_(None))
        )
        .order_by(StaffMember.name, StaffMember.id)
    ).all()


def list_staff_names(session: Session) -> Sequence[str]:
    """Return the names of everybody who works for the company."""
    return session.scalars(select(StaffMember.name).order_by(StaffMember.id)).all()


def find_staff_by_host(session: Session, calcom_host_id: int) -> StaffId | None:
    """Return whom Cal.com knows by a host id, or None."""
    return session.scalar(
        select(StaffMember.id).where(StaffMember.calcom_host_id == calcom_host_id).order_by(StaffMember.id)
    )


def list_performed(session: Session) -> list[tuple[StaffId, ServiceId]]:
    """Return who performs which service of the current company."""
    rows = session.execute(
        select(StaffService.staff_id, StaffService.service_id).order_by(
            StaffService.staff_id, StaffService.service_id
        )
    )
    return [(row.staff_id, row.service_id) for row in rows]


def get_service(session: Session, service_id: ServiceId) -> Service:
    """Return a service of the current company."""
    return session.scalars(select(Service).where(Service.id == service_id)).one()


def find_service(session: Session, service_id: ServiceId) -> Service | None:
    """Return a service of the current company, or None."""
    return session.scalar(select(Service).where(Service.id == service_id))


def find_branch(session: Session, branch_id: BranchId) -> Branch | None:
    """Return a branch of the current company, or None."""
    return session.scalar(select(Branch).where(Branch.id == branch_id))


def find_staff(session: Session, staff_id: StaffId) -> StaffMember | None:
    """Return a staff member of the current company, or None."""
    return session.scalar(select(StaffMember).where(StaffMember.id == staff_id))


def find_by_event_type(session: Session, event_type_id: EventTypeId) -> Service | None:
    """Return the current company's service that books an event type, or None."""
    return session.scalar(select(Service).where(Service.calcom_event_type_id == event_type_id))


def default_service(session: Session) -> Service | None:
    """Return the current company's first default service, for bookings that name no event type."""
    return session.scalar(
        select(Service).where(Service.is_default, Service.is_active).order_by(Service.id).limit(1)
    )


def list_owners(session: Session, event_type_id: EventTypeId) -> list[CompanyId]:
    """Return every company that owns an event type id; several may (incident 1.17)."""
    return list(
        session.scalars(
            select(Service.company_id)
            .where(Service.calcom_event_type_id == event_type_id)
            .distinct()
            .order_by(Service.company_id)
        )
    )


def first_branch(session: Session) -> Branch:
    """Return the company's first branch, for bookings that name none."""
    return session.scalars(select(Branch).order_by(Branch.id).limit(1)).one()

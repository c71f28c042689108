"""Companies and services as the booking needs them."""

from __future__ import annotations

from app.domain.services import segments_from_stored, total_minutes
from app.storage.appointments import calendar_of
from app.storage.encryption import Vault
from app.storage.models import Company, Service
from app.usecases.commands import BookableService
from app.usecases.ports import CalendarAccount, Urgency

DEFAULT_NOTICE_MINUTES = 15
"""The shortest notice unless a branch or a service says otherwise (incident 1.11)."""


def bookable(service: Service, branch_notice: int | None = None) -> BookableService:
    """Return what a booking needs to know of a service.

    The notice is the branch's own, else the service's, else the default. A composite service is as long as its
    segments with the gaps between them, whatever its row says (incident 1.34).
    """
    segments = segments_from_stored(service.segments or ()) if service.is_composite else ()
    notices = (branch_notice, service.minimum_notice_minutes, DEFAULT_NOTICE_MINUTES)
    return BookableService(
        service_id=service.id,
        name=service.name,
        duration_minutes=total_minutes(segments) if segments else service.duration_minutes,
        buffer_before_minutes=service.buffer_before_minutes,
        buffer_after_minutes=service.buffer_after_minutes,
        minimum_notice_minutes=next(notice for notice in notices if notice is not None),
        event_type_id=service.calcom_event_type_id,
        calendar=calendar_of(service),
        staff_id=service.staff_id,
        segments=segments,
    )


def account_of(vault: Vault, company: Company, urgency: Urgency = Urgency.CALLER) -> CalendarAccount:
    """Return a company's Cal.com account; without a key every call is refused upstream and said so."""
    key = vault.open_optional(company.calcom_api_key_ciphertext) or ""
    return CalendarAccount(company.id, key, urgency)

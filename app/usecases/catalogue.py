"""Companies and services as the booking needs them."""

from __future__ import annotations

from app.storage.appointments import calendar_of
from app.storage.encryption import Vault
from app.storage.models import Company, Service
from app.usecases.commands import BookableService
from app.usecases.ports import CalendarAccount, Urgency

DEFAULT_NOTICE_MINUTES = 15
"""The shortest notice unless a service says otherwise (incident 1.11)."""


def bookable(service: Service) -> BookableService:
    """Return what a booking needs to know of a service."""
    notice = service.minimum_notice_minutes
    return BookableService(
        service_id=service.id,
        name=service.name,
        duration_minutes=service.duration_minutes,
        buffer_before_minutes=service.buffer_before_minutes,
        buffer_after_minutes=service.buffer_after_minutes,
        minimum_notice_minutes=DEFAULT_NOTICE_MINUTES if notice is None else notice,
        event_type_id=service.calcom_event_type_id,
        calendar=calendar_of(service),
    )


def account_of(vault: Vault, company: Company, urgency: Urgency = Urgency.CALLER) -> CalendarAccount:
    """Return a company's Cal.com account; without a key every call is refused upstream and said so."""
    key = vault.open_optional(company.calcom_api_key_ciphertext) or ""
    return CalendarAccount(company.id, key, urgency)

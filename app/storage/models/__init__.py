"""All tables; importing this module registers them."""

from __future__ import annotations

from app.storage.models.appointments import (
    Appointment,
    BookingAttempt,
    ClaimCell,
    Modification,
    SlotReservation,
)
from app.storage.models.base import Base, CompanyOwned
from app.storage.models.calls import Call, CallAppointment, ToolCall
from app.storage.models.catalogue import Policy, Service, StaffMember, StaffService
from app.storage.models.messaging import CallbackRequest, OutboxMessage, SyncFailure, WebhookEvent
from app.storage.models.people import Customer, IdentificationFailure
from app.storage.models.reconciliation import AuditEntry, ReconciliationFinding
from app.storage.models.shared import SharedValue
from app.storage.models.tenancy import Branch, Company, PhoneNumber

__all__ = [
    "Appointment",
    "AuditEntry",
    "Base",
    "BookingAttempt",
    "Branch",
    "Call",
    "CallAppointment",
    "CallbackRequest",
    "ClaimCell",
    "Company",
    "CompanyOwned",
    "Customer",
    "IdentificationFailure",
    "Modification",
    "OutboxMessage",
    "PhoneNumber",
    "Policy",
    "ReconciliationFinding",
    "Service",
    "SharedValue",
    "SlotReservation",
    "StaffMember",
    "StaffService",
    "SyncFailure",
    "ToolCall",
    "WebhookEvent",
]

"""What can be asked of the gateway, as values."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import datetime
from zoneinfo import ZoneInfo

from app.domain.identifiers import BranchId, CallId, CompanyId, CustomerId, EventTypeId, ServiceId, StaffId
from app.domain.opening import OpeningHours
from app.domain.services import Segment
from app.domain.timespan import Span, span_of
from app.usecases.ports import CalendarAccount, Deadline


@dataclass(frozen=True, slots=True)
class AppointmentWish:
    """What the agent's arguments say, normalised but not understood yet."""

    datum: str | None = None
    uhrzeit: str | None = None
    said: str | None = None
    """The caller's own words, where the agent passes them on beside values of its own."""
    dienstleistung: str | None = None
    name: str | None = None
    phone: str | None = field(default=None, repr=False)
    email: str | None = field(default=None, repr=False)
    confirmed: bool = False
    """Only the boolean true (or "true", 1) of the agent's argument; anything else only checks (incident 1.8)."""
    mitarbeiter: str | None = None
    """Whom the caller wants to be served by."""
    for_other: bool = False
    """The caller books for somebody else: the name is not his own (incident 1.26)."""
    another: bool = False
    """The caller knows of the appointment he has and wants one more (incident 1.2)."""
    new_datum: str | None = None
    new_uhrzeit: str | None = None
    old_datum: str | None = None
    old_uhrzeit: str | None = None
    appointment_id: str | None = None
    reason: str | None = None
    reservation_uid: str | None = None
    after: str | None = None
    search_days: str | None = None
    preferred_time: str | None = None
    note: str | None = field(default=None, repr=False)
    confidence: str | None = None
    """How sure the recognition was, 0 to 100, where the agent passes it on (incident 1.41)."""

    def of_new_time(self) -> AppointmentWish:
        """Return the wish with the time to move to as its time; the same wish where none is named."""
        if self.new_datum is None and self.new_uhrzeit is None:
            return self
        return replace(self, datum=self.new_datum, uhrzeit=self.new_uhrzeit)


@dataclass(frozen=True, slots=True)
class CallContext:
    """Who is being called, by whom, and how long the caller may wait."""

    company_id: CompanyId
    branch_id: BranchId
    call_id: CallId | None
    retell_call_id: str | None
    caller_number: str | None = field(repr=False)
    zone: ZoneInfo
    hours: OpeningHours
    account: CalendarAccount
    mailbox: str
    deadline: Deadline
    asked_at: datetime
    tool_call_id: str | None = None
    """Retell's id of this tool call, where it sent one."""
    minimum_notice_minutes: int | None = None
    """The branch's own notice: it comes before a service's (incident 1.11)."""


@dataclass(frozen=True, slots=True)
class BookableService:
    """What a booking needs to know of a service."""

    service_id: ServiceId
    name: str
    duration_minutes: int
    buffer_before_minutes: int
    buffer_after_minutes: int
    minimum_notice_minutes: int
    event_type_id: EventTypeId
    calendar: str
    """Whose time it takes: "staff:<id>" or "event_type:<id>" (claim cells carry it)."""
    staff_id: StaffId | None = None
    """Who performs it; None where Cal.com picks the host."""
    segments: tuple[Segment, ...] = ()
    """Of a composite service; `duration_minutes` is their whole length (incident 1.34)."""

    def span(self, start: datetime) -> Span:
        """Return the time with the customer."""
        return span_of(start, self.duration_minutes)

    def occupied(self, start: datetime) -> Span:
        """Return the time taken from the calendar, buffers included."""
        return self.span(start).widened(
            before_minutes=self.buffer_before_minutes, after_minutes=self.buffer_after_minutes
        )


@dataclass(frozen=True, slots=True)
class BookAppointment:
    """Book exactly this instant for this person."""

    context: CallContext
    service: BookableService
    start: datetime
    name: str
    phone: str | None = field(repr=False)
    email: str | None = field(repr=False)
    customer_ids: tuple[CustomerId, ...] = ()
    """The customer it is for, where he is known; all his rows where he stands in our books twice."""
    for_other: bool = False
    """It is for somebody else than the caller."""
    another: bool = False
    """One more beside what he has already."""

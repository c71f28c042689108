"""What use cases need from outside, as protocols. `wiring.py` chooses what stands behind each."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Protocol, TypeVar

from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.orm import Session

from app.domain.booking_check import SeenBooking
from app.domain.event_types import EventTypeSeen
from app.domain.identifiers import AttemptId, BookingUid, BranchId, CompanyId, EventTypeId
from app.domain.outcomes import (
    BookingList,
    CancelOutcome,
    CheckFailed,
    CreateReply,
    MoveOutcome,
    ReleaseOutcome,
    ReservationOutcome,
    SlotList,
)
from app.domain.timespan import Span

DatabaseFailure = SQLAlchemyError
"""What a transaction raises when the database cannot do it; views catch this and know no database."""


T = TypeVar("T")


class Event(Protocol):
    """Something that happens once and can be waited for."""

    def set(self) -> None:
        """Let everybody who waits go on."""

    def wait(self, timeout: float | None = None) -> bool:
        """Return True when set, False when `timeout` seconds passed first."""


class Clock(Protocol):
    """Time and waiting. Nothing in the gateway reads or waits for time in another way."""

    def now(self) -> datetime:
        """Return the current instant, aware, in UTC."""

    def sleep(self, seconds: float) -> None:
        """Wait `seconds` of this clock."""

    def spawn(self, work: Callable[[], None], *, name: str) -> None:
        """Run `work` soon, beside the caller."""

    def event(self) -> Event:
        """Return a new event on this clock."""


class Chance(Protocol):
    """Where ids and jitter come from, so that a seed makes a run repeatable."""

    def token(self, prefix: str) -> str:
        """Return a new id such as "att_01k3…"."""

    def jitter(self) -> float:
        """Return a number from 0 up to 1."""


class Transactions(Protocol):
    """Units of work. `label` names the unit in logs and for fault injection in tests."""

    def transaction(
        self, company_id: CompanyId, label: str, *, actor: str = ..., read_only: bool = ...
    ) -> AbstractContextManager[Session]:
        """Return a transaction that sees one company only; it commits at its end."""

    def sweep(
        self, reason: str, label: str, *, actor: str = ..., read_only: bool = ...
    ) -> AbstractContextManager[Session]:
        """Return a transaction across companies; `reason` says why that is right."""


class Log(Protocol):
    """Structured log events: a short name and fields."""

    def info(self, event: str, **fields: object) -> None:
        """Write an event of normal operation."""

    def warning(self, event: str, **fields: object) -> None:
        """Write an event that somebody should look at."""

    def error(self, event: str, **fields: object) -> None:
        """Write an event that somebody must look at."""


class SharedValues(Protocol):
    """Small texts that every process of a gateway sees alike: one for each company and name.

    A text is forgotten after the seconds it was kept for. Raises SharedValuesUnavailable when the store can't be
    reached. Never used inside a transaction.
    """

    def read(self, company_id: CompanyId, name: str) -> str | None:
        """Return the text, None when there is none."""

    def change(
        self,
        company_id: CompanyId,
        name: str,
        step: Callable[[str | None], tuple[str | None, T]],
        *,
        keep_seconds: float,
    ) -> T:
        """Replace a text as one act, whoever else does the same, and return what `step` told.

        `step` gets the text there is, and returns the one that is to be (None: leave it) and what to tell. It is
        called again when somebody was quicker, so it must have no effect of its own.
        """

    def close(self) -> None:
        """Give back what the store holds open."""


class Urgency(StrEnum):
    """Who waits for an answer of Cal.com."""

    CALLER = "caller"
    """Somebody on the phone."""
    BACKGROUND = "background"
    """Nobody: the worker, reconciliation, bulk work."""


@dataclass(frozen=True, slots=True)
class CalendarAccount:
    """Whose Cal.com account a request goes to, and who waits for it."""

    company_id: CompanyId
    api_key: str = field(repr=False)
    urgency: Urgency = Urgency.CALLER


@dataclass(frozen=True, slots=True)
class Deadline:
    """The instant by which the caller must have an answer."""

    at: datetime

    def left(self, now: datetime) -> float:
        """Return the seconds left, not below zero."""
        return max(0.0, (self.at - now).total_seconds())

    @classmethod
    def after(cls, now: datetime, seconds: float) -> Deadline:
        """Return the deadline `seconds` from `now`."""
        return cls(now + timedelta(seconds=seconds))


@dataclass(frozen=True, slots=True)
class SlotQuery:
    """Which free starts are asked for."""

    branch_id: BranchId
    event_type_id: EventTypeId
    window: Span
    moving: BookingUid | None = None
    """A booking that is to be moved: its own time counts as free."""


@dataclass(frozen=True, slots=True)
class BookingRequest:
    """A booking to make at exactly `start`."""

    event_type_id: EventTypeId
    start: datetime
    attendee_name: str
    attendee_email: str
    attendee_phone: str | None
    time_zone: str
    attempt_id: AttemptId
    retell_call_id: str | None
    service: str


class Calendar(Protocol):
    """Cal.com as we need it. Every method keeps `deadline` and never raises for trouble upstream."""

    def list_slots(
        self, account: CalendarAccount, query: SlotQuery, *, uncached: bool, timeout: float
    ) -> SlotList | CheckFailed:
        """Return the free starts in the query's window, or that they could not be read."""

    def create_booking(
        self, account: CalendarAccount, request: BookingRequest, *, timeout: float
    ) -> CreateReply:
        """Send one POST, never a second one."""

    def find_booking(
        self, account: CalendarAccount, uid: BookingUid, *, timeout: float
    ) -> SeenBooking | CheckFailed | None:
        """Return the booking of a uid, None when there is none, or that it could not be read."""

    def list_bookings(
        self, account: CalendarAccount, window: Span, *, timeout: float
    ) -> BookingList | CheckFailed:
        """Return every booking, cancelled ones too, that starts in a window."""

    def cancel_booking(
        self, account: CalendarAccount, uid: BookingUid, reason: str, *, timeout: float
    ) -> CancelOutcome:
        """Cancel one booking once."""

    def reschedule_booking(
        self, account: CalendarAccount, uid: BookingUid, new_start: datetime, reason: str, *, timeout: float
    ) -> MoveOutcome:
        """Move one booking, asking once; it comes back under a new uid."""

    def find_event_type(
        self, account: CalendarAccount, event_type_id: EventTypeId, *, timeout: float
    ) -> EventTypeSeen | CheckFailed | None:
        """Return an event type of the account, None when it has none of this id, or that it was not read."""

    def reserve_slot(
        self, account: CalendarAccount, event_type_id: EventTypeId, start: datetime, *, timeout: float
    ) -> ReservationOutcome:
        """Hide a slot from others' lists for some minutes; that guards no booking."""

    def release_slot(self, account: CalendarAccount, uid: str, *, timeout: float) -> ReleaseOutcome:
        """Give a reservation up."""

    def forget_slots(self, company_id: CompanyId, event_type_id: EventTypeId) -> None:
        """Drop what is remembered of free slots, because it changed."""


class Mailer(Protocol):
    """Sends one mail."""

    def send(self, mail: Mail) -> None:
        """Send it, or raise MailNotSent."""


@dataclass(frozen=True, slots=True)
class Mail:
    """One mail, with an optional calendar file."""

    recipient: str = field(repr=False)
    subject: str
    body: str
    calendar_file: str | None = None


class MailNotSent(Exception):
    """The mail server did not take it; trying again can help."""

"""What one Cal.com account consists of: frozen values; a change makes new ones."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from enum import StrEnum
from typing import Any

from simulator.calcom.values import value

_ONE_MINUTE = timedelta(minutes=1)


class Status(StrEnum):
    """What a booking is."""

    ACCEPTED = "accepted"
    PENDING = "pending"
    CANCELLED = "cancelled"
    REJECTED = "rejected"
    AWAITING_HOST = "awaiting_host"


class Origin(StrEnum):
    """Who made a booking."""

    API = "api"
    RIVAL = "rival"
    SEED = "seed"
    ADMIN = "admin"


@dataclass(frozen=True, slots=True)
class Person:
    """The account's owner or a host."""

    id: int
    name: str
    email: str
    username: str
    timezone: str = "Europe/Berlin"


@dataclass(frozen=True, slots=True)
class Profile:
    """What the owner's page says beyond the person."""

    avatar_url: str | None = None
    bio: str | None = None
    time_format: int = 24
    week_start: str = "Monday"
    locale: str = "en"
    metadata: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Organization:
    """What the account's users belong to."""

    id: int
    slug: str
    is_platform: bool = False


@dataclass(frozen=True, slots=True)
class Team:
    """Who owns team event types."""

    id: int
    slug: str
    name: str


@dataclass(frozen=True, slots=True)
class OpenHours:
    """Minutes after local midnight, on weekdays (Monday is 0)."""

    days: frozenset[int]
    start_minutes: int
    end_minutes: int


@dataclass(frozen=True, slots=True)
class Override:
    """One date's own hours; equal start and end close the day."""

    on: date
    start_minutes: int
    end_minutes: int


@dataclass(frozen=True, slots=True, eq=False)
class Schedule:
    """When a host works. Only the same object is equal: what is worked out of one is looked up by it."""

    id: int
    owner_id: int
    name: str
    timezone: str
    availability: tuple[OpenHours, ...]
    overrides: tuple[Override, ...] = ()
    is_default: bool = False


@dataclass(frozen=True, slots=True)
class Absence:
    """A host's time that no booking explains: out of office, or an entry of a connected calendar."""

    host_id: int
    start: datetime
    end: datetime
    reason: str = "out_of_office"


@dataclass(frozen=True, slots=True)
class Recurrence:
    """Every ``interval`` weeks, months or years, ``occurrences`` times at most."""

    interval: int
    occurrences: int
    frequency: str


@dataclass(frozen=True, slots=True)
class Seats:
    """Places at one booking."""

    per_slot: int
    show_attendees: bool = False
    show_availability: bool = True


@dataclass(frozen=True, slots=True)
class BookingWindow:
    """How far ahead can be booked: so many calendar or business days, or between two dates."""

    kind: str
    days: int = 0
    rolling: bool = False
    first: date | None = None
    last: date | None = None


@dataclass(frozen=True, slots=True)
class EventType:
    """What can be booked; minutes throughout. ``starts``, if set, replace the schedule."""

    id: int
    slug: str
    title: str
    length_minutes: int
    schedule_id: int | None
    host_ids: tuple[int, ...]
    description: str = ""
    slot_interval_minutes: int | None = None
    length_options: tuple[int, ...] = ()
    notice_minutes: int = 0
    before_buffer_minutes: int = 0
    after_buffer_minutes: int = 0
    requires_confirmation: bool = False
    confirmation_threshold_minutes: int | None = None
    blocks_unconfirmed: bool = False
    scheduling_type: str | None = None
    team_id: int | None = None
    hidden: bool = False
    location: str = "integrations:daily"
    locations: tuple[Mapping[str, Any], ...] = ()
    booking_fields: tuple[Mapping[str, Any], ...] = ()
    seats: Seats | None = None
    recurrence: Recurrence | None = None
    window: BookingWindow | None = None
    count_limits: Mapping[str, int] = field(default_factory=dict)
    duration_limits: Mapping[str, int] = field(default_factory=dict)
    active_bookings_limit: int | None = None
    offers_reschedule: bool = False
    requires_authentication: bool = False
    requires_email_verification: bool = False
    disables_cancelling: bool = False
    reschedule_notice_minutes: int = 0
    name_pattern: str | None = None
    extras: Mapping[str, Any] = field(default_factory=dict)
    starts: tuple[datetime, ...] | None = None

    @property
    def is_team_type(self) -> bool:
        """Whether several hosts belong to it by its kind."""
        return self.scheduling_type is not None or self.team_id is not None


@value
class Attendee:
    """Who comes; the last three only where every attendee has a seat of his own."""

    name: str
    email: str
    timezone: str
    language: str = "en"
    phone: str | None = None
    absent: bool = False
    seat_uid: str | None = None
    responses: Mapping[str, Any] = field(default_factory=dict)
    metadata: Mapping[str, Any] = field(default_factory=dict)


@value
class Booking:
    """One booking as it stands; instants are aware UTC."""

    id: int
    uid: str
    event_type_id: int
    host_id: int
    status: Status
    start: datetime
    end: datetime
    title: str
    attendees: tuple[Attendee, ...]
    created_at: datetime
    updated_at: datetime | None
    origin: Origin
    ics_uid: str
    metadata: Mapping[str, Any] = field(default_factory=dict)
    responses: Mapping[str, Any] = field(default_factory=dict)
    guests: tuple[str, ...] = ()
    location: str = "integrations:daily"
    description: str = ""
    cancellation_reason: str = ""
    cancelled_at: datetime | None = None
    rejection_reason: str = ""
    rescheduling_reason: str | None = None
    rescheduled_from_uid: str | None = None
    rescheduled_to_uid: str | None = None
    rescheduled_by_email: str | None = None
    absent_host: bool = False
    recurring_uid: str | None = None
    seated: bool = False

    @property
    def minutes(self) -> int:
        """The length."""
        return (self.end - self.start) // _ONE_MINUTE

    @property
    def is_cancelled(self) -> bool:
        """Whether it was cancelled or rejected."""
        return self.status is Status.CANCELLED or self.status is Status.REJECTED

    @property
    def emails(self) -> tuple[str, ...]:
        """The addresses of all who come, guests included."""
        return (*(attendee.email for attendee in self.attendees), *self.guests)


@dataclass(frozen=True, slots=True)
class Reservation:
    """A slot held for a while; it hides the slot and stops other reservations, but no booking."""

    uid: str
    event_type_id: int
    start: datetime
    end: datetime
    host_ids: tuple[int, ...]
    minutes: int
    until: datetime


@dataclass(frozen=True, slots=True)
class Webhook:
    """Who is told of what; ``event_type_id`` narrows it to one event type."""

    id: str
    subscriber_url: str
    triggers: tuple[str, ...]
    active: bool = True
    secret: str | None = None
    payload_template: str | None = None
    event_type_id: int | None = None
    created_at: datetime | None = None
    version: str = "2021-10-20"


@value
class Change:
    """What a rule decided: bookings to put, and the events to tell of them.

    ``seat_uid`` names the seat that was taken or moved; ``series`` are all bookings of a recurring one.
    An event is its trigger, the booking, and the booking as it was where that matters to the receiver.
    """

    booking: Booking
    puts: tuple[Booking, ...]
    events: tuple[tuple[str, Booking, Booking | None], ...] = ()
    seat_uid: str | None = None
    series: tuple[Booking, ...] = ()

"""One Cal.com account's objects and the indexes over them; plain Python, no Flask.

Values are frozen: a change makes new ones, and ``World.put`` exchanges them. So a rule can decide without
writing, and a look at a booking never sees it half changed. Who reads and then writes holds ``World.lock``.
"""

from __future__ import annotations

import random
import threading
import uuid
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from enum import StrEnum
from typing import Any

from simulator.calcom.intervals import IntervalIndex
from simulator.calcom.times import seconds_of

_SHORT_ALPHABET = "123456789abcdefghijkmnopqrstuvwxyzABCDEFGHJKLMNPQRSTUVWXYZ"
_SHORT_LENGTH = 22


class Status(StrEnum):
    """What a booking is."""

    ACCEPTED = "accepted"
    PENDING = "pending"
    CANCELLED = "cancelled"
    REJECTED = "rejected"


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


@dataclass(frozen=True, slots=True)
class Schedule:
    """When a host works."""

    id: int
    owner_id: int
    name: str
    timezone: str
    availability: tuple[OpenHours, ...]
    overrides: tuple[Override, ...] = ()
    is_default: bool = False


@dataclass(frozen=True, slots=True)
class EventType:
    """What can be booked; minutes throughout. ``starts``, if set, replace the schedule."""

    id: int
    slug: str
    title: str
    length_minutes: int
    schedule_id: int
    host_ids: tuple[int, ...]
    description: str = ""
    slot_interval_minutes: int | None = None
    length_options: tuple[int, ...] = ()
    notice_minutes: int = 0
    before_buffer_minutes: int = 0
    after_buffer_minutes: int = 0
    requires_confirmation: bool = False
    scheduling_type: str | None = None
    hidden: bool = False
    location: str = "integrations:daily"
    starts: tuple[datetime, ...] | None = None


@dataclass(frozen=True, slots=True)
class Attendee:
    """Who comes."""

    name: str
    email: str
    timezone: str
    language: str = "en"
    phone: str | None = None
    absent: bool = False


@dataclass(frozen=True, slots=True)
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
    rescheduling_reason: str | None = None
    rescheduled_from_uid: str | None = None
    rescheduled_to_uid: str | None = None
    rescheduled_by_email: str | None = None
    absent_host: bool = False

    @property
    def minutes(self) -> int:
        """The length."""
        return int((self.end - self.start).total_seconds()) // 60

    @property
    def is_cancelled(self) -> bool:
        """Whether it was cancelled or rejected."""
        return self.status in (Status.CANCELLED, Status.REJECTED)


@dataclass(frozen=True, slots=True)
class Webhook:
    """Who is told of what."""

    id: str
    subscriber_url: str
    triggers: tuple[str, ...]
    active: bool = True
    secret: str | None = None


@dataclass(frozen=True, slots=True)
class Change:
    """What a rule decided: bookings to put, and the events to tell of them."""

    booking: Booking
    puts: tuple[Booking, ...]
    events: tuple[tuple[str, Booking, Booking | None], ...] = ()


class World:
    """One account's objects. Not safe without ``lock`` where a read and a write belong together."""

    def __init__(self, user: Person, rng: random.Random, *, first_booking_id: int = 1) -> None:
        self.lock = threading.RLock()
        self.user = user
        self.hosts: dict[int, Person] = {user.id: user}
        self.schedules: dict[int, Schedule] = {}
        self.event_types: dict[int, EventType] = {}
        self.webhooks: dict[str, Webhook] = {}
        self.bookings: dict[str, Booking] = {}
        self.version = 0  # grows with each stored change
        self._stored_versions: dict[str, int] = {}
        self._rng = rng
        self._busy: dict[int, IntervalIndex] = {}
        self._timeline = IntervalIndex()
        self._next_booking_id = first_booking_id

    def new_booking_id(self) -> int:
        """The next number, unused so far."""
        number = self._next_booking_id
        self._next_booking_id += 1
        return number

    def new_uid(self) -> str:
        """A short uuid: 22 characters, none of them easily confused."""
        value, text = self._rng.getrandbits(128), ""
        for _ in range(_SHORT_LENGTH):
            value, digit = divmod(value, len(_SHORT_ALPHABET))
            text += _SHORT_ALPHABET[digit]
        return text

    def new_uuid(self) -> str:
        """A version 4 uuid."""
        return str(uuid.UUID(int=self._rng.getrandbits(128), version=4))

    def apply(self, change: Change) -> None:
        """Make a decision true."""
        for booking in change.puts:
            self.put(booking)

    def put(self, booking: Booking) -> None:
        """Add a booking or exchange the one of the same uid."""
        before = self.bookings.get(booking.uid)
        if before is not None:
            self._forget(before)
        self.bookings[booking.uid] = booking
        self._next_booking_id = max(self._next_booking_id, booking.id + 1)
        self.version += 1
        self._stored_versions[booking.uid] = self.version
        self._timeline.add(seconds_of(booking.start), seconds_of(booking.end), booking.uid)
        if booking.status is Status.ACCEPTED:
            self._busy_of(booking.host_id).add(*self._blocked(booking), booking.uid)

    def conflicts(
        self, host_id: int, start: datetime, end: datetime, *, ignoring: str | None = None
    ) -> Iterator[Booking]:
        """The accepted bookings of a host whose time, buffers included, shares some with ``[start, end)``."""
        for _, _, uid in self._busy_of(host_id).overlapping(seconds_of(start), seconds_of(end)):
            if uid != ignoring:
                yield self.bookings[uid]

    def busy_spans(
        self, host_id: int, start: datetime, end: datetime, *, ignoring: str | None = None
    ) -> Iterator[tuple[int, int]]:
        """The same as spans in seconds, for cutting them out of the open hours."""
        for begin, finish, uid in self._busy_of(host_id).overlapping(seconds_of(start), seconds_of(end)):
            if uid != ignoring:
                yield begin, finish

    def bookings_from(self, start: datetime | None) -> Iterator[Booking]:
        """All bookings that start at or after ``start`` (None: all), in order of their start."""
        for _, _, uid in self._timeline.starting_from(None if start is None else seconds_of(start)):
            yield self.bookings[uid]

    def stored_version(self, uid: str) -> int:
        """The world's version at which the booking was last stored."""
        return self._stored_versions.get(uid, 0)

    def blocked_span(self, booking: Booking) -> tuple[int, int]:
        """The time a booking takes, widened by its event type's buffers, in seconds."""
        return self._blocked(booking)

    def _forget(self, booking: Booking) -> None:
        self._timeline.remove(seconds_of(booking.start), seconds_of(booking.end), booking.uid)
        if booking.status is Status.ACCEPTED:
            self._busy_of(booking.host_id).remove(*self._blocked(booking), booking.uid)

    def _busy_of(self, host_id: int) -> IntervalIndex:
        index = self._busy.get(host_id)
        if index is None:
            index = self._busy[host_id] = IntervalIndex()
        return index

    def _blocked(self, booking: Booking) -> tuple[int, int]:
        start, end = seconds_of(booking.start), seconds_of(booking.end)
        kind = self.event_types.get(booking.event_type_id)
        if kind is None:
            return start, end
        return start - 60 * kind.before_buffer_minutes, end + 60 * kind.after_buffer_minutes

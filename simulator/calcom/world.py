"""One Cal.com account's objects and the indexes over them; plain Python, no Flask.

Values are frozen: a change makes new ones, and ``World.put`` exchanges them. So a rule can decide without
writing, and a look at a booking never sees it half changed. Who reads and then writes holds ``World.lock``.
"""

from __future__ import annotations

import random
import threading
import uuid
from binascii import b2a_base64
from collections.abc import Iterator
from datetime import datetime

from simulator.calcom.intervals import IntervalIndex, Span
from simulator.calcom.objects import (
    Absence,
    Attendee,
    Booking,
    BookingWindow,
    Change,
    EventType,
    OpenHours,
    Organization,
    Origin,
    Override,
    Person,
    Profile,
    Recurrence,
    Reservation,
    Schedule,
    Seats,
    Status,
    Team,
    Webhook,
)
from simulator.calcom.times import seconds_of

__all__ = [
    "Absence",
    "Attendee",
    "Booking",
    "BookingWindow",
    "Change",
    "EventType",
    "OpenHours",
    "Organization",
    "Origin",
    "Override",
    "Person",
    "Profile",
    "Recurrence",
    "Reservation",
    "Schedule",
    "Seats",
    "Status",
    "Team",
    "Webhook",
    "World",
]

_UNCONFUSED = bytes.maketrans(b"0OIl+/", b"1oj2xX")  # of base64: letters and digits that nobody mixes up
_UID_BYTES, _UID_LENGTH = 17, 22


class World:
    """One account's objects. Not safe without ``lock`` where a read and a write belong together."""

    def __init__(self, user: Person, rng: random.Random, *, first_booking_id: int = 1) -> None:
        self.lock = threading.RLock()
        self.user = user
        self.profile = Profile()
        self.organization: Organization | None = None
        self.teams: dict[int, Team] = {}
        self.hosts: dict[int, Person] = {user.id: user}
        self.schedules: dict[int, Schedule] = {}
        self.event_types: dict[int, EventType] = {}
        self.webhooks: dict[str, Webhook] = {}
        self.bookings: dict[str, Booking] = {}
        self.reservations: dict[str, Reservation] = {}
        self.version = 0  # grows with each stored change
        self._stored_versions: dict[str, int] = {}
        self._rng = rng
        self._busy: dict[int, IntervalIndex] = {}  # by host: accepted bookings, buffers included
        self._away: dict[int, IntervalIndex] = {}  # by host: absences, which are no bookings
        self._held: dict[int, IntervalIndex] = {}  # by host: reservations
        self._kinds: dict[int, IntervalIndex] = {}  # by event type: bookings not cancelled or rejected
        self._reserved: dict[int, IntervalIndex] = {}  # by event type
        self._series: dict[str, list[str]] = {}
        self._seats: dict[str, str] = {}
        self._absences: list[Absence] = []
        self._timeline = IntervalIndex()
        self._next_booking_id = first_booking_id
        self._last_given: dict[tuple[int, int], int] = {}  # event type and host: the newest booking's id

    def new_booking_id(self) -> int:
        """The next number, unused so far."""
        number = self._next_booking_id
        self._next_booking_id += 1
        return number

    def new_uid(self) -> str:
        """A short uuid that no booking has: 22 characters, none of them easily confused.

        A world that was put back draws from the beginning again, so the first draws may be in use.
        """
        while True:
            drawn = b2a_base64(self._rng.randbytes(_UID_BYTES)).translate(_UNCONFUSED)
            text = drawn[:_UID_LENGTH].decode()
            if text not in self.bookings and text not in self._series:
                return text

    def new_uuid(self) -> str:
        """A version 4 uuid that nothing here has."""
        while True:
            text = str(uuid.UUID(int=self._rng.getrandbits(128), version=4))
            if text not in self.reservations and text not in self.webhooks and text not in self._seats:
                return text

    def apply(self, change: Change) -> None:
        """Make a decision true."""
        for booking in change.puts:
            self.put(booking)

    def put(self, booking: Booking) -> None:
        """Add a booking or exchange the one of the same uid."""
        before = self.bookings.get(booking.uid)
        if before is not None:
            self._forget(before)
        elif booking.recurring_uid is not None:
            self._series.setdefault(booking.recurring_uid, []).append(booking.uid)
        self.bookings[booking.uid] = booking
        if booking.id >= self._next_booking_id:
            self._next_booking_id = booking.id + 1
        self.version += 1
        self._stored_versions[booking.uid] = self.version
        span: Span = (seconds_of(booking.start), seconds_of(booking.end), booking.uid)
        self._timeline.add(span)
        given = (booking.event_type_id, booking.host_id)
        if booking.id > self._last_given.get(given, 0):
            self._last_given[given] = booking.id
        if not booking.is_cancelled:
            _index(self._kinds, booking.event_type_id).add(span)
        if booking.status is Status.ACCEPTED:
            blocked = self._widened(span, booking.event_type_id)
            for host_id in self._busy_hosts(booking):
                _index(self._busy, host_id).add(blocked)
        for attendee in booking.attendees:
            if attendee.seat_uid is not None:
                self._seats[attendee.seat_uid] = booking.uid

    def conflicts(
        self, host_id: int, start: datetime, end: datetime, *, ignoring: str | None = None
    ) -> Iterator[Booking]:
        """The accepted bookings of a host whose time, buffers included, shares some with ``[start, end)``."""
        for _, _, uid in _overlapping(self._busy, host_id, start, end):
            if uid != ignoring:
                yield self.bookings[uid]

    def is_taken(self, host_id: int, start: int, end: int, *, ignoring: str | None = None) -> bool:
        """Whether an accepted booking of a host, buffers included, shares time with a span in seconds."""
        index = self._busy.get(host_id)
        if index is None:
            return False
        taken = index.overlapping(start, end)
        return bool(taken) and any(uid != ignoring for _, _, uid in taken)

    def is_away(self, host_id: int, start: int, end: int) -> bool:
        """Whether an absence of a host shares time with a span in seconds."""
        index = self._away.get(host_id)
        return index is not None and bool(index.overlapping(start, end))

    def busy_spans(
        self, host_id: int, start: datetime, end: datetime, *, ignoring: str | None = None
    ) -> Iterator[tuple[int, int]]:
        """The same as spans in seconds, for cutting them out of the open hours."""
        for begin, finish, uid in _overlapping(self._busy, host_id, start, end):
            if uid != ignoring:
                yield begin, finish

    def away_spans(self, host_id: int, start: datetime, end: datetime) -> Iterator[tuple[int, int]]:
        """A host's absences near a window, as spans in seconds."""
        for begin, finish, _ in _overlapping(self._away, host_id, start, end):
            yield begin, finish

    def held_by(self, host_id: int, start: datetime, end: datetime, now: datetime) -> Iterator[Reservation]:
        """The unexpired reservations of a host's time that share some with ``[start, end)``."""
        for _, _, uid in _overlapping(self._held, host_id, start, end):
            if self.reservations[uid].until > now:
                yield self.reservations[uid]

    def bookings_of_kind(self, event_type_id: int, start: datetime, end: datetime) -> Iterator[Booking]:
        """An event type's bookings, neither cancelled nor rejected, that share time with ``[start, end)``."""
        for _, _, uid in _overlapping(self._kinds, event_type_id, start, end):
            yield self.bookings[uid]

    def reservations_of_kind(
        self, event_type_id: int, start: datetime, end: datetime, now: datetime
    ) -> Iterator[Reservation]:
        """An event type's unexpired reservations that share time with ``[start, end)``."""
        for _, _, uid in _overlapping(self._reserved, event_type_id, start, end):
            if self.reservations[uid].until > now:
                yield self.reservations[uid]

    def bookings_from(self, start: datetime | None) -> Iterator[Booking]:
        """All bookings that start at or after ``start`` (None: all), in order of their start."""
        for _, _, uid in self._timeline.starting_from(None if start is None else seconds_of(start)):
            yield self.bookings[uid]

    def series(self, recurring_uid: str) -> list[Booking]:
        """The bookings of a recurring one in order of their start; none for an unknown uid."""
        found = [self.bookings[uid] for uid in self._series.get(recurring_uid, ())]
        return sorted(found, key=lambda booking: booking.start)

    def has_series(self, recurring_uid: str) -> bool:
        """Whether a recurring booking of that uid is known."""
        return bool(self._series.get(recurring_uid))

    def seat(self, seat_uid: str) -> Booking | None:
        """The booking in which a seat was taken last, whether it is still taken or not."""
        uid = self._seats.get(seat_uid)
        return self.bookings[uid] if uid is not None else None

    def last_given(self, event_type_id: int, host_id: int) -> int:
        """The number of the host's newest booking of an event type; 0 when there is none."""
        return self._last_given.get((event_type_id, host_id), 0)

    def stored_version(self, uid: str) -> int:
        """The world's version at which the booking was last stored."""
        return self._stored_versions.get(uid, 0)

    def blocked_span(self, booking: Booking) -> tuple[int, int]:
        """The time a booking takes, widened by its event type's buffers, in seconds."""
        return self._blocked(booking)[:2]

    def add_absence(self, absence: Absence) -> None:
        """Take a host's time away."""
        self._absences.append(absence)
        span = (seconds_of(absence.start), seconds_of(absence.end), str(len(self._absences)))
        _index(self._away, absence.host_id).add(span)
        self.version += 1

    def absences(self) -> tuple[Absence, ...]:
        """All absences in order of their making."""
        return tuple(self._absences)

    def reserve(self, reservation: Reservation) -> None:
        """Add a reservation or exchange the one of the same uid."""
        self.release(reservation.uid)
        self.reservations[reservation.uid] = reservation
        span = (seconds_of(reservation.start), seconds_of(reservation.end), reservation.uid)
        _index(self._reserved, reservation.event_type_id).add(span)
        for host_id in reservation.host_ids:
            _index(self._held, host_id).add(span)
        self.version += 1

    def release(self, uid: str) -> None:
        """Let a reservation go; an unknown one is ignored."""
        gone = self.reservations.pop(uid, None)
        if gone is None:
            return
        span = (seconds_of(gone.start), seconds_of(gone.end), uid)
        _index(self._reserved, gone.event_type_id).remove(span)
        for host_id in gone.host_ids:
            _index(self._held, host_id).remove(span)
        self.version += 1

    def sweep(self, event_type_id: int, now: datetime) -> None:
        """Let the expired reservations of an event type go."""
        if not self.reservations:
            return
        expired = [
            r.uid for r in self.reservations.values() if r.event_type_id == event_type_id and r.until <= now
        ]
        for uid in expired:
            self.release(uid)

    def put_event_type(self, kind: EventType) -> None:
        """Add or exchange an event type; the bookings it has keep their time in the new buffers."""
        before = self.event_types.get(kind.id)
        self.event_types[kind.id] = kind
        self.version += 1
        if before is None or _buffers(before) == _buffers(kind):
            return
        taken = [booking for booking in self.bookings.values() if booking.event_type_id == kind.id]
        for booking in taken:
            self.event_types[kind.id] = before
            self._forget(booking)
            self.event_types[kind.id] = kind
            self.put(booking)

    def remove_event_type(self, event_type_id: int) -> None:
        """Delete an event type with its bookings and reservations, as upstream's database does."""
        for booking in [b for b in self.bookings.values() if b.event_type_id == event_type_id]:
            self._forget(booking)
            del self.bookings[booking.uid]
            if booking.recurring_uid is not None:
                self._series[booking.recurring_uid].remove(booking.uid)
            for seat in [seat for seat, uid in self._seats.items() if uid == booking.uid]:
                del self._seats[seat]
        for reservation in [r for r in self.reservations.values() if r.event_type_id == event_type_id]:
            self.release(reservation.uid)
        self.event_types.pop(event_type_id, None)
        self.version += 1

    def _forget(self, booking: Booking) -> None:
        span: Span = (seconds_of(booking.start), seconds_of(booking.end), booking.uid)
        self._timeline.remove(span)
        if not booking.is_cancelled:
            _index(self._kinds, booking.event_type_id).remove(span)
        if booking.status is Status.ACCEPTED:
            for host_id in self._busy_hosts(booking):
                _index(self._busy, host_id).remove(self._blocked(booking))

    def _busy_hosts(self, booking: Booking) -> tuple[int, ...]:
        """Whose time a booking takes: its organizer's, and that of hosts who come as attendees or guests."""
        if len(self.hosts) == 1 and booking.host_id in self.hosts:
            return (booking.host_id,)
        emails = booking.emails
        return (
            booking.host_id,
            *[h.id for h in self.hosts.values() if h.email in emails and h.id != booking.host_id],
        )

    def _blocked(self, booking: Booking) -> Span:
        span = (seconds_of(booking.start), seconds_of(booking.end), booking.uid)
        return self._widened(span, booking.event_type_id)

    def _widened(self, span: Span, event_type_id: int) -> Span:
        """A span with an event type's buffers around it; the same one where there are none."""
        kind = self.event_types.get(event_type_id)
        if kind is None or not (kind.before_buffer_minutes or kind.after_buffer_minutes):
            return span
        start, end, owner = span
        return start - 60 * kind.before_buffer_minutes, end + 60 * kind.after_buffer_minutes, owner


def _buffers(kind: EventType) -> tuple[int, int]:
    return kind.before_buffer_minutes, kind.after_buffer_minutes


def _index(indexes: dict[int, IntervalIndex], key: int) -> IntervalIndex:
    index = indexes.get(key)
    if index is None:
        index = indexes[key] = IntervalIndex()
    return index


def _overlapping(indexes: dict[int, IntervalIndex], key: int, start: datetime, end: datetime) -> list[Span]:
    index = indexes.get(key)
    return [] if index is None else index.overlapping(seconds_of(start), seconds_of(end))

"""What may happen to a booking: decisions over a world, without HTTP and without writing.

Each ``decide_*`` returns a Change or raises a CalcomError with upstream's text; the caller holds the world's
lock and applies the change. ``forced`` leaves out availability, for faults that make a write happen anyway.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any

from simulator.calcom import availability
from simulator.calcom.errors import BareHttpError, CalcomError, HttpException
from simulator.calcom.world import Attendee, Booking, Change, EventType, Origin, Status, World

USER_BUSY = "User either already has booking at this time or is not available"
HOSTS_BUSY = "One of the hosts either already has booking at this time or is not available"
IN_THE_PAST = "Attempting to book a meeting in the past."
OUT_OF_BOUNDS = (
    "The event type can't be booked at the \"start\" time provided. This could be because it's too soon "
    "(violating the minimum booking notice) or too far in the future (outside the event's scheduling "
    "window). Try fetching available slots first using the GET /v2/slots endpoint and then make a booking "
    'with "start" time equal to one of the available slots: https://cal.com/docs/api-reference/v2/slots'
)


class RaceAnswer(StrEnum):
    """What the loser of a race for one slot is told."""

    CONFLICT = "conflict"  # 409 booking_conflict_error, as the bare error reaches the client
    DATABASE_ERROR = "database_error"  # 400, after production's redaction of database errors
    UNAVAILABLE = "unavailable"  # 400, as if the availability check had seen the winner


@dataclass(frozen=True, slots=True)
class BookingWish:
    """What a client asks to book."""

    event_type_id: int
    start: datetime
    attendee: Attendee
    minutes: int | None = None
    metadata: Mapping[str, Any] = field(default_factory=dict)
    responses: Mapping[str, Any] = field(default_factory=dict)
    guests: tuple[str, ...] = ()
    location: str | None = None
    origin: Origin = Origin.API
    arrived_version: int | None = None


@dataclass(frozen=True, slots=True)
class MoveWish:
    """What a client asks to move."""

    uid: str
    start: datetime
    reason: str | None = None
    by_email: str | None = None
    by_owner: bool = False


def get_event_type(world: World, event_type_id: int) -> EventType:
    """The event type, or upstream's 404 of the booking endpoint."""
    kind = world.event_types.get(event_type_id)
    if kind is None:
        raise HttpException(404, f"Event type with id {event_type_id} not found.")
    return kind


def get_booking(world: World, uid: str, *, suffix: str = "was not found in the database") -> Booking:
    """The booking, or a 404 whose text differs between endpoints."""
    booking = world.bookings.get(uid)
    if booking is None:
        raise HttpException(404, f"Booking with uid={uid} {suffix}")
    return booking


def decide_booking(
    world: World,
    wish: BookingWish,
    now: datetime,
    *,
    forced: bool = False,
    race_answer: RaceAnswer = RaceAnswer.CONFLICT,
) -> Change:
    """The new booking (or the existing one that upstream gives back), or the refusal upstream would send."""
    kind = get_event_type(world, wish.event_type_id)
    end = wish.start + timedelta(minutes=_length(kind, wish.minutes))
    if not forced:
        given_back = _repeat(world, kind, wish)
        if given_back is not None:
            return Change(booking=given_back, puts=())
        _check_bounds(kind, wish.start, now)
    host_id = availability.find_host(world, kind, wish.start, end)
    if host_id is None and forced:
        host_id = _any_host(world, kind, wish.start, end)
    if host_id is None:
        raise _unavailable(world, kind, wish, end, race_answer)
    booking = _make(world, kind, wish, end=end, host_id=host_id, now=now)
    event = "BOOKING_CREATED" if booking.status is Status.ACCEPTED else "BOOKING_REQUESTED"
    return Change(booking=booking, puts=(booking,), events=((event, booking, None),))


def decide_rival(world: World, event_type_id: int, start: datetime, now: datetime) -> Change:
    """A rival's booking of a span, whatever the opening hours; a 409 when no host is free."""
    kind = get_event_type(world, event_type_id)
    end = start + timedelta(minutes=kind.length_minutes)
    hosts = [host for host in kind.host_ids if availability.is_free(world, kind, host, start, end)]
    if not hosts:
        raise HttpException(409, USER_BUSY)
    rival = Attendee("Rivale", "rivale@example.test", "Europe/Berlin", "de")
    wish = BookingWish(event_type_id, start, rival, origin=Origin.RIVAL)
    booking = replace(_make(world, kind, wish, end=end, host_id=hosts[0], now=now), status=Status.ACCEPTED)
    return Change(booking=booking, puts=(booking,), events=(("BOOKING_CREATED", booking, None),))


def decide_cancellation(
    world: World, uid: str, reason: str | None, now: datetime, *, by_host: bool
) -> Change:
    """The cancelled booking, or why it can't be cancelled."""
    booking = get_booking(world, uid, suffix="not found")
    if booking.status is Status.CANCELLED:
        raise HttpException(
            400,
            f"Can't cancel booking with uid={uid} because it has been cancelled already. "
            "Please provide uid of a booking that is not cancelled.",
        )
    if by_host and not reason:
        raise BareHttpError(400, "Cancellation reason is required when you are the host")
    if booking.end <= now:
        raise BareHttpError(400, "Cannot cancel a booking that has already ended")
    gone = replace(
        booking, status=Status.CANCELLED, cancellation_reason=reason or "", cancelled_at=now, updated_at=now
    )
    return Change(booking=gone, puts=(gone,), events=(("BOOKING_CANCELLED", gone, None),))


def decide_move(world: World, wish: MoveWish, now: datetime, *, forced: bool = False) -> Change:
    """The new booking that replaces the old one, which is cancelled with a link to it."""
    old = get_booking(world, wish.uid)
    if not forced:
        _check_movable(old)
    kind = get_event_type(world, old.event_type_id)
    end = wish.start + timedelta(minutes=kind.length_minutes)
    if not forced:
        _check_bounds(kind, wish.start, now)
    host_id = availability.find_host(world, kind, wish.start, end, ignoring=old.uid)
    if host_id is None and not forced:
        raise HttpException(400, USER_BUSY)
    new = _moved(world, kind, old, wish, end=end, host_id=host_id or old.host_id, now=now)
    gone = replace(
        old,
        status=Status.CANCELLED,
        cancelled_at=now,
        rescheduled_to_uid=new.uid,
        rescheduled_by_email=wish.by_email,
        updated_at=now,
    )
    event = "BOOKING_RESCHEDULED" if new.status is Status.ACCEPTED else "BOOKING_REQUESTED"
    return Change(booking=new, puts=(gone, new), events=((event, new, old),))


def next_free_start(world: World, event_type_id: int, start: datetime, minutes: int) -> datetime:
    """The first instant in steps of ``minutes`` after ``start`` at which a host is free (a week at most)."""
    kind = get_event_type(world, event_type_id)
    length = timedelta(minutes=kind.length_minutes)
    moved = start
    for _ in range(max(1, 7 * 1440 // abs(minutes))):
        moved += timedelta(minutes=minutes)
        if any(availability.is_free(world, kind, host, moved, moved + length) for host in kind.host_ids):
            break
    return moved


def _length(kind: EventType, asked: int | None) -> int:
    if asked is None:
        return kind.length_minutes
    if not kind.length_options:
        raise HttpException(
            400,
            "Can't specify 'lengthInMinutes' because event type does not have multiple possible lengths. "
            "Please, remove the 'lengthInMinutes' field from the request.",
        )
    if asked not in kind.length_options:
        options = ", ".join(str(option) for option in kind.length_options)
        raise HttpException(
            400,
            "Provided 'lengthInMinutes' is not one of the possible lengths for the event type. "
            f"The possible lengths are: {options}",
        )
    return asked


def _repeat(world: World, kind: EventType, wish: BookingWish) -> Booking | None:
    """Upstream's trap: such types give the same attendee's live booking back, old createdAt and all."""
    if not kind.requires_confirmation and kind.scheduling_type != "roundRobin":
        return None
    for booking in world.bookings_from(wish.start):
        if booking.start != wish.start:
            return None
        same = booking.event_type_id == kind.id and booking.attendees
        if same and not booking.is_cancelled and booking.attendees[0].email == wish.attendee.email:
            return booking
    return None


def _check_bounds(kind: EventType, start: datetime, now: datetime) -> None:
    if start < now:
        raise HttpException(400, IN_THE_PAST)
    if start < now + timedelta(minutes=kind.notice_minutes):
        raise HttpException(400, OUT_OF_BOUNDS)


def _check_movable(old: Booking) -> None:
    if old.status is not Status.CANCELLED:
        return
    text = f"Can't reschedule booking with uid={old.uid} because it has been cancelled"
    if old.rescheduled_to_uid:
        other = old.rescheduled_to_uid
        raise HttpException(
            400,
            f"{text} and rescheduled already to booking with uid={other}. You probably want to reschedule "
            f"{other} instead by passing it within the request URL.",
        )
    raise HttpException(400, f"{text}. Please provide uid of a booking that is not cancelled.")


def _any_host(world: World, kind: EventType, start: datetime, end: datetime) -> int | None:
    free = [host for host in kind.host_ids if availability.is_free(world, kind, host, start, end)]
    return free[0] if free else next(iter(kind.host_ids), None)


def _unavailable(
    world: World, kind: EventType, wish: BookingWish, end: datetime, race_answer: RaceAnswer
) -> CalcomError:
    """One text for every kind of unavailability, but the database's own for the loser of a race.

    A race is lost when a booking of exactly the asked span was stored after this request had arrived:
    upstream checks availability first and is then stopped by its unique key of start, end and host.
    """
    if race_answer is not RaceAnswer.UNAVAILABLE and _lost_race(world, kind, wish, end):
        if race_answer is RaceAnswer.CONFLICT:
            return BareHttpError(409, "booking_conflict_error")
        return BareHttpError(400, "An error occurred while querying the database.")
    return HttpException(400, USER_BUSY if kind.scheduling_type is None else HOSTS_BUSY)


def _lost_race(world: World, kind: EventType, wish: BookingWish, end: datetime) -> bool:
    """Whether only bookings of exactly this span stand in the way, all stored after the request came in."""
    if wish.arrived_version is None:
        return False
    rivals = [b for host in kind.host_ids for b in world.conflicts(host, wish.start, end)]
    return bool(rivals) and all(
        b.start == wish.start and b.end == end and world.stored_version(b.uid) > wish.arrived_version
        for b in rivals
    )


def _make(
    world: World, kind: EventType, wish: BookingWish, *, end: datetime, host_id: int, now: datetime
) -> Booking:
    uid = world.new_uid()
    return Booking(
        id=world.new_booking_id(),
        uid=uid,
        event_type_id=kind.id,
        host_id=host_id,
        status=Status.PENDING if kind.requires_confirmation else Status.ACCEPTED,
        start=wish.start,
        end=end,
        title=f"{kind.title} between {world.hosts[host_id].name} and {wish.attendee.name}",
        attendees=(wish.attendee,),
        created_at=now,
        updated_at=now,
        origin=wish.origin,
        ics_uid=f"{uid}@Cal.com",
        metadata=dict(wish.metadata),
        responses=dict(wish.responses),
        guests=wish.guests,
        location=wish.location or kind.location,
    )


def _moved(
    world: World, kind: EventType, old: Booking, wish: MoveWish, *, end: datetime, host_id: int, now: datetime
) -> Booking:
    pending = kind.requires_confirmation and not wish.by_owner
    return replace(
        old,
        id=world.new_booking_id(),
        uid=world.new_uid(),
        host_id=host_id,
        status=Status.PENDING if pending else Status.ACCEPTED,
        start=wish.start,
        end=end,
        created_at=now,
        updated_at=now,
        cancelled_at=None,
        cancellation_reason="",
        rescheduling_reason=wish.reason,
        rescheduled_from_uid=old.uid,
        rescheduled_to_uid=None,
        rescheduled_by_email=wish.by_email,
    )

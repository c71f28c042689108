"""Slot reservations: what may be reserved (reference, slot reservations). They protect nothing when booking."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from simulator.calcom import availability
from simulator.calcom.errors import HttpException
from simulator.calcom.times import milliseconds
from simulator.calcom.world import EventType, Reservation, World

DEFAULT_MINUTES = 5
_LONGEST = 1_000_000  # minutes, or the calendar would end
_TAKEN = "Can't reserve a slot if the event is already booked."
_RESERVED = "This time slot is already reserved by another user. Please choose a different time."
_NO_HOST_LEFT = (
    "Can't reserve the slot because the round robin event type has no available hosts left at this time slot."
)
_NO_HOSTS = "Cannot reserve a slot for a team event without any hosts"
_NEEDS_AUTH = (
    "reservationDuration can only be used for authenticated requests - use access token, api key or OAuth "
    "credentials"
)


@dataclass(frozen=True, slots=True)
class ReserveWish:
    """What a client asks to reserve; minutes throughout."""

    event_type_id: int
    start: datetime
    length: int | None = None
    duration: int | None = None


def decide_reservation(
    world: World, wish: ReserveWish, now: datetime, *, authenticated: bool, forced: bool = False
) -> Reservation:
    """A new reservation, or the first of upstream's refusals that applies."""
    if wish.duration is not None and not authenticated:
        raise HttpException(401, _NEEDS_AUTH)
    return _make(world, wish, now, world.new_uuid(), forced=forced)


def decide_move(
    world: World, uid: str, wish: ReserveWish, now: datetime, *, forced: bool = False
) -> Reservation:
    """The reservation at its new time with its clock started again.

    Its own row is not left out of the overlap check, so a move onto a time that overlaps itself is refused.
    """
    if uid not in world.reservations:
        raise HttpException(404, f"Slot with uid={uid} not found")
    return _make(world, wish, now, uid, forced=forced)


def _make(world: World, wish: ReserveWish, now: datetime, uid: str, *, forced: bool) -> Reservation:
    kind = world.event_types.get(wish.event_type_id)
    if kind is None:
        raise HttpException(404, f"Event Type with ID={wish.event_type_id} not found")
    end = wish.start + timedelta(minutes=_length(kind, wish.length))
    if not forced:
        _check_bookings(world, kind, wish.start, end, now)
        if next(world.reservations_of_kind(kind.id, wish.start, end, now), None) is not None:
            raise HttpException(422, _RESERVED)
    if not kind.host_ids:
        raise HttpException(400, _NO_HOSTS)
    minutes = DEFAULT_MINUTES if wish.duration is None else wish.duration
    return Reservation(
        uid=uid,
        event_type_id=kind.id,
        start=wish.start,
        end=end,
        host_ids=_hosts(world, kind, wish.start, end),
        minutes=minutes,
        until=now + timedelta(minutes=min(minutes, _LONGEST)),
    )


def _length(kind: EventType, asked: int | None) -> int:
    if asked is None:
        return kind.length_minutes
    if not kind.length_options:
        raise HttpException(
            400, "You passed 'slotDuration' but this event type is not a variable length event type."
        )
    if asked not in kind.length_options:
        options = ", ".join(str(option) for option in kind.length_options)
        raise HttpException(
            400,
            "Provided 'slotDuration' is not one of the possible lengths for the event type. The possible lengths "
            f"for this variable length event type are: {options}",
        )
    return asked


def _check_bookings(world: World, kind: EventType, start: datetime, end: datetime, now: datetime) -> None:
    """Only bookings of the same event type count: no schedule, no other event type, no past, no grid."""
    booked = list(world.bookings_of_kind(kind.id, start, end))
    if kind.seats is not None:
        if booked and availability.seats_left(world, kind, start, end, now) <= 0:
            raise HttpException(
                422, f"Booking with id={kind.id} at {milliseconds(start)} has no more seats left."
            )
        return
    if kind.scheduling_type == availability.ROUND_ROBIN and kind.host_ids:
        if set(kind.host_ids) <= {booking.host_id for booking in booked}:
            raise HttpException(422, _NO_HOST_LEFT)
        return
    if booked:
        raise HttpException(422, _TAKEN)


def _hosts(world: World, kind: EventType, start: datetime, end: datetime) -> tuple[int, ...]:
    """Whose time is held: all hosts of a collective type, else one who has no booking of this type then."""
    if kind.scheduling_type == availability.COLLECTIVE:
        return kind.host_ids
    taken = {booking.host_id for booking in world.bookings_of_kind(kind.id, start, end)}
    return tuple([host for host in kind.host_ids if host not in taken][:1]) or kind.host_ids[:1]

"""Bookings with a seat for each attendee (reference, seats): join, move and give up a seat."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

from simulator.calcom import availability
from simulator.calcom.errors import BareHttpError, HttpException
from simulator.calcom.rules_common import USER_BUSY, check_bounds, get_event_type
from simulator.calcom.wishes import BookingWish, MoveWish
from simulator.calcom.world import Attendee, Booking, Change, EventType, Status, World

_FULL = "No more seats left at this seated booking."
_GONE = "Invalid seatUid: this seat does not exist or has already been cancelled."
_FOREIGN = "Invalid seatUid: this seat does not belong to this booking."
_NOT_HOST = "User not a host of this event or an admin of the booking user"


def seated(world: World, booking: Booking) -> Booking:
    """A new booking whose attendee has the first seat; answers and metadata are the seat's."""
    seat = _seat(world, booking.attendees[0], booking.responses, booking.metadata)
    return replace(booking, seated=True, attendees=(seat,), metadata={}, responses={}, guests=())


def decide_join(
    world: World,
    kind: EventType,
    booking: Booking,
    wish: BookingWish,
    responses: Mapping[str, Any],
    *,
    now: datetime,
) -> Change:
    """One more seat in a booking; 409 when it is full or the address has one already."""
    _check_free(kind, booking, wish.attendee.email)
    seat = _seat(world, wish.attendee, responses, wish.metadata)
    joined = replace(booking, attendees=(*booking.attendees, seat), updated_at=now)
    return Change(
        booking=joined,
        puts=(joined,),
        events=(("BOOKING_CREATED", joined, None),),
        seat_uid=seat.seat_uid,
    )


def decide_seat_move(world: World, old: Booking, wish: MoveWish, now: datetime, *, forced: bool) -> Change:
    """The seat in a new booking, or in the one that is at the new start already."""
    if wish.seat_uid is None:
        raise HttpException(
            400,
            f"Booking with uid={old.uid} is a seated booking which means you have to provide seatUid in the request "
            "body to say whose seat is to be moved.",
        )
    seat = next((one for one in old.attendees if one.seat_uid == wish.seat_uid), None)
    if seat is None:
        raise HttpException(404, f"Seat with uid={wish.seat_uid} does not exist.")
    kind = get_event_type(world, old.event_type_id)
    if not forced:
        check_bounds(world, kind, wish.start, now)
    left = _without(old, seat, now, moved_by=wish.by_email)
    there = availability.seated_at(world, kind, wish.start)
    if there is not None and there.uid != old.uid:
        _check_free(kind, there, seat.email)
        target = replace(there, attendees=(*there.attendees, seat), updated_at=now)
    else:
        target = _new_booking(world, kind, old, wish=wish, seat=seat, now=now)
    if left.is_cancelled:
        left = replace(left, rescheduled_to_uid=target.uid)
    return Change(
        booking=target,
        puts=(left, target),
        events=(("BOOKING_RESCHEDULED", target, old),),
        seat_uid=seat.seat_uid,
    )


def decide_seat_cancellation(
    world: World, booking: Booking, seat_uid: str | None, reason: str | None, now: datetime
) -> Change:
    """A seat given up; with the last one the booking is cancelled, with nobody left in it."""
    if seat_uid is None:
        raise BareHttpError(401, _NOT_HOST)
    seat = next((one for one in booking.attendees if one.seat_uid == seat_uid), None)
    if seat is None:
        elsewhere = world.seat(seat_uid)
        known = elsewhere is not None and elsewhere.uid != booking.uid
        raise HttpException(400, _FOREIGN if known else _GONE)
    left = replace(_without(booking, seat, now), cancellation_reason=reason or "")
    told = replace(booking, attendees=(seat,), status=Status.CANCELLED, cancellation_reason=reason or "")
    return Change(booking=left, puts=(left,), events=(("BOOKING_CANCELLED", told, None),))


def _check_free(kind: EventType, booking: Booking, email: str) -> None:
    if any(attendee.email == email for attendee in booking.attendees):
        raise BareHttpError(409, "already_signed_up_for_this_booking_error")
    if kind.seats is not None and len(booking.attendees) >= kind.seats.per_slot:
        raise HttpException(409, _FULL)


def _seat(
    world: World, attendee: Attendee, responses: Mapping[str, Any], metadata: Mapping[str, Any]
) -> Attendee:
    return replace(
        attendee,
        seat_uid=world.new_uuid(),
        responses={slug: answer for slug, answer in responses.items() if slug != "email"},
        metadata=dict(metadata),
    )


def _without(booking: Booking, seat: Attendee, now: datetime, moved_by: str | None = None) -> Booking:
    rest = tuple(one for one in booking.attendees if one.seat_uid != seat.seat_uid)
    left = replace(booking, attendees=rest, updated_at=now)
    if rest:
        return left
    return replace(left, status=Status.CANCELLED, cancelled_at=now, rescheduled_by_email=moved_by)


def _new_booking(
    world: World, kind: EventType, old: Booking, *, wish: MoveWish, seat: Attendee, now: datetime
) -> Booking:
    end = wish.start + timedelta(minutes=kind.length_minutes)
    alone = old.uid if len(old.attendees) == 1 else None  # its own time is free once nobody is left in it
    hosts = availability.find_hosts(world, kind, wish.start, end, ignoring=alone)
    if not hosts:
        raise HttpException(400, USER_BUSY)
    return replace(
        old,
        id=world.new_booking_id(),
        uid=world.new_uid(),
        host_id=hosts[0],
        start=wish.start,
        end=end,
        attendees=(seat,),
        created_at=now,
        updated_at=now,
        rescheduled_from_uid=old.uid,
        rescheduled_by_email=wish.by_email,
    )

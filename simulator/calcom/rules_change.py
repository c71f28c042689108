"""Changing bookings: cancel, move, confirm, decline, mark absent (reference, changing bookings)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime, timedelta

from simulator.calcom import availability, seats
from simulator.calcom.errors import BareHttpError, HttpException, TrpcError
from simulator.calcom.rules_common import (
    USER_BUSY,
    check_bounds,
    check_limits,
    get_booking,
    get_event_type,
    needs_confirmation,
)
from simulator.calcom.times import milliseconds
from simulator.calcom.wishes import MoveWish
from simulator.calcom.world import Booking, Change, EventType, Status, World

_NO_SUBSEQUENT = (
    "Cannot cancel subsequent bookings for recurring event - you have to provide uid of one of the individual "
    "bookings of a recurring booking."
)


def decide_cancellation(
    world: World,
    uid: str,
    reason: str | None,
    now: datetime,
    *,
    by_host: bool,
    seat_uid: str | None = None,
    subsequent: bool = False,
) -> Change:
    """The cancelled booking or bookings, or why they can't be cancelled."""
    series = world.series(uid)
    if series and subsequent:
        raise HttpException(400, _NO_SUBSEQUENT)
    booking = series[0] if series else get_booking(world, uid, suffix="not found")
    if not series and booking.status is Status.CANCELLED:
        raise HttpException(
            400,
            f"Can't cancel booking with uid={uid} because it has been cancelled already. "
            "Please provide uid of a booking that is not cancelled.",
        )
    if booking.seated and (seat_uid is not None or not by_host):
        return seats.decide_seat_cancellation(world, booking, seat_uid, reason, now)
    if by_host and not reason:
        raise BareHttpError(400, "Cancellation reason is required when you are the host")
    kind = world.event_types.get(booking.event_type_id)
    if kind is not None and kind.disables_cancelling:
        raise BareHttpError(400, "This event type does not allow cancellations")
    if series or (subsequent and booking.recurring_uid is not None):
        return _cancel_series(world, booking, reason, now, everything=bool(series))
    if booking.end <= now:
        raise BareHttpError(400, "Cannot cancel a booking that has already ended")
    gone = _cancelled(booking, reason, now)
    return Change(booking=gone, puts=(gone,), events=(("BOOKING_CANCELLED", gone, None),))


def decide_move(world: World, wish: MoveWish, now: datetime, *, forced: bool = False) -> Change:
    """The new booking that replaces the old one, which is cancelled with a link to it."""
    old = get_booking(world, wish.uid)
    if not forced:
        _check_movable(old)
    if old.seated:
        return seats.decide_seat_move(world, old, wish, now, forced=forced)
    kind = get_event_type(world, old.event_type_id)
    end = wish.start + timedelta(minutes=kind.length_minutes)
    if not forced:
        _check_move_time(world, kind, old, wish.start, now)
    host_id = _host_after_move(world, kind, old, wish.start, end)
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


def decide_confirmation(world: World, uid: str, now: datetime) -> Change:
    """Accepted, whatever it was but accepted, and whatever else is at that time; a whole series if it is one."""
    booking = _unconfirmed(world, uid)
    taken = [
        replace(one, status=Status.ACCEPTED, cancelled_at=None, updated_at=now)
        for one in _act_on(world, booking)
    ]
    events = tuple(("BOOKING_CREATED", one, world.bookings[one.uid]) for one in taken)
    return Change(booking=taken[0], puts=tuple(taken), events=events)


def decide_refusal(world: World, uid: str, reason: str | None, now: datetime) -> Change:
    """Rejected, whatever it was but accepted; every pending occurrence of a series."""
    booking = _unconfirmed(world, uid)
    refused = [
        replace(one, status=Status.REJECTED, rejection_reason=reason or "", cancelled_at=now, updated_at=now)
        for one in _act_on(world, booking)
    ]
    events = tuple(("BOOKING_REJECTED", one, None) for one in refused)
    return Change(booking=refused[0], puts=tuple(refused), events=events)


def decide_absence(
    world: World, uid: str, now: datetime, *, host: bool, attendees: Mapping[str, bool]
) -> Change:
    """Who did not come, once the booking has begun; the host is only ever marked, never unmarked."""
    booking = get_booking(world, uid, suffix="not found.")
    if now < booking.start:
        raise HttpException(
            400,
            "Bookings can only be marked as absent after their scheduled start time. Current time in UTC+0: "
            f"{milliseconds(now)}, Booking start time in UTC+0: {milliseconds(booking.start)}",
        )
    people = tuple(
        replace(person, absent=attendees.get(person.email, person.absent)) for person in booking.attendees
    )
    marked = replace(booking, attendees=people, absent_host=booking.absent_host or host, updated_at=now)
    named = any(person.email in attendees for person in booking.attendees)
    events = (("BOOKING_NO_SHOW_UPDATED", marked, booking),) if named else ()
    return Change(booking=marked, puts=(marked,), events=events)


def _unconfirmed(world: World, uid: str) -> Booking:
    booking = get_booking(world, uid)
    if booking.status is Status.ACCEPTED:
        raise TrpcError(400)
    return booking


def _act_on(world: World, booking: Booking) -> list[Booking]:
    """The booking itself and the pending ones of its series."""
    if booking.recurring_uid is None:
        return [booking]
    others = world.series(booking.recurring_uid)
    return [booking, *(o for o in others if o.uid != booking.uid and o.status is Status.PENDING)]


def _cancelled(booking: Booking, reason: str | None, now: datetime) -> Booking:
    people = () if booking.seated else booking.attendees
    return replace(
        booking,
        status=Status.CANCELLED,
        attendees=people,
        cancellation_reason=reason or "",
        cancelled_at=now,
        updated_at=now,
    )


def _cancel_series(
    world: World, booking: Booking, reason: str | None, now: datetime, *, everything: bool
) -> Change:
    """All remaining bookings of a series, or one and the later ones; the whole series is answered."""
    series = world.series(str(booking.recurring_uid))
    gone = {
        one.uid: _cancelled(one, reason, now)
        for one in series
        if not one.is_cancelled and one.end > now and (everything or one.start >= booking.start)
    }
    after = tuple(gone.get(one.uid, one) for one in series)
    events = tuple(("BOOKING_CANCELLED", one, None) for one in gone.values())
    return Change(booking=after[0], puts=tuple(gone.values()), events=events, series=after)


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


def _check_move_time(world: World, kind: EventType, old: Booking, start: datetime, now: datetime) -> None:
    if kind.reschedule_notice_minutes and old.start - now < timedelta(minutes=kind.reschedule_notice_minutes):
        raise BareHttpError(
            403, "Rescheduling is not allowed within the minimum notice period before the event"
        )
    check_bounds(world, kind, start, now)
    check_limits(world, kind, start, kind.length_minutes, ignoring=old.uid)


def _host_after_move(
    world: World, kind: EventType, old: Booking, start: datetime, end: datetime
) -> int | None:
    """The host it had if he is free, else who would get a new booking."""
    hosts = availability.find_hosts(world, kind, start, end, ignoring=old.uid)
    if not hosts:
        return None
    free = availability.free_hosts(world, kind, start, end, ignoring=old.uid)
    return old.host_id if old.host_id in free else hosts[0]


def _moved(
    world: World, kind: EventType, old: Booking, wish: MoveWish, *, end: datetime, host_id: int, now: datetime
) -> Booking:
    pending = needs_confirmation(kind, wish.start, now) and not wish.by_owner
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

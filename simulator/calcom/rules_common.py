"""What all decisions about bookings share: look-ups, texts, and the checks of a start."""

from __future__ import annotations

from datetime import datetime, timedelta

from simulator.calcom import bounds
from simulator.calcom.errors import BareHttpError, HttpException
from simulator.calcom.world import Booking, EventType, World

USER_BUSY = "User either already has booking at this time or is not available"
HOSTS_BUSY = "One of the hosts either already has booking at this time or is not available"
IN_THE_PAST = "Attempting to book a meeting in the past."
OUT_OF_BOUNDS = (
    "The event type can't be booked at the \"start\" time provided. This could be because it's too soon "
    "(violating the minimum booking notice) or too far in the future (outside the event's scheduling "
    "window). Try fetching available slots first using the GET /v2/slots endpoint and then make a booking "
    'with "start" time equal to one of the available slots: https://cal.com/docs/api-reference/v2/slots'
)


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


def check_bounds(world: World, kind: EventType, start: datetime, now: datetime) -> None:
    """Refuse a start in the past, within the notice, or beyond the booking window."""
    if start < now:
        raise HttpException(400, IN_THE_PAST)
    if start < now + timedelta(minutes=kind.notice_minutes):
        raise HttpException(400, OUT_OF_BOUNDS)
    if kind.window is None:
        return
    first, after = bounds.window_edges(kind.window, now, bounds.zone_of(world, kind))
    if (first is not None and start < first) or (after is not None and start >= after):
        raise HttpException(400, OUT_OF_BOUNDS)


def check_limits(
    world: World, kind: EventType, start: datetime, minutes: int, *, ignoring: str | None = None
) -> None:
    """Refuse one booking more than a day, week, month or year may have; both refusals come bare."""
    reached = bounds.reached_limit(world, kind, start, minutes, ignoring=ignoring)
    if reached == "count":
        raise BareHttpError(401, "booking_limit_reached")
    if reached == "duration":
        raise BareHttpError(403, "duration_limit_reached")


def needs_confirmation(kind: EventType, start: datetime, now: datetime) -> bool:
    """Whether a booking waits for its host: always, or only when it is made on short notice."""
    if not kind.requires_confirmation:
        return False
    threshold = kind.confirmation_threshold_minutes
    return threshold is None or start - now <= timedelta(minutes=threshold)

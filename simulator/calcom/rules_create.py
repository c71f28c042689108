"""Making bookings: upstream's checks in upstream's order, then one, several, or a seat in an existing one."""

from __future__ import annotations

import calendar
import re
from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from sys import intern
from zoneinfo import ZoneInfo

from simulator.calcom import availability, places, seats
from simulator.calcom.answers import check_answers
from simulator.calcom.errors import BareHttpError, CalcomError, HttpException, ZodError
from simulator.calcom.rules_common import (
    HOSTS_BUSY,
    USER_BUSY,
    check_bounds,
    check_limits,
    get_event_type,
    needs_confirmation,
)
from simulator.calcom.wishes import BookingWish, RaceAnswer
from simulator.calcom.world import Attendee, Booking, Change, EventType, Origin, Status, World

EMAIL_CODE = "123456"  # the only code that passes where an address must be verified
_EMAIL = re.compile(r"[^@\s]+@[^@\s]+\.[^@\s]+")
_AUTHENTICATE = (
    "checkBookingRequiresAuthentication - request must be authenticated by passing credentials belonging to "
    "event type owner, host or team or org admin or owner."
)
_FAR = timedelta(days=3660)
_EVENTS = {
    Status.ACCEPTED: "BOOKING_CREATED",
    Status.PENDING: "BOOKING_REQUESTED",
    Status.AWAITING_HOST: "INSTANT_MEETING",
}


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
    _check_request(kind, wish)
    end = wish.start + timedelta(minutes=_length(kind, wish.minutes))
    location, answer = places.resolve(kind, wish.location)
    responses = _responses(wish, answer)
    _check_repetition(kind, wish)
    if not forced:
        known = _check_service(world, kind, wish, responses, now=now, end=end)
        if known is not None:
            return known
    hosts = availability.find_hosts(world, kind, wish.start, end)
    if not hosts and forced:
        hosts = _any_host(world, kind, wish.start, end)
    if not hosts:
        raise _unavailable(world, kind, wish, end, race_answer)
    booking = _make(world, kind, wish, location, responses, end=end, hosts=hosts, now=now)
    if kind.recurrence is not None:
        return _series(world, kind, wish, booking)
    return _made(booking)


def decide_rival(world: World, event_type_id: int, start: datetime, now: datetime) -> Change:
    """A rival's booking of a span, whatever the opening hours; a 409 when no host is free."""
    kind = get_event_type(world, event_type_id)
    end = start + timedelta(minutes=kind.length_minutes)
    hosts = tuple(host for host in kind.host_ids if availability.is_free(world, kind, host, start, end))
    if not hosts:
        raise HttpException(409, USER_BUSY)
    rival = Attendee("Rivale", "rivale@example.test", "Europe/Berlin", "de")
    wish = BookingWish(event_type_id, start, rival, origin=Origin.RIVAL)
    made = _make(world, kind, wish, kind.location, {}, end=end, hosts=hosts[:1], now=now)
    booking = replace(made, status=Status.ACCEPTED)
    return Change(booking=booking, puts=(booking,), events=(("BOOKING_CREATED", booking, None),))


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


def _check_request(kind: EventType, wish: BookingWish) -> None:
    """Steps 2 to 5: who asks, whether the type can be booked at all, and its fields."""
    if kind.requires_authentication and not wish.authenticated:
        raise HttpException(401, _AUTHENTICATE)
    if kind.scheduling_type == "managed":
        raise HttpException(
            400,
            f"Event type with id={kind.id} is a managed parent that can't be booked itself. Book the event type "
            "that one of its users got from it.",
        )
    if kind.is_team_type and not kind.host_ids:
        raise HttpException(
            422,
            "Can't book this team event type because it has no hosts. Please, add at least 1 host to event type "
            f"with id={kind.id} belonging to team with id={kind.team_id} and try again.",
        )
    if wish.instant and not kind.is_team_type:
        raise HttpException(
            400, f"Event type with id={kind.id} belongs to no team: it has no instant bookings."
        )
    check_answers(kind, wish)


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


def _responses(wish: BookingWish, place: dict[str, str]) -> dict[str, object]:
    """All answers under their slugs, those that every booking has included."""
    attendee = wish.attendee
    answers: dict[str, object] = {
        **wish.responses,
        "email": attendee.email,
        "name": attendee.name,
        "guests": list(wish.guests),
        "location": place,
    }
    if attendee.phone is not None:
        answers["attendeePhoneNumber"] = attendee.phone
    return answers


def _check_repetition(kind: EventType, wish: BookingWish) -> None:
    """Step 8: seats and recurrence exclude one another, and a series has its most."""
    if kind.recurrence is None:
        return
    if kind.seats is not None:
        raise BareHttpError(400, "recurring_event_seats_error")
    if wish.recurrence_count is not None and wish.recurrence_count > kind.recurrence.occurrences:
        raise HttpException(
            400, "Provided recurrence count is higher than the event type's recurring event count."
        )


def _check_service(
    world: World,
    kind: EventType,
    wish: BookingWish,
    responses: Mapping[str, object],
    *,
    now: datetime,
    end: datetime,
) -> Change | None:
    """Step 9 up to availability; a change where the wish ends in a booking that is there already."""
    if not _is_address(wish.attendee.email):
        raise ZodError("responses - {email}email_validation_error, ")
    if kind.active_bookings_limit is not None:
        _check_active_bookings(world, kind, wish, now, kind.active_bookings_limit)
    if kind.requires_email_verification and wish.email_code != EMAIL_CODE:
        wrong = "invalid_verification_code" if wish.email_code else "email_verification_required"
        raise BareHttpError(400, wrong)
    given_back = _repeat(world, kind, wish)
    if given_back is not None:
        return Change(booking=given_back, puts=())
    check_bounds(world, kind, wish.start, now)
    joined = availability.seated_at(world, kind, wish.start) if kind.seats else None
    if joined is not None:
        return seats.decide_join(world, kind, joined, wish, responses, now=now)
    if kind.count_limits or kind.duration_limits:
        check_limits(world, kind, wish.start, int((end - wish.start).total_seconds()) // 60)
    return None


@lru_cache(maxsize=1024)  # the same people come again
def _is_address(text: str) -> bool:
    return _EMAIL.fullmatch(text) is not None


def _check_active_bookings(
    world: World, kind: EventType, wish: BookingWish, now: datetime, most: int
) -> None:
    active = [
        booking
        for booking in world.bookings_of_kind(kind.id, now, now + _FAR)
        if booking.start >= now and wish.attendee.email in booking.emails
    ]
    if len(active) < most:
        return
    text = (
        "Attendee with this email can't book because the maximum number of active bookings has been reached."
    )
    if kind.offers_reschedule:
        text += f" You can reschedule your existing booking ({active[-1].uid}) to a new timeslot instead."
    raise HttpException(400, text)


def _repeat(world: World, kind: EventType, wish: BookingWish) -> Booking | None:
    """Upstream's trap: such types give the same attendee's live booking back, old createdAt and all."""
    if kind.seats or not (kind.requires_confirmation or kind.scheduling_type == availability.ROUND_ROBIN):
        return None
    for booking in world.bookings_of_kind(kind.id, wish.start, wish.start + timedelta(seconds=1)):
        same = booking.start == wish.start and booking.attendees
        if same and booking.attendees[0].email == wish.attendee.email:
            return booking
    return None


def _any_host(world: World, kind: EventType, start: datetime, end: datetime) -> tuple[int, ...]:
    free = [host for host in kind.host_ids if availability.is_free(world, kind, host, start, end)]
    return tuple((free or list(kind.host_ids))[:1])


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
    return HttpException(400, HOSTS_BUSY if kind.is_team_type else USER_BUSY)


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
    world: World,
    kind: EventType,
    wish: BookingWish,
    location: str,
    responses: Mapping[str, object],
    *,
    end: datetime,
    hosts: tuple[int, ...],
    now: datetime,
) -> Booking:
    uid = world.new_uid()
    status = Status.PENDING if needs_confirmation(kind, wish.start, now) else Status.ACCEPTED
    attendees: tuple[Attendee, ...] = (wish.attendee,)
    if len(hosts) > 1:
        attendees += tuple(_as_attendee(world, host) for host in hosts[1:])
    booking = Booking(
        id=world.new_booking_id(),
        uid=uid,
        event_type_id=kind.id,
        host_id=hosts[0],
        status=Status.AWAITING_HOST if wish.instant else status,
        start=wish.start,
        end=end,
        title=_title(world, kind, hosts[0], wish.attendee.name),
        attendees=attendees,
        created_at=now,
        updated_at=now,
        origin=wish.origin,
        ics_uid=uid + "@Cal.com",
        metadata=dict(wish.metadata),
        responses=responses,
        guests=wish.guests,
        location=location,
        description=str(responses.get("notes") or ""),
    )
    return booking if kind.seats is None else seats.seated(world, booking)


def _title(world: World, kind: EventType, host_id: int, attendee: str) -> str:
    host = world.hosts[host_id].name
    if not kind.name_pattern:
        return intern(f"{kind.title} between {host} and {attendee}")
    words = {"{Event type title}": kind.title, "{Organiser}": host, "{Scheduler}": attendee}
    title = kind.name_pattern
    for variable, value in words.items():
        title = title.replace(variable, value)
    return title


def _as_attendee(world: World, host_id: int) -> Attendee:
    host = world.hosts[host_id]
    return Attendee(host.name, host.email, host.timezone)


def _made(booking: Booking) -> Change:
    event = _EVENTS[booking.status]
    seat = booking.attendees[0].seat_uid if booking.seated else None
    return Change(booking=booking, puts=(booking,), events=((event, booking, None),), seat_uid=seat)


def _series(world: World, kind: EventType, wish: BookingWish, first: Booking) -> Change:
    """The first occurrence, which was checked, and the later ones, which upstream does not check."""
    assert kind.recurrence is not None  # noqa: S101 (the caller's condition, for the type checker)
    count = wish.recurrence_count or kind.recurrence.occurrences
    series_uid = world.new_uuid()
    occurrences = [replace(first, recurring_uid=series_uid)]
    length = first.end - first.start
    for number in range(1, count):
        start = _shifted(wish, kind.recurrence.frequency, number * kind.recurrence.interval)
        uid = world.new_uid()
        occurrences.append(
            replace(
                occurrences[0],
                id=world.new_booking_id(),
                uid=uid,
                ics_uid=f"{uid}@Cal.com",
                start=start,
                end=start + length,
            )
        )
    made = [_made(booking) for booking in occurrences]
    return Change(
        booking=occurrences[0],
        puts=tuple(occurrences),
        events=tuple(event for change in made for event in change.events),
        series=tuple(occurrences),
    )


def _shifted(wish: BookingWish, frequency: str, steps: int) -> datetime:
    """So many weeks, months or years later on the attendee's clock face; a month's last days stay in it."""
    local = wish.start.astimezone(ZoneInfo(wish.attendee.timezone))
    if frequency == "weekly":
        return (local + timedelta(weeks=steps)).astimezone(UTC)
    months = local.month - 1 + steps * (12 if frequency == "yearly" else 1)
    year, month = local.year + months // 12, months % 12 + 1
    day = min(local.day, calendar.monthrange(year, month)[1])
    return local.replace(year=year, month=month, day=day).astimezone(UTC)

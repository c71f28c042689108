"""GET /v2/bookings: every filter, sort and page of the reference's list of bookings."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Iterator, Mapping
from datetime import datetime
from typing import Any

from simulator.calcom.errors import ClassValidation, TrpcError
from simulator.calcom.exchange import Answer, Call, success
from simulator.calcom.serialize import booking_to_wire
from simulator.calcom.times import parse_instant
from simulator.calcom.validation import is_instant
from simulator.calcom.world import Booking, Status, World

_STATUSES = ("upcoming", "recurring", "past", "cancelled", "unconfirmed")
_MAX_TAKE, _DEFAULT_TAKE = 250, 100
_CREATED_OR_UPDATED = ("afterCreatedAt", "beforeCreatedAt", "afterUpdatedAt", "beforeUpdatedAt")
_NO_NUMBER = "must be a number conforming to the specified constraints"
_NUMBERS = ("eventTypeId", "eventTypeIds", "teamId", "teamIds", "teamsIds")
_Broken = tuple[str, str, str]  # property, rule, text
_SORTS: Mapping[str, Callable[[Booking], datetime]] = {
    "sortStart": lambda b: b.start,
    "sortEnd": lambda b: b.end,
    "sortCreated": lambda b: b.created_at,
    "sortUpdatedAt": lambda b: b.updated_at or b.created_at,
}


def list_bookings(call: Call) -> Answer:
    """A page of the account's bookings; the total leaves the created and updated filters out, as upstream."""
    query = call.asked.query
    _check_list_query(query)
    world = call.world
    with world.lock:
        counted = list(_filtered(query, world, call.now))
        found = _sorted(query, [b for b in counted if _created_or_updated_fits(query, b)])
        take, skip = int(query.get("take", _DEFAULT_TAKE)), int(query.get("skip", 0))
        page = [booking_to_wire(world, booking) for booking in found[skip : skip + take]]
    return success(page, pagination=_pagination(len(page), len(counted), take, skip))


def _pagination(returned: int, total: int, take: int, skip: int) -> dict[str, Any]:
    pages, page = math.ceil(total / take), skip // take + 1
    return {
        "returnedItems": returned,
        "totalItems": total,
        "itemsPerPage": take,
        "remainingItems": max(0, total - skip - returned),
        "currentPage": page,
        "totalPages": pages,
        "hasNextPage": page < pages,
        "hasPreviousPage": page > 1,
    }


def _filtered(query: Mapping[str, str], world: World, now: datetime) -> Iterable[Booking]:
    after, before = _maybe(query, "afterStart"), _maybe(query, "beforeEnd")
    statuses = _list_of(query, "status")
    type_ids = _type_ids(query, world)
    for booking in world.bookings_from(after):
        if before is not None:
            if booking.start > before:
                break
            if booking.end > before:
                continue
        if statuses and not any(_has_status(booking, status, now) for status in statuses):
            continue
        if type_ids is not None and booking.event_type_id not in type_ids:
            continue
        if _person_fits(query, booking):
            yield booking


def _type_ids(query: Mapping[str, str], world: World) -> set[int] | None:
    """The event types asked for, by id or by team; None: all. An id that isn't the caller's is refused."""
    named = {int(text) for name in ("eventTypeId", "eventTypeIds") for text in _list_of(query, name)}
    if not named <= set(world.event_types):
        raise TrpcError(400)
    teams = {int(text) for name in ("teamId", "teamIds", "teamsIds") for text in _list_of(query, name)}
    if not named and not teams:
        return None
    return named | {kind.id for kind in world.event_types.values() if kind.team_id in teams}


def _person_fits(query: Mapping[str, str], booking: Booking) -> bool:
    if query.get("bookingUid", booking.uid) != booking.uid:
        return False
    emails = {attendee.email for attendee in booking.attendees}
    names = {attendee.name for attendee in booking.attendees}
    return ("attendeeEmail" not in query or query["attendeeEmail"] in emails) and (
        "attendeeName" not in query or query["attendeeName"] in names
    )


def _has_status(booking: Booking, status: str, now: datetime) -> bool:
    if status == "cancelled":
        return booking.is_cancelled
    if status == "upcoming":
        alone = booking.recurring_uid is None
        return booking.end >= now and (
            booking.status is Status.ACCEPTED or (alone and not booking.is_cancelled)
        )
    if status == "recurring":
        return booking.end >= now and booking.recurring_uid is not None
    if status == "past":
        return booking.end <= now and not booking.is_cancelled
    return booking.status is Status.PENDING and booking.end >= now


def _created_or_updated_fits(query: Mapping[str, str], booking: Booking) -> bool:
    updated = booking.updated_at or booking.created_at
    tests: tuple[tuple[str, Callable[[datetime], bool]], ...] = (
        ("afterCreatedAt", lambda limit: booking.created_at >= limit),
        ("beforeCreatedAt", lambda limit: booking.created_at <= limit),
        ("afterUpdatedAt", lambda limit: updated >= limit),
        ("beforeUpdatedAt", lambda limit: updated <= limit),
    )
    return all(name not in query or test(parse_instant(query[name])) for name, test in tests)


def _sorted(query: Mapping[str, str], found: list[Booking]) -> list[Booking]:
    keys = [name for name in _SORTS if name in query]
    if not keys and _list_of(query, "status") in (["past"], ["cancelled"]):
        return list(reversed(found))
    for name in reversed(keys):
        found = sorted(found, key=_SORTS[name], reverse=query[name] == "desc")
    return found


def _check_list_query(query: Mapping[str, str]) -> None:
    """Refuse with all broken rules at once, as the global validation pipe does."""
    broken = [*_broken_lists(query), *_broken_words(query), *_broken_pages(query)]
    if broken:
        raise ClassValidation(
            [
                {
                    "target": dict(query),
                    "value": query[name],
                    "property": name,
                    "children": [],
                    "constraints": {rule: text},
                }
                for name, rule, text in broken
            ]
        )


def _broken_lists(query: Mapping[str, str]) -> Iterator[_Broken]:
    if not set(_list_of(query, "status")) <= set(_STATUSES):
        yield "status", "isIn", f"Invalid status. Allowed are {', '.join(_STATUSES)}"
    for name in _NUMBERS:
        if not all(text.isdecimal() for text in _list_of(query, name)):
            yield name, "isNumber", f"{name} {_NO_NUMBER}"


def _broken_words(query: Mapping[str, str]) -> Iterator[_Broken]:
    for name in ("afterStart", "beforeEnd", *_CREATED_OR_UPDATED):
        if name in query and not is_instant(query[name]):
            label = {"afterStart": "fromDate", "beforeEnd": "toDate"}.get(name, name)
            yield name, "isISO8601", f"{label} must be a valid ISO 8601 date."
    for name in _SORTS:
        if name in query and query[name] not in ("asc", "desc"):
            yield name, "isEnum", f'{name[0].upper()}{name[1:]} must be either "asc" or "desc".'


def _broken_pages(query: Mapping[str, str]) -> Iterator[_Broken]:
    for name, least, most in (("take", 1, _MAX_TAKE), ("skip", 0, None)):
        text = query.get(name)
        if text is None:
            continue
        if not text.removeprefix("-").isdecimal():
            yield name, "isNumber", f"{name} {_NO_NUMBER}"
        elif int(text) < least:
            yield name, "min", f"{name} must not be less than {least}"
        elif most is not None and int(text) > most:
            yield name, "max", f"{name} must not be greater than {most}"


def _maybe(query: Mapping[str, str], name: str) -> datetime | None:
    return parse_instant(query[name]) if query.get(name) else None


def _list_of(query: Mapping[str, str], name: str) -> list[str]:
    return [part.strip() for part in query.get(name, "").split(",") if part.strip()]

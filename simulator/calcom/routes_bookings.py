"""Bookings (cal-api-version 2024-08-13): create, read, list, reschedule, cancel."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import replace
from datetime import datetime
from typing import Any

from simulator.calcom import rules
from simulator.calcom.errors import ClassValidation
from simulator.calcom.exchange import V_BOOKINGS, Answer, Call, Operation, success
from simulator.calcom.serialize import booking_to_wire
from simulator.calcom.times import parse_instant
from simulator.calcom.validation import is_instant, parse_cancel, parse_create, parse_reschedule
from simulator.calcom.world import Booking, Status, World

_STATUSES = ("upcoming", "recurring", "past", "cancelled", "unconfirmed")
_MAX_TAKE, _DEFAULT_TAKE = 250, 100
_CREATED_OR_UPDATED = ("afterCreatedAt", "beforeCreatedAt", "afterUpdatedAt", "beforeUpdatedAt")
_NO_NUMBER = "must be a number conforming to the specified constraints"
_Broken = tuple[str, str, str]  # property, rule, text
_SORTS: Mapping[str, Callable[[Booking], datetime]] = {
    "sortStart": lambda b: b.start,
    "sortEnd": lambda b: b.end,
    "sortCreated": lambda b: b.created_at,
    "sortUpdatedAt": lambda b: b.updated_at or b.created_at,
}


def create_booking(call: Call) -> Answer:
    """201 with the new booking, or with the old one where upstream gives it back."""
    world = call.world
    wish = replace(parse_create(call.json_object(), world), arrived_version=call.arrived_version)
    with world.lock:
        forced = call.forced
        if call.move_minutes is not None:
            moved = rules.next_free_start(world, wish.event_type_id, wish.start, call.move_minutes)
            wish, forced = replace(wish, start=moved), True
        change = rules.decide_booking(
            world, wish, call.now, forced=forced, race_answer=call.account.settings.race_answer
        )
        call.keep(change)
        return success(booking_to_wire(world, change.booking), 201)


def get_booking(call: Call) -> Answer:
    """One booking by its uid."""
    world = call.world
    return success(booking_to_wire(world, rules.get_booking(world, call.params["uid"])))


def cancel_booking(call: Call) -> Answer:
    """The cancelled booking."""
    world = call.world
    reason = parse_cancel(call.json_object())
    with world.lock:
        change = rules.decide_cancellation(
            world, call.params["uid"], reason, call.now, by_host=call.authenticated
        )
        call.keep(change)
        return success(booking_to_wire(world, change.booking))


def reschedule_booking(call: Call) -> Answer:
    """201 with the new booking that replaces the old one."""
    world = call.world
    wish = parse_reschedule(
        call.json_object(),
        call.params["uid"],
        owner_email=world.user.email,
        authenticated=call.authenticated,
    )
    with world.lock:
        forced = call.forced
        if call.move_minutes is not None:
            kind_id = rules.get_booking(world, wish.uid).event_type_id
            moved = rules.next_free_start(world, kind_id, wish.start, call.move_minutes)
            wish, forced = replace(wish, start=moved), True
        change = rules.decide_move(world, wish, call.now, forced=forced)
        call.keep(change)
        return success(booking_to_wire(world, change.booking), 201)


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
    type_ids = {int(text) for text in (*_list_of(query, "eventTypeIds"), *_list_of(query, "eventTypeId"))}
    for booking in world.bookings_from(after):
        if before is not None:
            if booking.start > before:
                break
            if booking.end > before:
                continue
        if statuses and not any(_has_status(booking, status, now) for status in statuses):
            continue
        if type_ids and booking.event_type_id not in type_ids:
            continue
        if _person_fits(query, booking):
            yield booking


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
        return booking.end >= now and not booking.is_cancelled
    if status == "past":
        return booking.end <= now and not booking.is_cancelled
    if status == "unconfirmed":
        return booking.status is Status.PENDING and booking.end >= now
    return False


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
    for name in ("eventTypeId", "eventTypeIds"):
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


OPERATIONS = (
    Operation("create_booking", "POST", "/bookings", create_booking, V_BOOKINGS, is_booking=True),
    Operation(
        "list_bookings", "GET", "/bookings", list_bookings, V_BOOKINGS, auth="required", is_booking=True
    ),
    Operation("get_booking", "GET", "/bookings/<uid>", get_booking, V_BOOKINGS, is_booking=True),
    Operation(
        "reschedule_booking",
        "POST",
        "/bookings/<uid>/reschedule",
        reschedule_booking,
        V_BOOKINGS,
        is_booking=True,
    ),
    Operation(
        "cancel_booking", "POST", "/bookings/<uid>/cancel", cancel_booking, V_BOOKINGS, is_booking=True
    ),
)

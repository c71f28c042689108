"""GET /v2/slots (cal-api-version 2024-09-04): parse, ask the world, format."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from simulator.calcom import availability
from simulator.calcom.availability import SlotQuestion, list_starts
from simulator.calcom.errors import HttpException
from simulator.calcom.exchange import V_SLOTS, Answer, Call, Operation, success
from simulator.calcom.lookup import find_by_slug, find_user
from simulator.calcom.times import end_of_day_if_midnight, in_zone, is_zone, milliseconds, parse_instant
from simulator.calcom.validation import Complaints, is_instant
from simulator.calcom.world import EventType, World

_QUERY = (
    "start",
    "end",
    "timeZone",
    "duration",
    "format",
    "bookingUidToReschedule",
    "eventTypeId",
    "eventTypeSlug",
    "username",
    "teamSlug",
    "organizationSlug",
    "usernames",
)
_NOT_A_NUMBER = "must be a number conforming to the specified constraints"
_LONGEST = 100_000  # minutes; longer than any schedule's window
_DYNAMIC_MINUTES = 30
_FEWEST_USERS = 2


@dataclass(frozen=True, slots=True)
class _Query:
    kind: EventType
    start: datetime
    end: datetime
    zone: ZoneInfo | None
    minutes: int | None
    ranges: bool
    ignoring: str | None

    @property
    def length(self) -> timedelta:
        """How long a slot is."""
        return timedelta(minutes=self.minutes or self.kind.length_minutes)


def list_slots(call: Call) -> Answer:
    """The free starts by day, in UTC or in the asked time zone."""
    account = call.account
    key = (call.asked.target, call.as_of)
    cached = account.slot_cache.get(key) if account.settings.slot_cache_seconds else None
    if cached is not None and cached[0] > call.now:
        return success(cached[1])
    with call.world.lock:
        answer = _found(call)
    if account.settings.slot_cache_seconds:
        expires = call.now + timedelta(seconds=account.settings.slot_cache_seconds)
        account.slot_cache = {k: v for k, v in account.slot_cache.items() if v[0] > call.now}
        account.slot_cache[key] = (expires, answer.payload["data"])
    return answer


def _found(call: Call) -> Answer:
    """The answer of the world as it is: the one it gave before if nothing has changed, else a new one."""
    world, target = call.world, call.asked.target
    known = call.account.slot_memo.find(world, target, call.now) if call.as_of is None else None
    if known is not None:
        return known
    query = _parse(call.asked.query, world)
    answer = success(_days(call, query))
    if call.as_of is None and call.asked.query.get("eventTypeId"):
        call.account.slot_memo.keep(world, target, answer, kind=query.kind, start=query.start, now=call.now)
    return answer


def _days(call: Call, query: _Query) -> dict[str, list[dict[str, Any]]]:
    """The slots by day; the expired reservations of the event type are swept away first, as upstream does."""
    call.write(lambda: call.world.sweep(query.kind.id, call.now))
    question = SlotQuestion(
        start=query.start,
        end=query.end,
        now=call.now,
        minutes=query.minutes,
        zone=query.zone,
        ignoring=query.ignoring,
        as_of=call.as_of,
    )
    days: dict[str, list[dict[str, Any]]] = {}
    for start in list_starts(call.world, query.kind, question):
        slot: dict[str, Any] = {"start": _spell(start, query.zone)}
        if query.ranges:
            slot["end"] = _spell(start + query.length, query.zone)
        if query.kind.seats is not None:
            slot.update(_seats(call.world, query, start, call.now))
        days.setdefault(slot["start"][:10], []).append(slot)  # the spelling begins with the local date
    return days


def _seats(world: World, query: _Query, start: datetime, now: datetime) -> dict[str, Any]:
    total = query.kind.seats.per_slot if query.kind.seats else 0
    left = availability.seats_left(world, query.kind, start, start + query.length, now)
    booking = availability.seated_at(world, query.kind, start)
    seats: dict[str, Any] = {
        "seatsBooked": len(booking.attendees) if booking else 0,
        "seatsRemaining": left,
        "seatsTotal": total,
    }
    return {**seats, "bookingUid": booking.uid} if booking else seats


def _spell(instant: datetime, zone: ZoneInfo | None) -> str:
    return in_zone(instant, zone) if zone else milliseconds(instant)


def _parse(query: Mapping[str, str], world: World) -> _Query:
    complaints = Complaints()
    complaints.refuse_unknown(query, _QUERY)
    for name in ("start", "end"):
        if not is_instant(query.get(name)):
            complaints.add(name, f"{name} must be a valid ISO 8601 date string")
    complaints.check(query, "timeZone", is_zone, "timeZone must be a valid IANA time-zone")
    complaints.check(query, "duration", str.isdecimal, f"duration {_NOT_A_NUMBER}")
    complaints.check(
        query, "format", lambda v: v in ("range", "time"), "slotFormat must be either 'range' or 'time'"
    )
    _check_event_type(complaints, query)
    complaints.raise_if_any()
    start, end = parse_instant(query["start"]), end_of_day_if_midnight(parse_instant(query["end"]))
    minutes = min(int(query["duration"]), _LONGEST) if query.get("duration") else None
    kind = _event_type(query, world, minutes)
    if start > end:
        raise HttpException(400, "Invalid time range given - check the 'start' and 'end' query parameters.")
    return _Query(
        kind=kind,
        start=start,
        end=end,
        zone=ZoneInfo(query["timeZone"]) if query.get("timeZone") else None,
        minutes=minutes,
        ranges=query.get("format") == "range",
        ignoring=query.get("bookingUidToReschedule") or None,
    )


def _check_event_type(complaints: Complaints, query: Mapping[str, str]) -> None:
    """One of the ways to name an event type; where none is whole, upstream complains of the last one."""
    if query.get("eventTypeId"):
        complaints.check(query, "eventTypeId", str.isdecimal, f"eventTypeId {_NOT_A_NUMBER}")
        return
    if query.get("eventTypeSlug") and (query.get("username") or query.get("teamSlug")):
        return
    if not query.get("usernames"):
        complaints.add(
            "usernames",
            "each value in usernames must be a string",
            "The array must contain at least 2 elements.",
            "usernames must be an array",
        )
    elif len(_usernames(query)) < _FEWEST_USERS:
        complaints.add("usernames", "The array must contain at least 2 elements.")
    if not query.get("organizationSlug"):
        complaints.add("organizationSlug", "organizationSlug must be a string")


def _usernames(query: Mapping[str, str]) -> list[str]:
    return [name.strip() for name in query.get("usernames", "").split(",") if name.strip()]


def _event_type(query: Mapping[str, str], world: World, minutes: int | None) -> EventType:
    if query.get("eventTypeId"):
        found = world.event_types.get(int(query["eventTypeId"]))
    elif query.get("eventTypeSlug") and (query.get("username") or query.get("teamSlug")):
        found = find_by_slug(
            world,
            query["eventTypeSlug"],
            username=query.get("username"),
            team_slug=query.get("teamSlug"),
            organization_slug=query.get("organizationSlug"),
        )
    else:
        found = _dynamic(query, world, minutes)
    if found is None:
        raise HttpException(404, "Event Type not found")
    return found


def _dynamic(query: Mapping[str, str], world: World, minutes: int | None) -> EventType:
    """The event type that several users of an organization have in common: all of them must be free."""
    users = [find_user(world, name, query["organizationSlug"]) for name in _usernames(query)]
    return EventType(
        id=0,
        slug="dynamic",
        title="Dynamic",
        length_minutes=minutes or _DYNAMIC_MINUTES,
        schedule_id=None,
        host_ids=tuple(user.id for user in users),
        scheduling_type=availability.COLLECTIVE,
    )


OPERATIONS = (Operation("list_slots", "GET", "/slots", list_slots, V_SLOTS, auth="none"),)

"""GET /v2/slots (cal-api-version 2024-09-04): parse, ask the world, format."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from simulator.calcom.availability import SlotQuestion, list_starts
from simulator.calcom.errors import HttpException
from simulator.calcom.exchange import V_SLOTS, Answer, Call, Operation, success
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


@dataclass(frozen=True, slots=True)
class _Query:
    kind: EventType
    start: datetime
    end: datetime
    zone: ZoneInfo | None
    minutes: int | None
    ranges: bool
    ignoring: str | None


def list_slots(call: Call) -> Answer:
    """The free starts by day, in UTC or in the asked time zone."""
    account = call.account
    key = (call.asked.target, call.as_of)
    cached = account.slot_cache.get(key) if account.settings.slot_cache_seconds else None
    if cached is not None and cached[0] > call.now:
        return success(cached[1])
    with call.world.lock:
        query = _parse(call.asked.query, call.world)
        starts = list_starts(
            call.world,
            query.kind,
            SlotQuestion(
                start=query.start,
                end=query.end,
                now=call.now,
                minutes=query.minutes,
                zone=query.zone,
                ignoring=query.ignoring,
                as_of=call.as_of,
            ),
        )
    days = _by_day(starts, query)
    if account.settings.slot_cache_seconds:
        expires = call.now + timedelta(seconds=account.settings.slot_cache_seconds)
        account.slot_cache = {k: v for k, v in account.slot_cache.items() if v[0] > call.now}
        account.slot_cache[key] = (expires, days)
    return success(days)


def _by_day(starts: list[datetime], query: _Query) -> dict[str, list[dict[str, str]]]:
    length = timedelta(minutes=query.minutes or query.kind.length_minutes)
    days: dict[str, list[dict[str, str]]] = {}
    for start in starts:
        slot = {"start": _spell(start, query.zone)}
        if query.ranges:
            slot["end"] = _spell(start + length, query.zone)
        days.setdefault(slot["start"][:10], []).append(slot)  # the spelling begins with the local date
    return days


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
    complaints.check(query, "eventTypeId", str.isdecimal, f"eventTypeId {_NOT_A_NUMBER}")
    if not query.get("eventTypeId") and not query.get("eventTypeSlug"):
        _no_event_type(complaints)
    complaints.raise_if_any()
    start, end = parse_instant(query["start"]), end_of_day_if_midnight(parse_instant(query["end"]))
    kind = _event_type(query, world)
    if start > end:
        raise HttpException(400, "Invalid time range given - check the 'start' and 'end' query parameters.")
    return _Query(
        kind=kind,
        start=start,
        end=end,
        zone=ZoneInfo(query["timeZone"]) if query.get("timeZone") else None,
        minutes=int(query["duration"]) if query.get("duration") else None,
        ranges=query.get("format") == "range",
        ignoring=query.get("bookingUidToReschedule") or None,
    )


def _no_event_type(complaints: Complaints) -> None:
    complaints.add(
        "usernames",
        "each value in usernames must be a string",
        "The array must contain at least 2 elements.",
        "usernames must be an array",
    )
    complaints.add("organizationSlug", "organizationSlug must be a string")


def _event_type(query: Mapping[str, str], world: World) -> EventType:
    if query.get("eventTypeId"):
        found = world.event_types.get(int(query["eventTypeId"]))
    else:
        if query.get("teamSlug"):
            raise HttpException(404, f"Team with slug {query['teamSlug']} not found")
        username = query.get("username", "")
        if username not in {person.username for person in (world.user, *world.hosts.values())}:
            raise HttpException(404, f"User with username {username} not found")
        slug = query["eventTypeSlug"]
        found = next((kind for kind in world.event_types.values() if kind.slug == slug), None)
    if found is None:
        raise HttpException(404, "Event Type not found")
    return found


OPERATIONS = (Operation("list_slots", "GET", "/slots", list_slots, V_SLOTS, auth="none"),)

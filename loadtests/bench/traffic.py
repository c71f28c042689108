"""What is asked: requests as scripts of the load generator, and the account that they are for."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

KEY = "cal_test_bench"
BEGIN = datetime(2030, 1, 7, tzinfo=UTC)
MINUTES = 5
WEEKS = 20
ASKED, BOOKED, ASKED_OF_BOOKED = 1, 2, 3  # event types; the last two have the same host
_DAYS = ["Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday"]

_SCRIPT = """
local n, left = {first}, {limit}
local begin, week = {begin}, 604800
local function slots(kind)
  local monday = begin + week * (n % {weeks})
  return wrk.format("GET", "/v2/slots?eventTypeId=" .. kind .. "&start=" .. os.date("!%Y-%m-%d", monday) ..
    "&end=" .. os.date("!%Y-%m-%d", monday + 518400),
    {{["Authorization"] = "Bearer {key}", ["cal-api-version"] = "2024-09-04"}})
end
local function book()
  local start = os.date("!%Y-%m-%dT%H:%M:%SZ", begin + {minutes} * 60 * n)
  return wrk.format("POST", "/v2/bookings",
    {{["Authorization"] = "Bearer {key}", ["cal-api-version"] = "2024-08-13", ["Content-Type"] = "application/json"}},
    '{{"start":"' .. start .. '","eventTypeId":{booked},"attendee":{{"name":"Erika Muster","email":' ..
    '"erika@example.test","timeZone":"Europe/Berlin","language":"de"}},"metadata":{{"call_id":"call_' .. n .. '"}}}}')
end
function request()
  n = n + 1
  {body}
end
"""
_STOP = """
function response()
  left = left - 1
  if left <= 0 then wrk.thread:stop() end
end
"""
SLOTS = f"return slots({ASKED})"
BOOKINGS = "return book()"
BOOKINGS_AND_SLOTS = f"if n % 2 == 0 then return book() else return slots({ASKED_OF_BOOKED}) end"
BARE = 'return wrk.format("GET", "/v2/bare")'
ACCOUNTS = (
    'return wrk.format("POST", "/__admin/accounts", {["Content-Type"] = "application/json"}, '
    "'{\"name\":\"salon-' .. n .. '\"}')"
)


def script(body: str, *, first: int = 0, limit: int | None = None) -> str:
    """The load generator's script for one kind of request; ``limit`` ends the run after so many answers."""
    text = _SCRIPT.format(
        body=body,
        first=first,
        limit=limit or 0,
        begin=int(BEGIN.timestamp()),
        weeks=WEEKS,
        minutes=MINUTES,
        booked=BOOKED,
        key=KEY,
    )
    return text if limit is None else text + _STOP


def state(bookings: int = 0) -> dict[str, Any]:
    """An account with two hosts: one works from nine to six, the other around the clock and gets the bookings.

    ``bookings`` are there already, all later than those that the benchmark makes.
    """
    later = BEGIN + timedelta(days=365 * 5)
    return {
        "account": {"name": "bench", "key": KEY},
        "hosts": [_host(11), _host(12)],
        "schedules": [
            _schedule(1, 11, _DAYS[:5], "09:00", "18:00"),
            _schedule(2, 12, _DAYS, "00:00", "24:00"),
        ],
        "event_types": [
            _event_type(ASKED, 30, schedule=1, host=11),
            _event_type(BOOKED, MINUTES, schedule=2, host=12),
            _event_type(ASKED_OF_BOOKED, 30, schedule=1, host=12),
        ],
        "bookings": [
            {"eventTypeId": BOOKED, "start": f"{later + timedelta(minutes=MINUTES * n):%Y-%m-%dT%H:%M:%SZ}"}
            for n in range(bookings)
        ],
    }


def week() -> dict[str, str]:
    """The parameters of a question for a week's slots."""
    return {
        "eventTypeId": str(ASKED),
        "start": f"{BEGIN:%Y-%m-%d}",
        "end": f"{BEGIN + timedelta(days=6):%Y-%m-%d}",
    }


def slots_headers() -> dict[str, str]:
    """The headers of that question."""
    return {"Authorization": f"Bearer {KEY}", "cal-api-version": "2024-09-04"}


def start_of(number: int) -> str:
    """When the wish of a number wants to come, as the API spells it."""
    return f"{BEGIN + timedelta(minutes=MINUTES * number):%Y-%m-%dT%H:%M:%S}.000Z"


def _host(number: int) -> dict[str, Any]:
    email = f"host{number}@example.test"
    return {"id": number, "name": f"Host {number}", "email": email, "username": f"h{number}"}


def _schedule(number: int, owner: int, days: list[str], start: str, end: str) -> dict[str, Any]:
    hours = {"days": days, "startTime": start, "endTime": end}
    return {"id": number, "ownerId": owner, "name": "S", "timeZone": "Europe/Berlin", "availability": [hours]}


def _event_type(number: int, minutes: int, *, schedule: int, host: int) -> dict[str, Any]:
    return {
        "id": number,
        "slug": f"k{number}",
        "title": "T",
        "lengthInMinutes": minutes,
        "scheduleId": schedule,
        "hostIds": [host],
    }

"""Instants as Cal.com writes and reads them."""

from __future__ import annotations

import re
from datetime import UTC, date, datetime, time, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo, available_timezones

_ISO = re.compile(r"\d{4}-\d{2}-\d{2}([T ]\d{2}:\d{2}(:\d{2}([.,]\d{1,9})?)?(Z|[+-]\d{2}:?\d{2})?)?")

_FIRST_YEAR, _LAST_YEAR = 1900, 9000  # room to add lengths and offsets without leaving what datetime can hold


@lru_cache(maxsize=1024)  # one request asks for the same instant several times
def parse_instant(text: str) -> datetime:
    """The aware UTC instant of an ISO date or date-time; without an offset it is UTC.

    Raises ValueError for anything else, a number of seconds or a bare time included.
    """
    if not _ISO.fullmatch(text):
        raise ValueError(f"{text!r} is not an ISO 8601 date")
    instant = datetime.fromisoformat(text)
    if not _FIRST_YEAR <= instant.year <= _LAST_YEAR:
        raise ValueError(f"{text!r} lies outside the years {_FIRST_YEAR} to {_LAST_YEAR}")
    return (instant if instant.tzinfo else instant.replace(tzinfo=UTC)).astimezone(UTC)


def has_offset(text: str) -> bool:
    """Whether an ISO date-time says its offset."""
    match = _ISO.fullmatch(text)
    return bool(match and match.group(4))


def milliseconds(instant: datetime) -> str:
    """``2030-01-08T13:00:00.000Z``, the usual spelling."""
    if instant.tzinfo is not UTC:
        instant = instant.astimezone(UTC)
    second = instant.hour * 3600 + instant.minute * 60 + instant.second
    return f"{_date_words(instant.toordinal())}{_time_words(second)}{instant.microsecond // 1000:03d}Z"


@lru_cache(maxsize=4096)
def _date_words(ordinal: int) -> str:
    return f"{date.fromordinal(ordinal).isoformat()}T"


@lru_cache(maxsize=4096)  # starts and ends lie on few marks of a day, and the present in one second
def _time_words(second: int) -> str:
    return f"{second // 3600:02d}:{second // 60 % 60:02d}:{second % 60:02d}."


def seconds_z(instant: datetime) -> str:
    """``2030-01-08T13:00:00Z``, the spelling of most webhooks."""
    return instant.astimezone(UTC).isoformat(timespec="seconds")[:-6] + "Z"


def seconds_offset(instant: datetime) -> str:
    """``2030-01-08T13:00:00+00:00``, the spelling of cancellation webhooks."""
    return f"{instant.astimezone(UTC):%Y-%m-%dT%H:%M:%S}+00:00"


def in_zone(instant: datetime, zone: ZoneInfo) -> str:
    """``2050-09-05T09:00:00.000+02:00``, the spelling of slots in an asked time zone."""
    local = instant.astimezone(zone)
    return local.isoformat(timespec="milliseconds")


def seconds_of(instant: datetime) -> int:
    """Whole seconds since 1970."""
    return int(instant.timestamp())


def from_seconds(seconds: int) -> datetime:
    """The UTC instant of whole seconds since 1970."""
    return datetime.fromtimestamp(seconds, UTC)


def end_of_day_if_midnight(instant: datetime) -> datetime:
    """An end at exactly 00:00 UTC means that whole day."""
    return instant + timedelta(hours=23, minutes=59, seconds=59) if instant.time() == time(0) else instant


def local_instant(day: date, minutes: int, zone: ZoneInfo) -> datetime:
    """The UTC instant of ``minutes`` after local midnight; 24:00 is the next day's midnight."""
    day += timedelta(days=minutes // 1440)
    return datetime.combine(day, time(minutes % 1440 // 60, minutes % 60), zone).astimezone(UTC)


@lru_cache(maxsize=1)
def _zone_names() -> frozenset[str]:
    return frozenset(available_timezones())


def is_zone(name: object) -> bool:
    """Whether ``name`` is an IANA time zone."""
    return isinstance(name, str) and name in _zone_names()

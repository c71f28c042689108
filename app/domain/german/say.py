"""Instants to speakable German. The weekday is always computed, never taken from anybody (section 0.2)."""

from __future__ import annotations

from datetime import date, datetime
from zoneinfo import ZoneInfo

WEEKDAYS = ("Montag", "Dienstag", "Mittwoch", "Donnerstag", "Freitag", "Samstag", "Sonntag")
MONTHS = (
    "Januar",
    "Februar",
    "März",
    "April",
    "Mai",
    "Juni",
    "Juli",
    "August",
    "September",
    "Oktober",
    "November",
    "Dezember",
)


def say_date(day: date) -> str:
    """Return "Montag, 20. Oktober"; the year is not spoken."""
    return f"{WEEKDAYS[day.weekday()]}, {day.day}. {MONTHS[day.month - 1]}"


def say_clock(moment: datetime) -> str:
    """Return "14:15 Uhr" of a local time."""
    return f"{moment:%H:%M} Uhr"


def say_instant(instant: datetime, zone: ZoneInfo) -> str:
    """Return "Montag, 20. Oktober um 14:15 Uhr" in the branch's zone."""
    local = instant.astimezone(zone)
    return f"{say_date(local.date())} um {say_clock(local)}"

"""Instants to speakable German. The weekday is always computed, never taken from anybody (section 0.2).

Whatever is said here is understood again as the same day and time: a test says every minute and every day in
every style (incident 1.41).
"""

from __future__ import annotations

from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from app.domain.german.words import cardinals, ordinals

WEEKDAYS = ("Montag", "Dienstag", "Mittwoch", "Donnerstag", "Freitag", "Samstag", "Sonntag")
MONTHS = (
    "Januar", "Februar", "März", "April", "Mai", "Juni",
    "Juli", "August", "September", "Oktober", "November", "Dezember",
)  # fmt: skip
_CARDINALS = dict(cardinals())
_ORDINALS = dict(ordinals())
_QUARTER, _HALF, _NOON, _DAY_BEGINS = 15, 30, 12, 7
_A_YEAR_LESS_A_MARGIN = timedelta(days=360)
_PARTS = (
    (6, "nachts"),
    (9, "morgens"),
    (12, "vormittags"),
    (14, "mittags"),
    (18, "nachmittags"),
    (24, "abends"),
)


def say_date(day: date) -> str:
    """Return "Montag, 20. Oktober"; the year is not spoken."""
    return f"{WEEKDAYS[day.weekday()]}, {day.day}. {MONTHS[day.month - 1]}"


def say_full_date(day: date, today: date) -> str:
    """Return the date with its year where the next such date is another one."""
    needs_year = not timedelta() <= day - today < _A_YEAR_LESS_A_MARGIN
    return f"{say_date(day)} {day.year}" if needs_year else say_date(day)


def say_clock(moment: datetime | time) -> str:
    """Return "14:15 Uhr" of a local time."""
    return f"{moment:%H:%M} Uhr"


def say_instant(instant: datetime, zone: ZoneInfo, now: datetime | None = None) -> str:
    """Return "Montag, 20. Oktober um 14:15 Uhr" in the branch's zone; with `now`, the year where it is needed."""
    local = instant.astimezone(zone)
    day = say_date(local.date()) if now is None else say_full_date(local.date(), now.astimezone(zone).date())
    return f"{day} um {say_clock(local)}"


def say_spoken_clock(moment: datetime | time) -> str:
    """Return "14 Uhr 15", as a clock is read aloud; before seven with its part of the day."""
    said = f"{moment.hour} Uhr {moment.minute}" if moment.minute else f"{moment.hour} Uhr"
    return said + _early(moment.hour)


def say_clock_in_words(moment: datetime | time) -> str:
    """Return "vierzehn Uhr fünfzehn"."""
    hour = "ein" if moment.hour == 1 else _CARDINALS[moment.hour]
    said = f"{hour} Uhr {_CARDINALS[moment.minute]}" if moment.minute else f"{hour} Uhr"
    return said + _early(moment.hour)


def say_clock_colloquially(moment: datetime | time) -> str:
    """Return "halb drei nachmittags", "zehn vor neun abends": a time as people say it, with its part of the day."""
    part = next(word for until, word in _PARTS if moment.hour < until)
    minute, hour = moment.minute, moment.hour
    if minute == 0:
        return f"{_twelve(hour)} {part}"
    if minute in (_QUARTER, 60 - _QUARTER):
        return (
            f"Viertel {'nach' if minute == _QUARTER else 'vor'} {_twelve(hour + (minute > _QUARTER))} {part}"
        )
    if minute == _HALF:
        return f"halb {_twelve(hour + 1)} {part}"
    if minute < 20:  # noqa: PLR2004 - nearer to the full hour
        return f"{_minutes(minute)} nach {_twelve(hour)} {part}"
    if minute > 40:  # noqa: PLR2004
        return f"{_minutes(60 - minute)} vor {_twelve(hour + 1)} {part}"
    side = "vor" if minute < _HALF else "nach"
    return f"{_minutes(abs(minute - _HALF))} {side} halb {_twelve(hour + 1)} {part}"


def say_date_in_words(day: date) -> str:
    """Return "Donnerstag, den sechzehnten Oktober"."""
    return f"{WEEKDAYS[day.weekday()]}, den {_ORDINALS[day.day]}en {MONTHS[day.month - 1]}"


def say_date_in_numbers(day: date) -> str:
    """Return "am sechzehnten zehnten", as many callers say it."""
    return f"am {_ORDINALS[day.day]}en {_ORDINALS[day.month]}en"


def say_short_date(day: date) -> str:
    """Return "16.10."."""
    return f"{day.day}.{day.month}."


def _early(hour: int) -> str:
    """Return " morgens" for an hour that would else be taken for one of the afternoon."""
    return " morgens" if 0 < hour < _DAY_BEGINS else ""


def _twelve(hour: int) -> str:
    return _CARDINALS[(hour - 1) % _NOON + 1]


def _minutes(count: int) -> str:
    return "eine Minute" if count == 1 else _CARDINALS[count]

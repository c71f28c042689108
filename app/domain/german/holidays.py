"""The days that have names. Easter decides most of them; a state's own come from outside, as a function."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, timedelta

HolidayOn = Callable[[date], str | None]
"""Return the name of the public holiday on a day, or None."""

FIXED = {
    "neujahr": (1, 1), "dreikönig": (1, 6), "valentinstag": (2, 14), "arbeit": (5, 1),
    "mariä himmelfahrt": (8, 15), "einheit": (10, 3), "reformationstag": (10, 31), "allerheiligen": (11, 1),
    "allerseelen": (11, 2), "martinstag": (11, 11), "nikolaus": (12, 6), "heiligabend": (12, 24),
    "weihnachten": (12, 25), "silvester": (12, 31),
}  # fmt: skip
FROM_EASTER = {
    "weiberfastnacht": -52, "rosenmontag": -48, "faschingsdienstag": -47, "aschermittwoch": -46,
    "palmsonntag": -7, "gründonnerstag": -3, "karfreitag": -2, "karsamstag": -1, "ostern": 0, "ostermontag": 1,
    "himmelfahrt": 39, "pfingsten": 49, "pfingstmontag": 50, "fronleichnam": 60,
}  # fmt: skip
BEFORE_FOURTH_ADVENT = {"advent": 0, "totensonntag": 28, "volkstrauertag": 35, "bettag": 32}
_SUNDAY = 6


def named_day(name: str, year: int, number: int = 1) -> date:
    """Return the day of a name in a year; `number` tells Advent Sundays and Christmas days apart."""
    if name in FIXED:
        return date(year, *FIXED[name])
    if name in FROM_EASTER:
        return easter(year) + timedelta(days=FROM_EASTER[name])
    if name == "weihnachtstag":
        return date(year, 12, 24 + number)
    if name == "muttertag":
        first = date(year, 5, 1)
        return first + timedelta(days=(_SUNDAY - first.weekday()) % 7 + 7)
    christmas_eve = date(year, 12, 24)
    fourth = christmas_eve - timedelta(days=(christmas_eve.weekday() - _SUNDAY) % 7)
    if name == "advent":
        return fourth - timedelta(days=7 * (4 - number))
    return fourth - timedelta(days=BEFORE_FOURTH_ADVENT[name])


def easter(year: int) -> date:
    """Return Easter Sunday of the Gregorian calendar (Spencer's form of the computus)."""
    a, (b, c) = year % 19, divmod(year, 100)
    h = (19 * a + b - b // 4 - (b - (b + 8) // 25 + 1) // 3 + 15) % 30
    m = (32 + 2 * (b % 4) + 2 * (c // 4) - h - c % 4) % 7
    n = (a + 11 * h + 22 * m) // 451
    month, day = divmod(h + m - 7 * n + 114, 31)
    return date(year, month, day + 1)

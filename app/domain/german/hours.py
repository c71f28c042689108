"""Opening hours as the grammar asks them: is a time inside, and which of two readings is?"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from app.domain.german.holidays import HolidayOn
from app.domain.opening import OpeningHours

HALF_DAY, DAY = 720, 1440
PARTS = {
    "morgen": (6 * 60, 10 * 60), "vormittag": (9 * 60, 12 * 60), "mittag": (11 * 60, 14 * 60),
    "nachmittag": (12 * 60, 18 * 60), "abend": (17 * 60, DAY - 1), "nacht": (22 * 60, DAY - 1),
}  # fmt: skip
"""From and to, in minutes: what we search when no clock time is said."""

_DAYTIME = 7 * 60
_NEXT_OPEN_DAY = 21
_NOON_HOURS, _EVENING, _SMALL_HOURS, _LATE_MORNING = 180, 300, 360, 660


@dataclass(frozen=True, slots=True)
class OpenTimes:
    """A branch's week in minutes of the day; without hours nothing is known to be closed."""

    week: tuple[tuple[tuple[int, int], ...], ...]
    holiday_on: HolidayOn | None = None

    @property
    def known(self) -> bool:
        """Return whether any hours are known."""
        return any(self.week)

    def spans(self, day: date | None) -> Sequence[tuple[int, int]]:
        """Return the open spans of a day; of any day when none is named."""
        if day is not None:
            return self.week[day.weekday()]
        return sorted({span for spans in self.week for span in spans})

    def holiday(self, day: date) -> str | None:
        """Return the public holiday on a day, or None."""
        return self.holiday_on(day) if self.holiday_on else None

    def is_open_day(self, day: date) -> bool:
        """Return whether the branch opens on a day."""
        return not self.known or (bool(self.week[day.weekday()]) and self.holiday(day) is None)

    def holds(self, day: date | None, minutes: int) -> bool:
        """Return whether something can begin then."""
        return not self.known or any(opens <= minutes < closes for opens, closes in self.spans(day))

    def reaches(self, day: date | None, minutes: int) -> bool:
        """Return whether something can end then."""
        return not self.known or any(opens < minutes <= closes for opens, closes in self.spans(day))

    def distance(self, minutes: int) -> int:
        """Return the minutes between a time and the nearest open one of any day."""
        return min(
            (max(opens - minutes, minutes - closes, 0) for opens, closes in self.spans(None)), default=0
        )

    def next_open_day(self, after: date) -> date:
        """Return the first open day after a day."""
        days = (after + timedelta(days=ahead) for ahead in range(1, _NEXT_OPEN_DAY))
        return next((day for day in days if self.is_open_day(day)), after + timedelta(days=1))


def open_times(hours: OpeningHours | None, holiday_on: HolidayOn | None = None) -> OpenTimes:
    """Return a branch's opening hours in minutes."""
    if hours is None:
        return OpenTimes(((),) * 7, holiday_on)
    return OpenTimes(
        tuple(
            tuple((_minutes(opens), _minutes(closes)) for opens, closes in hours.hours.get(str(day), ()))
            for day in range(1, 8)
        ),
        holiday_on,
    )


def _minutes(clock: str) -> int:
    hour, _, minute = clock.partition(":")
    return int(hour) * 60 + int(minute[:2] or 0)


def halves(minutes: int) -> tuple[int, int]:
    """Return both readings of a spoken time, the earlier one first."""
    early = minutes % HALF_DAY
    return early, early + HALF_DAY


def in_part(minutes: int, part: str) -> int:
    """Return the reading that a part of the day decides for („drei“ and „nachmittags“: 15:00)."""
    early, late = halves(minutes)
    if part in ("morgen", "vormittag"):
        return late if part == "vormittag" and early < 60 else early  # noqa: PLR2004 - „zwölf Uhr vormittags“
    if part == "mittag":
        return late if early < _NOON_HOURS else early
    if part == "nachmittag":
        return late
    if part == "abend":
        return late if early >= 180 else early  # noqa: PLR2004 - „zwölf Uhr abends“ is midnight
    return early if early < _SMALL_HOURS else late


def by_day(minutes: int) -> int:
    """Return the reading by day, where nothing else decides: from seven in the morning on."""
    early, late = halves(minutes)
    return early if early >= _DAYTIME else late

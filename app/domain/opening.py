"""When a branch is open."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta

Hours = Mapping[str, Sequence[Sequence[str]]]
"""ISO weekday ("1" is Monday) to spans of "HH:MM" strings; no entry means closed."""

_A_LONG_HOLIDAY = 60
"""How many days ahead an opening is looked for."""


@dataclass(frozen=True, slots=True)
class OpeningHours:
    """A branch's week, in its local time; closed on public holidays where those are known."""

    hours: Hours
    holiday_on: Callable[[date], str | None] | None = None

    def spans_on(self, day: date) -> list[tuple[time, time]]:
        """Return the open spans of a local day, in order; empty when closed."""
        return [] if self.holiday(day) else self.weekly_spans(day.isoweekday())

    def weekly_spans(self, weekday: int) -> list[tuple[time, time]]:
        """Return the open spans of an ISO weekday, in order; holidays are not looked at."""
        spans = self.hours.get(str(weekday), ())
        return sorted((time.fromisoformat(opens), time.fromisoformat(closes)) for opens, closes in spans)

    def holiday(self, day: date) -> str | None:
        """Return the name of the public holiday on a day, or None."""
        return self.holiday_on(day) if self.holiday_on else None

    def is_open_on(self, day: date) -> bool:
        """Return whether the branch opens at all on a local day."""
        return bool(self.spans_on(day))

    def holds(self, start: datetime, end: datetime) -> bool:
        """Return whether a local span lies wholly inside one open span of its day."""
        return start.date() == end.date() and any(
            opens <= start.time() and end.time() <= closes for opens, closes in self.spans_on(start.date())
        )

    def closes_after(self, local: datetime) -> time | None:
        """Return when the branch closes next, where it is open at a local time; else None."""
        spans = self.spans_on(local.date())
        return next((closes for opens, closes in spans if opens <= local.time() < closes), None)

    def next_opening(self, after: datetime) -> datetime | None:
        """Return the first local opening later than `after` (the offset of `after` is kept off it), or None."""
        for ahead in range(_A_LONG_HOLIDAY):
            day = after.date() + timedelta(days=ahead)
            for opens, _ in self.spans_on(day):
                opening = datetime.combine(day, opens, after.tzinfo)
                if opening > after:
                    return opening
        return None

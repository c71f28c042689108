"""When a branch is open."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time

Hours = Mapping[str, Sequence[Sequence[str]]]
"""ISO weekday ("1" is Monday) to spans of "HH:MM" strings; no entry means closed."""


@dataclass(frozen=True, slots=True)
class OpeningHours:
    """A branch's week, in its local time."""

    hours: Hours

    def spans_on(self, day: date) -> list[tuple[time, time]]:
        """Return the open spans of a local day, in order; empty when closed."""
        return [
            (time.fromisoformat(opens), time.fromisoformat(closes))
            for opens, closes in self.hours.get(str(day.isoweekday()), ())
        ]

    def is_open_on(self, day: date) -> bool:
        """Return whether the branch opens at all on a local day."""
        return bool(self.spans_on(day))

    def holds(self, start: datetime, end: datetime) -> bool:
        """Return whether a local span lies wholly inside one open span of its day."""
        return start.date() == end.date() and any(
            opens <= start.time() and end.time() <= closes for opens, closes in self.spans_on(start.date())
        )

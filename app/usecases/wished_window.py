"""A wish without a time of its own: "Dienstagvormittag", "ab 14 Uhr", "den ersten freien Termin am Vormittag".

It is searched instead of only asked about, and never booked before one of its times was chosen.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from app.domain.alternatives import FURTHEST_SEARCH_DAYS, MOST_ALTERNATIVES, SEARCH_DAYS, OfferRules
from app.domain.german import AskKind, Understanding, UnderstandingStatus
from app.domain.german.hours import PARTS
from app.domain.german.say import say_clock, say_date
from app.domain.speech import Answer
from app.domain.timespan import span_of

PART_WORDS = {
    "morgen": "morgens", "vormittag": "vormittags", "mittag": "mittags", "nachmittag": "nachmittags",
    "abend": "abends", "nacht": "nachts",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class WishedWindow:
    """Local days, both included, and the hours of each in which a free time is searched."""

    first: date
    last: date
    opens: time | None
    closes: time | None
    """The visit begins before it, and is over by then where a free time allows."""
    words: str
    """How the span is said: "am Dienstag, 21. Oktober vormittags"."""
    question: Answer
    """What is asked where nothing can be searched."""

    @property
    def days(self) -> int:
        """Return how many days after the first are to be searched."""
        return min((self.last - self.first).days, FURTHEST_SEARCH_DAYS)

    def choose(self, listed: Sequence[datetime], rules: OfferRules, minutes: int) -> list[datetime]:
        """Return the first two allowed starts of the span; those that end inside it come before others."""
        inside = [start for start in listed if self._holds(start, rules.zone) and rules.allow(start)]
        ending = [start for start in inside if self._is_over(start, rules.zone, minutes)]
        return sorted(ending or inside)[:MOST_ALTERNATIVES]

    def _holds(self, start: datetime, zone: ZoneInfo) -> bool:
        local = start.astimezone(zone)
        after = self.opens is None or local.time() >= self.opens
        before = self.closes is None or local.time() < self.closes
        return self.first <= local.date() <= self.last and after and before

    def _is_over(self, start: datetime, zone: ZoneInfo, minutes: int) -> bool:
        end = span_of(start, minutes).end.astimezone(zone)
        return self.closes is None or end.time() <= self.closes


def window_of(found: Understanding, today: date, question: Answer) -> WishedWindow | None:
    """Return the span that words leave open, or None where they name a moment or leave the day to be asked.

    A week alone stays a question: "diese Woche" is no wish yet (incident 1.35).
    """
    if found.window is None or not _is_searchable(found):
        return None
    start, end = found.window
    hours = PARTS.get(found.part or "")
    first = start.date or found.date
    last = end.date or (found.end.date if found.end else None) or first
    if first is None or last is None:
        return None
    if found.open == "after" and found.time is None and last == first:
        last = first + timedelta(days=SEARCH_DAYS)  # „ab Mittwoch“
    opens = start.time or (_clock(hours[0]) if hours else None)
    closes = end.time or (_clock(hours[1]) if hours else None)
    first = max(first, today)
    return WishedWindow(first, last, opens, closes, _say(found, first, last, opens, closes), question)


def _is_searchable(found: Understanding) -> bool:
    if found.status is UnderstandingStatus.ASK:
        return found.kind is AskKind.WINDOW
    if found.status is not UnderstandingStatus.RESOLVED:
        return False
    limits_a_day = found.end is not None and found.end.time is not None
    return bool(found.part or found.open or limits_a_day)


def _say(found: Understanding, first: date, last: date, opens: time | None, closes: time | None) -> str:
    if found.open == "before" and found.date is None:
        days = f"bis {say_date(last)}"
    elif found.open == "after" and found.time is None and found.part is None and last != first:
        return f"ab {say_date(first)}"
    elif last == first:
        days = f"am {say_date(first)}"
    else:
        days = f"von {say_date(first)} bis {say_date(last)}"
    return f"{days}{_say_hours(found, opens, closes)}"


def _say_hours(found: Understanding, opens: time | None, closes: time | None) -> str:
    if found.part and found.time is None and (found.end is None or found.end.time is None):
        return f" {PART_WORDS[found.part]}"
    if opens and closes:
        return f" zwischen {say_clock(opens)} und {say_clock(closes)}"
    if closes:
        return f" bis {say_clock(closes)}"
    return f" ab {say_clock(opens)}" if opens else ""


def _clock(minutes: int) -> time:
    return time(minutes // 60, minutes % 60)

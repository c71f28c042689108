"""Which free times to offer when the wished one is gone, and how to call them.

The strategies, their order and the score are those of incidents, section 4. A label always carries the full
date: "nächste Woche Montag" alone came back as another Monday (incident 1.41).
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from enum import StrEnum
from zoneinfo import ZoneInfo

from app.domain.conflicts import is_free
from app.domain.german.say import say_instant
from app.domain.timespan import Span, is_ambiguous

MOST_ALTERNATIVES = 2
"""More than two can not be kept in mind on the phone (incidents, section 4)."""

SEARCH_DAYS = 7
"""How far the first range request looks ahead."""

FURTHEST_SEARCH_DAYS = 14
"""How far the second one does, which is asked only where the first found nothing (incident 1.7)."""

HORIZON = timedelta(days=366)
"""Nobody books further ahead than twelve months (incidents, section 7)."""

SAME_DAY_REACH = timedelta(hours=2)
TOP_SCORE = 10_000
FAVOURED, LESS_FAVOURED = 500, 300
"""Who wishes the afternoon rather comes later than earlier, and the other way round in the morning."""
_NOON = time(12)
_LAST_WORKDAY = 5


class Strategy(StrEnum):
    """Why a time is offered, best reason first."""

    SAME_DAY = "same_day"
    """The wished day, up to two hours away."""
    NEXT_WORKDAY = "next_workday"
    """The same time of the next day on which the branch works."""
    NEXT_WEEK = "next_week"
    """The same day and time a week later."""
    NEXT_FREE = "next_free"


_BONUS = {Strategy.NEXT_WORKDAY: 250, Strategy.NEXT_WEEK: 150, Strategy.NEXT_FREE: 100}


def is_weekday(day: date) -> bool:
    """Return whether a day is Monday to Friday: the workdays where no opening hours are known."""
    return day.isoweekday() <= _LAST_WORKDAY


@dataclass(frozen=True, slots=True)
class OfferRules:
    """What may be offered and booked: the same for a check, an alternative and a search (incident 1.18)."""

    zone: ZoneInfo
    taken: Sequence[Span]
    occupied: Callable[[datetime], Span]
    """The time that a start takes, buffers and segments included."""
    earliest: datetime
    """Now and the minimum notice; a start exactly then is allowed (incident 1.11)."""
    latest: datetime
    is_open: Callable[[datetime], bool]
    """Whether the branch is open all through a visit that starts then."""
    is_workday: Callable[[date], bool] = is_weekday

    def allow(self, start: datetime) -> bool:
        """Return whether a listed start may be offered: in time, open, unique on the clock and free with us."""
        return (
            self.earliest <= start <= self.latest
            and self.is_open(start)
            and not is_ambiguous(start.astimezone(self.zone))
            and is_free(self.occupied(start), self.taken)
        )


def choose_alternatives(wished: datetime, listed: Iterable[datetime], rules: OfferRules) -> list[datetime]:
    """Return up to two starts from `listed`, the best first.

    Only instants that stand in Cal.com's own list, that the rules allow, and that are not the lost time
    (incidents 1.3, 1.39).
    """
    usable = [start for start in set(listed) if start != wished and rules.allow(start)]
    return sorted(usable, key=lambda start: (-score(wished, start, rules), start))[:MOST_ALTERNATIVES]


def score(wished: datetime, start: datetime, rules: OfferRules) -> int:
    """Return how well a start stands in for the wished one: nearness first, then the strategy's bonus."""
    wish, other = _wall(wished, rules.zone), _wall(start, rules.zone)
    minutes = round(abs((other - wish).total_seconds()) / 60)
    strategy = strategy_of(wish, other, rules.is_workday)
    if strategy is Strategy.SAME_DAY:
        is_favoured = (other > wish) == (wish.time() >= _NOON)
        return TOP_SCORE - minutes + (FAVOURED if is_favoured else LESS_FAVOURED)
    return TOP_SCORE - minutes + _BONUS[strategy]


def strategy_of(wish: datetime, other: datetime, is_workday: Callable[[date], bool]) -> Strategy:
    """Return the best reason to offer a wall-clock time instead of the wished one."""
    if other.date() == wish.date() and abs(other - wish) <= SAME_DAY_REACH:
        return Strategy.SAME_DAY
    if other.time() == wish.time():
        if other.date() == _next_workday(wish.date(), is_workday):
            return Strategy.NEXT_WORKDAY
        if other.date() == wish.date() + timedelta(days=7):
            return Strategy.NEXT_WEEK
    return Strategy.NEXT_FREE


def say_offer(
    start: datetime, zone: ZoneInfo, now: datetime | None = None, wished: datetime | None = None
) -> str:
    """Return how a time is offered: "morgen, Dienstag, 14. Oktober um 10:00 Uhr".

    The word before the date is derived from it, never told by anybody. Said back to us it means the same
    instant again, so it carries the year where the date alone would be another one.
    """
    words = (_relative(start, zone, now, wished), say_instant(start, zone, now))
    return ", ".join(word for word in words if word)


def _relative(start: datetime, zone: ZoneInfo, now: datetime | None, wished: datetime | None) -> str:
    day = start.astimezone(zone).date()
    if now is not None:
        ahead = (day - now.astimezone(zone).date()).days
        if 0 <= ahead < len(_NEAR_DAYS):
            return _NEAR_DAYS[ahead]
    return "am gleichen Tag" if wished is not None and wished.astimezone(zone).date() == day else ""


_NEAR_DAYS = ("heute", "morgen", "übermorgen")


def _next_workday(day: date, is_workday: Callable[[date], bool]) -> date | None:
    days = (day + timedelta(days=ahead) for ahead in range(1, FURTHEST_SEARCH_DAYS + 1))
    return next((candidate for candidate in days if is_workday(candidate)), None)


def _wall(instant: datetime, zone: ZoneInfo) -> datetime:
    return instant.astimezone(zone).replace(tzinfo=None)

"""Which free times to offer when the wished one is gone."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from datetime import datetime
from zoneinfo import ZoneInfo

from app.domain.conflicts import is_free
from app.domain.timespan import Span

MOST_ALTERNATIVES = 2
"""More than two can not be kept in mind on the phone (incidents, section 4)."""

SEARCH_DAYS = 7
"""How far one range request looks ahead."""


def choose_alternatives(
    wished: datetime,
    listed: Iterable[datetime],
    *,
    zone: ZoneInfo,
    taken: Sequence[Span],
    occupied: Callable[[datetime], Span],
    earliest: datetime,
) -> list[datetime]:
    """Return up to two starts from `listed`, nearest first: same local day, then by day and time of day.

    Only instants that stand in Cal.com's own list, fit our own appointments and are not the lost time
    (incidents 1.3, 1.39). `occupied` gives the time a start takes, buffers included: the same that check and
    booking ask about (incident 1.18).
    """
    usable = [
        start
        for start in set(listed)
        if start != wished and start >= earliest and is_free(occupied(start), taken)
    ]
    return sorted(usable, key=lambda start: (*_distance(wished, start, zone), start))[:MOST_ALTERNATIVES]


def _distance(wished: datetime, start: datetime, zone: ZoneInfo) -> tuple[int, int]:
    wish, other = wished.astimezone(zone), start.astimezone(zone)
    minutes = abs((other.hour * 60 + other.minute) - (wish.hour * 60 + wish.minute))
    return abs((other.date() - wish.date()).days), minutes

"""Counting what came in."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterable
from datetime import datetime, timedelta

MINUTE = timedelta(seconds=60)


def most_in_a_minute(instants: Iterable[datetime]) -> int:
    """The most of them in any 60 s."""
    ordered = sorted(instants)
    return max(bisect_left(ordered, at + MINUTE) - index for index, at in enumerate(ordered))

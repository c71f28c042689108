"""Spans of aware instants: half-open, so that back to back is no overlap (incident 1.18)."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

CELL = timedelta(minutes=5)
"""The grain of claims: every service length and buffer in use is a multiple of it."""


@dataclass(frozen=True, slots=True, order=True)
class Span:
    """From `start` up to, not including, `end`; both aware, both UTC."""

    start: datetime
    end: datetime

    def __post_init__(self) -> None:
        if self.start.tzinfo is None or self.end.tzinfo is None:
            raise ValueError("a span needs aware instants")
        if self.end <= self.start:
            raise ValueError(f"a span must end after its start: {self.start} to {self.end}")

    def overlaps(self, other: Span) -> bool:
        """Return whether the two share any time."""
        return self.start < other.end and other.start < self.end

    def widened(self, *, before_minutes: int = 0, after_minutes: int = 0) -> Span:
        """Return the span with its buffers."""
        return Span(
            self.start - timedelta(minutes=before_minutes), self.end + timedelta(minutes=after_minutes)
        )

    def cells(self) -> Iterator[datetime]:
        """Yield the start of each 5-minute cell the span touches, in order."""
        seconds = int(CELL.total_seconds())
        at = datetime.fromtimestamp(int(self.start.timestamp()) // seconds * seconds, UTC)
        while at < self.end:
            yield at
            at += CELL


def span_of(start: datetime, minutes: int) -> Span:
    """Return the span of `minutes` from `start`, as UTC."""
    start = start.astimezone(UTC)
    return Span(start, start + timedelta(minutes=minutes))


def local_day(day: date, zone: ZoneInfo) -> Span:
    """Return a branch's calendar day as instants: 23, 24 or 25 hours long."""
    start = datetime.combine(day, time(), zone).astimezone(UTC)
    end = datetime.combine(day + timedelta(days=1), time(), zone).astimezone(UTC)
    return Span(start, end)


def exists(wall: datetime) -> bool:
    """Return whether a zoned wall-clock time happens at all: not in the hour summer time skips."""
    return wall.astimezone(UTC).astimezone(wall.tzinfo).replace(fold=0) == wall.replace(fold=0)


def is_ambiguous(wall: datetime) -> bool:
    """Return whether a zoned wall-clock time happens twice: the hour that winter time repeats."""
    return exists(wall) and wall.replace(fold=0).utcoffset() != wall.replace(fold=1).utcoffset()

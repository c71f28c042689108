"""Half-open spans in order of their start, found by bisection instead of scanning."""

from __future__ import annotations

from bisect import bisect_left, insort
from collections.abc import Iterator

Span = tuple[int, int, str]


class IntervalIndex:
    """Spans ``[start, end)`` in seconds, each with an owner's id; spans may overlap one another.

    The longest length ever held bounds how far before a window a span that reaches into it can start.
    """

    def __init__(self) -> None:
        self._spans: list[Span] = []
        self._longest = 0

    def __len__(self) -> int:
        return len(self._spans)

    def add(self, span: Span) -> None:
        """Hold one more span."""
        insort(self._spans, span)
        self._longest = max(self._longest, span[1] - span[0])

    def remove(self, span: Span) -> None:
        """Let a span go; one that isn't held is ignored."""
        position = bisect_left(self._spans, span)
        if position < len(self._spans) and self._spans[position] == span:
            del self._spans[position]

    def overlapping(self, start: int, end: int) -> Iterator[Span]:
        """The spans that share time with ``[start, end)``, in order of their start."""
        position = bisect_left(self._spans, (start - self._longest,))
        while position < len(self._spans) and self._spans[position][0] < end:
            span = self._spans[position]
            if span[1] > start:
                yield span
            position += 1

    def starting_from(self, start: int | None) -> Iterator[Span]:
        """The spans that start at or after ``start`` (None: all), in order."""
        position = 0 if start is None else bisect_left(self._spans, (start,))
        while position < len(self._spans):
            yield self._spans[position]
            position += 1

"""Half-open spans in order of their start, found by bisection instead of scanning."""

from __future__ import annotations

from bisect import bisect_left, bisect_right, insort
from collections.abc import Iterator

Span = tuple[int, int, str]
_MOST = 512  # spans of a block: to make room in one long list costs more the more it holds


class IntervalIndex:
    """Spans ``[start, end)`` in seconds, each with an owner's id; spans may overlap one another.

    They stand in blocks, one after the other. The longest length ever held bounds how far before a window a span
    that reaches into it can start.
    """

    def __init__(self) -> None:
        self._blocks: list[list[Span]] = [[]]
        self._borders: list[Span] = []  # no span of a block is below its border; the first block has none
        self._longest = 0

    def __len__(self) -> int:
        return sum(map(len, self._blocks))

    def add(self, span: Span) -> None:
        """Hold one more span."""
        place = bisect_right(self._borders, span)
        block = self._blocks[place]
        insort(block, span)
        self._longest = max(self._longest, span[1] - span[0])
        if len(block) > _MOST:
            upper = block[_MOST // 2 :]
            del block[_MOST // 2 :]
            self._blocks.insert(place + 1, upper)
            self._borders.insert(place, upper[0])

    def remove(self, span: Span) -> None:
        """Let a span go; one that isn't held is ignored."""
        place = bisect_right(self._borders, span)
        block = self._blocks[place]
        position = bisect_left(block, span)
        if position == len(block) or block[position] != span:
            return
        del block[position]
        if not block and self._borders:
            del self._blocks[place]
            del self._borders[max(place - 1, 0)]

    def overlapping(self, start: int, end: int) -> list[Span]:
        """The spans that share time with ``[start, end)``, in order of their start."""
        found: list[Span] = []
        for span in self.starting_from(start - self._longest):
            if span[0] >= end:
                break
            if span[1] > start:
                found.append(span)
        return found

    def starting_from(self, start: int | None) -> Iterator[Span]:
        """The spans that start at or after ``start`` (None: all), in order."""
        lowest = () if start is None else (start,)
        place = bisect_right(self._borders, lowest)
        position = bisect_left(self._blocks[place], lowest)
        while place < len(self._blocks):
            block = self._blocks[place]
            while position < len(block):
                yield block[position]
                position += 1
            place, position = place + 1, 0

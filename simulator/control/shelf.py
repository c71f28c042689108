"""Records as bytes in order of arrival, most of them compressed: what one request says, the next says again."""

from __future__ import annotations

import marshal
import zlib
from collections import deque
from collections.abc import Iterator

Record = tuple[int, bytes]
_BLOCK = 32  # a twelfth of the size for two microseconds a record
_FASTEST = 1


class Shelf:
    """Numbered records, oldest first. The newest and the oldest stand open, those between in closed blocks."""

    def __init__(self) -> None:
        self._oldest: deque[Record] = deque()
        self._blocks: deque[tuple[int, bytes]] = deque()  # each with its highest number
        self._newest: list[Record] = []
        self._size = 0

    def __len__(self) -> int:
        return self._size

    def append(self, number: int, data: bytes) -> None:
        """Add a record behind all others."""
        self._size += 1
        self._newest.append((number, data))
        if len(self._newest) == _BLOCK:
            highest = max(record[0] for record in self._newest)
            self._blocks.append((highest, zlib.compress(marshal.dumps(self._newest), _FASTEST)))
            self._newest = []

    def pop_oldest(self) -> Record:
        """Take the first record away; IndexError when there is none."""
        if not self._oldest and self._blocks:
            self._oldest.extend(_opened(self._blocks.popleft()[1]))
        elif not self._oldest:
            self._oldest.extend(self._newest)
            self._newest = []
        record = self._oldest.popleft()
        self._size -= 1
        return record

    def copy(self) -> Shelf:
        """The same records, for reading while others are added."""
        twin = Shelf()
        twin._oldest, twin._blocks, twin._newest = self._oldest.copy(), self._blocks.copy(), self._newest[:]
        twin._size = self._size
        return twin

    def records_above(self, number: int) -> Iterator[Record]:
        """The records with a higher number, in order of arrival."""
        yield from (record for record in self._oldest if record[0] > number)
        for highest, block in self._blocks:
            if highest > number:
                yield from (record for record in _opened(block) if record[0] > number)
        yield from (record for record in self._newest if record[0] > number)


def _opened(block: bytes) -> list[Record]:
    found: list[Record] = marshal.loads(zlib.decompress(block))  # noqa: S302 (our own bytes)
    return found

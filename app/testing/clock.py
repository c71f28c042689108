"""A clock that tests steer: real time plus an offset that several processes share through a file."""

from __future__ import annotations

import mmap
import struct
from datetime import UTC, datetime, timedelta
from pathlib import Path

from app.clock import SystemClock

_OFFSET = struct.Struct("<d")


class FileSteeredClock(SystemClock):
    """Gateway and worker processes given the same path show the same time; a jump reaches all at once."""

    def __init__(self, path: Path) -> None:
        path.parent.mkdir(parents=True, exist_ok=True)
        with path.open("a+b") as file:
            if file.seek(0, 2) < _OFFSET.size:
                file.write(_OFFSET.pack(0.0))
                file.flush()
            self._shared = mmap.mmap(file.fileno(), _OFFSET.size)

    def now(self) -> datetime:
        """Return the steered instant, aware, in UTC."""
        return super().now() + timedelta(seconds=_OFFSET.unpack_from(self._shared)[0])

    def set(self, now: datetime) -> None:
        """Jump to an instant; time runs on from there."""
        offset = (now.astimezone(UTC) - super().now()).total_seconds()
        _OFFSET.pack_into(self._shared, 0, offset)

    def advance(self, seconds: float) -> None:
        """Jump ahead."""
        self.set(self.now() + timedelta(seconds=seconds))

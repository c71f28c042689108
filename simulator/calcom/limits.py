"""The rate limit of an account: a fixed window, then a block (reference, rate limit)."""

from __future__ import annotations

import math
import threading
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any


@dataclass(frozen=True, slots=True)
class Verdict:
    """What the limit says to one call."""

    refused: bool
    limit: int
    remaining: int
    reset_seconds: int

    def headers(self) -> dict[str, str]:
        """Upstream's three headers; reset is seconds from now, rounded up. There is no Retry-After."""
        return limit_headers(self.limit, self.remaining, self.reset_seconds)


def limit_headers(limit: int, remaining: int, reset_seconds: int) -> dict[str, str]:
    """The headers of the limit named Default."""
    return {
        "X-RateLimit-Limit-Default": str(limit),
        "X-RateLimit-Remaining-Default": str(remaining),
        "X-RateLimit-Reset-Default": str(reset_seconds),
    }


class RateLimit:
    """``limit`` calls in a window; the next one starts a block, which further calls do not lengthen."""

    def __init__(self, *, limit: int, window: timedelta, block: timedelta) -> None:
        self.limit = limit
        self.window = window
        self.block = block
        self._lock = threading.Lock()
        self._ends: datetime | None = None
        self._blocked_until: datetime | None = None
        self._count = 0

    def count(self, now: datetime) -> Verdict:
        """Count one call at ``now``."""
        with self._lock:
            if self._blocked_until is not None and now < self._blocked_until:
                return Verdict(True, self.limit, 0, _seconds(self._blocked_until - now))
            if self._blocked_until is not None or self._ends is None or now >= self._ends:
                self._blocked_until, self._ends, self._count = None, now + self.window, 0
            self._count += 1
            if self._count > self.limit:
                self._blocked_until = now + self.block
                return Verdict(True, self.limit, 0, _seconds(self.block))
            return Verdict(False, self.limit, self.limit - self._count, _seconds(self._ends - now))

    def to_json(self) -> dict[str, Any]:
        """The setting as a state document has it."""
        return {
            "limit": self.limit,
            "window": self.window.total_seconds(),
            "block": self.block.total_seconds(),
        }


def _seconds(span: timedelta) -> int:
    return math.ceil(span.total_seconds())

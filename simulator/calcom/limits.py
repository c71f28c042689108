"""The rate limits of an account: fixed windows, then a block (reference, rate limit)."""

from __future__ import annotations

import math
import threading
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

DEFAULT_NAME = "Default"
_MOST_TRACKERS = 10_000


@dataclass(frozen=True, slots=True)
class LimitRule:
    """So many calls in a window; the next one starts a block. The name ends the headers' names."""

    name: str
    limit: int
    window: timedelta
    block: timedelta

    def to_json(self) -> dict[str, Any]:
        """The rule as a state document has it."""
        return {
            "name": self.name,
            "limit": self.limit,
            "window": self.window.total_seconds(),
            "block": self.block.total_seconds(),
        }


@dataclass(frozen=True, slots=True)
class Reading:
    """What one limit says to one call."""

    refused: bool
    name: str
    limit: int
    remaining: int
    reset_seconds: int


@dataclass(frozen=True, slots=True)
class Verdict:
    """What all limits say to one call: it is refused only when every one of them refuses it."""

    readings: tuple[Reading, ...]

    @property
    def refused(self) -> bool:
        """Whether the call is refused."""
        return all(reading.refused for reading in self.readings)

    def headers(self) -> dict[str, str]:
        """Upstream's three headers of each limit; reset is seconds from now, rounded up. There is no Retry-After."""
        found: dict[str, str] = {}
        for reading in self.readings:
            found.update(limit_headers(reading.limit, reading.remaining, reading.reset_seconds, reading.name))
        return found


def limit_headers(limit: int, remaining: int, reset_seconds: int, name: str = DEFAULT_NAME) -> dict[str, str]:
    """The headers of one limit."""
    return {
        f"X-RateLimit-Limit-{name}": str(limit),
        f"X-RateLimit-Remaining-{name}": str(remaining),
        f"X-RateLimit-Reset-{name}": str(reset_seconds),
    }


@dataclass(slots=True)
class _Counter:
    """How far one tracker has come with one limit."""

    count: int = 0
    ends: datetime | None = None
    blocked_until: datetime | None = None


@dataclass(slots=True)
class _Tracker:
    """Who is counted: a key, or the address of somebody without one."""

    counters: dict[str, _Counter] = field(default_factory=dict)


class RateLimit:
    """Several limits, counted for each tracker on its own; further calls do not lengthen a block."""

    def __init__(self, rules: Sequence[LimitRule]) -> None:
        self._rules = tuple(rules)
        self._lock = threading.Lock()
        self._trackers: dict[str, _Tracker] = {}

    def count(self, now: datetime, tracker: str = "") -> Verdict:
        """Count one call of a tracker at ``now`` against every limit."""
        with self._lock:
            if len(self._trackers) > _MOST_TRACKERS:
                self._trackers.clear()
            counters = self._trackers.setdefault(tracker, _Tracker()).counters
            return Verdict(
                tuple(_read(rule, counters.setdefault(rule.name, _Counter()), now) for rule in self._rules)
            )

    def to_json(self) -> Any:
        """The setting as a state document has it: one object for the default limit alone, else a list."""
        items = [rule.to_json() for rule in self._rules]
        return items[0] if len(items) == 1 and items[0]["name"] == DEFAULT_NAME else items


def _read(rule: LimitRule, counter: _Counter, now: datetime) -> Reading:
    if counter.blocked_until is not None and now < counter.blocked_until:
        return Reading(True, rule.name, rule.limit, 0, _seconds(counter.blocked_until - now))
    if counter.blocked_until is not None or counter.ends is None or now >= counter.ends:
        counter.blocked_until, counter.ends, counter.count = None, now + rule.window, 0
    counter.count += 1
    if counter.count > rule.limit:
        counter.blocked_until = now + rule.block
        return Reading(True, rule.name, rule.limit, 0, _seconds(rule.block))
    return Reading(False, rule.name, rule.limit, rule.limit - counter.count, _seconds(counter.ends - now))


def _seconds(span: timedelta) -> int:
    return math.ceil(span.total_seconds())

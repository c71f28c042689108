"""The simulator's time: the shapes it needs of a clock, and the one module that reads the system's.

Everything else takes a clock as a parameter, so that the same simulator runs on virtual time.
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Literal, Protocol

Mode = Literal["running", "frozen"]


class Event(Protocol):
    """A flag that one actor sets and others wait for."""

    def set(self) -> None:
        """Raise the flag and wake all who wait."""

    def wait(self, timeout: float | None = None) -> bool:
        """Whether the flag was raised within ``timeout`` seconds of the clock."""


class Clock(Protocol):
    """What code that tells the time or waits may use."""

    def now(self) -> datetime:
        """The present instant, aware, in UTC."""

    def sleep(self, seconds: float) -> None:
        """Wait that many seconds of this clock."""

    def spawn(self, work: Callable[[], None], *, name: str) -> None:
        """Run ``work`` soon, in an actor of its own."""

    def event(self) -> Event:
        """A new flag whose waits are measured on this clock."""


class SteerableClock(Clock, Protocol):
    """A clock that the control routes may move."""

    def set(self, now: datetime) -> None:
        """Jump to ``now``; a running clock runs on from there."""

    def advance(self, seconds: float) -> None:
        """Jump ahead by ``seconds``."""


class SteeredClock:
    """The system's time plus an offset that tests may set; it runs on, or stands still while frozen.

    Who sleeps wakes when this clock reaches the due instant, be it by running or by a jump.
    """

    def __init__(self, now: datetime | None = None, *, mode: Mode = "running") -> None:
        self._turned = threading.Condition()
        self._offset = timedelta(0)
        self._frozen_at: datetime | None = None
        if now is not None:
            self.set(now)
        if mode == "frozen":
            self.freeze()

    @property
    def mode(self) -> Mode:
        """Whether time passes by itself."""
        return "running" if self._frozen_at is None else "frozen"

    def now(self) -> datetime:
        """The present instant of this clock, aware, in UTC."""
        frozen_at = self._frozen_at
        return frozen_at if frozen_at is not None else datetime.now(UTC) + self._offset

    def sleep(self, seconds: float) -> None:
        """Wait that many seconds of this clock; a frozen clock must be moved by somebody."""
        self._wait(lambda: False, seconds)

    def spawn(self, work: Callable[[], None], *, name: str) -> None:
        """Run ``work`` in a thread of its own."""
        threading.Thread(target=work, name=name, daemon=True).start()

    def event(self) -> Event:
        """A new flag whose waits are measured on this clock."""
        return _Flag(self._turned, self._wait)

    def set(self, now: datetime) -> None:
        """Jump to ``now`` (aware); raises ValueError for an instant without an offset."""
        if now.tzinfo is None:
            raise ValueError("the clock needs an instant with an offset")
        with self._turned:
            now = now.astimezone(UTC)
            self._offset = now - datetime.now(UTC)
            if self._frozen_at is not None:
                self._frozen_at = now
            self._turned.notify_all()

    def advance(self, seconds: float) -> None:
        """Jump ahead by ``seconds`` of this clock."""
        with self._turned:
            self._offset += timedelta(seconds=seconds)
            if self._frozen_at is not None:
                self._frozen_at += timedelta(seconds=seconds)
            self._turned.notify_all()

    def freeze(self) -> None:
        """Stand still at the present instant."""
        with self._turned:
            self._frozen_at = self.now()
            self._turned.notify_all()

    def run(self) -> None:
        """Run on from the present instant."""
        with self._turned:
            if self._frozen_at is not None:
                self._offset = self._frozen_at - datetime.now(UTC)
                self._frozen_at = None
            self._turned.notify_all()

    def _wait(self, done: Callable[[], bool], seconds: float | None) -> bool:
        """Wait until ``done`` or the due instant of this clock; returns whether it was done."""
        due = None if seconds is None else self.now() + timedelta(seconds=seconds)
        with self._turned:
            while not done():
                left = None if due is None else (due - self.now()).total_seconds()
                if left is not None and left <= 0:
                    return False
                self._turned.wait(left if self._frozen_at is None else None)
            return True


class _Flag:
    def __init__(
        self, turned: threading.Condition, wait: Callable[[Callable[[], bool], float | None], bool]
    ) -> None:
        self._turned = turned
        self._wait = wait
        self._raised = False

    def set(self) -> None:
        with self._turned:
            self._raised = True
            self._turned.notify_all()

    def wait(self, timeout: float | None = None) -> bool:
        return self._wait(lambda: self._raised, timeout)

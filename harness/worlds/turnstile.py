"""Callers that wait side by side in the live world: the shared clock moves once for all, not once for each."""

from __future__ import annotations

import threading
from collections.abc import Callable
from datetime import datetime, timedelta

_LOOK_SECONDS = 0.05


class Turnstile:
    """Lets several threads wait for instants of one clock; it moves when all of them do nothing but wait."""

    def __init__(self, threads: int, now: Callable[[], datetime], jump: Callable[[datetime], None]) -> None:
        self._working = threads
        self._now = now
        self._jump = jump
        self._due: dict[int, datetime] = {}
        self._turned = threading.Condition()

    def wait(self, seconds: float) -> None:
        """Wait until the clock is so far; moves it to the earliest wish when nobody works any more."""
        me = threading.get_ident()
        with self._turned:
            due = self._due[me] = self._now() + timedelta(seconds=seconds)
            self._turned.notify_all()
            while (now := self._now()) < due:
                earliest = min(self._due.values())
                if len(self._due) >= self._working and earliest > now:
                    self._jump(earliest)
                    self._turned.notify_all()
                else:
                    self._turned.wait(_LOOK_SECONDS)
            del self._due[me]

    def leave(self) -> None:
        """The current thread is done; the others no longer wait for it."""
        with self._turned:
            self._working -= 1
            self._turned.notify_all()

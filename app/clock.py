"""The system's clock: the only module of the gateway that reads the wall clock or waits on it."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from datetime import UTC, datetime


class SystemClock:
    """Real time; sleeps and spawns with threads."""

    def now(self) -> datetime:
        """Return the current instant, aware, in UTC."""
        return datetime.now(UTC)

    def sleep(self, seconds: float) -> None:
        """Wait `seconds`."""
        time.sleep(max(0.0, seconds))

    def spawn(self, work: Callable[[], None], *, name: str) -> None:
        """Run `work` soon, in a thread of its own."""
        threading.Thread(target=work, name=name, daemon=True).start()

    def event(self) -> threading.Event:
        """Return an event that threads can wait for."""
        return threading.Event()

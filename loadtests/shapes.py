"""How many callers there are, over time."""

from __future__ import annotations

from collections.abc import Callable
from typing import ClassVar, cast

from locust import LoadTestShape

from loadtests.brief import Brief
from loadtests.calls import AGENT_TIMEOUT_SECONDS

_REPORTS_SECONDS = 30.0
"""What the last reports of all processes may take."""


class RampAndHold(LoadTestShape):
    """All callers join during the ramp and stay; the end comes when the last call is settled.

    ``locustfile`` gives a subclass its brief and ``is_done``.
    """

    abstract = True
    brief: ClassVar[Brief]
    is_done: ClassVar[Callable[[], bool]]

    def tick(self) -> tuple[int, float] | None:
        """Callers and how many join each second; None at the end."""
        brief, run_time = self.brief, cast("Callable[[], float]", self.get_run_time)
        elapsed = run_time()
        end = brief.ramp_seconds + brief.duration_seconds
        longest_call = brief.thinking_seconds * brief.time_scale + 2 * AGENT_TIMEOUT_SECONDS
        if elapsed >= end and type(self).is_done():
            return None
        if elapsed >= end + longest_call + _REPORTS_SECONDS:
            return None
        return brief.users, brief.spawn_rate

"""An actor of the virtual world: one greenlet, its state, and what is to happen when its process dies."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from enum import StrEnum

from greenlet import greenlet


class ActorState(StrEnum):
    """Where an actor stands; ``crashed`` is for good."""

    READY = "ready"
    RUNNING = "running"
    WAITING = "waiting"
    DONE = "done"
    CRASHED = "crashed"


@dataclass(frozen=True, slots=True)
class ActorFailure:
    """An exception that left an actor: nobody was there to catch it."""

    actor: str
    error: Exception


@dataclass(eq=False, slots=True)
class Actor:
    """Identity is the object's; ``ticket`` changes with each wake-up, so an old timer can't wake it again."""

    name: str
    number: int
    group: str
    daemon: bool = False
    greenlet: greenlet = field(default_factory=greenlet)
    state: ActorState = ActorState.READY
    ticket: int = 0
    upstream_seconds: float = 0.0
    crash_listeners: list[Callable[[], None]] = field(default_factory=list)

    def is_alive(self) -> bool:
        """Whether it may still run."""
        return self.state not in (ActorState.DONE, ActorState.CRASHED)

    def notify_crash(self) -> None:
        """Tell those who wait for this actor that it will never answer."""
        for listener in self.crash_listeners:
            listener()

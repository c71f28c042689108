"""When to stop asking a Cal.com that does not answer, per account. Pure: a state and an event give a state.

Five operations in a row that failed by the provider's fault open the breaker for 60 s. Then one call at a time
is a probe; two that succeed close it, one that fails opens it again. Operations are counted, not tries.
An answer below 500 is an answer, whatever it says: five callers on taken slots open nothing (incident 1.39), and
of too many requests (429) the pace takes care. While it is closed, calls run side by side: nothing is held.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum

FAULTS_TO_OPEN = 5
SUCCESSES_TO_CLOSE = 2
OPEN_FOR = timedelta(seconds=60)
PROBE_FOR = timedelta(seconds=60)
"""After this a probe nobody heard of again, of a process that died, no longer keeps others from trying."""


class BreakerMode(StrEnum):
    """Whether calls pass."""

    CLOSED = "closed"
    OPEN = "open"
    HALF_OPEN = "half_open"


@dataclass(frozen=True, slots=True)
class Breaker:
    """The state of one account's breaker."""

    mode: BreakerMode = BreakerMode.CLOSED
    faults: int = 0
    """Operations in a row that failed by the provider's fault."""
    successes: int = 0
    """Probes in a row that succeeded."""
    until: datetime | None = None
    """Open: when it tries again. Half open: until when a probe is under way, None when none is."""
    epoch: int = 0
    """Changes with every mode and every probe: what began in another epoch decides nothing."""

    @property
    def is_clean(self) -> bool:
        """Return whether a success would change nothing."""
        return self.mode is BreakerMode.CLOSED and not self.faults


@dataclass(frozen=True, slots=True)
class Ticket:
    """A permission to call; handed back with what came of it."""

    epoch: int
    is_probe: bool = False
    is_clean: bool = True
    """Nothing had failed before, so a success needs no telling."""


def admit(breaker: Breaker, now: datetime) -> tuple[Breaker, Ticket | None]:
    """Return the state after somebody asked to call, and his ticket; None when he must not."""
    if breaker.mode is BreakerMode.CLOSED:
        return breaker, Ticket(breaker.epoch, is_clean=breaker.is_clean)
    if breaker.until is not None and now < breaker.until <= now + max(OPEN_FOR, PROBE_FOR):
        return breaker, None  # later than that is a clock that was set back
    successes = breaker.successes if breaker.mode is BreakerMode.HALF_OPEN else 0
    probing = Breaker(
        BreakerMode.HALF_OPEN, successes=successes, until=now + PROBE_FOR, epoch=breaker.epoch + 1
    )
    return probing, Ticket(probing.epoch, is_probe=True, is_clean=False)


def succeeded(breaker: Breaker, ticket: Ticket) -> Breaker:
    """Return the state after an operation that Cal.com answered."""
    if ticket.epoch != breaker.epoch or breaker.mode is BreakerMode.OPEN:
        return breaker
    if breaker.mode is BreakerMode.CLOSED:
        return replace(breaker, faults=0)
    if breaker.successes + 1 >= SUCCESSES_TO_CLOSE:
        return Breaker(epoch=breaker.epoch + 1)
    return replace(breaker, successes=breaker.successes + 1, until=None)


def failed(breaker: Breaker, ticket: Ticket, now: datetime) -> Breaker:
    """Return the state after an operation that failed by the provider's fault."""
    if ticket.epoch != breaker.epoch or breaker.mode is BreakerMode.OPEN:
        return breaker
    faults = breaker.faults + 1
    if breaker.mode is BreakerMode.CLOSED and faults < FAULTS_TO_OPEN:
        return replace(breaker, faults=faults)
    return Breaker(BreakerMode.OPEN, until=now + OPEN_FOR, epoch=breaker.epoch + 1)


def gave_up(breaker: Breaker, ticket: Ticket) -> Breaker:
    """Return the state after an operation that says nothing of Cal.com: our own time was too short."""
    if ticket.is_probe and ticket.epoch == breaker.epoch:
        return replace(breaker, until=None)
    return breaker

"""How fast requests leave for one account: evenly, at most 100 in any 60 s. Pure: a state and an instant.

One line of turns, a gap apart, is shared by everybody. Background work takes a turn when it has come and never
reserves one ahead. A caller may go one gap before his turn, so he never waits behind background work, only for
callers just before him; each of his requests moves background work on by one turn. That one gap is what fits into
100 a minute beside a full line: 60 s / 0.61 s + 2 = 100.

Background work always keeps half: it waits no longer than two gaps after its last request. A caller is slowed only
while background work runs, and by no more than a gap: where callers alone are too many, Cal.com's own limit (120)
decides, and its answer blocks the account until it is over.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from app.usecases.ports import Urgency

GAP = timedelta(seconds=0.61)
"""Between two turns: 98 a minute, 150 requests in 91 s."""
HALF = 2 * GAP
"""The longest background work waits for callers: half of the line is its own."""
WINDOW = timedelta(seconds=60)
BLOCK = timedelta(seconds=120)
"""The longest Cal.com keeps an account out, doubled."""


@dataclass(frozen=True, slots=True)
class Pace:
    """The state of one account's line."""

    next_free_at: datetime | None = None
    """When the next turn comes; None before the first request."""
    background_at: datetime | None = None
    """When background work last sent something."""
    blocked_until: datetime | None = None
    """Cal.com said that it takes nothing before this instant."""


@dataclass(frozen=True, slots=True)
class Turn:
    """What somebody who wants to send is told."""

    is_taken: bool
    """Whether the turn is his; else he asks again after the wait."""
    wait: timedelta
    is_blocked: bool = False
    """Whether it is Cal.com that takes nothing."""


def take_turn(pace: Pace, urgency: Urgency, now: datetime, asked_at: datetime) -> tuple[Pace, Turn]:
    """Return the line after somebody asked for a turn, and what he is told.

    Args:
        pace: The line.
        urgency: Who asks.
        now: The current instant.
        asked_at: When he asked first: nobody waits for ever for those who came later.
    """
    pace = _without_future(pace, now)
    if pace.blocked_until is not None and now < pace.blocked_until:
        return pace, Turn(is_taken=False, wait=pace.blocked_until - now, is_blocked=True)
    if urgency is Urgency.CALLER:
        return _moved_on(pace, now), Turn(is_taken=True, wait=_callers_wait(pace, now))
    wait = _turn_of_background(pace, now, asked_at) - now
    if wait > timedelta():
        return pace, Turn(is_taken=False, wait=wait)
    return replace(_moved_on(pace, now), background_at=now), Turn(is_taken=True, wait=timedelta())


def block(pace: Pace, now: datetime, seconds: float) -> Pace:
    """Return the line after Cal.com said for how long it takes nothing."""
    until = now + timedelta(seconds=seconds)
    return pace if pace.blocked_until and pace.blocked_until >= until else replace(pace, blocked_until=until)


def _without_future(pace: Pace, now: datetime) -> Pace:
    """Return the line without what can't be: a clock that was set back must not stop it until it catches up."""

    def known(instant: datetime | None, furthest: timedelta) -> datetime | None:
        return None if instant is not None and instant > now + furthest else instant

    return Pace(
        known(pace.next_free_at, WINDOW),
        known(pace.background_at, timedelta()),
        known(pace.blocked_until, BLOCK),
    )


def _callers_wait(pace: Pace, now: datetime) -> timedelta:
    """Return how long a caller waits: up to a gap, if that keeps the pace beside background work."""
    if pace.background_at is None or now - pace.background_at >= WINDOW:
        return timedelta()
    wait = max((pace.next_free_at or now) - GAP - now, timedelta())
    return wait if wait <= GAP else timedelta()


def _turn_of_background(pace: Pace, now: datetime, asked_at: datetime) -> datetime:
    began = max(pace.background_at or asked_at, asked_at)
    return min(pace.next_free_at or now, began + HALF)


def _moved_on(pace: Pace, now: datetime) -> Pace:
    """Return the line one turn later; what is older than a minute is no longer counted."""
    turn = max(pace.next_free_at or now, now) + GAP
    return replace(pace, next_free_at=min(turn, now + WINDOW), blocked_until=None)

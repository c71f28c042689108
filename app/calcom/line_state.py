"""What is shared of one account's line, as a value and as a text; entering it is one pure step."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from app.calcom.breaker import Breaker, BreakerMode, Ticket, admit
from app.calcom.pace import Pace, Turn, take_turn
from app.usecases.ports import Urgency

NAME = "calcom.line"
KEEP_SECONDS = 3600
"""Longer than anything in it means anything."""


@dataclass(frozen=True, slots=True)
class LineState:
    """Breaker and pace of one account."""

    breaker: Breaker = field(default_factory=Breaker)
    pace: Pace = field(default_factory=Pace)


@dataclass(frozen=True, slots=True)
class Entry:
    """What somebody who came to the line is told; without a turn the breaker keeps him out."""

    ticket: Ticket | None
    turn: Turn | None


def enter(
    state: LineState, urgency: Urgency, ticket: Ticket | None, *, now: datetime, asked_at: datetime
) -> tuple[LineState, Entry]:
    """Return the line after somebody wanted to send, and what he is told.

    Args:
        state: The line.
        urgency: Who comes.
        ticket: The one he has from an earlier try of the same operation; it ends when the breaker changes.
        now: The current instant.
        asked_at: When he came first.
    """
    breaker = state.breaker
    if ticket is None:
        breaker, ticket = admit(breaker, now)
    elif ticket.epoch != breaker.epoch:
        ticket = None
    if ticket is None:
        return state, Entry(None, None)
    pace, turn = take_turn(state.pace, urgency, now, asked_at)
    if not turn.is_taken:
        return state, Entry(None, turn)  # a probe is handed out only to who sends it now
    return LineState(breaker, pace), Entry(ticket, turn)


def state_to_text(state: LineState) -> str:
    """Return the state as a text for the store."""
    breaker, pace = state.breaker, state.pace
    return json.dumps(
        {
            "mode": breaker.mode,
            "faults": breaker.faults,
            "successes": breaker.successes,
            "until": _text(breaker.until),
            "epoch": breaker.epoch,
            "next_free_at": _text(pace.next_free_at),
            "background_at": _text(pace.background_at),
            "blocked_until": _text(pace.blocked_until),
        }
    )


def state_from_text(text: str | None) -> LineState:
    """Return the state of a stored text; a line nobody knows anything of is free."""
    if text is None:
        return LineState()
    stored: dict[str, Any] = json.loads(text)
    breaker = Breaker(
        BreakerMode(stored["mode"]),
        stored["faults"],
        stored["successes"],
        _instant(stored["until"]),
        stored["epoch"],
    )
    instants = (_instant(stored[name]) for name in ("next_free_at", "background_at", "blocked_until"))
    return LineState(breaker, Pace(*instants))


def _text(instant: datetime | None) -> str | None:
    return None if instant is None else instant.isoformat()


def _instant(text: str | None) -> datetime | None:
    return None if text is None else datetime.fromisoformat(text)

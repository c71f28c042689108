"""Answers about free slots that still hold, so that a question asked again costs no second search.

An answer is kept only while it can't depend on the present instant, and holds only for the world it was found in:
one more booking, another schedule or event type, and it is worked out anew.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from simulator.calcom.bounds import schedule_of
from simulator.calcom.exchange import Answer
from simulator.calcom.world import EventType, World

_MOST = 256


@dataclass(frozen=True, slots=True)
class _Kept:
    world: World
    kind: EventType
    state: tuple[Any, ...]
    until: datetime
    payload: Any
    body: bytes


class SlotMemo:
    """What one account answered to which question; the caller holds the world's lock."""

    def __init__(self) -> None:
        self._kept: dict[str, _Kept] = {}

    def find(self, world: World, target: str, now: datetime) -> Answer | None:
        """The answer to the same question, if nothing has changed since."""
        kept = self._kept.get(target)
        if kept is None or kept.world is not world or now > kept.until or world.reservations:
            return None
        if world.event_types.get(kept.kind.id) is not kept.kind or _state(world, kept.kind) != kept.state:
            return None
        return Answer(200, kept.payload, raw=kept.body)

    def keep(
        self, world: World, target: str, answer: Answer, *, kind: EventType, start: datetime, now: datetime
    ) -> None:
        """Remember an answer about slots from ``start`` on, unless it will change with the time alone."""
        until = start - timedelta(minutes=kind.notice_minutes)
        if now > until or kind.window is not None or world.reservations or kind.id not in world.event_types:
            return
        if len(self._kept) >= _MOST:
            self._kept.clear()
        answer.raw = answer.encode()
        self._kept[target] = _Kept(world, kind, _state(world, kind), until, answer.payload, answer.raw)


def _state(world: World, kind: EventType) -> tuple[Any, ...]:
    return world.version, *(schedule_of(world, kind, host_id) for host_id in kind.host_ids)

"""Passages in the order a reader expects, grouped into turns that each have a time axis of their own."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from harness.events import Exchange, Happening, HappeningKind, Lane

Passage = Exchange | Happening

AXES_MS = (100, 300, 1_000, 3_000, 8_000, 20_000, 60_000, 180_000, 600_000, 1_800_000, 7_200_000, 86_400_000)
"""Ends of a turn's axis: the least that holds the whole turn is taken."""

IDLE_SECONDS = 1.0
"""What begins so long after a turn's end is no part of it (a worker, a late webhook)."""

INSIDE = (HappeningKind.DATABASE, HappeningKind.FAULT, HappeningKind.CRASH)
"""Happenings that can be the inner side of a request at the same instant."""


@dataclass(slots=True)
class Turn:
    """Passages that belong together. ``ends``: the last word; ``measured``: the end of the last bar."""

    starts: float
    ends: float
    measured: float = 0.0
    passages: list[Passage] = field(default_factory=list)

    @property
    def axis_ms(self) -> float:
        """Length of the axis on which all bars of this turn stand."""
        length = round((self.measured - self.starts) * 1000, 3)
        return next((end for end in AXES_MS if length <= end), length)

    def take(self, passage: Passage) -> None:
        """Adds a passage and moves the end if it lasted longer; words alone do not stretch the axis."""
        self.passages.append(passage)
        self.ends = max(self.ends, ends_at(passage))
        if passage.duration_ms is not None:
            self.measured = max(self.measured, ends_at(passage))


def ends_at(passage: Passage) -> float:
    """Seconds at which it was over."""
    return passage.seconds + (passage.duration_ms or 0.0) / 1000


def opens_turn(passage: Passage) -> bool:
    """True for a request of the agent (or a caller) to the gateway."""
    return (
        isinstance(passage, Exchange)
        and passage.target is Lane.GATEWAY
        and passage.source in (Lane.AGENT, Lane.CALLER)
    )


def in_order(passages: Sequence[Passage]) -> list[Passage]:
    """Sorted by start; at one instant a request stands before what it caused, though it is known later."""
    ordered: list[tuple[int, Passage]] = []
    for known in sorted(enumerate(passages), key=lambda known: _instant(known[1])):
        place = _place(known[1], ordered) if opens_turn(known[1]) else len(ordered)
        ordered.insert(place, known)
    return [passage for _, passage in ordered]


def _place(opening: Passage, ordered: Sequence[tuple[int, Passage]]) -> int:
    """Before all that this request caused: what became known of its call since the request before it."""
    peers = [
        (index, known, other)
        for index, (known, other) in enumerate(ordered)
        if _instant(other) == _instant(opening) and same_call(other, opening)
    ]
    before = max((known for _, known, other in peers if not _inside(other)), default=-1)
    return next((index for index, known, _ in peers if known > before), len(ordered))


def _inside(passage: Passage) -> bool:
    """True for what a request to the gateway can have caused before its answer was known."""
    return not opens_turn(passage) and (isinstance(passage, Exchange) or passage.kind in INSIDE)


def _instant(passage: Passage) -> float:
    return round(passage.seconds, 6)


def same_call(one: Passage, other: Passage) -> bool:
    """True when both belong to one call as far as can be told: by call id, else by actor."""
    ids = _call_id(one), _call_id(other)
    if all(ids):
        return ids[0] == ids[1]
    return not one.actor or not other.actor or one.actor == other.actor


def _call_id(passage: Passage) -> str | None:
    return passage.call_id if isinstance(passage, Exchange) else None


def turns_of(ordered: Sequence[Passage]) -> Iterator[tuple[Passage, Turn]]:
    """Each passage with its turn: of its call, else its actor, else the latest; after a pause a new one."""
    turns: list[Turn] = []
    homes: list[Turn] = []
    for passage in ordered:
        turn = None if opens_turn(passage) else _home(passage, turns)
        if turn is None:
            turn = Turn(passage.seconds, passage.seconds)
            turns.append(turn)
        turn.take(passage)
        homes.append(turn)
    return zip(ordered, homes, strict=True)


def _home(passage: Passage, turns: Sequence[Turn]) -> Turn | None:
    near = [turn for turn in reversed(turns) if passage.seconds <= turn.ends + IDLE_SECONDS]
    named = (turn for turn in near if _certainly_same(passage, turn.passages[0]))
    return next(named, None) or next((turn for turn in near if same_call(passage, turn.passages[0])), None)


def _certainly_same(one: Passage, other: Passage) -> bool:
    return same_call(one, other) and bool(
        (_call_id(one) and _call_id(other)) or (one.actor and one.actor == other.actor)
    )

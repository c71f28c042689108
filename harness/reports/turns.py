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

BEFORE_CALCOM = ("claim.won", "claim.lost", "attempt.opened")
"""Rows written before Cal.com is asked (design 3, step 4); all others of a call are written after."""


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
    for known, passage in sorted(enumerate(passages), key=lambda known: _instant(known[1])):
        ordered.insert(_place(passage, ordered), (known, passage))
    return [passage for _, passage in ordered]


def _place(passage: Passage, ordered: Sequence[tuple[int, Passage]]) -> int:
    if opens_turn(passage):
        return _place_of_opening(passage, ordered)
    if isinstance(passage, Exchange):
        return _place_of_request(passage, ordered)
    return _place_of_row(passage, ordered) if _is_row(passage) else len(ordered)


def _place_of_opening(opening: Passage, ordered: Sequence[tuple[int, Passage]]) -> int:
    """Before all that this request caused: what became known of its call since the request before it."""
    peers = _peers(opening, ordered)
    before = max((known for _, known, other in peers if not _inside(other)), default=-1)
    return next((index for index, known, _ in peers if known > before), len(ordered))


def _place_of_request(request: Exchange, ordered: Sequence[tuple[int, Passage]]) -> int:
    """At the end, but a booking stands before the webhooks that were sent while it was made."""
    place = len(ordered)
    while request.target is Lane.CALCOM and place:
        other = ordered[place - 1][1]
        sent_meanwhile = isinstance(other, Exchange) and other.source is Lane.CALCOM
        if not sent_meanwhile or _instant(other) != _instant(request):
            break
        place -= 1
    return place


def _place_of_row(row: Happening, ordered: Sequence[tuple[int, Passage]]) -> int:
    """Rows are read from the log when all is over, so their place among the requests is that of the protocol."""
    peers = [(index, other) for index, _, other in _peers(row, ordered)]
    same_instant = (index for index, (_, other) in enumerate(ordered) if _instant(other) == _instant(row))
    first = next(same_instant, len(ordered))  # what ends an older request comes before what begins now
    requests = [index for index, other in peers if isinstance(other, Exchange) and not opens_turn(other)]
    if row.text.startswith(BEFORE_CALCOM):
        earlier = [index for index, other in peers if opens_turn(other) or _is_row(other)]
        return earlier[-1] + 1 if earlier else next(iter(requests), first)
    earlier = [index for index, other in peers if isinstance(other, Exchange) or _is_row(other)]
    return earlier[-1] + 1 if earlier else first


def _peers(passage: Passage, ordered: Sequence[tuple[int, Passage]]) -> list[tuple[int, int, Passage]]:
    """Place, order of knowing and passage of all that began at the same instant in the same call."""
    return [
        (index, known, other)
        for index, (known, other) in enumerate(ordered)
        if _instant(other) == _instant(passage) and same_call(other, passage)
    ]


def _is_row(passage: Passage) -> bool:
    return isinstance(passage, Happening) and passage.kind is HappeningKind.DATABASE


def _inside(passage: Passage) -> bool:
    """True for what a request to the gateway can have caused before its answer was known."""
    return not opens_turn(passage) and (isinstance(passage, Exchange) or _is_row(passage))


def _instant(passage: Passage) -> float:
    return round(passage.seconds, 6)


def same_call(one: Passage, other: Passage) -> bool:
    """True when both belong to one call as far as can be told: by call id, else by actor."""
    ids = call_id(one), call_id(other)
    if all(ids):
        return ids[0] == ids[1]
    return not one.actor or not other.actor or one.actor == other.actor


def call_id(passage: Passage) -> str | None:
    """The Retell call it belongs to; a row that was written names it as its actor."""
    if isinstance(passage, Exchange):
        return passage.call_id
    return passage.actor or None if _is_row(passage) else None


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
        (call_id(one) and call_id(other)) or (one.actor and one.actor == other.actor)
    )

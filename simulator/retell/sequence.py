"""A call's sequence: turn by turn, who asked whom, when, how long it took, and whose time that was."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any

from simulator.retell import journal_steps, ledger_steps
from simulator.retell.conversation import Call, Exchange, Turn
from simulator.retell.detail import detail_of_exchange
from simulator.retell.evidence import Evidence
from simulator.retell.phrasing import claim_of
from simulator.retell.step import Lane, Piece, Step

_AXES_MS = (100, 300, 1000, 3000, 8000, 20_000)
_HEARD = 46  # characters of an utterance that fit into its row


class Rank(StrEnum):
    """Order of rows at the same instant: one hears, asks, is answered, speaks."""

    HEARD = "a"
    ASKED = "b"
    INSIDE = "c"
    HAPPENED = "d"
    SPOKEN = "e"


@dataclass(frozen=True, slots=True)
class TurnView:
    """A turn as the page shows it; `axis_ms` is the length of its bars' axis."""

    number: int
    at: datetime
    function: str
    status: str
    total_ms: float | None
    axis_ms: int | None
    is_open: bool
    error: str
    steps: tuple[Step, ...] = ()


@dataclass(frozen=True, slots=True)
class Sequence:
    """All turns with the sums of their times: our own, Cal.com's, and how many requests went there."""

    turns: tuple[TurnView, ...]
    own_ms: float
    wait_ms: float
    requests: int
    odd: int


@dataclass(slots=True)
class _Draft:
    """A turn with its rows still unsorted."""

    turn: Turn
    rows: list[tuple[datetime, Rank, Step]] = field(default_factory=list)


def build_sequence(
    call: Call, evidence: Evidence, *, faults: list[dict[str, Any]], timeout_seconds: float, now: datetime
) -> Sequence:
    """The rows of a call from its own turns, Cal.com's journal, the gateway's log and what happened beside."""
    drafts = [_Draft(turn, _speech_and_calls(turn, timeout_seconds)) for turn in list(call.turns)]
    calcom = journal_steps.build(evidence, faults, wishes=call.exchanges)
    inside = [*calcom, *ledger_steps.build(evidence)]
    for step in inside:
        _place(drafts, step, Rank.INSIDE)
    for step in [*journal_steps.build_happenings(call, evidence), *_notes(call)]:
        _place(drafts, step, Rank.HAPPENED)
    turns = tuple(_view(draft, now) for draft in drafts)
    gateway_ms = sum(exchange.duration_ms or 0 for exchange in call.exchanges)
    wait_ms = sum(
        piece_ms
        for draft in drafts
        for exchange in draft.turn.exchanges
        for piece_ms in _waits(exchange, calcom)
    )
    odd = sum(1 for turn in turns for step in turn.steps if step.mood)
    return Sequence(turns, max(0.0, gateway_ms - wait_ms), wait_ms, len(calcom), odd)


def axis_for(milliseconds: float) -> int:
    """The next round length that holds a turn."""
    return next((axis for axis in _AXES_MS if milliseconds <= axis), int(milliseconds))


def _speech_and_calls(turn: Turn, timeout_seconds: float) -> list[tuple[datetime, Rank, Step]]:
    rows: list[tuple[datetime, Rank, Step]] = []
    if turn.utterance is not None:
        words = turn.utterance if len(turn.utterance) <= _HEARD else f"{turn.utterance[:_HEARD].rstrip()} …"
        heard = Step(turn.started_at, Lane.CALLER, Lane.AGENT, f"„{words}“", kind="speech")
        rows.append((turn.started_at, Rank.HEARD, heard))
    rows += [
        (exchange.sent_at, Rank.ASKED, _asked(exchange, timeout_seconds)) for exchange in list(turn.exchanges)
    ]
    if turn.said_at is not None and turn.sentence is not None:
        status = turn.exchanges[-1].status if turn.exchanges else ""
        said = f"sagt: {claim_of(status)}" if status else f"sagt: {turn.sentence}"
        spoken = Step(turn.said_at, Lane.AGENT, Lane.CALLER, said, kind="speech")
        rows.append((turn.said_at, Rank.SPOKEN, spoken))
    return rows


def _asked(exchange: Exchange, timeout_seconds: float) -> Step:
    failed = exchange.error is not None
    result = str(exchange.status_code or "")
    if exchange.status_code is None:
        result = {"timeout": "keine Antwort", "unreachable": "nicht erreichbar"}.get(
            exchange.error or "", "wartet"
        )
    return Step(
        exchange.sent_at,
        Lane.AGENT,
        Lane.GATEWAY,
        exchange.function,
        note="Wiederholung" if exchange.repeats else "",
        code=True,
        result=result,
        duration_ms=exchange.duration_ms,
        mood="failed" if failed else "",
        answered=exchange.status_code is not None,
        kind="http",
        detail=detail_of_exchange(exchange, timeout_seconds=timeout_seconds),
    )


def _notes(call: Call) -> list[Step]:
    """Jumps of the clock, the worker, armed faults: what a click did beside the conversation."""
    return [
        Step(event.at, Lane.CALCOM if event.kind == "fault" else Lane.GATEWAY, None, str(event.data["text"]),
             mood="fault" if event.kind == "fault" else "", kind="happening")
        for event in list(call.events)
        if event.kind in ("clock", "worker", "fault")
    ]  # fmt: skip


def _place(drafts: list[_Draft], step: Step, rank: Rank) -> None:
    """Into the turn it happened in or after; what came before the first turn belongs to none."""
    for draft in reversed(drafts):
        if draft.turn.started_at <= step.at:
            draft.rows.append((step.at, rank, step))
            return


def _view(draft: _Draft, now: datetime) -> TurnView:
    turn = draft.turn
    rows = [step for _, _, step in sorted(draft.rows, key=lambda row: (row[0], row[1], row[2].order))]
    first = turn.exchanges[0] if turn.exchanges else None
    last = turn.exchanges[-1] if turn.exchanges else None
    total = _total(turn, now)
    axis = axis_for(total) if total is not None else None
    if first is not None and axis is not None:
        rows = [_so_far(step, now) for step in rows]
        inside = [step for step in rows if step.source is Lane.GATEWAY and step.target is Lane.CALCOM]
        rows = [replace(step, pieces=_pieces(step, first.sent_at, axis, inside)) for step in rows]
    return TurnView(
        number=turn.number,
        at=turn.started_at,
        function=last.function if last else "",
        status=last.status if last else "",
        total_ms=total,
        axis_ms=axis,
        is_open=turn.is_open and bool(turn.exchanges),
        error=(turn.error or {}).get("code", ""),
        steps=tuple(replace(step, id=f"t{turn.number}-{at}") for at, step in enumerate(rows)),
    )


def _total(turn: Turn, now: datetime) -> float | None:
    """Milliseconds from the first request to the last answer, or up to now."""
    if not turn.exchanges:
        return None
    return ((turn.exchanges[-1].answered_at or now) - turn.exchanges[0].sent_at) / timedelta(milliseconds=1)


def _so_far(step: Step, now: datetime) -> Step:
    """A request that is still open has waited until now."""
    if step.duration_ms is not None or step.answered or step.kind != "http":
        return step
    return replace(step, duration_ms=max(0.0, (now - step.at) / timedelta(milliseconds=1)))


def _pieces(step: Step, origin: datetime, axis_ms: int, inside: list[Step]) -> tuple[Piece, ...]:
    """A row's bar: own time, over it the time it waited for Cal.com, hatched where a fault made it."""
    if step.duration_ms is None or step.kind == "speech":
        return ()
    begin = (step.at - origin) / timedelta(milliseconds=1)
    if begin > axis_ms or begin < 0:
        return ()
    whole = _piece("own" if step.target is not Lane.CALCOM else "wait", begin, step.duration_ms, axis_ms)
    if step.target is Lane.CALCOM:
        return (replace(whole, kind="made") if step.mood == "fault" else whole,)
    if step.target is not Lane.GATEWAY:
        return (whole,)
    waits = [
        _piece("wait", (part.at - origin) / timedelta(milliseconds=1), part.duration_ms, axis_ms)
        for part in inside
        if part.duration_ms is not None
        and step.at <= part.at <= step.at + timedelta(milliseconds=step.duration_ms)
    ]
    return (whole, *waits)


def _piece(kind: str, begin: float, length: float, axis_ms: int) -> Piece:
    start = min(100.0, 100 * begin / axis_ms)
    width = max(0.0, min(100.0 - start, 100 * length / axis_ms))
    return Piece(kind, round(start, 2), round(width, 2))


def _waits(exchange: Exchange, calcom: list[Step]) -> list[float]:
    end = exchange.answered_at
    if end is None:
        return []
    return [
        min(step.duration_ms, (end - step.at) / timedelta(milliseconds=1))
        for step in calcom
        if step.duration_ms is not None and exchange.sent_at <= step.at <= end
    ]

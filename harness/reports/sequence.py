"""The sequence of a scenario as rows: time, rail, words, result, milliseconds, bar, and what opens below."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from harness.events import Exchange, Happening, HappeningKind, Lane
from harness.reports import words
from harness.reports.faults import INJECTED, fault_names, fault_words, short
from harness.reports.turns import Passage, Turn, call_id, ends_at, in_order, opens_turn, same_call, turns_of

LANES = {Lane.CALLER: 10.5, Lane.AGENT: 30.0, Lane.GATEWAY: 50.5, Lane.CALCOM: 73.0, Lane.DATABASE: 91.0}
"""Where each party's lane runs, in percent of the rail; position tells parties apart, never colour."""

LANE_NAMES = {
    Lane.CALLER: "Caller",
    Lane.AGENT: "Agent",
    Lane.GATEWAY: "Gateway",
    Lane.CALCOM: "Cal.com",
    Lane.DATABASE: "DB",
}
MANY = 2
SERVER_ERROR = 500
PAUSE_SECONDS = 0.5
DEADLINE_MS = 10_000.0
"""The gateway's whole time for one answer (design 3); what a bar shows beyond it is red."""

LEAST_PERCENT = 1.8
"""Two pixels of a bar's column, so that a quick write can still be seen."""

SLOW_FAULTS = re.compile(r"latency|hang|late\b", re.IGNORECASE)
LONGEST_BODY = 20_000
STATUS_AND_WORD = re.compile(r"(?P<status>\d{3}) (?P<word>.+)")
TASK_NUMBER = re.compile(r" #\d+$")
"""What the scheduler adds to an actor's name to tell its tasks apart."""

CALL = re.compile(r"(?:(?:GET|POST|PUT|PATCH|DELETE) )?(?=\S*[-/_])\S+")
"""A function's name or a method with its path: what a program reads, so it stands in mono."""


@dataclass(frozen=True, slots=True)
class Rail:
    """Marks on the lanes, in percent: a way from ring to arrow, or a diamond where ``target`` is None."""

    source: float
    target: float | None
    answered: bool = True


@dataclass(frozen=True, slots=True)
class Stretch:
    """A piece of a latency bar in percent of its axis; ``kind`` is own, wait, made or over."""

    start: float
    width: float
    kind: str


@dataclass(frozen=True, slots=True)
class Half:
    """Request or response as it went over the wire."""

    head: str
    headers: tuple[tuple[str, str], ...]
    body: str


@dataclass(frozen=True, slots=True)
class Row:
    """One line of the sequence."""

    time: str
    mood: str
    rail: Rail
    call: str
    text: str
    fault: str
    result: str
    duration: str
    bar: tuple[Stretch, ...]
    halves: tuple[Half, Half] | None
    speech: bool
    actor: str = ""
    pause: str = ""
    axis: str = ""


def sequence_rows(passages: Sequence[Passage]) -> list[Row]:
    """The rows in the order of time; a turn's first row carries its pause and its axis."""
    ordered = in_order(passages)
    names = _callers(ordered)
    faults = fault_names(ordered)
    rows: list[Row] = []
    seen: list[Turn] = []
    quiet_since = 0.0
    for passage, turn in turns_of(ordered):
        first = not any(turn is known for known in seen)
        gap = passage.seconds - quiet_since
        pause = f"{words.span(gap)} pause" if gap >= PAUSE_SECONDS and rows else ""
        axis = words.axis(turn.axis_ms) if first and _has_bars(turn) and not _same_axis(turn, seen) else ""
        caller = names.get(call_id(passage) or passage.actor, "")
        rows.append(replace(_row(passage, turn, ordered, faults), pause=pause, axis=axis, actor=caller))
        quiet_since = max(quiet_since, ends_at(passage))
        if first:
            seen.append(turn)
    return rows


def _same_axis(turn: Turn, seen: Sequence[Turn]) -> bool:
    """True when the turn before began at the same instant on an axis of the same length."""
    return bool(seen) and (seen[-1].starts, seen[-1].axis_ms) == (turn.starts, turn.axis_ms)


def _callers(ordered: Sequence[Passage]) -> dict[str, str]:
    """Who is behind a call id or an actor, where several callers take part; else nothing."""
    openings = [passage for passage in ordered if opens_turn(passage) and passage.actor]
    if len({opening.actor for opening in openings}) < MANY:
        return {}
    ids = {call_id(opening) or opening.actor: _name_of(opening.actor) for opening in openings}
    return {**{opening.actor: _name_of(opening.actor) for opening in openings}, **ids}


def _has_bars(turn: Turn) -> bool:
    return any(passage.duration_ms is not None for passage in turn.passages)


def _row(passage: Passage, turn: Turn, ordered: Sequence[Passage], faults: Mapping[str, str]) -> Row:
    if isinstance(passage, Exchange):
        call, text = _name(passage.title)
        fault, result, halves = fault_words(passage, faults), _result(passage), _halves(passage)
    else:
        call, text = "", _told(passage)
        fault, result, halves = "", "", None
    return Row(
        time=words.instant(passage.seconds),
        mood=_mood(passage, ordered),
        rail=_rail(passage),
        call=call,
        text=text,
        fault=fault,
        result=result,
        duration=words.milliseconds(passage.duration_ms),
        bar=tuple(_stretches(passage, turn, faults)),
        halves=halves,
        speech=isinstance(passage, Happening) and passage.kind is HappeningKind.SPEECH,
    )


def _name(title: str) -> tuple[str, str]:
    found = CALL.match(title)
    return (found.group(), title[found.end() :].strip()) if found else ("", title)


def _told(happening: Happening) -> str:
    if happening.kind is HappeningKind.SPEECH:
        return happening.text if happening.text.startswith("„") else f"„{happening.text}“"
    if happening.kind is HappeningKind.FAULT and short(happening.text) != happening.text:
        return f"fault set: {short(happening.text)}"
    return happening.text


def _result(exchange: Exchange) -> str:
    """The answer's own word; its HTTP status where that says more (201, 409) or stands alone."""
    found = STATUS_AND_WORD.fullmatch(exchange.result)
    if found is None:
        return exchange.result
    if found["word"] == "success":
        return found["status"]
    return found["word"] if found["status"] == "200" else exchange.result


def _name_of(actor: str) -> str:
    return TASK_NUMBER.sub("", actor)


def _mood(passage: Passage, ordered: Sequence[Passage]) -> str:
    """``fault`` where we broke something, ``failed`` where something broke without us, else nothing."""
    if isinstance(passage, Happening):
        return "fault" if passage.kind in INJECTED else ""
    if passage.fault:
        return "fault"
    broke = passage.status is None or passage.status >= SERVER_ERROR
    return "failed" if broke and not _explained(passage, ordered) else ""


def _explained(exchange: Exchange, ordered: Sequence[Passage]) -> bool:
    within = (p for p in ordered if exchange.seconds <= p.seconds <= ends_at(exchange))
    return any(_ours(p) and same_call(p, exchange) for p in within)


def _ours(passage: Passage) -> bool:
    return bool(passage.fault) if isinstance(passage, Exchange) else passage.kind in INJECTED


def _rail(passage: Passage) -> Rail:
    if isinstance(passage, Exchange):
        return Rail(LANES[passage.source], LANES[passage.target], passage.status is not None)
    here = LANES[passage.lane]
    if passage.kind is HappeningKind.SPEECH:
        listener = Lane.AGENT if passage.lane is Lane.CALLER else Lane.CALLER
        speaker = Lane.CALLER if passage.lane is Lane.CALLER else Lane.AGENT
        return Rail(LANES[speaker], LANES[listener])
    if passage.kind is HappeningKind.DATABASE:
        return Rail(LANES[Lane.GATEWAY], LANES[Lane.DATABASE])
    return Rail(here, None)


def _stretches(passage: Passage, turn: Turn, faults: Mapping[str, str]) -> list[Stretch]:
    if passage.duration_ms is None:
        return []
    begins = (passage.seconds - turn.starts) * 1000
    pieces = [(begins, passage.duration_ms, _kind(passage, faults))]
    if isinstance(passage, Exchange) and passage.target is Lane.GATEWAY:
        pieces += _waits(passage, turn, begins, faults)
        pieces += _beyond(passage, begins)
    return [_on_axis(start, length, kind, turn.axis_ms) for start, length, kind in pieces]


def _kind(passage: Passage, faults: Mapping[str, str]) -> str:
    if isinstance(passage, Happening) or passage.target is not Lane.CALCOM:
        return "own"
    named = fault_words(passage, faults)
    slow = named and (passage.status is None or SLOW_FAULTS.search(named))
    return "made" if slow else "wait"


def _waits(
    exchange: Exchange, turn: Turn, begins: float, faults: Mapping[str, str]
) -> list[tuple[float, float, str]]:
    """The parts of an answer's time spent at Cal.com: where its calls stand, else one part in the middle."""
    inner = [
        call
        for call in turn.passages
        if isinstance(call, Exchange) and call.target is Lane.CALCOM and call.duration_ms
        if exchange.seconds <= call.seconds < ends_at(exchange)
    ]
    if not inner and exchange.waiting_ms and exchange.duration_ms:
        return [(begins + (exchange.duration_ms - exchange.waiting_ms) / 2, exchange.waiting_ms, "wait")]
    longest = ends_at(exchange)
    return [
        (
            (call.seconds - turn.starts) * 1000,
            (min(ends_at(call), longest) - call.seconds) * 1000,
            _kind(call, faults),
        )
        for call in inner
    ]


def _beyond(exchange: Exchange, begins: float) -> list[tuple[float, float, str]]:
    over = (exchange.duration_ms or 0.0) - DEADLINE_MS
    return [(begins + DEADLINE_MS, over, "over")] if over > 0 else []


def _on_axis(start: float, length: float, kind: str, axis_ms: float) -> Stretch:
    width = max(length / axis_ms * 100, LEAST_PERCENT)
    return Stretch(min(start / axis_ms * 100, 100 - LEAST_PERCENT), min(width, 100.0), kind)


def _halves(exchange: Exchange) -> tuple[Half, Half]:
    asked = f"{exchange.method} {exchange.path}".strip() or exchange.title
    status = "no answer" if exchange.status is None else str(exchange.status)
    return (
        Half(
            f"Request · {asked} · {_size(exchange.request)}", exchange.request_headers, _cut(exchange.request)
        ),
        Half(
            f"Response · {status} · {_size(exchange.response)}",
            exchange.response_headers,
            _cut(exchange.response),
        ),
    )


def _size(body: str) -> str:
    return f"{words.count(len(body.encode()))} B"


def _cut(body: str) -> str:
    text = words.body(body)
    rest = len(text) - LONGEST_BODY
    return (
        text
        if rest <= 0
        else f"{text[:LONGEST_BODY]}\n… {words.count(rest)} more characters in the JSON report"
    )

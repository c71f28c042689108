"""Everything the call page shows, gathered once per request."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from simulator.retell import phrasing
from simulator.retell.agent import first_words
from simulator.retell.books import BookRow, build_books
from simulator.retell.conversation import Call
from simulator.retell.desk import CallDesk
from simulator.retell.evidence import Evidence, gather
from simulator.retell.phrasing import BERLIN, instant
from simulator.retell.ports import CalcomView
from simulator.retell.presets import PRESETS, Preset, describe, preset_of
from simulator.retell.sequence import Sequence, build_sequence
from simulator.retell.settings import Caller, DialledNumber
from simulator.retell.talk import TalkLine, build_talk, open_turn
from simulator.retell.week import Marks, Week, bounds, build_week, monday_of

_WEEKS_AHEAD = 4
_NO_SEQUENCE = Sequence((), 0.0, 0.0, 0, 0)


@dataclass(frozen=True, slots=True)
class ArmedFault:
    """A fault that waits or has fired."""

    id: str
    title: str
    words: str
    fired: int
    times: int | None


@dataclass(frozen=True, slots=True)
class Chosen:
    """What the address of the page asks for: week, event type, tenant, caller, a note after a click."""

    monday: date | None = None
    event_type_id: int | None = None
    number: str = ""
    caller: str = ""
    note: str = ""


@dataclass(frozen=True, slots=True)
class PageModel:
    """What the templates read."""

    now: datetime
    numbers: tuple[DialledNumber, ...]
    callers: tuple[Caller, ...]
    number: DialledNumber | None
    caller: str
    call: Call | None
    talk: list[TalkLine]
    sequence: Sequence
    books: list[BookRow]
    evidence: Evidence
    week: Week | None
    event_types: list[dict[str, Any]]
    event_type: dict[str, Any] | None
    presets: tuple[tuple[Preset, str], ...]
    armed: list[ArmedFault]
    suggestions: list[str]
    has_open_attempt: bool
    error: dict[str, str] | None
    waiting_since: datetime | None
    give_up_after: float
    note: str


def build_model(desk: CallDesk, calcom: CalcomView, call: Call | None, chosen: Chosen) -> PageModel:
    """Look at the call, at both ledgers and at the fake, now."""
    now = desk.clock.now()
    number = _number(desk, call, chosen)
    account = number.account if number else None
    faults = calcom.list_faults(account)
    evidence = gather(call, account, calcom=calcom, gateway=desk.gateway) if call else Evidence("")
    books = build_books(call, evidence) if call else []
    types = calcom.event_types(account)
    event_type = _event_type(types, chosen, number)
    identifier = int(event_type["id"]) if event_type else 0
    monday = _monday(
        desk, chosen, books, lambda start, end: calcom.free_starts(account, identifier, start, end)
    )
    week = _week(calcom, account, identifier, monday, _marks(call, evidence)) if event_type else None
    turn = open_turn(call) if call else None
    last = call.turns[-1] if call and call.turns else None
    timeout = desk.settings.timeout_seconds
    armed_as = {preset.name: str(rule.get("id")) for rule in faults if (preset := preset_of(rule))}
    return PageModel(
        now=now,
        numbers=desk.settings.numbers,
        callers=desk.settings.callers,
        number=number,
        caller=call.from_number if call else chosen.caller or _first_caller(desk),
        call=call,
        talk=build_talk(call, books, evidence) if call else [],
        sequence=(
            build_sequence(call, evidence, faults=faults, timeout_seconds=timeout, now=now)
            if call
            else _NO_SEQUENCE
        ),
        books=books,
        evidence=evidence,
        week=week,
        event_types=types,
        event_type=event_type,
        presets=tuple((preset, armed_as.get(preset.name, "")) for preset in PRESETS),
        armed=[_armed(rule) for rule in faults],
        suggestions=_suggestions(call, number),
        has_open_attempt=any(row.get("state") == "open" for row in evidence.of_call("attempts")),
        error=last.error if last else None,
        waiting_since=turn.started_at if turn else None,
        give_up_after=(timeout + desk.settings.speech_seconds * 4) * (1 + desk.settings.max_retry) + 1,
        note=chosen.note,
    )


def filters() -> dict[str, Any]:
    """Words and numbers for the templates."""
    return {
        "wall": phrasing.wall,
        "seconds_of": phrasing.seconds_of,
        "full_day": phrasing.full_day,
        "elapsed": phrasing.elapsed,
        "span": phrasing.span,
        "count": phrasing.number,
        "phone": phrasing.phone,
        "weekday": phrasing.weekday,
        "pill_kind": phrasing.pill_kind,
    }


def _number(desk: CallDesk, call: Call | None, chosen: Chosen) -> DialledNumber | None:
    wanted = call.to_number if call else chosen.number
    found = desk.settings.find_number(wanted) if wanted else None
    return found or (desk.settings.numbers[0] if desk.settings.numbers else None)


def _suggestions(call: Call | None, number: DialledNumber | None) -> list[str]:
    if call is None:
        return [first_words(number.services)] if number else []
    return call.agent.suggestions() if call.is_ongoing else []


def _first_caller(desk: CallDesk) -> str:
    return desk.settings.callers[0].number if desk.settings.callers else "anonymous"


def _event_type(
    types: list[dict[str, Any]], chosen: Chosen, number: DialledNumber | None
) -> dict[str, Any] | None:
    wanted = chosen.event_type_id or (number.event_type_id if number else None)
    return next((entry for entry in types if entry.get("id") == wanted), types[0] if types else None)


def _monday(
    desk: CallDesk, chosen: Chosen, books: list[BookRow], free: Callable[[datetime, datetime], list[datetime]]
) -> date:
    """The week asked for, else that of the newest wish, else the next one with anything free."""
    if chosen.monday is not None:
        return monday_of(chosen.monday)
    if books:
        return monday_of(books[-1].start)
    present = monday_of(desk.clock.now())
    weeks = [present + timedelta(days=7 * ahead) for ahead in range(_WEEKS_AHEAD)]
    return next((monday for monday in weeks if free(*bounds(monday))), present)


def _week(calcom: CalcomView, account: str | None, event_type_id: int, monday: date, marks: Marks) -> Week:
    start, end = bounds(monday)
    return build_week(
        monday,
        free=calcom.free_starts(account, event_type_id, start, end),
        bookings=calcom.list_bookings(account),
        event_type_id=event_type_id,
        marks=marks,
    )


def _marks(call: Call | None, evidence: Evidence) -> Marks:
    if call is None:
        return Marks()
    offered = tuple(at.replace(tzinfo=BERLIN) for at in call.agent.alternatives)
    attempts = [row for row in evidence.of_call("attempts") if row.get("state") == "open"]
    starts = tuple(start for row in attempts if (start := instant(row.get("starts_at"))))
    return Marks(call.id, offered, starts)


def _armed(rule: dict[str, Any]) -> ArmedFault:
    preset = preset_of(rule)
    times = rule.get("times")
    return ArmedFault(
        str(rule.get("id")),
        preset.title if preset else str(rule.get("on")),
        describe(rule),
        int(rule.get("fired") or 0),
        times if isinstance(times, int) else None,
    )

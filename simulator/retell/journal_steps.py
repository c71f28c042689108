"""Rows for what went on at Cal.com: its journal, the gateway's view of the same requests, a rival's hand."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

from simulator.retell.books import wished_start
from simulator.retell.conversation import Call, Exchange
from simulator.retell.detail import detail_of_request
from simulator.retell.evidence import Evidence
from simulator.retell.phrasing import clock_time, instant, short_day
from simulator.retell.step import LAST, Lane, Step

_SERVER_ERROR = 500
_LATE = timedelta(seconds=1)
_SAME_REQUEST = timedelta(milliseconds=750)  # between the gateway's note of a request and the fake's
_OUTCOMES = {"timeout": "Frist vorbei", "reset": "getrennt", "refused": "nicht erreichbar"}
_OPERATIONS = {
    "list_slots": "GET /v2/slots",
    "create_booking": "POST /v2/bookings",
    "get_booking": "GET /v2/bookings/{uid}",
    "find_booking": "GET /v2/bookings/{uid}",
    "list_bookings": "GET /v2/bookings",
    "cancel_booking": "POST /v2/bookings/{uid}/cancel",
}


def build(evidence: Evidence, faults: list[dict[str, Any]], *, wishes: Sequence[Exchange]) -> list[Step]:
    """A row for each request to Cal.com; those the fake has not answered come from the gateway's log."""
    rules = {str(rule.get("id")): rule for rule in faults}
    log = enumerate(evidence.of_call("log"))
    seen = {place: record for place, record in log if record.get("event") == "calcom.called"}
    steps = []
    for entry in evidence.requests:
        place = _place(entry, seen)
        step = _step(entry, seen.pop(place, None), rules, wishes)
        steps.append(replace(step, order=place))
    rest = [replace(_unanswered(record), order=place) for place, record in seen.items()]
    return sorted([*steps, *rest], key=lambda step: step.at)


@dataclass(frozen=True, slots=True)
class Happening:
    """A booking that appeared without an answered request: a rival's, or ours written too late (`fault`)."""

    at: datetime
    start: datetime
    uid: str
    fault: str = ""


def list_happenings(call: Call, evidence: Evidence) -> list[Happening]:
    """What appeared at Cal.com during a call: rivals, and writes after the gateway had given up waiting."""
    found = []
    for booking in evidence.bookings:
        made, start = instant(booking.get("createdAt")), instant(booking.get("start"))
        if (
            made is None
            or start is None
            or made < call.started_at
            or (call.ended_at and made > call.ended_at)
        ):
            continue
        uid = str(booking.get("uid", ""))
        if booking.get("origin") == "rival":
            found.append(Happening(made, start, uid))
        elif evidence.is_of_call(booking) and (fault := _late_fault(made, start, evidence)):
            found.append(Happening(made, start, uid, fault))
    return found


def build_happenings(call: Call, evidence: Evidence) -> list[Step]:
    """The same as rows of the sequence."""
    return [
        _happened(each.at, f"Später Commit: {each.uid[:8]}", f"Regel {each.fault}")
        if each.fault
        else _happened(each.at, f"Rivale nimmt {short_day(each.start)}", "per Klick")
        for each in list_happenings(call, evidence)
    ]


def _happened(at: datetime, title: str, result: str) -> Step:
    return Step(at, Lane.CALCOM, None, title, result=result, strong=True, mood="fault", kind="happening")


def _late_fault(made: datetime, start: datetime, evidence: Evidence) -> str:
    """The rule that held back a booking, when it was written well after it was asked for."""
    for entry in evidence.requests:
        asked = instant(entry.get("at"))
        if (
            entry.get("operation") == "create_booking"
            and entry.get("fault")
            and asked
            and made - asked > _LATE
        ):
            body = _json(entry.get("body"))
            if instant(body.get("start")) == start:
                return str(entry["fault"])
    return ""


def _place(entry: dict[str, Any], seen: dict[int, dict[str, Any]]) -> int:
    """Where the gateway's log speaks of the same request: same operation, begun at the same time."""
    at = instant(entry.get("at"))
    for place, record in seen.items():
        ended = instant(record.get("at"))
        if at is None or ended is None or record.get("operation") != entry.get("operation"):
            continue
        began = ended - timedelta(milliseconds=float(record.get("duration_ms") or 0))
        if abs(began - at) <= _SAME_REQUEST:
            return place
    return LAST


def _step(
    entry: dict[str, Any],
    noted: dict[str, Any] | None,
    rules: dict[str, dict[str, Any]],
    wishes: Sequence[Exchange],
) -> Step:
    at = instant(entry["at"]) or wishes[0].sent_at
    fault = str(entry.get("fault") or "")
    status = entry.get("status")
    outcome = str((noted or {}).get("outcome", ""))
    is_open = bool(entry.get("in_flight"))
    waited = (noted or {}).get("duration_ms", None if is_open else entry.get("duration_ms"))
    result, strong = _result(entry, at, wishes)
    if outcome and not outcome.isdigit():
        result, strong = _OUTCOMES.get(outcome, outcome), True
    failed = not is_open and (status is None or status >= _SERVER_ERROR)
    mood = "fault" if fault else "failed" if failed else ""
    return Step(
        at,
        Lane.GATEWAY,
        Lane.CALCOM,
        f"{entry['method']} {entry['path']}",
        note=_note(entry, at, wishes),
        code=True,
        result=result,
        strong=strong,
        duration_ms=float(waited) if waited is not None else None,
        mood=mood,
        answered=status is not None and (not outcome or outcome.isdigit()),
        kind="http",
        fault=fault,
        detail=detail_of_request(entry, rules.get(fault)),
    )


def _unanswered(record: dict[str, Any]) -> Step:
    """A request the gateway made and the fake's journal does not show (yet)."""
    duration = float(record.get("duration_ms") or 0)
    ended = instant(record.get("at"))
    operation, outcome = str(record.get("operation", "")), str(record.get("outcome", ""))
    if ended is None:
        raise ValueError(f"the log line {record!r} has no time")
    return Step(
        ended - timedelta(milliseconds=duration),
        Lane.GATEWAY,
        Lane.CALCOM,
        _OPERATIONS.get(operation, operation),
        code=True,
        result=outcome if outcome.isdigit() else _OUTCOMES.get(outcome, outcome),
        strong=not outcome.isdigit(),
        duration_ms=duration,
        mood="" if outcome.isdigit() else "failed",
        answered=outcome.isdigit(),
    )


def _result(entry: dict[str, Any], at: datetime, wishes: Sequence[Exchange]) -> tuple[str, bool]:
    """What matters in an answer: the wished slot's absence, else the status."""
    status = entry.get("status")
    if status is None:
        return ("wartet", False) if entry.get("in_flight") else ("getrennt", True)
    start = _wished(at, wishes)
    if entry.get("operation") == "list_slots" and status < 300 and start is not None:  # noqa: PLR2004
        starts = [instant(slot) for slot in _slots(_json(entry.get("response_body")))]
        if start not in starts:
            return f"{clock_time(start)} fehlt", True
    if entry.get("operation") == "list_bookings" and _json(entry.get("response_body")).get("data") == []:
        return "leer", False
    return str(status), False


def _note(entry: dict[str, Any], at: datetime, wishes: Sequence[Exchange]) -> str:
    asked = [exchange for exchange in wishes if exchange.sent_at <= at]
    if entry.get("operation") == "list_slots":
        return "ungecacht" if asked and asked[-1].args.get("bestaetigung") else ""
    if entry.get("operation") == "list_bookings":
        return "Nachsehen"
    return ""


def _wished(at: datetime, wishes: Sequence[Exchange]) -> datetime | None:
    asked = [exchange for exchange in wishes if exchange.sent_at <= at]
    return wished_start(asked[-1], wishes) if asked else None


def _slots(body: dict[str, Any]) -> list[object]:
    """All starts of a slots answer, grouped by day as the provider sends them."""
    days = body.get("data")
    if not isinstance(days, dict):
        return []
    return [
        slot.get("start") if isinstance(slot, dict) else slot
        for slots in days.values()
        if isinstance(slots, list)
        for slot in slots
    ]


def _json(text: object) -> dict[str, Any]:
    try:
        body = json.loads(str(text or "{}"))
    except ValueError:
        return {}
    return body if isinstance(body, dict) else {}

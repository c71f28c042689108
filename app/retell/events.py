"""Retell's lifecycle webhooks to events of ours. `call_status` is never read: it lags behind (retell.md 5)."""

from __future__ import annotations

import hashlib
import json
import math
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

from app.domain.call_events import TRANSFERS, Announcement, CallEvent, CallTrigger
from app.domain.errors import InvalidRequest
from app.domain.incoming import UnreadableMessage
from app.domain.people import visible_number
from app.retell.cleaning import can_be_kept
from app.retell.wire import call_id_from_wire

LONGEST_TRANSCRIPT = 120_000
"""Characters of a transcript as JSON that are kept: more than an hour's talk. The oldest are dropped first."""
LONGEST_ANALYSIS = 20_000
LONGEST_TRIGGER = 40
LONGEST_REASON = 60
MOST_TURNS = 500
LATENCIES = ("e2e", "asr", "llm", "llm_websocket_network_rtt", "tts", "knowledge_base", "s2s")
FIGURES = ("p50", "p90", "p95", "p99", "min", "max", "num")
ITEM_FIELDS = ("role", "content", "name", "arguments", "tool_call_id", "successful", "time_sec", "digit")
ANALYSIS_FIELDS = (
    "call_summary",
    "user_sentiment",
    "call_successful",
    "in_voicemail",
    "custom_analysis_data",
)
_EARLIEST, _LATEST = datetime(2020, 1, 1, tzinfo=UTC), datetime(2100, 1, 1, tzinfo=UTC)

Json = Mapping[str, Any]


def trigger_from_wire(body: object) -> str:
    """Return the name of the event; raise UnreadableMessage where there is none."""
    name = body.get("event") if isinstance(body, dict) else None
    if not isinstance(name, str) or not name.strip() or not can_be_kept(name):
        raise UnreadableMessage("the body names no event")
    return name.strip()[:LONGEST_TRIGGER]


def announcement_from_wire(body: object) -> Announcement:
    """Return who rings at which number; raise InvalidRequest without the number that was dialled."""
    about = _object(body, "call_inbound") or _object(body, "call") or _object(body, "data")
    dialled = _number(about.get("to_number"))
    if dialled is None:
        raise InvalidRequest("to_number", "to_number, the dialled number, is missing")
    return Announcement(
        dialled, visible_number(_number(about.get("from_number"))), call_id_from_wire(about.get("call_id"))
    )


def event_from_wire(body: object, received_at: datetime) -> CallEvent:
    """Return a lifecycle event; fields of another type count as absent, since the call object grows and changes."""
    trigger = trigger_from_wire(body)
    call = _object(body, "call") or _object(body, "data")
    outbound = call.get("direction") == "outbound"
    ours, theirs = ("from_number", "to_number") if outbound else ("to_number", "from_number")
    started_at, ended_at = _instant(call.get("start_timestamp")), _end(call)
    transcript = _transcript(call)
    return CallEvent(
        trigger=trigger,
        retell_call_id=call_id_from_wire(call.get("call_id")),
        dialled_number=_number(call.get(ours)),
        caller_number=visible_number(_number(call.get(theirs))),
        happened_at=_happened_at(trigger, started_at, ended_at, received_at),
        started_at=started_at,
        ended_at=ended_at,
        disconnection_reason=_text(call.get("disconnection_reason"), LONGEST_REASON),
        transcript=transcript,
        analysis=_analysis(call),
        latency=_latency(call.get("latency")),
        cost_cents=_figure(_object(call, "call_cost").get("combined_cost")),
        detail=_detail(trigger, body, call, transcript),
    )


def _detail(trigger: str, body: object, call: Json, transcript: object) -> str:
    if trigger == CallTrigger.TRANSCRIPT:
        return _digest(transcript)
    if trigger in TRANSFERS and isinstance(body, dict):
        destination = body.get("transfer_destination") or call.get("transfer_destination")
        return _digest([call.get("start_timestamp"), destination])
    return ""


def _digest(value: object) -> str:
    return hashlib.sha256(json.dumps(value, sort_keys=True, default=str).encode()).hexdigest()[:16]


def _happened_at(
    trigger: str, started_at: datetime | None, ended_at: datetime | None, received_at: datetime
) -> datetime:
    if trigger == CallTrigger.STARTED:
        return started_at or received_at
    if trigger in {CallTrigger.ENDED, CallTrigger.ANALYZED}:
        return ended_at or received_at
    return received_at


def _end(call: Json) -> datetime | None:
    started_at, ended_at = _instant(call.get("start_timestamp")), _instant(call.get("end_timestamp"))
    duration = _figure(call.get("duration_ms"))
    if ended_at is None and started_at is not None and duration is not None:
        ended_at = min(started_at + timedelta(milliseconds=min(duration, 1e9)), _LATEST)
    return max(ended_at, started_at) if ended_at and started_at else ended_at


def _transcript(call: Json) -> list[dict[str, Any]]:
    said = call.get("transcript_with_tool_calls") or call.get("transcript_object")
    items = [_item(item) for item in said if isinstance(item, dict)] if isinstance(said, list) else []
    if not items and (text := _text(call.get("transcript"), LONGEST_TRANSCRIPT)):
        items = [{"role": "transcript", "content": text}]
    length = sum(len(str(item)) for item in items)
    while items and length > LONGEST_TRANSCRIPT:
        length -= len(str(items.pop(0)))
    return items


def _item(item: Json) -> dict[str, Any]:
    """Return an item without its word times, with the second it began."""
    kept = {name: item[name] for name in ITEM_FIELDS if isinstance(item.get(name), str | int | float | bool)}
    words = item.get("words")
    first = words[0] if isinstance(words, list) and words else None
    began = _figure(first.get("start")) if isinstance(first, dict) else None
    return kept | ({"time_sec": began} if began is not None and "time_sec" not in kept else {})


def _analysis(call: Json) -> dict[str, Any] | None:
    analysis = _object(call, "call_analysis")
    kept = {name: analysis[name] for name in ANALYSIS_FIELDS if name in analysis}
    if len(json.dumps(kept, default=str)) > LONGEST_ANALYSIS:
        kept.pop("custom_analysis_data", None)
        kept["call_summary"] = str(kept.get("call_summary", ""))[: LONGEST_ANALYSIS // 2]
    return kept or None


def _latency(block: object) -> dict[str, Any]:
    """Return Retell's own figures of each part of the conversation, in milliseconds."""
    if not isinstance(block, dict):
        return {}
    parts = {name: block[name] for name in LATENCIES if isinstance(block.get(name), dict)}
    return {name: _figures(part) for name, part in parts.items()}


def _figures(part: Json) -> dict[str, Any]:
    figures: dict[str, Any] = {name: _figure(part.get(name)) for name in FIGURES}
    values = part.get("values")
    turns = [_figure(value) for value in values] if isinstance(values, list) else []
    figures["values"] = [value for value in turns if value is not None][:MOST_TURNS]
    return {name: value for name, value in figures.items() if value not in (None, [])}


def _object(body: object, key: str) -> Json:
    value = body.get(key) if isinstance(body, dict) else None
    return value if isinstance(value, dict) else {}


def _text(value: object, longest: int) -> str | None:
    if not isinstance(value, str) or not value:
        return None
    return value.encode("utf-8", "replace").decode().replace("\x00", "")[:longest]


def _number(value: object) -> str | None:
    """Return a phone number as it came, None for anything that is none."""
    return value.strip() if isinstance(value, str) and value.strip() and can_be_kept(value) else None


def _figure(value: object) -> float | int | None:
    """Return a finite figure that is not negative."""
    if not isinstance(value, int | float) or isinstance(value, bool):
        return None
    return value if 0 <= value < 1e15 and math.isfinite(value) else None  # noqa: PLR2004 - any honest figure


def _instant(value: object) -> datetime | None:
    """Return the instant of Unix milliseconds, None for one that no call can have."""
    if not isinstance(value, int) or isinstance(value, bool):
        return None
    if not _EARLIEST.timestamp() * 1000 <= value <= _LATEST.timestamp() * 1000:
        return None
    return datetime.fromtimestamp(value / 1000, UTC)

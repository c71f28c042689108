"""What Retell tells of a call besides asking functions: the bodies of its lifecycle events (retell.md 4, 5, 8)."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from harness.retell import AGENT_ID, PhoneCall, milliseconds

EVENTS = ("call_inbound", "call_started", "transcript_updated", "call_ended", "call_analyzed")
PATH = "/api/webhooks/retell"
_OVER = frozenset({"call_ended", "call_analyzed"})
_E2E_PERCENTILES = ("p50", "p90", "p95", "p99", "min", "max")


def event_body(name: str, call: PhoneCall, now: datetime, details: Mapping[str, Any]) -> dict[str, Any]:
    """The body of an event of this call at this instant; ``details`` are the step's own words."""
    if name == "call_inbound":
        numbers = {"agent_id": AGENT_ID, "from_number": call.from_number, "to_number": call.to_number}
        return {"event": name, "event_timestamp": milliseconds(now), "call_inbound": _left(numbers, details)}
    body: dict[str, Any] = call.to_wire(now)
    if "said" in details:
        body |= _transcript(details["said"])
    if name in _OVER:
        body |= _ending(call, now, details)
    if name == "call_analyzed":
        body["call_analysis"] = {
            "call_summary": "Der Anrufer wollte einen Termin.",
            "user_sentiment": "Neutral",
            "call_successful": details.get("successful", True),
            "in_voicemail": False,
            "custom_analysis_data": {},
        }
    return {"event": name, "call": _left(body, details)}


def _left(body: dict[str, Any], details: Mapping[str, Any]) -> dict[str, Any]:
    without = details.get("without", [])
    return {key: value for key, value in body.items() if key not in without}


def _ending(call: PhoneCall, now: datetime, details: Mapping[str, Any]) -> dict[str, Any]:
    milliseconds_long = milliseconds(now) - milliseconds(call.started_at or now)
    latency = float(details.get("latency_ms", 1200))
    return {
        "call_status": "ended",
        "end_timestamp": milliseconds(now),
        "duration_ms": milliseconds_long,
        "disconnection_reason": details.get("reason", "user_hangup"),
        "latency": {"e2e": {**dict.fromkeys(_E2E_PERCENTILES, latency), "num": 1, "values": [latency]}},
        "call_cost": {
            "combined_cost": details.get("cost_cents", 35),
            "product_costs": [],
            "total_duration_seconds": milliseconds_long // 1000,
        },
    }


def _transcript(said: Any) -> dict[str, Any]:
    """Lines as ``Agent: …`` and ``User: …``, and the same as items."""
    lines = [str(each) for each in (said if isinstance(said, list) else [said])]
    items: list[dict[str, Any]] = [
        {
            "role": "agent" if line.startswith("Agent:") else "user",
            "content": line.partition(": ")[2] or line,
            "words": [],
        }
        for line in lines
    ]
    return {
        "transcript": "".join(f"{line}\n" for line in lines),
        "transcript_object": items,
        "transcript_with_tool_calls": items,
    }

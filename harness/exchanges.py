"""Requests as events: from the adapter's record in the virtual world, from the fake's journal when live."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any
from urllib.parse import urlsplit

from harness.events import Exchange, Lane
from harness.wsgi import Recorded

FAULT_HEADER = "X-Simulator-Fault"
CALL_HEADER = "X-Askpro-Call-Id"
_SECRET_HEADERS = {"authorization", "cookie", "set-cookie"}
_NOISE = {"accept-encoding", "connection", "user-agent", "accept", "server", "date", "host"}
_FUNCTION = re.compile(r"^/api/retell/(?:n/[^/]+/)?([\w-]+)$")


def from_recorded(recorded: Recorded, source: Lane, target: Lane) -> Exchange:
    """The event for what an adapter saw."""
    url = urlsplit(recorded.url)
    path = url.path + (f"?{url.query}" if url.query else "")
    request, response = _text(recorded.request_body), _text(recorded.response_body)
    return Exchange(
        seconds=recorded.seconds,
        source=source,
        target=target,
        title=title_of(recorded.method, url.path, request),
        result=result_of(recorded.status, response, recorded.error),
        status=recorded.status,
        duration_ms=recorded.duration_ms,
        waiting_ms=recorded.waiting_ms,
        fault=recorded.response_header(FAULT_HEADER),
        request=request,
        response=response,
        method=recorded.method,
        path=path,
        actor=recorded.actor,
        call_id=recorded.request_header(CALL_HEADER) or call_id_in(request),
        request_headers=shown_headers(recorded.request_headers),
        response_headers=shown_headers(recorded.response_headers),
    )


def from_journal(entry: Mapping[str, Any], start: datetime) -> Exchange:
    """The event for an entry of the fake's journal; ``start`` is the instant at which ``seconds`` is 0."""
    sent_at = datetime.fromisoformat(str(entry["at"]))
    query = entry.get("query") or ""
    status = None if entry.get("cut") else entry.get("status")
    headers = entry.get("headers") or {}
    return Exchange(
        seconds=round((sent_at - start).total_seconds(), 6),
        source=Lane.GATEWAY,
        target=Lane.CALCOM,
        title=title_of(str(entry["method"]), str(entry["path"]), ""),
        result=result_of(status, str(entry.get("response_body") or ""), "connection reset"),
        status=status,
        duration_ms=entry.get("duration_ms"),
        waiting_ms=0.0,
        fault=fault_of(entry),
        request=str(entry.get("body") or ""),
        response=str(entry.get("response_body") or ""),
        method=str(entry["method"]),
        path=f"{entry['path']}{'?' if query else ''}{query}",
        call_id=next((str(v) for k, v in headers.items() if k.lower() == CALL_HEADER.lower()), None),
        request_headers=shown_headers(headers.items()),
        response_headers=shown_headers((entry.get("response_headers") or {}).items()),
    )


def fault_of(entry: Mapping[str, Any]) -> str | None:
    """The fault a journal entry names, with its effect: ``f1 latency``."""
    if not entry.get("fault"):
        return None
    effect = entry.get("fault_effect")
    return f"{entry['fault']} {effect}" if effect else str(entry["fault"])


def title_of(method: str, path: str, body: str) -> str:
    """What was asked, short: the function's name, or method and path."""
    if match := _FUNCTION.match(path):
        return match.group(1)
    if path.endswith("/api/webhooks/calcom"):
        trigger = _json(body).get("triggerEvent") or _json(body).get("type")
        return f"webhook {trigger}" if trigger else "webhook"
    return f"{method} {path}"


def result_of(status: int | None, body: str, error: str | None) -> str:
    """What came back, short: status and, where the answer names one, its own status word."""
    if status is None:
        return error or "no answer"
    answer = _json(body)
    word = answer.get("status")
    reason = answer.get("reason")
    words = [str(status), *(str(each) for each in (word, reason) if isinstance(each, str))]
    return " ".join(words)


def call_id_in(body: str) -> str | None:
    """The Retell call id a request carries, if any."""
    data = _json(body)
    call = data.get("call")
    metadata = data.get("metadata")
    for holder, key in ((call, "call_id"), (metadata, "call_id"), (data, "call_id")):
        if isinstance(holder, Mapping) and isinstance(holder.get(key), str):
            return str(holder[key])
    return None


def shown_headers(headers: Iterable[tuple[str, Any]]) -> tuple[tuple[str, str], ...]:
    """Headers worth showing, sorted, secrets replaced."""
    shown = [
        (name, "(hidden)" if name.lower() in _SECRET_HEADERS else str(value))
        for name, value in headers
        if name.lower() not in _NOISE
    ]
    return tuple(sorted(shown))


def _json(text: str) -> dict[str, Any]:
    if not text.startswith("{"):
        return {}
    try:
        data = json.loads(text)
    except ValueError:
        return {}
    return data if isinstance(data, dict) else {}


def _text(body: bytes) -> str:
    return body.decode("utf-8", "replace")

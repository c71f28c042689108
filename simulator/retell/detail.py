"""What an opened row shows: request and answer as sent, their headers, the signature, the fault."""

from __future__ import annotations

import json
import re
import shlex
from dataclasses import dataclass
from typing import Any
from urllib.parse import parse_qsl

from simulator.retell import signing
from simulator.retell.conversation import Exchange
from simulator.retell.phrasing import span

_DECIDING = re.compile(
    r'"(?:status|reason|available|bestaetigung|success|attempt_id|createdAt|uid|awaiting_confirmation)": '
    r'(?:"[^"]*"|[\w.]+)'
)
_ELIDED = "… im Rohtext"
_SECRET = "authorization"  # noqa: S105 - a header's name
_MAX_LINES = 60
_WIDTH = 52


@dataclass(frozen=True, slots=True)
class Line:
    """A line of JSON as (text, decides) parts."""

    parts: tuple[tuple[str, bool], ...]


@dataclass(frozen=True, slots=True)
class Detail:
    """The two halves of an exchange and what is known about it."""

    request_head: str
    request: tuple[Line, ...]
    answer_head: str
    answer: tuple[Line, ...]
    request_headers: tuple[tuple[str, str], ...]
    answer_headers: tuple[tuple[str, str], ...]
    raw_request: str
    raw_answer: str
    note: str = ""
    signature: tuple[tuple[str, str], ...] = ()
    fault: tuple[tuple[str, str], ...] = ()
    curl: str = ""


def detail_of_exchange(exchange: Exchange, *, timeout_seconds: float) -> Detail:
    """The agent's request to the gateway."""
    body = exchange.body.decode()
    path = "/" + exchange.url.split("/", 3)[-1]
    answered = exchange.status_code is not None
    size = len(exchange.response_body.encode())
    took = f"{(exchange.duration_ms or 0) / 1000:.2f}".replace(".", ",")
    return Detail(
        request_head=f"POST {path} · {len(exchange.body)} B",
        request=_lines(_shorten(body)),
        answer_head=f"{exchange.status_code} · {size} B" if answered else "keine",
        answer=_lines(exchange.response_body) if answered else _nothing(exchange.error),
        request_headers=_headers(exchange.request_headers),
        answer_headers=_headers(exchange.response_headers),
        raw_request=body,
        raw_answer=exchange.response_body,
        note=f"Frist {took} von {timeout_seconds:g} s" if exchange.answered_at else "läuft",
        signature=_signature(exchange),
        curl=_curl("POST", exchange.url, exchange.request_headers, body),
    )


def detail_of_request(entry: dict[str, Any], rule: dict[str, Any] | None) -> Detail:
    """The gateway's request to Cal.com, from the fake's journal."""
    query = f"?{entry['query']}" if entry.get("query") else ""
    body, answer = str(entry.get("body") or ""), str(entry.get("response_body") or "")
    status = entry.get("status")
    waits = bool(entry.get("in_flight"))
    cut = bool(entry.get("cut")) or status is None
    asked = parse_qsl(str(entry.get("query") or ""))
    sent = _lines(body) or tuple(_line(f"{name}={value}") for name, value in asked)
    return Detail(
        request_head=f"{entry['method']} {entry['path']}" + (f" · {len(body.encode())} B" if body else ""),
        request=sent,
        answer_head="keine" if cut else f"{status} · {len(answer.encode())} B",
        answer=_nothing(None if waits else "cut") if cut else _lines(answer),
        request_headers=_headers(entry.get("headers") or {}),
        answer_headers=_headers(entry.get("response_headers") or {}),
        raw_request=f"{entry['method']} {entry['path']}{query}\n\n{body}",
        raw_answer=answer,
        note=f"beim Simulator {span(float(entry.get('duration_ms') or 0))}",
        fault=_fault(entry, rule),
    )


def _lines(text: str) -> tuple[Line, ...]:
    """JSON in few short lines; other text as it is."""
    try:
        lines = _pretty(json.loads(text), 0).splitlines()
    except ValueError:
        lines = text.splitlines()
    shown = [_line(line) for line in lines[:_MAX_LINES]]
    if len(lines) > _MAX_LINES:
        shown.append(_line(f"… {len(lines) - _MAX_LINES} Zeilen mehr im Rohtext"))
    return tuple(shown)


def _pretty(value: Any, indent: int) -> str:
    """JSON that breaks an object or list only where it does not fit into a line."""
    flat = json.dumps(value, ensure_ascii=False)
    if len(flat) + indent <= _WIDTH or not isinstance(value, (dict, list)) or not value:
        return flat
    inner = f",\n{' ' * (indent + 1)}"
    if isinstance(value, dict):
        return "{" + inner.join(_member(str(key), item, indent + 1) for key, item in value.items()) + "}"
    return "[" + inner.join(_pretty(item, indent + 1) for item in value) + "]"


def _member(key: str, value: Any, indent: int) -> str:
    name = f"{json.dumps(key, ensure_ascii=False)}: "
    beside = _pretty(value, indent + len(name))
    return f"{name}\n{' ' * (indent + 1)}{_pretty(value, indent + 1)}" if "\n" in beside else name + beside


def _line(text: str) -> Line:
    parts: list[tuple[str, bool]] = []
    at = 0
    for found in _DECIDING.finditer(text):
        parts += [(text[at : found.start()], False), (found[0], True)]
        at = found.end()
    return Line(tuple(part for part in [*parts, (text[at:], False)] if part[0]))


def _shorten(body: str) -> str:
    """A function's body without the call object, which stands in the raw text."""
    wire = json.loads(body)
    call = wire.get("call", {})
    shown = {name: call[name] for name in ("call_id", "from_number", "to_number") if name in call}
    return json.dumps({"name": wire.get("name"), "args": wire.get("args"), "call": {**shown, "…": _ELIDED}})


def _nothing(error: str | None) -> tuple[Line, ...]:
    words = {
        None: "Noch keine Antwort.",
        "timeout": "Keine Antwort bis zur Frist.",
        "unreachable": "Keine Verbindung.",
        "cut": "Die Verbindung wurde getrennt, bevor eine Antwort kam.",
    }
    return (Line(((words.get(error, f"Keine Antwort: {error}"), True),)),)


def _headers(headers: dict[str, str]) -> tuple[tuple[str, str], ...]:
    return tuple(
        (name, "Bearer …" if name.lower() == _SECRET else str(value)) for name, value in headers.items()
    )


def _signature(exchange: Exchange) -> tuple[tuple[str, str], ...]:
    header = exchange.request_headers.get(signing.HEADER, "")
    refused = exchange.status_code == 401  # noqa: PLR2004
    version = header.partition(",")[0].removeprefix("v=")
    return (
        ("Urteil", "vom Gateway abgelehnt" if refused else "gültig"),
        ("v", f"{version} ms"),
        ("d", header.partition("d=")[2]),
        ("signiert", f"Rohtext ({len(exchange.body)} B) + {version}"),
    )


def _fault(entry: dict[str, Any], rule: dict[str, Any] | None) -> tuple[tuple[str, str], ...]:
    if not entry.get("fault"):
        return ()
    shown = {key: value for key, value in (rule or {}).items() if key not in ("id", "fired", "seen")}
    words = json.dumps(shown, ensure_ascii=False) if shown else "nicht mehr gesetzt"
    return (
        ("Regel", str(entry["fault"])),
        ("Wirkung", str(entry.get("fault_effect") or "")),
        ("gesetzt als", words),
    )


def _curl(method: str, url: str, headers: dict[str, str], body: str) -> str:
    parts = ["curl", "-X", method, url]
    for name, value in headers.items():
        parts += ["-H", f"{name}: {value}"]
    return shlex.join([*parts, "--data-binary", body])

"""Structured logs of one gateway: redacted, bound to call and company, without process globals."""

from __future__ import annotations

import json
import re
from collections import deque
from collections.abc import Callable, Iterator, Mapping, MutableMapping
from contextlib import contextmanager
from datetime import date, datetime
from typing import Any, TextIO, cast

import structlog

from app.usecases.ports import Log

REDACTED = "[REDACTED]"

PERSONAL_KEYS = frozenset(
    {
        "name",
        "customer_name",
        "attendee_name",
        "phone",
        "telefon",
        "caller_number",
        "from_number",
        "email",
        "recipient",
        "api_key",
        "secret",
        "authorization",
    }
)
"""Fields that never reach a log in clear, whatever they hold."""

_EMAIL = re.compile(r"[\w.+-]+@[\w-]+(?:\.[\w-]+)+")
_PHONE = re.compile(r"(?<![\w-])(?:\+|00?)\d(?:[\s/()-]{0,2}\d){6,14}(?![\w-])")

CALL_HEADER = "X-Askpro-Call-Id"
TAIL_LENGTH = 20_000
"""Log records a development gateway keeps for its test API."""

LEVELS = {"DEBUG": 10, "INFO": 20, "WARNING": 30, "ERROR": 40}


def redact_text(text: str) -> str:
    """Return a text without e-mail addresses and phone numbers."""
    return _PHONE.sub(REDACTED, _EMAIL.sub(REDACTED, text))


def redact(value: object, key: str = "") -> object:
    """Return a log value without personal data: by key, and by pattern in every text."""
    if key.casefold() in PERSONAL_KEYS and value is not None:
        return REDACTED
    if isinstance(value, str):
        return redact_text(value)
    if isinstance(value, Mapping):
        return {str(inner): redact(entry, str(inner)) for inner, entry in value.items()}
    if isinstance(value, list | tuple):
        return [redact(entry) for entry in value]
    return value


class LogTail:
    """The newest log records, for the test API; bounded."""

    def __init__(self) -> None:
        self.records: deque[dict[str, Any]] = deque(maxlen=TAIL_LENGTH)

    def __call__(
        self, _logger: Any, _method: str, event: MutableMapping[str, Any]
    ) -> MutableMapping[str, Any]:
        """Keep a record and pass it on."""
        self.records.append(dict(event))
        return event


def build_log(*, stream: TextIO, now: Callable[[], datetime], level: str, tail: LogTail | None) -> Log:
    """Return the logger of one gateway: one JSON object a line, in the order things happened."""
    processors: list[Any] = [
        structlog.contextvars.merge_contextvars,
        structlog.processors.add_log_level,
        _stamp(now),
        _readable,
        _redacted,
    ]
    if tail is not None:
        processors.append(tail)
    processors.append(structlog.processors.JSONRenderer(serializer=json.dumps, ensure_ascii=False))
    return cast(
        "Log",
        structlog.wrap_logger(
            structlog.PrintLogger(stream),
            processors=processors,
            wrapper_class=structlog.make_filtering_bound_logger(LEVELS[level]),
            cache_logger_on_first_use=False,
        ),
    )


@contextmanager
def bound(**fields: object) -> Iterator[None]:
    """Bind fields to every log event of the current request."""
    with structlog.contextvars.bound_contextvars(**fields):
        yield


def begin_request_log(request_id: str) -> None:
    """Forget what an earlier request of this thread bound, and bind the new one's id."""
    structlog.contextvars.clear_contextvars()
    structlog.contextvars.bind_contextvars(request_id=request_id)


def trace_headers() -> Mapping[str, str]:
    """Return the headers that tie an upstream call to the phone call it was made for."""
    call_id = structlog.contextvars.get_contextvars().get("retell_call_id")
    return {CALL_HEADER: str(call_id)} if call_id else {}


def _stamp(now: Callable[[], datetime]) -> Callable[..., MutableMapping[str, Any]]:
    def stamp(_logger: Any, _method: str, event: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
        event["at"] = now()
        return event

    return stamp


def _readable(_logger: Any, _method: str, event: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
    for key, value in event.items():
        if isinstance(value, datetime):
            event[key] = value.isoformat().replace("+00:00", "Z")
        elif isinstance(value, date):
            event[key] = value.isoformat()
    return event


def _redacted(_logger: Any, _method: str, event: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
    return {key: redact(value, key) for key, value in event.items()}

"""Instants and lengths as scenario files write them. Local times are Berlin's, instants carry an offset."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

BERLIN = ZoneInfo("Europe/Berlin")
_LENGTH = re.compile(r"(\d+(?:\.\d+)?)\s*(ms|s|sec|min|m|h|d)")
_UNIT_SECONDS = {"ms": 0.001, "s": 1, "sec": 1, "min": 60, "m": 60, "h": 3600, "d": 86400}


class TimeFormatError(ValueError):
    """A text that is no instant or no length; the message shows how to write one."""


def parse_instant(text: object) -> datetime:
    """An aware instant from ``2025-10-20 14:00`` (Berlin) or from ISO-8601 with an offset."""
    try:
        parsed = datetime.fromisoformat(str(text).strip())
    except ValueError:
        raise TimeFormatError(
            f"{text!r} is no instant: write 2025-10-20 14:00 (Berlin) or 2025-10-20T12:00:00Z"
        ) from None
    return parsed if parsed.tzinfo else parsed.replace(tzinfo=BERLIN)


def parse_seconds(text: object) -> float:
    """A length in seconds from ``14s``, ``1h 30min``, ``250ms`` or a bare number of seconds."""
    if isinstance(text, int | float) and not isinstance(text, bool):
        return float(text)
    words = str(text).strip()
    parts = _LENGTH.findall(words)
    if not parts or _LENGTH.sub("", words).strip():
        raise TimeFormatError(f"{text!r} is no length of time: write 14s, 250ms, 15min or 1h 30min")
    return float(sum(float(number) * _UNIT_SECONDS[unit] for number, unit in parts))


def local_text(instant: datetime) -> str:
    """An instant as the gateway's answers write it: ``2025-10-20 14:00``, Berlin."""
    return instant.astimezone(BERLIN).strftime("%Y-%m-%d %H:%M")


def utc_text(instant: datetime) -> str:
    """An instant as wires carry it: ISO-8601, UTC, ``Z``."""
    return instant.astimezone(UTC).isoformat().replace("+00:00", "Z")

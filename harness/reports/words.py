"""Numbers and times in the English of the reports."""

from __future__ import annotations

import json

SECONDS_PER_MINUTE = 60
SECONDS_PER_HOUR = 3600
SECONDS_PER_DAY = 86_400
MS_PER_SECOND = 1000


def count(number: int) -> str:
    """``1212`` as ``1,212``."""
    return f"{number:,}"


def span(seconds: float) -> str:
    """A length of time with two units at most: ``24.1 s``, ``15 min 2 s``, ``2 h 5 min``, ``3 d 1 h``."""
    if seconds < SECONDS_PER_MINUTE:
        return f"{seconds:.1f} s"
    whole = round(seconds)
    if whole < SECONDS_PER_HOUR:
        return f"{whole // 60} min {whole % 60} s"
    if whole < SECONDS_PER_DAY:
        return f"{whole // SECONDS_PER_HOUR} h {whole % SECONDS_PER_HOUR // 60} min"
    return f"{whole // SECONDS_PER_DAY} d {whole % SECONDS_PER_DAY // SECONDS_PER_HOUR} h"


def instant(seconds: float) -> str:
    """Seconds since the scenario's start as ``0:09.020``, from an hour on as ``1:02:09.020``."""
    thousandths = round(seconds * 1000)
    minutes, rest = divmod(thousandths, 60_000)
    clock = f"{rest // 1000:02}.{rest % 1000:03}"
    if minutes < SECONDS_PER_MINUTE:
        return f"{minutes}:{clock}"
    return f"{minutes // 60}:{minutes % 60:02}:{clock}"


def milliseconds(duration_ms: float | None) -> str:
    """Whole milliseconds without a unit, empty where none were measured."""
    if duration_ms is None:
        return ""
    if 0 < duration_ms < 1:
        return "<1"
    return f"{duration_ms:,.0f}"


def axis(duration_ms: float) -> str:
    """The end of a time axis: ``300 ms``, ``3 s``, ``5 min``."""
    if duration_ms < MS_PER_SECOND:
        return f"{duration_ms:g} ms"
    seconds = duration_ms / MS_PER_SECOND
    return f"{seconds:g} s" if seconds < SECONDS_PER_MINUTE else f"{seconds / 60:g} min"


def body(text: str) -> str:
    """A JSON body with one field a line; anything else as it came."""
    if not text.lstrip().startswith(("{", "[")):
        return text
    try:
        return json.dumps(json.loads(text), indent=2, ensure_ascii=False)
    except ValueError:
        return text

"""The whole stream as JSON: every exchange, instant and choice. Same scenario and seed, same bytes."""

from __future__ import annotations

import json
from dataclasses import asdict
from pathlib import Path
from typing import Any

from harness.events import Event, SuiteFinished

FORMAT = "askpro-scenarios/1"
WALL_FIELDS = ("wall_seconds",)
"""Fields that differ between two runs of the same seed; they never enter the file."""
DECIMALS = 6


class JsonReport:
    """A listener that writes the file at the end: an event a line with sorted keys, so that diffs read."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._lines: list[str] = []

    def __call__(self, event: Event) -> None:
        """Takes one event in; the last one writes the file."""
        self._lines.append(json_line(event))
        if isinstance(event, SuiteFinished):
            self._path.parent.mkdir(parents=True, exist_ok=True)
            self._path.write_bytes(self._text().encode())

    def _text(self) -> str:
        events = ",\n".join(self._lines)
        return f'{{"format": "{FORMAT}", "events": [\n{events}\n]}}\n'


def json_line(event: Event) -> str:
    """One event as JSON in a line, its class under ``event``; numbers to the microsecond.

    Raises:
        ValueError: a number is not finite, so no JSON reader could take it.
    """
    fields = {name: _plain(value) for name, value in asdict(event).items() if name not in WALL_FIELDS}
    return json.dumps(
        {"event": type(event).__name__, **fields}, sort_keys=True, ensure_ascii=False, allow_nan=False
    )


def _plain(value: Any) -> Any:
    if isinstance(value, float):
        return round(value, DECIMALS)
    if isinstance(value, dict):
        return {name: _plain(item) for name, item in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(item) for item in value]
    return value

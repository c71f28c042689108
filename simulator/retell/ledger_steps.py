"""Rows for what the gateway wrote into its database, from the log events of its ledger."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

from simulator.retell.evidence import Evidence
from simulator.retell.phrasing import clock_time, instant
from simulator.retell.step import Lane, Step

_TITLES = {
    "claim.won": ("Anspruch", "gesetzt"),
    "claim.lost": ("Anspruch", "verloren"),
    "claim.released": ("Anspruch", "frei gegeben"),
    "attempt.opened": ("Versuch eröffnet", "gemerkt"),
    "attempt.replayed": ("Versuch bekannt", "gleiche Antwort"),
    "attempt.closed": ("Versuch geschlossen", ""),
    "attempt.left_open": ("Versuch bleibt offen", "gemerkt"),
    "appointment.settled": ("Termin gespeichert", "gesichert"),
    "appointment.cancelled": ("Termin abgesagt", ""),
    "outbox.added": ("Nachricht vorgemerkt", "gesichert"),
    "callback.added": ("Rückruf vorgemerkt", "gesichert"),
}
_STATES = {
    "booked": "gebucht",
    "refused": "frei gegeben",
    "compensated": "rückgängig",
    "failed": "gescheitert",
    "escalated": "an Menschen",
}
_WRITTEN = {"customer": "Kunde", "appointment": "Termin", "message": "Nachricht"}
_CODE = re.compile(r"[a-z]+(?:_[a-z]+)*")
_STRONG = ("verloren", "gescheitert", "an Menschen", "rückgängig")


def build(evidence: Evidence) -> list[Step]:
    """One row for each log event of this call that stands for a write."""
    steps = []
    for place, record in enumerate(evidence.of_call("log")):
        at = instant(record.get("at"))
        if at is not None and record.get("event") in _TITLES:
            steps.append(replace(_step(at, record), order=place))
    return steps


def _step(at: datetime, record: dict[str, Any]) -> Step:
    event = str(record["event"])
    title, result = _TITLES[event]
    took = record.get("duration_ms")
    duration = float(took) if isinstance(took, (int, float)) else None
    result = _STATES.get(str(record.get("state") or record.get("outcome") or ""), result)
    return Step(
        at - timedelta(milliseconds=duration or 0.0),  # logged when done
        Lane.GATEWAY,
        Lane.DATABASE,
        _named(title, record),
        note=_note(record),
        result=result,
        strong=result in _STRONG,
        duration_ms=duration,
        kind="database",
    )


def _named(title: str, record: dict[str, Any]) -> str:
    """The title, with the span that was claimed or the rows that were written."""
    if record["event"] == "appointment.settled":
        rows = [word for name, word in _WRITTEN.items() if name in str(record.get("detail") or "")]
        return ", ".join(rows) or title
    start, end = instant(record.get("starts_at")), instant(record.get("ends_at"))
    if title != "Anspruch" or start is None:
        return title
    return f"{title} {clock_time(start)}–{clock_time(end)}" if end else f"{title} {clock_time(start)}"


def _note(record: dict[str, Any]) -> str:
    """Number of cells, or the code of a reason; sentences stay in the log."""
    cells = record.get("cells")
    if isinstance(cells, int):
        return f"{cells} Zellen"
    detail = str(record.get("detail") or "")
    return detail if _CODE.fullmatch(detail) else ""

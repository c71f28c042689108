"""Rows that were written, as lines of the sequence: read from the gateway's own log events."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime

from harness.books import Ledger
from harness.events import Happening, HappeningKind, Lane

_ROWS = ("claim.", "attempt.", "appointment.", "outbox.", "callback.", "finding.", "webhook.stored")


def database_happenings(ledger: Ledger, start: datetime) -> Iterator[Happening]:
    """A happening for each log event about a row; ``start`` is the instant at which ``seconds`` is 0."""
    for line in ledger.log:
        event = str(line.get("event", ""))
        if not event.startswith(_ROWS) or "at" not in line:
            continue
        at = datetime.fromisoformat(str(line["at"]))
        detail = str(line.get("detail") or "")
        yield Happening(
            seconds=round((at - start).total_seconds(), 6),
            lane=Lane.DATABASE,
            text=f"{event} {detail}".strip(),
            kind=HappeningKind.DATABASE,
            duration_ms=line.get("duration_ms"),
            actor=str(line.get("retell_call_id") or ""),
        )

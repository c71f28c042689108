"""Finds the fault behind an exchange that got no answer: only the fake's journal knows it."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

from harness.events import Exchange, Lane
from harness.exchanges import fault_of

_SAME = timedelta(milliseconds=1)  # the journal keeps milliseconds

Entry = dict[str, Any]


class JournalMatcher:
    """Names faults in exchanges with Cal.com; holds back what was not answered until its entry is there."""

    def __init__(self, start: datetime) -> None:
        self._start = start
        self._waiting: list[Exchange] = []
        self._entries: list[Entry] = []

    def match(
        self, exchanges: Iterable[Exchange], new_entries: Iterable[Entry], *, final: bool
    ) -> list[Exchange]:
        """The exchanges whose story is complete; at the end all of them."""
        self._entries += new_entries
        ready: list[Exchange] = []
        left: list[Exchange] = []
        for exchange in [*self._waiting, *exchanges]:
            entry = self._take(exchange) if exchange.target is Lane.CALCOM else None
            if entry is not None:
                ready.append(replace(exchange, fault=fault_of(entry)))
            elif exchange.target is Lane.CALCOM and exchange.status is None and not final:
                left.append(exchange)
            else:
                ready.append(exchange)
        self._waiting = left
        return sorted(ready, key=lambda each: each.seconds)

    def _take(self, exchange: Exchange) -> Entry | None:
        at = self._start + timedelta(seconds=exchange.seconds)
        for index, entry in enumerate(self._entries):
            same_request = entry["method"] == exchange.method and exchange.path.startswith(str(entry["path"]))
            same_body = (entry.get("body") or "") == exchange.request
            if same_request and same_body and abs(datetime.fromisoformat(str(entry["at"])) - at) < _SAME:
                return self._entries.pop(index)
        return None

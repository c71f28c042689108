"""What was asked and answered, kept as bytes in a bounded ring.

Bytes instead of dictionaries: a journal of live objects makes the garbage collector walk them all, which
showed as pauses of 80 to 90 ms at the 99th percentile.
"""

from __future__ import annotations

import json
import marshal
import threading
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from dataclasses import asdict, dataclass, fields
from typing import Any

from simulator.control.errors import bad_value
from simulator.control.shelf import Shelf

MAX_ENTRIES = 10_000
MAX_BYTES = 32 * 1024 * 1024


@dataclass(frozen=True, slots=True)
class JournalEntry:
    """One request with its answer; ``at`` is ISO UTC, durations are milliseconds of the simulator's clock."""

    id: int
    at: str
    account: str | None
    method: str
    path: str
    query: str
    operation: str | None
    status: int | None
    duration_ms: float
    fault: str | None
    fault_effect: str | None
    headers: dict[str, str]
    body: str
    response_headers: dict[str, str]
    response_body: str
    cut: bool
    in_flight: bool = False

    def to_json(self) -> dict[str, Any]:
        """The entry as the control routes answer it."""
        return asdict(self)


_PACKED = tuple(field.name for field in fields(JournalEntry) if field.name != "id")
_UNANSWERED: dict[str, Any] = {
    "operation": None,
    "status": None,
    "duration_ms": 0.0,
    "fault": None,
    "fault_effect": None,
    "response_headers": {},
    "response_body": "",
    "cut": False,
    "in_flight": True,
}


class Journal:
    """The newest requests of one account, oldest first; what fell out is counted."""

    def __init__(
        self, next_id: Callable[[], int], *, max_entries: int = MAX_ENTRIES, max_bytes: int = MAX_BYTES
    ) -> None:
        self._next_id = next_id
        self._max_entries = max_entries
        self._max_bytes = max_bytes
        self._entries = Shelf()
        self._open: dict[int, dict[str, Any]] = {}
        self._bytes = 0
        self._dropped = 0
        self._lock = threading.Lock()

    @property
    def size(self) -> int:
        """How many finished entries are kept."""
        return len(self._entries)

    @property
    def capacity(self) -> int:
        """How many entries are kept at most."""
        return self._max_entries

    @property
    def dropped(self) -> int:
        """How many entries fell out of the ring since the last clearing."""
        return self._dropped

    def begin(self, **values: Any) -> int:
        """Note a request on arrival; returns its id. Until it is finished it is listed as in flight."""
        entry_id = self._next_id()
        with self._lock:
            self._open[entry_id] = values
        return entry_id

    def touch(self, entry_id: int, **values: Any) -> None:
        """Add what is known by now of a request in flight."""
        begun = self._open.get(entry_id)
        if begun is not None:
            begun.update(values)

    def finish(self, entry_id: int, **values: Any) -> None:
        """Keep a request with its answer; one that a clearing has forgotten stays forgotten."""
        with self._lock:
            begun = self._open.pop(entry_id, None)
            if begun is None:
                return
            known = {**_UNANSWERED, **begun, **values, "in_flight": False}
            packed = marshal.dumps([known[name] for name in _PACKED])
            self._entries.append(entry_id, packed)
            self._bytes += len(packed)
            while len(self._entries) > self._max_entries or self._bytes > self._max_bytes:
                self._bytes -= len(self._entries.pop_oldest()[1])
                self._dropped += 1

    def list_entries(self, after: int = 0) -> list[JournalEntry]:
        """The entries with an id above ``after``, in order of arrival; those in flight have no status yet."""
        with self._lock:
            kept = self._entries.copy()
            entries = [
                _entry(entry_id, [{**_UNANSWERED, **values}[name] for name in _PACKED])
                for entry_id, values in self._open.items()
                if entry_id > after
            ]
        entries += [_entry(entry_id, marshal.loads(data)) for entry_id, data in kept.records_above(after)]  # noqa: S302 (our own bytes)
        return sorted(entries, key=lambda entry: entry.id)

    def clear(self) -> None:
        """Forget all entries and the count of dropped ones."""
        with self._lock:
            self._entries = Shelf()
            self._open.clear()
            self._bytes = 0
            self._dropped = 0


def _entry(entry_id: int, values: list[Any]) -> JournalEntry:
    """An entry from what was kept; bodies are kept as the bytes that came and went."""
    texts: list[Any] = [v.decode("utf-8", "replace") if isinstance(v, bytes) else v for v in values]
    return JournalEntry(entry_id, *texts)


def count_entries(entries: Iterable[JournalEntry]) -> dict[str, dict[str, int]]:
    """How many entries have which operation, status and fault effect."""
    kept = list(entries)
    return {
        "by_operation": dict(Counter(entry.operation or "none" for entry in kept)),
        "by_status": dict(Counter("none" if entry.status is None else str(entry.status) for entry in kept)),
        "by_fault": dict(Counter(entry.fault_effect for entry in kept if entry.fault_effect)),
    }


def find_entries(entries: list[JournalEntry], wanted: dict[str, Any]) -> Iterator[JournalEntry]:
    """The entries that meet every condition of ``wanted`` (see FIND_KEYS)."""
    for entry in entries:
        if all(FIND_KEYS[key](entry, value) for key, value in wanted.items()):
            yield entry


def _mentions(entry: JournalEntry, uid: object) -> bool:
    """Whether a uid (or any text) stands in the path, the query, or one of the bodies."""
    text = str(uid)
    return any(text in part for part in (entry.path, entry.query, entry.body, entry.response_body))


def _body_has(entry: JournalEntry, key: str, value: object) -> bool:
    try:
        body = json.loads(entry.body or "null")
    except ValueError:
        return False
    return isinstance(body, dict) and body.get(key) == value


def _metadata_has(entry: JournalEntry, wanted: dict[str, Any]) -> bool:
    try:
        body = json.loads(entry.body or "null")
    except ValueError:
        return False
    metadata = body.get("metadata") if isinstance(body, dict) else None
    return isinstance(metadata, dict) and all(metadata.get(key) == value for key, value in wanted.items())


FIND_KEYS: dict[str, Callable[[JournalEntry, Any], bool]] = {
    "operation": lambda entry, value: entry.operation == value,
    "method": lambda entry, value: entry.method == value,
    "path": lambda entry, value: entry.path == value,
    "path_contains": lambda entry, value: value in entry.path,
    "status": lambda entry, value: entry.status == value,
    "fault": lambda entry, value: entry.fault == value,
    "fault_effect": lambda entry, value: entry.fault_effect == value,
    "faulted": lambda entry, value: (entry.fault is not None) is value,
    "unmatched": lambda entry, value: (not entry.in_flight and entry.operation is None) is value,
    "cut": lambda entry, value: entry.cut is value,
    "mentions": _mentions,
    "body_contains": lambda entry, value: value in entry.body,
    "metadata": _metadata_has,
    "start": lambda entry, value: _body_has(entry, "start", value),
    "event_type_id": lambda entry, value: _body_has(entry, "eventTypeId", value),
}
FIND_TYPES: dict[str, type | tuple[type, ...]] = {
    "path_contains": str,
    "body_contains": str,
    "mentions": str,
    "metadata": dict,
    "faulted": bool,
    "unmatched": bool,
    "cut": bool,
}


def check_wanted(wanted: dict[str, Any]) -> None:
    """Refuse a condition of the wrong kind; raises ControlError (400) that names it."""
    for key, value in wanted.items():
        kind = FIND_TYPES.get(key)
        if kind is not None and not isinstance(value, kind):
            raise bad_value(key, f"can't be {value!r}")

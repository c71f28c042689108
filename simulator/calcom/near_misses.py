"""Why no route took a request: the nearest one, and in a sentence what differs."""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from simulator.calcom.exchange import KNOWN_VERSIONS, Operation
from simulator.control.journal import JournalEntry

_PREFIX = re.compile(r"^(/a/[^/]+|/api)?/v2")
_PLACE = re.compile(r"<(?:\w+:)?\w+>")


@dataclass(frozen=True, slots=True)
class NearMiss:
    """The nearest route and the one thing that differs: path, method or version."""

    operation: str
    method: str
    path: str
    differs: str
    wanted: str
    sent: str

    @property
    def sentence(self) -> str:
        """What a developer has to know, in one sentence."""
        route = f"{self.method} {self.path}"
        if self.differs == "version":
            sent = f"{self.sent} was sent" if self.sent else "none was sent"
            return f"{route} wants cal-api-version {self.wanted}; {sent}, and with that Cal.com answers 404."
        if self.differs == "method":
            return f"{self.path} takes {self.wanted}, but {self.sent} was sent."
        return f"No route has the path {self.sent}; the nearest is {route}."

    def to_json(self) -> dict[str, Any]:
        """The near miss as the journal answers it."""
        return {
            "operation": self.operation,
            "method": self.method,
            "path": self.path,
            "differs": self.differs,
            "wanted": self.wanted,
            "sent": self.sent,
            "sentence": self.sentence,
        }


def near_miss(entry: JournalEntry, operations: Sequence[Operation]) -> NearMiss | None:
    """The route that a request just missed; None for a request that one took."""
    if entry.operation is not None or entry.in_flight or not operations:
        return None
    path = _PREFIX.sub("", entry.path) or "/"
    if not _PREFIX.match(entry.path):
        nearest = max(operations, key=lambda one: _likeness(one, entry.method, path))
        return _miss(nearest, "path", nearest.path, entry.path)
    here = [one for one in operations if _pattern(one.path).fullmatch(path)]
    with_method = [one for one in here if one.method == entry.method]
    if with_method:
        return _wrong_version(entry, with_method)
    if here:
        methods = ", ".join(sorted({one.method for one in here}))
        return _miss(here[0], "method", methods, entry.method)
    nearest = max(operations, key=lambda one: _likeness(one, entry.method, path))
    return _miss(nearest, "path", nearest.path, f"/v2{path}")


def _wrong_version(entry: JournalEntry, candidates: Iterable[Operation]) -> NearMiss:
    found = list(candidates)
    versions = sorted({version for one in found for version in one.versions or ()})
    sent = next((value for name, value in entry.headers.items() if name.lower() == "cal-api-version"), "")
    if sent and sent not in KNOWN_VERSIONS:
        sent = f"{sent} (unknown, so taken as {KNOWN_VERSIONS[0]})"
    return _miss(found[0], "version", " or ".join(versions), sent)


def _miss(operation: Operation, differs: str, wanted: str, sent: str) -> NearMiss:
    return NearMiss(operation.name, operation.method, f"/v2{operation.path}", differs, wanted, sent)


def _likeness(operation: Operation, method: str, path: str) -> float:
    """How much of the path is the same, places filled in; the same method breaks ties."""
    given, own = path.strip("/").split("/"), operation.path.strip("/").split("/")
    filled = [part if _PLACE.fullmatch(place) else place for place, part in zip(own, given, strict=False)]
    filled += own[len(given) :]
    ratio = difflib.SequenceMatcher(None, "/".join(filled), "/".join(given)).ratio()
    return ratio + (0.05 if operation.method == method else 0.0) - 0.01 * abs(len(own) - len(given))


def _pattern(path: str) -> re.Pattern[str]:
    parts = _PLACE.split(path)
    return re.compile("[^/]+".join(re.escape(part) for part in parts))

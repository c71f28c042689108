"""All processes' measurements in one place: in the only process, or in the one that leads the others."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from loadtests.metrics import Samples, add_samples, samples_from_wire, samples_to_wire


class Gathering:
    """What came from each process; ``processes`` is how many must have reported that they are done."""

    def __init__(self, processes: int) -> None:
        self._processes = processes
        self._done: dict[str, bool] = {}
        self.samples: Samples = {}
        self.told: list[str] = []
        self.unmeasured = 0

    def add(self, process: str, taken: Mapping[str, Any]) -> None:
        """Take in what ``Desk.take`` gave in one process."""
        add_samples(self.samples, taken["samples"])
        self.told += taken["told"]
        self.unmeasured += taken["unmeasured"]
        self._done[process] = bool(taken["over"]) and not taken["left"]

    def add_from_wire(self, process: str, data: Mapping[str, Any]) -> None:
        """The same, after it crossed the border of a process."""
        self.add(process, {**data, "samples": samples_from_wire(data["samples"])})

    def is_done(self) -> bool:
        """Whether every process has told all it had."""
        return len(self._done) >= self._processes and all(self._done.values())

    def write(self, path: Path) -> None:
        """Keep everything as JSON, for the runner."""
        data = {
            "samples": samples_to_wire(self.samples),
            "told": self.told,
            "unmeasured": self.unmeasured,
            "done": self.is_done(),
        }
        path.write_text(json.dumps(data), encoding="utf-8")


def to_wire(taken: Mapping[str, Any]) -> dict[str, Any]:
    """What ``Desk.take`` gave, fit to cross the border of a process."""
    return {**taken, "samples": samples_to_wire(taken["samples"])}

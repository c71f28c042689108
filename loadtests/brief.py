"""What the runner tells the process that makes the load, as one JSON file."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

BRIEF_VARIABLE = "ASKPRO_LOAD_BRIEF"
"""Names the file in the environment of the process that makes the load."""


@dataclass(frozen=True, slots=True)
class Bookable:
    """A service that is booked by dialling a number; those of one ``calendar`` share its time."""

    company_id: int
    account: str
    number: str
    service: str
    minutes: int
    calendar: str


@dataclass(frozen=True, slots=True)
class Hours:
    """When the branches are open: ISO weekdays, local times ``HH:MM``."""

    time_zone: str
    days: tuple[int, ...]
    opens: str
    closes: str


@dataclass(frozen=True, slots=True)
class Brief:
    """Addresses, keys, time and the profile's figures.

    ``clock_ahead_seconds`` is how far the world's clock is ahead of this machine's; ``now`` is its ISO instant
    at the start. ``out`` is where the measurements go.
    """

    gateway_url: str
    simulator_url: str
    retell_api_key: str
    now: str
    clock_ahead_seconds: float
    users: int
    ramp_seconds: float
    duration_seconds: float
    spawn_rate: float
    thinking_seconds: float
    pause_seconds: float
    time_scale: float
    processes: int
    out: str
    hours: Hours
    bookable: tuple[Bookable, ...]

    @property
    def accounts(self) -> tuple[str, ...]:
        """The Cal.com accounts that are called, each once."""
        return tuple(dict.fromkeys(each.account for each in self.bookable))

    @property
    def companies(self) -> tuple[int, ...]:
        """The companies that are called, each once."""
        return tuple(dict.fromkeys(each.company_id for each in self.bookable))

    def write(self, path: Path) -> None:
        """Keep it as JSON."""
        path.write_text(json.dumps(asdict(self), ensure_ascii=False), encoding="utf-8")

    @classmethod
    def read(cls, path: Path) -> Brief:
        """From its file."""
        data: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
        hours = data.pop("hours")
        bookable: Sequence[dict[str, Any]] = data.pop("bookable")
        return cls(
            **data,
            hours=Hours(**{**hours, "days": tuple(hours["days"])}),
            bookable=tuple(Bookable(**each) for each in bookable),
        )

"""What a scenario may touch, whichever world it runs in: addresses, sessions, time, the gateway's switch.

Everything a scenario learns comes over HTTP; a world adds only what HTTP cannot do (kill, let time pass, run
callers side by side).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Protocol

import requests

from harness.events import Choice, Exchange, Lane
from simulator.client import SimulatorClient


class WorldError(RuntimeError):
    """The world itself failed (a process died, nothing answers): no verdict on the gateway is possible."""


@dataclass(frozen=True, slots=True)
class Tenant:
    """A company as scenarios know it; ``event_type_id`` is that of its default service at Cal.com."""

    key: str
    company_id: int
    company: str
    number: str
    account: str
    webhook_secret: str
    event_type_id: int
    numbers: Mapping[str, str] = field(default_factory=dict)
    """Each branch's number by the branch's name."""
    event_types: Mapping[str, int] = field(default_factory=dict)
    """Each service's event type at Cal.com by the service's name; of two with one name the first branch's."""


@dataclass(frozen=True, slots=True)
class Setting:
    """What a world is opened with."""

    seed: int
    now: datetime
    webhooks: bool = False
    set_up: Mapping[str, Sequence[Mapping[str, Any]]] = field(default_factory=dict)
    """What is there before the first step: people, appointments, rules, services (``harness.set_up``)."""


class World(Protocol):
    """A gateway and a fake Cal.com that can be called, steered and broken."""

    name: str
    gateway_url: str
    simulator_url: str
    retell_api_key: str
    tenants: tuple[Tenant, ...]
    deaths: int
    """How often the gateway was killed, by a step or by a fault of its own."""

    def session(self, source: Lane | None) -> requests.Session:
        """A session for one party, whose requests the report shows; None: control, not recorded."""
        ...

    def simulator(self, account: str) -> SimulatorClient:
        """Control of one account of the fake Cal.com."""
        ...

    def now(self) -> datetime:
        """The instant that gateway and simulator share."""
        ...

    def elapsed_seconds(self) -> float:
        """Seconds of the world's time since it was opened; a jump counts as far as it went."""
        ...

    def sleep(self, seconds: float) -> None:
        """Let time pass; what falls due meanwhile happens at its instant."""
        ...

    def jump(self, now: datetime) -> None:
        """Set the shared clock; what falls due meanwhile happens at once."""
        ...

    def together(self, works: Sequence[tuple[str, Callable[[], None]]]) -> None:
        """Run named works at the same time and wait for all; raises the first that failed."""
        ...

    def settle(self) -> None:
        """Let all that is under way end (late commits, deliveries)."""
        ...

    def crash_gateway(self) -> None:
        """Kill the gateway as ``kill -9`` would; nothing answers afterwards."""
        ...

    def start_gateway(self) -> None:
        """Start the gateway on the database that the dead one left."""
        ...

    def gateway_is_up(self) -> bool:
        """Whether the gateway answers."""
        ...

    def take_exchanges(self, *, final: bool = False) -> list[Exchange]:
        """What was asked and answered since the last time; at the end also what was never answered."""
        ...

    def take_choices(self) -> list[Choice]:
        """What the scheduler chose since the last time; empty where the machine decides."""
        ...

    def take_failures(self) -> list[str]:
        """What broke in the bench itself since the last time, in words."""
        ...

    def close(self) -> None:
        """Stop everything and remove its files."""
        ...


class WorldFactory(Protocol):
    """Opens a fresh world for each scenario; closed once, after the last."""

    name: str

    def open(self, setting: Setting) -> World:
        """A world with the seed's companies and no appointments."""
        ...

    def close(self) -> None:
        """Free what the worlds shared."""
        ...

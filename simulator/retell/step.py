"""A row of the sequence."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from simulator.retell.detail import Detail


class Lane(StrEnum):
    """The five parties, from the phone to the database."""

    CALLER = "caller"
    AGENT = "agent"
    GATEWAY = "gateway"
    CALCOM = "calcom"
    DATABASE = "database"


LANE_WORDS = {
    Lane.CALLER: ("Anrufer", "A"),
    Lane.AGENT: ("Agent", "Ag"),
    Lane.GATEWAY: ("Gateway", "G"),
    Lane.CALCOM: ("Cal.com", "C"),
    Lane.DATABASE: ("DB", "D"),
}
LANE_PERCENT = {
    Lane.CALLER: 10.7,
    Lane.AGENT: 30.6,
    Lane.GATEWAY: 51.5,
    Lane.CALCOM: 74.5,
    Lane.DATABASE: 92.9,
}


LAST = 1_000_000


@dataclass(frozen=True, slots=True)
class Piece:
    """A part of a bar, in percent of the turn's axis; kind is own, wait or made (by a fault)."""

    kind: str
    start: float
    width: float


@dataclass(frozen=True, slots=True)
class Step:
    """Who turned to whom, or (without target) what happened to someone by itself.

    `mood` is "fault" when we injected it, "failed" when it failed without that; `kind` is what filters ask
    for: speech, http, database, happening. `order` is the place in the gateway's log, which tells apart what
    happened at the same instant of a virtual clock.
    """

    at: datetime
    source: Lane
    target: Lane | None
    title: str
    note: str = ""
    code: bool = False
    result: str = ""
    strong: bool = False
    duration_ms: float | None = None
    mood: str = ""
    answered: bool = True
    kind: str = "http"
    fault: str = ""
    pieces: tuple[Piece, ...] = ()
    detail: Detail | None = None
    id: str = ""
    order: int = LAST

"""What happened, in order, as a strip of 150 pixels: a tick an exchange, diamonds for what we broke."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import log10

from harness.events import Exchange, Happening, Lane
from harness.reports.faults import INJECTED
from harness.reports.turns import Passage, in_order

WIDTH = 150.0
STEP = 4.5
PAUSE = 14.0
"""Pixels a pause gets for each power of ten of its seconds, so that 14 s and 15 minutes both can be seen."""


@dataclass(frozen=True, slots=True)
class Mark:
    """A tick (own or wait), a diamond (fault) or a red bar (broken), ``x`` pixels from the left."""

    x: float
    kind: str


def fingerprint(passages: Sequence[Passage], *, broken: bool) -> list[Mark]:
    """The marks of one scenario, pressed together where they would not fit."""
    marks: list[Mark] = []
    at, before = 0.0, None
    for passage in in_order(passages):
        kinds = _kinds(passage)
        if not kinds:
            continue
        gap = 0.0 if before is None else max(passage.seconds - before, 0.0)
        at += STEP + PAUSE * log10(1 + gap)
        before = passage.seconds
        marks += [Mark(at, kind) for kind in kinds]
    if broken:
        marks.append(Mark(at + 2 * STEP, "broken"))
    furthest = max((mark.x for mark in marks), default=0.0)
    scale = min(1.0, (WIDTH - STEP) / furthest) if furthest else 1.0
    return [Mark(round(mark.x * scale, 1), mark.kind) for mark in marks]


def _kinds(passage: Passage) -> list[str]:
    if isinstance(passage, Happening):
        return ["fault"] if passage.kind in INJECTED else []
    tick = "wait" if passage.target is Lane.CALCOM else "own"
    return [tick, "fault"] if isinstance(passage, Exchange) and passage.fault else [tick]

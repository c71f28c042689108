"""Fault rules: what is to go wrong, when around the write, how often, and for which requests.

A rule's fate for one request is a hash of seed, rule, operation key and attempt, never of arrival order, so a
parallel run replays; only ``share`` counts arrivals, which is exact where one actor runs at a time.
"""

from __future__ import annotations

import threading
from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Any

from simulator.control.clock import Clock, Event
from simulator.control.errors import ControlError
from simulator.control.fault_time import Ramp, Window
from simulator.control.latency import Fixed, Latency, unit_hash

DEFAULT_LATE_SECONDS = 10.0


class Phase(StrEnum):
    """Where the fault strikes, seen from the write."""

    REFUSE = "refuse"  # turned away at the door: not even the key or the limit is looked at
    BEFORE = "before"  # the effect shows, nothing is written
    AFTER = "after"  # it is written, then the effect shows
    LATE = "late"  # ``delay`` seconds pass, then it is written and answered
    TWICE = "twice"  # it is written two times
    HALF = "half"  # it is written, and half of the answer arrives


@dataclass(frozen=True, slots=True)
class EffectSpec:
    """One effect: its options, the one that a bare value fills, and the operations that can show it."""

    name: str
    main_option: str | None = None
    options: tuple[str, ...] = ()
    operations: frozenset[str] | None = None
    needs_answer: bool = False  # it bends what the operation said, so the operation must have been asked

    def allowed(self, operations: Iterable[str]) -> list[str]:
        """Which of the operations can show it."""
        return sorted(name for name in operations if self.operations is None or name in self.operations)


@dataclass(frozen=True, slots=True)
class Effect:
    """What the client is to see; ``latency`` may stand alone or with another effect."""

    name: str | None
    options: Mapping[str, Any]
    latency: Latency | None = None

    def number(self, option: str, default: float) -> float:
        """A numeric option."""
        return float(self.options.get(option, default))

    @property
    def shows(self) -> bool:
        """Whether the client could notice it at all."""
        return self.name is not None or self.latency is not None


@dataclass(frozen=True, slots=True)
class Facts:
    """What a rule can be matched on; ``operation_key`` names one logical operation over its attempts."""

    operation: str
    operation_key: str
    event_type_id: int | None = None
    start: datetime | None = None
    attendees: tuple[str, ...] = ()
    metadata: Mapping[str, Any] = field(default_factory=dict)
    uid: str | None = None


@dataclass(frozen=True, slots=True)
class Match:
    """The conditions of a rule; what is None is not asked. ``nth``: which attempts of one logical operation."""

    event_type_id: int | None = None
    start: datetime | None = None
    attendee: str | None = None
    metadata: Mapping[str, Any] = field(default_factory=dict)
    uid: str | None = None
    nth: frozenset[int] | None = None

    def fits(self, facts: Facts) -> bool:
        """Whether a request meets all conditions but ``nth``, which needs counting."""
        return (
            self.event_type_id in (None, facts.event_type_id)
            and self.start in (None, facts.start)
            and (self.attendee is None or self.attendee in facts.attendees)
            and self.uid in (None, facts.uid)
            and all(facts.metadata.get(key) == value for key, value in self.metadata.items())
        )


@dataclass(slots=True)
class FaultRule:
    """One rule with its counters."""

    id: str
    raw: Mapping[str, Any]
    on: str
    when: Phase
    effects: tuple[Effect | None, ...]  # one, or a sequence in which None lets a request pass
    delay: Latency
    times: int | None
    skip: int
    probability: float
    share: tuple[int, int] | None
    seed: int
    match: Match
    operations: frozenset[str] | None
    set_at: datetime
    name: str = ""
    is_sequence: bool = False
    per_wish: bool = True
    answers_first: bool = False
    window: Window | None = None
    ramp: Ramp | None = None
    seen: int = 0
    fired: int = 0
    attempts: Counter[str] = field(default_factory=Counter)

    def applies(self, facts: Facts) -> bool:
        """Whether the rule speaks of this request at all."""
        if self.on not in ("*", facts.operation):
            return False
        if self.operations is not None and facts.operation not in self.operations:
            return False
        return self.match.fits(facts)

    def decide(self, facts: Facts, server_seed: int, now: datetime) -> Strike | None:
        """Count the request and decide its fate."""
        self.seen += 1
        key = f"{facts.operation}|{facts.operation_key}"
        self.attempts[key] += 1
        attempt = self.attempts[key]
        draw = f"{server_seed}|{self.seed}|{self.name or self.id}|{key}|{attempt}"
        effect = self._effect_of(attempt)
        if effect is None or not self._is_due(attempt, now):
            return None
        if not (self._share_strikes() if self.share else unit_hash(draw) < self._chance_at(now)):
            return None
        self.fired += 1
        return Strike(self, effect, lambda purpose: unit_hash(draw, purpose))

    def to_json(self) -> dict[str, Any]:
        """The rule as it was given, with id and counters."""
        return {**self.raw, "id": self.id, "seen": self.seen, "fired": self.fired}

    def _effect_of(self, attempt: int) -> Effect | None:
        if not self.is_sequence:
            return self.effects[0]
        place = attempt if self.per_wish else self.seen
        return self.effects[place - 1] if place <= len(self.effects) else None

    def _is_due(self, attempt: int, now: datetime) -> bool:
        if self.seen <= self.skip or (self.times is not None and self.fired >= self.times):
            return False
        if self.match.nth is not None and attempt not in self.match.nth:
            return False
        return self.window is None or self.window.is_open(now, self.set_at)

    def _chance_at(self, now: datetime) -> float:
        """The probability, times how far the ramp has come."""
        if self.ramp is None:
            return self.probability
        begins = self.set_at if self.window is None else self.window.opens_at(self.set_at)
        return self.probability * self.ramp.share_at((now - begins).total_seconds())

    def _share_strikes(self) -> bool:
        """Exactly ``hits`` of each ``of`` arrivals, evenly spread."""
        hits, of = self.share or (0, 1)
        arrival = self.seen - self.skip
        return arrival * hits // of > (arrival - 1) * hits // of


@dataclass(frozen=True, slots=True)
class Strike:
    """A rule that meets a request, and chance of its own that no arrival order changes."""

    rule: FaultRule
    effect: Effect
    unit: Callable[[str], float]

    def seconds(self, latency: Latency | None, now: datetime) -> float:
        """How long a wait of the rule is for this request."""
        return 0.0 if latency is None else latency.draw(self.unit("latency"), now)

    @property
    def words(self) -> str:
        """The effect's name for the journal."""
        if self.effect.name:
            return self.effect.name
        return "latency" if self.effect.latency is not None else self.rule.when.value


RuleParser = Callable[[object, str, datetime], FaultRule]


class FaultBook:
    """The rules of one account, asked in the order in which they were added."""

    def __init__(self, clock: Clock, parse: RuleParser, seed: int) -> None:
        self._clock = clock
        self._parse = parse
        self._seed = seed
        self._lock = threading.Lock()
        self._rules: list[FaultRule] = []
        self._next = 1
        self._hanging: list[tuple[Event, str]] = []

    def add(self, raw: object) -> FaultRule:
        """Add a rule; raises ControlError (400) naming the wrong field and the nearest right word."""
        with self._lock:
            rule = self._parse(raw, f"f{self._next}", self._clock.now())
            self._next += 1
            self._rules.append(rule)
        return rule

    def check(self, raw: object) -> None:
        """Refuse a wrong rule as ``add`` would, without adding it."""
        self._parse(raw, "f0", self._clock.now())

    def list_rules(self) -> list[FaultRule]:
        """The rules in order."""
        return list(self._rules)

    def never_fired(self) -> list[str]:
        """The ids of rules that were set and met no request: a trap that nobody walked into proves nothing."""
        return [rule.id for rule in self._rules if not rule.fired]

    @property
    def has_rules(self) -> bool:
        """Whether there is anything to choose from."""
        return bool(self._rules)

    def choose(self, facts: Facts, *, at_door: bool = False) -> Strike | None:
        """The first rule that strikes this request; the ones before it have counted it.

        ``at_door`` asks the rules that refuse, which come before anything else is looked at.
        """
        now = self._clock.now()
        with self._lock:
            for rule in self._rules:
                if (rule.when is Phase.REFUSE) is at_door and rule.applies(facts):
                    strike = rule.decide(facts, self._seed, now)
                    if strike is not None:
                        return strike
        return None

    def clear(self, rule_id: str | None = None, *, restart_ids: bool = False) -> list[FaultRule]:
        """Remove one rule or all and let go who hangs in them; an unknown id is a 404. Returns what is gone."""
        with self._lock:
            gone = [rule for rule in self._rules if rule_id in (None, rule.id)]
            if rule_id is not None and not gone:
                raise ControlError(404, "unknown_fault", f"there is no fault '{rule_id}'")
            self._rules = [rule for rule in self._rules if rule not in gone]
            if restart_ids:
                self._next = 1
            released = [event for event, owner in self._hanging if rule_id in (None, owner)]
        for event in released:
            event.set()
        return gone

    def hang(self, rule: FaultRule, seconds: float) -> None:
        """Wait that long, or until the rule is removed."""
        event = self._clock.event()
        with self._lock:
            self._hanging.append((event, rule.id))
        event.wait(seconds)
        with self._lock:
            self._hanging = [entry for entry in self._hanging if entry[0] is not event]


def late_by_default() -> Latency:
    """How late a late write is unless the rule says."""
    return Fixed(DEFAULT_LATE_SECONDS)

"""Fault rules: what is to go wrong, when around the write, how often, and for which requests.

A rule's fate for one request is a hash of seed, rule, operation key and attempt, never of arrival order, so a
parallel run replays; only ``share`` counts arrivals, which is exact where one actor runs at a time.
"""

from __future__ import annotations

import hashlib
import re
import threading
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Any

from simulator.control.clock import Clock, Event
from simulator.control.errors import ControlError, bad_value, unknown_key

DEFAULT_LATE_SECONDS = 10.0
_RULE_KEYS = (
    "on",
    "when",
    "effect",
    "delay",
    "times",
    "skip",
    "probability",
    "share",
    "seed",
    "match",
)
_MATCH_KEYS = ("event_type_id", "start", "attendee", "metadata", "uid")
_SHARE = re.compile(r"(\d+)\s*/\s*(\d+)")


class Phase(StrEnum):
    """Where the fault strikes, seen from the write."""

    BEFORE = "before"  # the effect shows, nothing is written
    AFTER = "after"  # it is written, then the effect shows
    LATE = "late"  # ``delay`` seconds pass, then it is written and answered
    TWICE = "twice"  # it is written two times


@dataclass(frozen=True, slots=True)
class EffectSpec:
    """One effect: its options, the one that a bare value fills, and the operations that can show it."""

    name: str
    main_option: str | None = None
    options: tuple[str, ...] = ()
    operations: frozenset[str] | None = None


@dataclass(frozen=True, slots=True)
class Effect:
    """What the client is to see; ``latency`` (seconds) may stand alone or with another effect."""

    name: str | None
    options: Mapping[str, Any]
    latency: float = 0.0

    def number(self, option: str, default: float) -> float:
        """A numeric option."""
        return float(self.options.get(option, default))


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
    """The conditions of a rule; what is None is not asked."""

    event_type_id: int | None = None
    start: datetime | None = None
    attendee: str | None = None
    metadata: Mapping[str, Any] = field(default_factory=dict)
    uid: str | None = None

    def fits(self, facts: Facts) -> bool:
        """Whether a request meets all conditions."""
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
    effect: Effect
    delay: float
    times: int | None
    skip: int
    probability: float
    share: tuple[int, int] | None
    seed: int
    match: Match
    operations: frozenset[str] | None
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

    def strikes(self, facts: Facts, server_seed: int) -> bool:
        """Count the request and decide its fate."""
        self.seen += 1
        self.attempts[facts.operation_key] += 1
        if self.seen <= self.skip or (self.times is not None and self.fired >= self.times):
            return False
        struck = self._share_strikes() if self.share else self._chance(facts, server_seed) < self.probability
        self.fired += struck
        return struck

    def to_json(self) -> dict[str, Any]:
        """The rule as it was given, with id and counters."""
        return {**self.raw, "id": self.id, "seen": self.seen, "fired": self.fired}

    def _share_strikes(self) -> bool:
        """Exactly ``hits`` of each ``of`` arrivals, evenly spread."""
        hits, of = self.share or (0, 1)
        arrival = self.seen - self.skip
        return arrival * hits // of > (arrival - 1) * hits // of

    def _chance(self, facts: Facts, server_seed: int) -> float:
        attempt = self.attempts[facts.operation_key]
        key = f"{server_seed}|{self.seed}|{self.id}|{facts.operation}|{facts.operation_key}|{attempt}"
        return int.from_bytes(hashlib.sha256(key.encode()).digest()[:8], "big") / 2**64


class FaultBook:
    """The rules of one account, asked in the order in which they were added."""

    def __init__(
        self, clock: Clock, specs: Mapping[str, EffectSpec], operations: Iterable[str], seed: int
    ) -> None:
        self._clock = clock
        self._specs = specs
        self._operations = tuple(operations)
        self._seed = seed
        self._lock = threading.Lock()
        self._rules: list[FaultRule] = []
        self._next = 1
        self._hanging: list[tuple[Event, str]] = []

    def add(self, raw: object) -> FaultRule:
        """Add a rule; raises ControlError (400) naming the wrong field and the nearest right word."""
        with self._lock:
            rule = parse_rule(raw, f"f{self._next}", self._specs, self._operations)
            self._next += 1
            self._rules.append(rule)
        return rule

    def list_rules(self) -> list[FaultRule]:
        """The rules in order."""
        return list(self._rules)

    @property
    def has_rules(self) -> bool:
        """Whether there is anything to choose from."""
        return bool(self._rules)

    def choose(self, facts: Facts) -> FaultRule | None:
        """The first rule that strikes this request; the ones before it have counted it."""
        with self._lock:
            for rule in self._rules:
                if rule.applies(facts) and rule.strikes(facts, self._seed):
                    return rule
        return None

    def clear(self, rule_id: str | None = None, *, restart_ids: bool = False) -> None:
        """Remove one rule or all and let go who hangs in them; an unknown id is a 404."""
        with self._lock:
            kept = [rule for rule in self._rules if rule_id is not None and rule.id != rule_id]
            if rule_id is not None and len(kept) == len(self._rules):
                raise ControlError(404, "unknown_fault", f"there is no fault '{rule_id}'")
            self._rules = kept
            if restart_ids:
                self._next = 1
            released = [event for event, owner in self._hanging if rule_id in (None, owner)]
        for event in released:
            event.set()

    def hang(self, rule: FaultRule, seconds: float) -> None:
        """Wait that long, or until the rule is removed."""
        event = self._clock.event()
        with self._lock:
            self._hanging.append((event, rule.id))
        event.wait(seconds)
        with self._lock:
            self._hanging = [entry for entry in self._hanging if entry[0] is not event]


def parse_rule(
    raw: object, rule_id: str, specs: Mapping[str, EffectSpec], operations: tuple[str, ...]
) -> FaultRule:
    """A rule from its JSON; raises ControlError naming the wrong field."""
    if not isinstance(raw, dict):
        raise bad_value("fault", "must be an object")
    for key in raw:
        if key not in _RULE_KEYS:
            raise unknown_key("key of a fault", str(key), _RULE_KEYS)
    on = raw.get("on", "*")
    if on != "*" and on not in operations:
        raise unknown_key("operation", str(on), (*operations, "*"))
    when = raw.get("when", "before")
    if when not in tuple(Phase):
        raise unknown_key("phase", str(when), [str(phase) for phase in Phase])
    effect = parse_effect(raw.get("effect", {}), specs)
    if effect.name is None and not effect.latency and when not in (Phase.LATE, Phase.TWICE):
        raise bad_value("effect", f"is missing; known are: {', '.join(sorted(specs))}")
    allowed = specs[effect.name].operations if effect.name else None
    if allowed is not None and on not in allowed and on != "*":
        raise bad_value("effect", f"'{effect.name}' can't show on {on}, only on {', '.join(sorted(allowed))}")
    share = _share(raw.get("share"))
    sampled = share is not None or "probability" in raw
    return FaultRule(
        id=rule_id,
        raw=dict(raw),
        on=on,
        when=Phase(when),
        effect=effect,
        delay=_number("delay", raw.get("delay", effect.latency or DEFAULT_LATE_SECONDS)),
        times=_times(raw.get("times", None if sampled else 1)),
        skip=int(_number("skip", raw.get("skip", 0))),
        probability=_probability(raw.get("probability", 1.0)),
        share=share,
        seed=int(_number("seed", raw.get("seed", 0))),
        match=_match(raw.get("match") or {}),
        operations=allowed,
    )


def parse_effect(raw: object, specs: Mapping[str, EffectSpec]) -> Effect:
    """An effect: a name, or an object of one name with its value and options, and ``latency``."""
    items: dict[str, Any] = (
        {raw: True} if isinstance(raw, str) else dict(raw) if isinstance(raw, dict) else {}
    )
    if not items and raw:
        raise bad_value("effect", "must be a name or an object")
    latency = _number("effect.latency", items.pop("latency", 0))
    names = [key for key in items if key in specs]
    if len(names) > 1:
        raise bad_value("effect", f"names more than one: {', '.join(names)}")
    spec = specs[names[0]] if names else None
    options: dict[str, Any] = {}
    for key, value in items.items():
        if spec is not None and key == spec.name:
            options.update(_own_options(spec, value))
        elif spec is not None and key in spec.options:
            options[key] = value
        else:
            raise unknown_key("effect", str(key), (*specs, "latency", *(spec.options if spec else ())))
    for key in ("age", "minutes", "seconds", "fraction", "code"):
        if key in options:
            _number(f"effect.{key}", options[key])
    return Effect(spec.name if spec else None, options, latency)


def _own_options(spec: EffectSpec, value: object) -> dict[str, Any]:
    if value is True and spec.name != "status":
        return {}
    if isinstance(value, dict):
        for key in value:
            if key not in spec.options:
                raise unknown_key(f"option of {spec.name}", str(key), spec.options)
        return dict(value)
    if spec.main_option is None or isinstance(value, bool) or value is None:
        raise bad_value(f"effect.{spec.name}", f"can't be {value!r}")
    return {spec.main_option: value}


def _number(field_name: str, value: object) -> float:
    if isinstance(value, bool) or not isinstance(value, int | float) or value < 0:
        raise bad_value(field_name, f"must be a number from 0 up, not {value!r}")
    return float(value)


def _times(value: object) -> int | None:
    return None if value is None else int(_number("times", value))


def _probability(value: object) -> float:
    number = _number("probability", value)
    if number > 1:
        raise bad_value("probability", f"must lie between 0 and 1, not {value!r}")
    return number


def _share(value: object) -> tuple[int, int] | None:
    if value is None:
        return None
    found = _SHARE.fullmatch(str(value))
    if not found or int(found[1]) > int(found[2]) or int(found[2]) == 0:
        raise bad_value("share", f"must read like '30/100', not {value!r}")
    return int(found[1]), int(found[2])


def _match(raw: object) -> Match:
    if not isinstance(raw, dict):
        raise bad_value("match", "must be an object")
    for key in raw:
        if key not in _MATCH_KEYS:
            raise unknown_key("key of match", str(key), _MATCH_KEYS)
    start = raw.get("start")
    try:
        instant = None if start is None else datetime.fromisoformat(str(start))
    except ValueError as error:
        raise bad_value("match.start", f"must be an ISO date-time with offset, not {start!r}") from error
    if instant is not None and instant.tzinfo is None:
        raise bad_value("match.start", f"needs an offset: {start!r}")
    return Match(
        event_type_id=raw.get("event_type_id"),
        start=instant,
        attendee=raw.get("attendee"),
        metadata=dict(raw.get("metadata") or {}),
        uid=raw.get("uid"),
    )

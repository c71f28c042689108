"""Faults one click away: each replays an incident through the fake's own fault rules."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, slots=True)
class Preset:
    """A fault rule with the number of the incident it replays."""

    name: str
    incident: str
    title: str
    rule: dict[str, Any]


def _booking(when: str, effect: dict[str, Any], **more: Any) -> dict[str, Any]:
    return {"on": "create_booking", "when": when, "effect": effect, "times": 1, **more}


PRESETS = (
    Preset("stale-booking", "1.1", "Alte Buchung", _booking("before", {"stale_booking": {"age": 2100}})),
    Preset("foreign-booking", "1.1", "Fremde Buchung", _booking("before", {"foreign_booking": True})),
    Preset("lost-reply", "1.19", "Antwort verloren", _booking("after", {"reset": True})),
    Preset("late-commit", "1.19", "Später Commit", _booking("late", {"latency": 9})),
    Preset("moved-start", "1.20", "Zeit verschoben", _booking("before", {"moved_start": {"minutes": 55}})),
    Preset("thin-reply", "1.32", "Dünne Antwort", _booking("after", {"thin": True})),
    Preset("outage", "1.39", "Ausfall, 500", {"on": "*", "effect": {"status": 500}, "times": 20}),
    Preset("hang", "1.41", "Hänger 19 s", _booking("before", {"hang": 19})),
)


def find_preset(name: str) -> Preset | None:
    """The preset with this name."""
    return next((preset for preset in PRESETS if preset.name == name), None)


def preset_of(rule: dict[str, Any]) -> Preset | None:
    """The preset that armed a rule, told by the rule itself."""
    return next(
        (preset for preset in PRESETS if all(rule.get(key) == value for key, value in preset.rule.items())),
        None,
    )


def describe(rule: dict[str, Any]) -> str:
    """A rule in a few words: operation, when, effect, how often."""
    effect = rule.get("effect")
    names = [effect] if isinstance(effect, str) else [f"{name}" for name in (effect or {})]
    times = rule.get("times")
    parts = [str(rule.get("on", "*")), str(rule.get("when", "before")), *names]
    return " · ".join(parts + ([f"{times}×"] if times else []))

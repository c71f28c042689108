"""A fault rule from its JSON; every refusal names the field and the nearest right word."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any

from simulator.control.errors import bad_value, unknown_key
from simulator.control.fault_time import parse_instant, parse_ramp, parse_share, parse_window
from simulator.control.faults import Effect, EffectSpec, FaultRule, Match, Phase, RuleParser, late_by_default
from simulator.control.latency import MAX_SECONDS, Latency, parse_latency

RULE_KEYS = (
    "on",
    "when",
    "effect",
    "sequence",
    "per",
    "delay",
    "answer_first",
    "times",
    "skip",
    "probability",
    "share",
    "seed",
    "name",
    "match",
    "window",
    "ramp",
)
MATCH_KEYS = ("event_type_id", "start", "attendee", "metadata", "uid", "nth")
_SHARE = re.compile(r"(\d{1,9})\s*/\s*(\d{1,9})")
_NUMBERS = ("age", "minutes", "seconds", "fraction", "code")
_MAX_COUNT = 10**9
_STATUSES = range(100, 600)
_NO_ANSWER = ("reset", "hang", "truncate")


def rule_parser(specs: Mapping[str, EffectSpec], operations: Iterable[str]) -> RuleParser:
    """What turns JSON into rules over these effects and operations."""
    known = tuple(operations)

    def parse(raw: object, rule_id: str, now: datetime) -> FaultRule:
        return _parse(raw, rule_id, now, specs, known)

    return parse


def _parse(
    raw: object, rule_id: str, now: datetime, specs: Mapping[str, EffectSpec], operations: tuple[str, ...]
) -> FaultRule:
    if not isinstance(raw, dict):
        raise bad_value("fault", "must be an object")
    for key in raw:
        if key not in RULE_KEYS:
            raise unknown_key("key of a fault", str(key), RULE_KEYS)
    on = _one_of("operation", raw.get("on", "*"), (*operations, "*"))
    when = Phase(_one_of("phase", raw.get("when", "before"), tuple(phase.value for phase in Phase)))
    effects, is_sequence = _effects(raw, specs, when)
    allowed = _operations(effects, specs, on, operations)
    match = _match(raw.get("match"))
    return FaultRule(
        id=rule_id,
        raw=dict(raw),
        on=on,
        when=when,
        effects=effects,
        delay=_delay(raw, effects),
        times=_times(raw, endless=is_sequence or match.nth is not None),
        skip=_count("skip", raw.get("skip", 0)),
        probability=parse_share("probability", raw.get("probability", 1.0)),
        share=_share(raw.get("share")),
        seed=_count("seed", raw.get("seed", 0)),
        match=match,
        operations=allowed,
        set_at=now,
        name=_text("name", raw.get("name", "")),
        is_sequence=is_sequence,
        per_wish=_one_of("per", raw.get("per", "wish"), ("wish", "account")) == "wish",
        answers_first=_answers_first(raw, when, effects),
        window=parse_window(raw.get("window")),
        ramp=parse_ramp(raw.get("ramp")),
    )


def _effects(
    raw: Mapping[str, Any], specs: Mapping[str, EffectSpec], when: Phase
) -> tuple[tuple[Effect | None, ...], bool]:
    steps = raw.get("sequence")
    if steps is None:
        effect = parse_effect(raw.get("effect", {}), specs)
        if not effect.shows and when not in (Phase.LATE, Phase.TWICE, Phase.HALF):
            raise bad_value("effect", f"is missing; known are: {', '.join(sorted(specs))}")
        _check_phase(effect, when, specs)
        return (effect,), False
    if "effect" in raw:
        raise bad_value("sequence", "stands in place of 'effect', not beside it")
    if not isinstance(steps, list) or not steps or len(steps) > 10_000:  # noqa: PLR2004 (a list, not a flood)
        raise bad_value(
            "sequence", "must be a list such as [500, 500, 200]: statuses, effects, or null to pass"
        )
    shown = tuple(_step(step, specs) for step in steps)
    for one in shown:
        if one is not None:
            _check_phase(one, when, specs)
    return shown, True


def _step(step: object, specs: Mapping[str, EffectSpec]) -> Effect | None:
    """One of a sequence: a status from 400 up is shown, a smaller one or null lets the request pass."""
    if step is None:
        return None
    if isinstance(step, int) and not isinstance(step, bool):
        _status("sequence", step)
        return parse_effect({"status": step}, specs) if step >= 400 else None  # noqa: PLR2004 (a class of statuses)
    effect = parse_effect(step, specs)
    if not effect.shows:
        raise bad_value("sequence", f"can't hold {step!r}; use null to let a request pass")
    return effect


def _check_phase(effect: Effect, when: Phase, specs: Mapping[str, EffectSpec]) -> None:
    spec = specs[effect.name] if effect.name else None
    if when is Phase.REFUSE and spec is None:
        raise bad_value("effect", "must say how to refuse: status, html, rate_limit, hang or reset")
    if when is Phase.REFUSE and spec is not None and spec.needs_answer:
        raise bad_value("effect", f"'{spec.name}' bends an answer, so it can't refuse; use when: before")
    if when is Phase.HALF and effect.name in _NO_ANSWER:
        raise bad_value("effect", f"'{effect.name}' leaves no answer to send half of; use when: after")


def _operations(
    effects: Iterable[Effect | None], specs: Mapping[str, EffectSpec], on: str, operations: tuple[str, ...]
) -> frozenset[str] | None:
    """The operations that can show all effects of the rule; None is every operation."""
    able: frozenset[str] | None = None
    for effect in effects:
        spec = specs[effect.name] if effect is not None and effect.name else None
        if spec is None or spec.operations is None:
            continue
        if on not in spec.operations and on != "*":
            where = ", ".join(spec.allowed(operations))
            raise bad_value("effect", f"'{spec.name}' can't show on {on}, only on {where}")
        able = spec.operations if able is None else able & spec.operations
    return able


def parse_effect(raw: object, specs: Mapping[str, EffectSpec]) -> Effect:
    """An effect: a name, or an object of one name with its value and options, and ``latency``."""
    items: dict[str, Any] = (
        {raw: True} if isinstance(raw, str) else dict(raw) if isinstance(raw, dict) else {}
    )
    if not items and raw:
        raise bad_value("effect", "must be a name or an object")
    waits = items.pop("latency", None)
    latency = None if waits in (None, 0) else parse_latency("effect.latency", waits)
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
    _check_options(options)
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


def _check_options(options: Mapping[str, Any]) -> None:
    for key in _NUMBERS:
        if key in options:
            _number(f"effect.{key}", options[key])
    if "code" in options:
        _status("effect.code", options["code"])
    if options.get("fraction", 0) > 1:
        raise bad_value("effect.fraction", f"must lie between 0 and 1, not {options['fraction']!r}")
    headers = options.get("headers")
    if headers is not None and not _are_headers(headers):
        raise bad_value("effect.headers", "must be an object of names to values, each one line of plain text")


def _are_headers(headers: object) -> bool:
    if not isinstance(headers, dict):
        return False
    lines = [str(part) for pair in headers.items() for part in pair]
    names = all(re.fullmatch(r"[A-Za-z0-9!#$%&'*+.^_`|~-]+", str(name)) for name in headers)
    return names and all(re.fullmatch(r"[\t\x20-\x7e]*", line) for line in lines)


def _status(where: str, value: object) -> None:
    if value not in _STATUSES:
        raise bad_value(where, f"must be an HTTP status from 100 to 599, not {value!r}")


def _delay(raw: Mapping[str, Any], effects: tuple[Effect | None, ...]) -> Latency:
    """How late a late write is: ``delay``, else the effect's latency, else ten seconds."""
    if "delay" in raw:
        return parse_latency("delay", raw["delay"])
    first = effects[0]
    return first.latency if first is not None and first.latency is not None else late_by_default()


def _answers_first(raw: Mapping[str, Any], when: Phase, effects: Iterable[Effect | None]) -> bool:
    value = raw.get("answer_first", False)
    if not isinstance(value, bool):
        raise bad_value("answer_first", f"must be true or false, not {value!r}")
    if value and when is not Phase.LATE:
        raise bad_value("answer_first", "goes with when: late")
    if value and not all(
        effect is not None and effect.name in ("status", "html", "rate_limit") for effect in effects
    ):
        raise bad_value("answer_first", "needs an effect that answers by itself: status, html or rate_limit")
    return value


def _times(raw: Mapping[str, Any], *, endless: bool) -> int | None:
    """Once unless said; a rule that says by itself which requests it means has no such end."""
    says = endless or any(raw.get(key) is not None for key in ("probability", "share", "window", "ramp"))
    value = raw.get("times", None if says else 1)
    return None if value is None else _count("times", value)


def _number(field_name: str, value: object) -> float:
    if isinstance(value, bool) or not isinstance(value, int | float) or not 0 <= value <= MAX_SECONDS:
        raise bad_value(field_name, f"must be a number from 0 up, not {value!r}")
    return float(value)


def _count(field_name: str, value: object) -> int:
    if isinstance(value, bool) or not isinstance(value, int | float) or not 0 <= value <= _MAX_COUNT:
        raise bad_value(field_name, f"must be a number from 0 up, not {value!r}")
    return int(value)


def _share(value: object) -> tuple[int, int] | None:
    if value is None:
        return None
    found = _SHARE.fullmatch(str(value))
    if not found or int(found[1]) > int(found[2]) or int(found[2]) == 0:
        raise bad_value("share", f"must read like '30/100', not {value!r}")
    return int(found[1]), int(found[2])


def _one_of(kind: str, value: object, known: tuple[str, ...]) -> str:
    if not isinstance(value, str) or value not in known:
        raise unknown_key(kind, str(value), known)
    return value


def _text(field_name: str, value: object) -> str:
    if not isinstance(value, str):
        raise bad_value(field_name, f"must be text, not {value!r}")
    return value


def _match(raw: object) -> Match:
    raw = {} if raw is None else raw
    if not isinstance(raw, dict):
        raise bad_value("match", "must be an object")
    for key in raw:
        if key not in MATCH_KEYS:
            raise unknown_key("key of match", str(key), MATCH_KEYS)
    metadata = raw.get("metadata") or {}
    if not isinstance(metadata, dict):
        raise bad_value("match.metadata", "must be an object")
    event_type_id = raw.get("event_type_id")
    if event_type_id is not None and (isinstance(event_type_id, bool) or not isinstance(event_type_id, int)):
        raise bad_value("match.event_type_id", f"must be a whole number, not {event_type_id!r}")
    return Match(
        event_type_id=event_type_id,
        start=None if raw.get("start") is None else parse_instant("match.start", raw["start"]),
        attendee=None if raw.get("attendee") is None else _text("match.attendee", raw["attendee"]),
        metadata=dict(metadata),
        uid=None if raw.get("uid") is None else _text("match.uid", raw["uid"]),
        nth=_nth(raw.get("nth")),
    )


def _nth(value: object) -> frozenset[int] | None:
    if value is None:
        return None
    numbers = value if isinstance(value, list) else [value]
    if not numbers or not all(isinstance(n, int) and not isinstance(n, bool) and n >= 1 for n in numbers):
        raise bad_value("match.nth", f"must be a whole number from 1 up, or a list of them, not {value!r}")
    return frozenset(numbers)

"""What a scenario broke on purpose, in the words of a report: ``create_booking after reset``."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence

from harness.events import Exchange, Happening, HappeningKind, Lane

INJECTED = (HappeningKind.RIVAL, HappeningKind.FAULT, HappeningKind.CRASH)
"""Happenings that the scenario brings about itself."""

CRASH = "crash"
AT_CALCOM = re.compile(r"(?P<effect>.*) (?P<when>before|after|late|twice) (?P<on>\S+)", re.DOTALL)
AT_GATEWAY = re.compile(r"(?P<effect>\w+) at (?P<on>\w+)\b.*")


OF_ONE_OPERATION = ("stale_booking", "foreign_booking", "known_uid", "moved_start", "stale_slots")
"""Effects that only one operation can have, so that their name says it all."""


def faults_of(passages: Sequence[Exchange | Happening]) -> list[str]:
    """What was broken, each once, in the order in which it was set or took effect."""
    names = fault_names(passages)
    words: dict[str, None] = {}
    for passage in passages:
        word = fault_words(passage, names) if isinstance(passage, Exchange) else _doing(passage)
        if word and not (word == CRASH and any(known.endswith(CRASH) for known in words)):
            words[word] = None
    return list(words)


def fault_names(passages: Sequence[Exchange | Happening]) -> dict[str, str]:
    """The fake's rule ids with their words: it counts ``f1``, ``f2`` in the order in which rules are set."""
    set_there = [
        passage
        for passage in passages
        if isinstance(passage, Happening)
        and passage.kind is HappeningKind.FAULT
        and passage.lane is Lane.CALCOM
        and AT_CALCOM.fullmatch(passage.text)
    ]
    return {f"f{number}": short(passage.text) for number, passage in enumerate(set_there, start=1)}


def fault_words(exchange: Exchange, names: Mapping[str, str]) -> str:
    """The fault that touched a request, in words where its rule is known; empty if none did."""
    if not exchange.fault:
        return ""
    return names.get(exchange.fault.partition(" ")[0], exchange.fault)


def short(text: str) -> str:
    """``"reset" after create_booking`` as ``create_booking after reset``; other words as they are."""
    if at_calcom := AT_CALCOM.fullmatch(text):
        when = "" if at_calcom["when"] == "before" else at_calcom["when"]
        effect = _effect(at_calcom["effect"])
        return (
            effect if effect in OF_ONE_OPERATION else " ".join(filter(None, (at_calcom["on"], when, effect)))
        )
    if at_gateway := AT_GATEWAY.fullmatch(text):
        return f"{at_gateway['on']} {at_gateway['effect']}"
    return text


def _effect(text: str) -> str:
    try:
        effect = json.loads(text)
    except ValueError:
        return text
    if not isinstance(effect, dict):
        return "" if effect is None else str(effect)
    return ", ".join(f"{name} {value}" if _says_more(value) else name for name, value in effect.items())


def _says_more(value: object) -> bool:
    """True for a number or a word; details of an effect stand in the step that sets it."""
    return isinstance(value, int | float | str) and not isinstance(value, bool) and value != ""


def _doing(happening: Happening) -> str:
    if happening.kind is HappeningKind.FAULT:
        return short(happening.text)
    if happening.kind is HappeningKind.CRASH:
        return CRASH
    if happening.kind is HappeningKind.RIVAL:
        return "rival" if "rival" in happening.text else "change at Cal.com"
    return ""

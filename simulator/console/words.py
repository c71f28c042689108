"""German words of the console: effects, checks, near misses, what a request asked for."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import datetime
from typing import Any
from urllib.parse import parse_qs

from simulator.calcom.effect_specs import EFFECTS as SPECS
from simulator.calcom.near_misses import NearMiss
from simulator.control.journal import JournalEntry
from simulator.retell.phrasing import BERLIN, instant

EFFECTS: Mapping[str, str] = {
    "status": "Status",
    "hang": "Hänger",
    "reset": "verloren",
    "truncate": "abgeschnitten",
    "malformed": "kaputtes JSON",
    "html": "HTML-Seite",
    "rate_limit": "Rate-Limit",
    "thin": "dünn",
    "missing_created_at": "ohne createdAt",
    "stale_booking": "alte Buchung",
    "foreign_booking": "fremde Buchung",
    "known_uid": "bekannte uid",
    "moved_start": "verschoben",
    "stale_slots": "alte Slots",
    "empty_slots": "keine Slots",
    "outside_slots": "fremde Tage",
    "lost_write": "nicht behalten",
    "rival": "Rivale",
    "latency": "verzögert",
    "late": "später Commit",
    "twice": "doppelt",
    "half": "halbe Antwort",
}
PHASES: Mapping[str, str] = {
    "before": "vor dem Schreiben",
    "after": "nach dem Schreiben",
    "late": "Schreiben kommt spät",
    "twice": "doppelt geschrieben",
    "half": "halbe Antwort",
    "refuse": "an der Tür abgewiesen",
}
POLICIES: Mapping[str, str] = {
    "normal": "sofort, einmal",
    "twice": "doppelt",
    "late": "verspätet",
    "out_of_order": "verdreht",
    "dropped": "verschluckt",
    "wrongly_signed": "falsch signiert",
    "retried": "mit Wiederholung",
}
CHECKS: Mapping[str, str] = {
    "one_post_per_wish": "Höchstens ein POST je Wunsch",
    "looked_before_repeating": "Nach unklarer Antwort erst nachgesehen",
    "waits_between_attempts": "Wartezeiten zwischen Versuchen",
    "rate_limit_obeyed": "Rate-Limit-Reset abgewartet",
    "foreign_never_cancelled": "Fremde Buchung nie abgesagt",
}
_SHORT_UID = 12
_WIDTH = 46


def check_result(check: Mapping[str, Any]) -> str:
    """What a check counted, at the end of its line."""
    counts = check["counts"]
    if check["name"] == "one_post_per_wish":
        return _many(counts["wishes"], "Wunsch", "Wünsche")
    if check["name"] == "looked_before_repeating":
        return f"{counts['looked']} von {counts['unknown']}" if counts["unknown"] else "nie unklar"
    if check["name"] == "waits_between_attempts":
        return (
            f"{', '.join(_decimal(wait) for wait in counts['waits'])} s"
            if counts["waits"]
            else "kein zweiter Versuch"
        )
    if check["name"] == "rate_limit_obeyed":
        return f"{counts['asked']}× verlangt" if counts["asked"] else "nie verlangt"
    return _many(counts["foreign"], "fremde", "fremde")


def near_miss_words(miss: NearMiss) -> tuple[tuple[str, str], ...]:
    """The sentence about a near miss in pieces of (text, code)."""
    route = f"{miss.method} {miss.path}"
    if miss.differs == "version":
        sent = ("Gesendet wurde ", miss.sent) if miss.sent else ("Gesendet wurde keine Version", "")
        return (
            ("Am nächsten: ", route),
            (" mit ", f"cal-api-version: {miss.wanted}"),
            (f". {sent[0]}", sent[1]),
            (", damit kennt Cal.com ", miss.path),
            (" nicht und antwortet 404.", ""),
        )
    if miss.differs == "method":
        return (
            ("Am nächsten: ", miss.path),
            (" mit ", miss.wanted),
            (". Gesendet wurde ", miss.sent),
            (".", ""),
        )
    return (("Am nächsten: ", route), (". Den Pfad ", miss.sent), (" gibt es nicht.", ""))


def fault_words(entry: JournalEntry) -> str:
    """What a fault made of a request, in a word."""
    if entry.fault_effect in ("status", "html", "rate_limit") and entry.status is not None:
        return str(entry.status)
    return EFFECTS.get(entry.fault_effect or "", entry.fault_effect or "")


def asked_for(entry: JournalEntry) -> str:
    """What a request is about beside its path: the event type, times, or a version that no route has."""
    query = {name: values[0] for name, values in parse_qs(entry.query).items()}
    if entry.operation is None:
        return " ".join(f"{name}={value}" for name, value in query.items())[:60]
    if entry.operation == "list_slots":
        days = _days(query.get("start"), query.get("end"))
        return " · ".join(part for part in (query.get("eventTypeId", ""), days) if part)
    if entry.operation == "list_bookings":
        return _days(query.get("afterStart"), query.get("beforeEnd"), clock=True)
    body = _json(entry.body)
    start = instant(body.get("start") or body.get("slotStart"))
    return "" if start is None else f"{start.astimezone(BERLIN):%d.%m. %H:%M}"


def short_path(path: str) -> str:
    """A path whose long ids are cut, so that a row stays one line."""
    parts = [part if len(part) <= _SHORT_UID + 3 else f"{part[:5]}…" for part in path.split("/")]
    return "/".join(parts)


def pretty(text: str) -> str:
    """JSON with a line for each thing that fits in one, anything else as it is."""
    try:
        return _laid_out(json.loads(text), 0) if text else ""
    except ValueError:
        return text


def _laid_out(value: Any, indent: int) -> str:
    flat = json.dumps(value, ensure_ascii=False)
    if len(flat) + indent <= _WIDTH or not value or not isinstance(value, dict | list):
        return flat
    pad = " " * (indent + 1)
    if isinstance(value, dict):
        lines = [
            f"{pad}{json.dumps(name, ensure_ascii=False)}: {_laid_out(item, indent + 1)}"
            for name, item in value.items()
        ]
        return "{" + ",\n".join(lines)[indent + 1 :] + "}"
    return "[" + ",\n".join(pad + _laid_out(item, indent + 1) for item in value)[indent + 1 :] + "]"


def rule_words(rule: Mapping[str, Any]) -> str:
    """A rule in a few words of code: operation, phase, effect, how often."""
    effect = rule.get("effect")
    steps = rule.get("sequence")
    if steps is not None:
        shown = "Folge " + ", ".join("–" if step is None else str(_effect(step)) for step in steps)
    else:
        shown = _effect(effect)
    times = rule.get("times", 1)
    when = str(rule.get("when", "before"))
    parts = [str(rule.get("on", "*")), "" if when == "before" and _bends(effect) else when, shown]
    window, share = rule.get("window"), rule.get("share") or rule.get("probability")
    if isinstance(window, dict) and "for" in window:
        parts.append(f"{window['for']:g} s lang")
    elif share is not None:
        parts.append(f"Anteil {share}")
    elif times is not None and steps is None:
        parts.append(f"{times}×")
    return " · ".join(part for part in parts if part)


def _bends(effect: object) -> bool:
    """Whether the effect bends the answer, so that "before" goes without saying."""
    names = [effect] if isinstance(effect, str) else list(effect) if isinstance(effect, dict) else []
    return any(name in SPECS and SPECS[name].needs_answer for name in names)


def _effect(effect: object) -> str:
    if not isinstance(effect, dict):
        return "" if effect is None else str(effect)
    words = []
    for name, value in effect.items():
        if name == "moved_start":
            minutes = value.get("minutes") if isinstance(value, dict) else value
            words.append(f"moved_start +{minutes} min")
        elif isinstance(value, int | float) and not isinstance(value, bool):
            words.append(f"{name} {value:g}")
        elif name == "status" and isinstance(value, dict):
            words.append(f"status {value.get('code', 500)}")
        elif name == "latency" and isinstance(value, dict):
            words.append(f"latency {next(iter(value), '')}")
        else:
            words.append(name)
    return " + ".join(words)


def _days(start: str | None, end: str | None, *, clock: bool = False) -> str:
    first, last = instant(start), instant(end)
    if first is None:
        return ""
    first = first.astimezone(BERLIN)
    words = f"{first:%d.%m. %H:%M}" if clock else f"{first:%d.%m.}"
    if last is None:
        return words
    last = last.astimezone(BERLIN)
    if clock:
        return f"{words}–{last:%H:%M}" if last.date() == first.date() else f"{words}–{last:%d.%m. %H:%M}"
    return words if last.date() == first.date() else f"{first:%d.}–{last:%d.%m.}"


def _many(count: int, one: str, more: str) -> str:
    return f"{count} {one if count == 1 else more}"


def _decimal(value: float) -> str:
    return f"{value:g}".replace(".", ",")


def _json(text: str) -> dict[str, Any]:
    try:
        body = json.loads(text or "{}")
    except ValueError:
        return {}
    return body if isinstance(body, dict) else {}


def local_text(at: datetime) -> str:
    """An instant for a field of type datetime-local."""
    return f"{at.astimezone(BERLIN):%Y-%m-%dT%H:%M}"

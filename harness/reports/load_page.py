"""The load report: thresholds, time series and the books after the run, as one HTML file without script."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NotRequired, TypedDict

from harness.reports import words
from harness.reports.plots import Plot, draw
from harness.reports.rendering import render, write

RULE = re.compile(r"(?P<statistic>[\w.()]+)\s*(?P<sense>[<>])=?\s*(?P<limit>-?[\d.]+)")
LIMIT_PIXELS = 220.0
BAR_PIXELS = 300.0
WORST_FIRST = ("failed", "inconclusive", "not_checked", "passed")


class Threshold(TypedDict):
    """One rule and what was measured, None where nothing was; ``change`` and ``noise`` in percent."""

    metric: str
    rule: str
    measured: float | None
    verdict: str
    samples: int
    needed: NotRequired[int]
    unit: NotRequired[str]
    base: NotRequired[float | None]
    change: NotRequired[float | None]
    worse: NotRequired[bool]
    noise: NotRequired[float | None]


class FunctionTimes(TypedDict):
    """Times of one function of the gateway in milliseconds; ``own`` is without waiting for Cal.com."""

    name: str
    calls: int
    failed: int
    p50: float | None
    p95: float | None
    p99: float | None
    max: float | None
    own_p50: NotRequired[float | None]
    own_p95: NotRequired[float | None]


class Series(TypedDict, total=False):
    """Points ``[seconds, value]`` of each plot; a missing or short list leaves its plot out."""

    gateway_p50: Sequence[tuple[float, float]]
    gateway_p95: Sequence[tuple[float, float]]
    gateway_p99: Sequence[tuple[float, float]]
    bookings: Sequence[tuple[float, float]]
    calcom_mean: Sequence[tuple[float, float]]


class Invariant(TypedDict):
    """An invariant after the run; ``state`` is holds, open, broken or unchecked."""

    words: str
    state: str
    detail: NotRequired[str]


class Books(TypedDict):
    """Bookings told, held by us, held by Cal.com; None is not checked."""

    told: int | None
    ours: int | None
    calcom: int | None
    note: NotRequired[str]
    invariants: NotRequired[Sequence[Invariant]]


class LoadResult(TypedDict):
    """What a load run came to. ``verdict`` is passed, failed or inconclusive."""

    profile: str
    verdict: str
    exit_code: int
    callers: int
    duration_seconds: float
    bookings: int
    requests: int
    thresholds: Sequence[Threshold]
    functions: Sequence[FunctionTimes]
    books: Books
    world: NotRequired[str]
    time_scale: NotRequired[float]
    base: NotRequired[str]
    series: NotRequired[Series]
    reason: NotRequired[str]


@dataclass(frozen=True, slots=True)
class ThresholdView:
    """A row of the table; ``used`` is the bar's length in pixels, the limit stands at 220."""

    given: Threshold
    verdict: str
    measured: str
    base: str
    change: str
    worse: bool
    noise: float | None
    needed: int | None
    used: float | None


def write_load_page(result: LoadResult | dict[str, Any], path: Path) -> None:
    """Writes the page of ``result`` (keys: ``LoadResult``) to ``path``."""
    write(path, load_page(result))


def load_page(result: LoadResult | dict[str, Any]) -> str:
    """The page as text.

    Raises:
        KeyError: a key that ``LoadResult`` requires is missing.
    """
    facts: dict[str, Any] = {"world": "live", "time_scale": 1, "base": None, "reason": "", **result}
    rows = [_row(threshold) for threshold in facts["thresholds"]]
    rows.sort(key=lambda row: WORST_FIRST.index(row.verdict))
    invariants = [{"detail": "", **invariant} for invariant in facts["books"].get("invariants", ())]
    holding = sum(invariant["state"] == "holds" for invariant in invariants)
    return render(
        "load.html",
        facts=facts,
        heading=heading(facts),
        below=_below(facts),
        rows=rows,
        compared=any(row.base for row in rows),
        plots=_plots(facts),
        own_limit=_own_limit(facts["thresholds"]),
        functions=[{"own_p50": None, "own_p95": None, **times} for times in facts["functions"]],
        note=facts["books"].get("note", ""),
        invariants=invariants,
        holding=holding,
        signs=_signs(facts["books"]),
    )


def heading(facts: dict[str, Any]) -> str:
    """The verdict in words: the first thing that broke, with both numbers."""
    thresholds: Sequence[Threshold] = facts["thresholds"]
    if facts["verdict"] == "passed":
        holding = sum(threshold["verdict"] == "passed" for threshold in thresholds)
        return f"Passed: {holding} of {len(thresholds)} thresholds hold"
    if facts["verdict"] == "inconclusive":
        return f"Inconclusive: {_too_few(thresholds) or facts.get('reason') or 'too little was measured'}"
    for threshold in thresholds:
        if threshold["verdict"] == "failed":
            return f"Failed: {_broken(threshold)}"
    for invariant in facts["books"].get("invariants", ()):
        if invariant["state"] == "broken":
            return f"Failed: {invariant['words']} does not hold after the run"
    return f"Failed: {facts.get('reason') or 'the run did not end well'}"


def _too_few(thresholds: Sequence[Threshold]) -> str:
    short = [threshold for threshold in thresholds if threshold["verdict"] == "inconclusive"]
    if not short:
        return ""
    least = min(short, key=lambda threshold: threshold["samples"])
    needed = f", {words.count(least['needed'])} needed" if least.get("needed") else ", too few to tell"
    return f"{words.count(least['samples'])} samples{needed}"


def _broken(threshold: Threshold) -> str:
    rule = RULE.match(threshold["rule"])
    if rule is None:
        return f"{threshold['metric']} breaks {threshold['rule']}"
    limit = rule["limit"] if _is_rate(threshold) else _value(float(rule["limit"]), threshold)
    measured = _value(threshold["measured"], threshold)
    return f"{threshold['metric']} {rule['statistic']} is {measured}, limit {limit}"


def _below(facts: dict[str, Any]) -> str:
    thresholds = facts["thresholds"]
    broke = sum(threshold["verdict"] == "failed" for threshold in thresholds)
    return f"{broke} of {len(thresholds)} thresholds broke"


def _row(threshold: Threshold) -> ThresholdView:
    base, change = threshold.get("base"), threshold.get("change")
    return ThresholdView(
        given=threshold,
        verdict=threshold["verdict"],
        measured=_value(threshold["measured"], threshold),
        base="" if base is None else _value(base, threshold),
        change="" if change is None else _signed(change),
        worse=threshold.get("worse", False),
        noise=threshold.get("noise"),
        needed=threshold.get("needed"),
        used=_used(threshold),
    )


def _value(value: float | None, threshold: Threshold) -> str:
    if value is None:
        return "not measured"
    if _is_rate(threshold):
        return f"{value:.3f}"
    return f"{value:,.0f} {threshold.get('unit', 'ms')}".rstrip()


def _is_rate(threshold: Threshold) -> bool:
    return threshold["rule"].lstrip().startswith("rate")


def _signed(change: float) -> str:
    whole = round(change)
    return f"{whole:+d} %" if whole else "±0 %"


def _used(threshold: Threshold) -> float | None:
    """Pixels of the limit used; a rule on a rate uses its share of errors. Cut at the bar's end."""
    rule, measured = RULE.match(threshold["rule"]), threshold["measured"]
    if rule is None or measured is None:
        return None
    limit = float(rule["limit"])
    if rule["sense"] == ">":
        measured, limit = 1 - measured, 1 - limit
    if limit <= 0:
        return BAR_PIXELS if measured > limit else 0.0
    return round(min(max(measured / limit, 0.0) * LIMIT_PIXELS, BAR_PIXELS), 1)


def _own_limit(thresholds: Sequence[Threshold]) -> float | None:
    for threshold in thresholds:
        rule = RULE.match(threshold["rule"])
        if threshold["metric"] == "gateway_time" and rule and rule["statistic"] == "p(95)":
            return float(rule["limit"])
    return None


def _plots(facts: dict[str, Any]) -> list[tuple[str, Plot, bool]]:
    """Each plot with its title; the first also has a legend and the limit."""
    series: dict[str, Any] = facts.get("series") or {}
    limit = _own_limit(facts["thresholds"])
    own = draw(
        [
            ("p99", "dots", series.get("gateway_p99", ())),
            ("p50", "thin", series.get("gateway_p50", ())),
            ("p95", "", series.get("gateway_p95", ())),
        ],
        width=660,
        limit=(limit, f"limit {words.milliseconds(limit)} ms for p(95)") if limit else None,
    )
    drawn = (
        ("Gateway's own time", own, True),
        ("Bookings a second", draw([("", "", series.get("bookings", ()))], width=330), False),
        ("Cal.com, mean ms", draw([("", "", series.get("calcom_mean", ()))], width=330), False),
    )
    return [(title, plot, legend) for title, plot, legend in drawn if plot]


def _signs(books: Books) -> tuple[str, str]:
    """What stands between told, ours and Cal.com: equal, different or unchecked."""
    return _sign(books["told"], books["ours"]), _sign(books["ours"], books["calcom"])


def _sign(left: int | None, right: int | None) -> str:
    if left is None or right is None:
        return "unchecked"
    return "equal" if left == right else "different"

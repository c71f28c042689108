"""The figures as a table, each beside what it should be."""

from __future__ import annotations

from typing import Any

from loadtests.bench.rounds import A, B, C, D

_LINE = "{:<44} {:>10} {:>10} {:>9} {:>9} {:>7}"


def render(figures: dict[str, Any]) -> str:
    """The whole report."""
    lines = [_LINE.format("", "median/s", "best/s", "p50 ms", "p99 ms", "wrong")]
    for name in (A, B, C, D):
        one = figures["rounds"].get(name)
        if one is None:
            lines.append(f"{name:<44} not measured: npm could not install it, or it was left out")
            continue
        rates = one["requests_per_second"], one["best_requests_per_second"]
        lines.append(_LINE.format(name, *rates, one["p50_ms"], one["p99_ms"], one["wrong_answers"]))
    lines.append("")
    lines += [f"{name:<44} {value!s:>21}   {aim}" for name, value, aim in _rows(figures)]
    return "\n".join(lines)


def _rows(figures: dict[str, Any]) -> list[tuple[str, object, str]]:
    """What was measured, the value, and the aim."""
    ratios = figures["ratios"]
    rows: list[tuple[str, object, str]] = [
        ("a/c", ratios["a/c"], "aim: 0.7 or more"),
        ("b/c", ratios["b/c"], ""),
        ("b/d", ratios.get("b/d", "-"), "aim: 1.6 or more"),
    ]
    if "start_to_first_answer_s" not in figures:
        return rows
    starts, memory, accounts = figures["start_to_first_answer_s"], figures["memory"], figures["accounts"]
    beside = figures["beside_sleepers"]
    rows += [
        ("start to first answer, s (median, best)", (starts["median"], starts["best"]), "aim: under 0.4"),
        ("memory before and after 10 000 bookings, MiB", tuple(memory.values()), "aim: under 60"),
        ("memory with 10 000 accounts, MiB", accounts["memory_mib"], "aim: under 286 (300 MB)"),
        ("a new account over HTTP, ms", accounts["ms_per_new_account"], "aim: under 1"),
        (
            "a booking alone, beside 200 sleepers, ms",
            (beside["alone_ms"], beside["beside_ms"]),
            "aim: no slower",
        ),
    ]
    for title, found in figures["full_calendar"].items():
        rows += [
            (f"{title.replace('_', ' ')}: {name}"[:44], value, "aim: about 1")
            for name, value in found.items()
        ]
    return rows

"""A run on the console: thresholds, then the books, then the verdict as the last line."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from rich import box
from rich.console import Console
from rich.table import Table
from rich.text import Text

PLAIN_WIDTH = 120
"""Columns where there is no terminal, so that a CI log looks the same everywhere."""
STYLES = {
    "passed": "green",
    "holds": "green",
    "failed": "bold red",
    "broken": "bold red",
    "inconclusive": "yellow",
    "open": "yellow",
    "unchecked": "dim",
}


def default_console() -> Console:
    """The console of the command line."""
    console = Console(highlight=False)
    return console if console.is_terminal else Console(width=PLAIN_WIDTH, highlight=False)


def print_result(console: Console, result: Mapping[str, Any]) -> None:
    """Print a result document."""
    console.print(_thresholds(result["thresholds"]))
    console.print(_books(result["books"]))
    if result["unmeasured_calls"]:
        count = result["unmeasured_calls"]
        console.print(
            f"{count} calls have no gateway_time: Cal.com's journal had lost their requests.", style="yellow"
        )
    console.print(
        f"{result['callers']} callers, {result['duration_seconds']:g} s, time scale {result['time_scale']:g}: "
        f"{result['bookings']} bookings, {result['requests']} requests"
    )
    console.print(Text(last_line(result), style=STYLES[result["verdict"]]))


def last_line(result: Mapping[str, Any]) -> str:
    """The verdict, with everything that broke."""
    thresholds = result["thresholds"]
    if result["verdict"] == "passed":
        return f"Passed: {len(thresholds)} of {len(thresholds)} thresholds hold, and so do the books"
    if result["verdict"] == "inconclusive":
        short = [each for each in thresholds if each["verdict"] == "inconclusive"]
        few = ", ".join(f"{each['metric']} {each['samples']} of {each['needed']}" for each in short)
        return f"Inconclusive: too few samples to tell ({few}); run longer or with more callers"
    broken = [
        f"{each['metric']} is {shown(each)}, rule {each['rule']}"
        for each in thresholds
        if each["verdict"] == "failed"
    ]
    broken += [
        f"after the run “{each['words']}” does not hold"
        for each in result["books"]["invariants"]
        if each["state"] in {"broken", "open"}
    ]
    return f"Failed: {'; '.join(broken)}"


def shown(threshold: Mapping[str, Any]) -> str:
    """A measured value as it is read: a rate as it is, a count whole, times in milliseconds."""
    measured, rule = threshold["measured"], threshold["rule"]
    if measured is None:
        return "not measured"
    if rule.startswith("rate"):
        return f"{measured:.3f}"
    return f"{measured:.0f}" if rule.startswith("count") else f"{measured:,.0f} ms"


def table(*columns: str) -> Table:
    """An empty table in this project's form."""
    made = Table(box=box.SIMPLE_HEAD, pad_edge=False)
    for column in columns:
        made.add_column(column, justify="right" if column in {"Measured", "Samples"} else "left")
    return made


def _thresholds(thresholds: Sequence[Mapping[str, Any]]) -> Table:
    made = table("Verdict", "Threshold", "Rule", "Measured", "Samples")
    for each in thresholds:
        enough = each["samples"] >= each["needed"]
        samples = str(each["samples"]) if enough else f"{each['samples']} of {each['needed']}"
        verdict = Text(each["verdict"], style=STYLES[each["verdict"]])
        made.add_row(verdict, each["metric"], each["rule"], shown(each), samples)
    return made


def _books(books: Mapping[str, Any]) -> Table:
    numbers = f"told {books['told']}, ours {books['ours']}, Cal.com {books['calcom']}"
    made = table("Books", f"After the run: {numbers}")
    for each in books["invariants"]:
        detail = f": {each['detail']}" if each["detail"] else ""
        made.add_row(Text(each["state"], style=STYLES[each["state"]]), Text(f"{each['words']}{detail}"))
    return made


def print_comparison(console: Console, compared: Mapping[str, Any], allowed: float) -> None:
    """Print what changed since the base."""
    made = table("Verdict", "Threshold", "Base", "Measured", "Change", "Noise allowed for")
    for each in compared["thresholds"]:
        verdict = Text("worse", style="bold red") if each["worse"] else Text("no worse", style="green")
        if each["change"] is None:
            verdict = Text("not compared", style="dim")
        change = "" if each["change"] is None else f"{each['change']:+.1f} %"
        noise = "" if each["noise"] is None else f"± {each['noise']:.1f} %"
        base = shown({**each, "measured": each["base"]})
        made.add_row(verdict, f"{each['metric']} {each['rule']}", base, shown(each), change, noise)
    console.print(made)
    worse = [each["metric"] for each in compared["thresholds"] if each["worse"]]
    words = f"got worse by more than {allowed:g} % and its noise"
    console.print(
        Text(f"Worse: {', '.join(worse)} {words}", style="bold red")
        if worse
        else Text(f"No worse: nothing {words}", style="green")
    )

"""`askpro load`: list profiles, run one, compare two runs."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

import click
from rich.console import Console

from harness.reports.load_page import write_load_page
from loadtests.compare import compare
from loadtests.console import default_console, print_comparison, print_result, table
from loadtests.errors import NotStarted, WrongUse
from loadtests.profiles import get_profile, load_profiles
from loadtests.results import read_result, result_of, write_result
from loadtests.runner import Order, run_load
from loadtests.thresholds import load_thresholds

NOT_STARTED = 3
FILE = click.Path(dir_okay=False, path_type=Path)
POSITIVE = click.FloatRange(min=0, min_open=True)


@click.group()
def load() -> None:
    """Put load on the gateway and hold it against its thresholds.

    Exits 0 passed, 1 a threshold or an invariant broke, 2 wrong use, 3 the stack did not start, 4 too few samples
    to tell.
    """


@load.command()
def profiles() -> None:
    """List the profiles and what each must keep."""
    console = default_console()
    try:
        for profile in load_profiles().values():
            console.print(f"[bold]{profile.name}[/bold]  {profile.about}")
            console.print(
                f"  {profile.users} callers, {profile.duration_seconds:g} s, thinking {profile.thinking_seconds:g} s"
            )
            rules = table("Threshold", "Rule", "Samples")
            for each in load_thresholds(profile.name):
                rules.add_row(each.metric, each.rule.text, f"from {each.needed}")
            console.print(rules)
    except WrongUse as error:
        raise click.UsageError(str(error)) from error


@load.command()
@click.argument("profile")
@click.option("--users", type=click.IntRange(1), help="Callers at once, instead of the profile's.")
@click.option(
    "--duration",
    type=POSITIVE,
    metavar="S",
    help="Real seconds in which calls begin, instead of the profile's.",
)
@click.option(
    "--time-scale",
    type=click.FloatRange(min=0),
    metavar="X",
    help="Multiplies duration, thinking and pauses; 0.05 is quick.",
)
@click.option(
    "--processes", type=click.IntRange(1), default=1, show_default=True, help="Processes that make the load."
)
@click.option("--out", type=FILE, metavar="FILE.json", help="Keep the result, for reports and comparisons.")
@click.option("--html", type=FILE, metavar="FILE", help="Write the load report.")
@click.option(
    "--fault",
    "faults",
    multiple=True,
    metavar="JSON",
    help='A fault of the fake Cal.com, each time unless it says "times"; can be given more than once.',
)
def run(  # noqa: PLR0917 - click passes them by name
    profile: str,
    users: int | None,
    duration: float | None,
    time_scale: float | None,
    processes: int,
    out: Path | None,
    html: Path | None,
    faults: tuple[str, ...],
) -> None:
    """Run a profile against a stack of its own and judge it."""
    console = default_console()
    try:
        order = Order(
            profile=get_profile(profile).changed(users, duration, time_scale),
            thresholds=load_thresholds(profile),
            processes=processes,
            faults=[parse_fault(text) for text in faults],
        )
        result = result_of(run_load(order, lambda text: console.print(text, style="dim")))
    except WrongUse as error:
        raise click.UsageError(str(error)) from error
    except NotStarted as error:
        click.echo(f"The stack did not start: {error}", err=True)
        sys.exit(NOT_STARTED)
    _show(console, result, out, html)
    sys.exit(result["exit_code"])


@load.command(name="compare")
@click.argument("base", type=FILE)
@click.argument("current", type=FILE)
@click.option(
    "--threshold", type=POSITIVE, default=10.0, show_default=True, help="Per cent a figure may get worse."
)
@click.option("--html", type=FILE, metavar="FILE", help="Write the load report of CURRENT beside BASE.")
def compare_runs(base: Path, current: Path, threshold: float, html: Path | None) -> None:
    """Compare two results that --out kept; exits 1 when a figure got worse by more than was allowed."""
    console = default_console()
    try:
        compared = compare(read_result(base), read_result(current), threshold, base.name)
    except WrongUse as error:
        raise click.UsageError(str(error)) from error
    print_comparison(console, compared, threshold)
    if html is not None:
        write_load_page(compared, html)
    sys.exit(1 if any(each["worse"] for each in compared["thresholds"]) else 0)


def parse_fault(text: str) -> dict[str, Any]:
    """A fault rule from its JSON, for every request unless it says how often; the fake judges the rest."""
    try:
        fault = json.loads(text)
    except ValueError as error:
        raise WrongUse(f"--fault: {text!r} is not JSON ({error}); quote it for the shell") from error
    if not isinstance(fault, dict):
        cure = '{"on": "create_booking", "when": "before", "effect": {"status": 500}}'
        raise WrongUse(f"--fault: {text!r} is no object; write it like {cure}")
    return {"times": None, **fault}


def _show(console: Console, result: dict[str, Any], out: Path | None, html: Path | None) -> None:
    print_result(console, result)
    if out is not None:
        write_result(result, out)
        console.print(f"Result: {out}", style="dim")
    if html is not None:
        write_load_page(result, html)
        console.print(f"Report: {html}", style="dim")

"""The harness's part of ``askpro``: ``scenarios``, ``up`` and ``simulator``.

Exit codes: 0 passed, 1 something did not hold, 2 wrong use, 3 the stack did not start, 4 inconclusive.
"""

from __future__ import annotations

import json
import sys
import time
from collections.abc import Iterable, Sequence
from pathlib import Path

import click

from app.settings import SettingsError
from harness.events import Listener, SuiteFinished
from harness.incidents import INCIDENTS, missing
from harness.reports.console import ConsoleReport
from harness.reports.html_page import HtmlReport
from harness.reports.json_file import JsonReport
from harness.reports.junit import JUnitReport
from harness.runner import Runner
from harness.scenario import SCENARIOS, Scenario, ScenarioError, find_files, load, nearest
from harness.worlds.development import DevelopmentStack, Ports, numbers_to_call, run_until_stopped
from harness.worlds.live import LiveWorldFactory
from harness.worlds.virtual import VirtualWorldFactory
from harness.worlds.world import WorldError, WorldFactory
from simulator.__main__ import main as serve_simulator

ALL_INCIDENTS = "incidents"
"""The suite, and every scenario of another suite that plays an incident too."""
DID_NOT_HOLD, WRONG_USE, NOT_STARTED, INCONCLUSIVE = 1, 2, 3, 4
_NOT_YET = (
    "--gateway, --calcom and --dialect (a gateway that somebody else started) are not built yet: "
    "run --world virtual, or --world live, which starts a gateway of its own."
)


@click.group()
def scenarios() -> None:
    """List and run scenarios: stories about callers, Cal.com and faults, judged by both ledgers."""


@scenarios.command("list")
@click.option("--json", "as_json", is_flag=True, help="One JSON array instead of a table.")
def list_command(*, as_json: bool) -> None:
    """Name the scenarios with suite, incident and tags."""
    found = _load_all(find_files())
    if as_json:
        click.echo(json.dumps([_described(each) for each in found], ensure_ascii=False, indent=2))
        return
    for each in found:
        click.echo(
            f"{each.suite}/{each.id:<32} {each.incident or '':<5} {each.title}  [{', '.join(each.tags)}]"
        )


@scenarios.command("run")
@click.argument("names", nargs=-1, metavar="[ID|TAG|SUITE|FILE ...]")
@click.option("--world", type=click.Choice(["virtual", "live"]), default="virtual", show_default=True)
@click.option("--seed", type=int, default=0, show_default=True, help="Same scenario, same seed: same run.")
@click.option("--html", type=click.Path(file_okay=False, path_type=Path), help="Folder for index.html.")
@click.option("--junit", type=click.Path(dir_okay=False, path_type=Path), help="JUnit file to write.")
@click.option(
    "--json", "json_file", type=click.Path(dir_okay=False, path_type=Path), help="Event file to write."
)
@click.option("--gateway", help="Not built yet: address of a gateway that somebody else started.")
@click.option("--calcom", help="Not built yet: address of that gateway's fake Cal.com.")
@click.option("--dialect", type=click.Path(path_type=Path), help="Not built yet: how that gateway speaks.")
def run_command(
    *,
    names: tuple[str, ...],
    world: str,
    seed: int,
    html: Path | None,
    junit: Path | None,
    json_file: Path | None,
    gateway: str | None,
    calcom: str | None,
    dialect: Path | None,
) -> None:
    """Run all scenarios, or those named; the last line is "N passed, M failed".

    "incidents" is every scenario that plays an incident of the book, whichever suite it lies in; then, as when
    all run, an incident without a scenario fails the run.
    """
    if gateway or calcom or dialect:
        raise click.UsageError(_NOT_YET)
    chosen = _choose(names)
    suite = Path(names[0]).stem if len(names) == 1 else ("all" if not names else "selection")
    listeners = _listeners(html, junit, json_file)
    factory: WorldFactory = VirtualWorldFactory() if world == "virtual" else LiveWorldFactory()
    try:
        runner = Runner(factory, listeners, seed=seed, stopwatch=time.perf_counter)
        wanted = tuple(INCIDENTS) if not names or ALL_INCIDENTS in names else ()
        finished = runner.run_suite(suite, chosen, incidents=wanted)
    except WorldError as error:
        click.echo(str(error), err=True)
        sys.exit(NOT_STARTED)
    finally:
        factory.close()
    sys.exit(_exit_code(finished))


@click.command()
@click.option("--port", default=8000, show_default=True, help="Port of the gateway.")
@click.option("--simulator-port", default=8100, show_default=True, help="Port of the fake Cal.com.")
def up(port: int, simulator_port: int) -> None:
    """Start gateway, fake Cal.com and worker, migrated and seeded, until Ctrl-C."""
    try:
        stack = DevelopmentStack(Ports(port, simulator_port))
        ended = run_until_stopped(stack, lambda: _print_addresses(stack))
    except SettingsError as error:
        click.echo(str(error), err=True)
        sys.exit(WRONG_USE)
    except WorldError as error:
        click.echo(str(error), err=True)
        sys.exit(NOT_STARTED)
    if ended:
        click.echo(ended, err=True)
        sys.exit(DID_NOT_HOLD)


@click.command(context_settings={"ignore_unknown_options": True, "help_option_names": []})
@click.argument("arguments", nargs=-1, type=click.UNPROCESSED)
def simulator(arguments: tuple[str, ...]) -> None:
    """Serve the fake Cal.com and the call simulator; options as of ``python -m simulator``."""
    sys.exit(serve_simulator(list(arguments)))


def _print_addresses(stack: DevelopmentStack) -> None:
    click.echo(f"Gateway      {stack.gateway_url}")
    click.echo(f"Call a salon {stack.gateway_url}/test/retell-simulator")
    click.echo(f"Cal.com fake {stack.simulator_url}/__admin")
    click.echo("Numbers to call:")
    for number, who in numbers_to_call():
        click.echo(f"  {number}  {who}")
    click.echo("Everything runs; Ctrl-C stops it.")


def _listeners(html: Path | None, junit: Path | None, json_file: Path | None) -> list[Listener]:
    listeners: list[Listener] = [ConsoleReport()]
    if json_file:
        listeners.append(JsonReport(json_file))
    if junit:
        listeners.append(JUnitReport(junit, time.perf_counter))
    if html:
        listeners.append(HtmlReport(html / "index.html"))
    return listeners


def _choose(names: Sequence[str]) -> list[Scenario]:
    """The scenarios that are named by id, tag, suite or file; all of them if none is named."""
    files = [Path(name) for name in names if name.endswith((".yaml", ".yml"))]
    missing = [str(file) for file in files if not file.is_file()]
    if missing:
        raise click.UsageError(f"there is no file {', '.join(missing)}")
    everything = _load_all(find_files())
    chosen = _load_all(files)
    for name in (each for each in names if not each.endswith((".yaml", ".yml"))):
        found = [each for each in everything if _is_meant(name, each)]
        if not found:
            words = sorted({word for each in everything for word in (each.id, each.suite, *each.tags)})
            raise click.UsageError(f"no scenario has the id, tag or suite “{name}”; {nearest(name, words)}")
        chosen += [each for each in found if each not in chosen]
    return chosen if names else everything


def _is_meant(name: str, scenario: Scenario) -> bool:
    if name == ALL_INCIDENTS and scenario.incident is not None:
        return True
    return name in (scenario.id, scenario.suite, *scenario.tags)


def _load_all(files: Iterable[Path]) -> list[Scenario]:
    loaded: list[Scenario] = []
    problems: list[str] = []
    for file in files:
        try:
            loaded.append(load(file.resolve(), SCENARIOS))
        except ScenarioError as error:
            problems.append(str(error))
    if problems:
        raise click.UsageError("\n".join(problems))
    return loaded


def _described(scenario: Scenario) -> dict[str, object]:
    return {
        "id": scenario.id,
        "suite": scenario.suite,
        "title": scenario.title,
        "incident": scenario.incident,
        "tags": list(scenario.tags),
        "file": scenario.file,
        "worlds": list(scenario.worlds),
        "pinned": scenario.pinned,
    }


def _exit_code(finished: SuiteFinished) -> int:
    if finished.failed or finished.errors or missing(finished.incidents):
        return DID_NOT_HOLD
    if finished.inconclusive or not finished.passed:
        return INCONCLUSIVE
    return 0

"""The run on a console: progress while it goes on, then what did not hold, and the counts last."""

from __future__ import annotations

from collections.abc import Sequence

from rich import box
from rich.console import Console
from rich.markup import escape
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TaskID, TextColumn
from rich.table import Table

from harness.events import (
    Event,
    IncidentRow,
    IncidentScenario,
    ScenarioFinished,
    ScenarioStarted,
    SuiteFinished,
    SuiteStarted,
    Verdict,
)
from harness.reports.story import Case, Story, last_line, problems
from harness.reports.words import count, span

PLAIN_WIDTH = 120
"""Columns where there is no terminal, so that a CI log looks the same everywhere."""

STYLES = {
    Verdict.PASSED: "green",
    Verdict.FAILED: "bold red",
    Verdict.ERROR: "bold red",
    Verdict.INCONCLUSIVE: "yellow",
    Verdict.SKIPPED: "dim",
    Verdict.NOT_CHECKED: "dim",
}


class ConsoleReport:
    """A listener that prints: one moving line on a terminal, elsewhere a line a scenario, then the tables."""

    def __init__(self, console: Console | None = None) -> None:
        self._console = console or default_console()
        self._story = Story()
        self._progress: Progress | None = None
        self._task = TaskID(0)

    def __call__(self, event: Event) -> None:
        """Takes one event in and prints what it changes."""
        self._story(event)
        if isinstance(event, SuiteStarted):
            self._begin(event)
        elif isinstance(event, ScenarioStarted):
            self._show_running(event)
        elif isinstance(event, ScenarioFinished):
            self._show_finished()
        elif isinstance(event, SuiteFinished):
            self._end(event)

    def _begin(self, started: SuiteStarted) -> None:
        scenarios = _plural(started.scenario_count, "scenario")
        self._print(f"Suite {started.suite}, {started.world} world, {scenarios}, seed {started.seed}")
        if not self._console.is_terminal:
            return
        columns = (BarColumn(bar_width=30), MofNCompleteColumn(), TextColumn("{task.description}"))
        self._progress = Progress(
            *columns, console=self._console, auto_refresh=False, transient=True, get_time=lambda: 0.0
        )
        self._task = self._progress.add_task("", total=started.scenario_count)
        self._progress.start()

    def _show_running(self, started: ScenarioStarted) -> None:
        if self._progress:
            self._progress.update(self._task, description=escape(started.id), refresh=True)

    def _show_finished(self) -> None:
        if self._progress:
            self._progress.update(self._task, advance=1, refresh=True)
            return
        case = self._story.cases[-1]
        self._print(f"  {word(case.verdict):12} {case.started.incident or '':5} {case.started.id}")

    def _end(self, finished: SuiteFinished) -> None:
        if self._progress:
            self._progress.stop()
        cases = self._story.worst_first()
        self._print("")
        self._console.print(scenario_table(cases))
        for case in cases:
            if case.verdict in (Verdict.FAILED, Verdict.ERROR, Verdict.INCONCLUSIVE):
                self._explain(case)
        self._console.print(incident_table(finished.incidents))
        self._print(
            f"{span(finished.virtual_seconds)} of virtual time in {span(finished.wall_seconds)}, "
            f"{_plural(finished.exchanges, 'exchange')}, "
            f"faults fired {finished.faults_fired} of {finished.faults_set}"
        )
        self._print(last_line(finished))

    def _explain(self, case: Case) -> None:
        self._print(f"{word(case.verdict)}: {case.started.title} ({case.started.file})", STYLES[case.verdict])
        for problem in problems(case):
            self._print(f"  {problem}")
        self._print(f"  Again: {case.again}")
        self._print("")

    def _print(self, line: str, style: str | None = None) -> None:
        self._console.print(line, style=style, markup=False, highlight=False, soft_wrap=True)


def default_console() -> Console:
    """Standard output as the terminal wants it; where there is none, plain text of a fixed width."""
    console = Console(highlight=False)
    return console if console.is_terminal else Console(highlight=False, width=PLAIN_WIDTH, no_color=True)


def word(verdict: Verdict) -> str:
    """The verdict as people read it: ``not checked``."""
    return verdict.value.replace("_", " ")


def scenario_table(cases: list[Case]) -> Table:
    """A row a scenario in the given order: verdict, incident, id, and the first thing that did not hold."""
    table = Table(box=box.SIMPLE_HEAD, pad_edge=False, header_style="bold")
    table.add_column("Verdict", no_wrap=True)
    table.add_column("Incident", no_wrap=True)
    table.add_column("Scenario", overflow="fold")
    table.add_column("What did not hold", overflow="fold")
    for case in cases:
        found = problems(case)
        more = f" (and {len(found) - 1} more)" if len(found) > 1 else ""
        first = escape(f"{found[0]}{more}") if found else ""
        verdict = f"[{STYLES[case.verdict]}]{word(case.verdict)}[/]"
        table.add_row(verdict, case.started.incident or "", escape(case.started.id), first)
    return table


def incident_table(rows: Sequence[IncidentRow]) -> Table:
    """Each incident with the worst verdict of its scenarios, and their ids; ``missing`` where there is none."""
    table = Table(box=box.SIMPLE_HEAD, pad_edge=False, header_style="bold")
    table.add_column("Incident", no_wrap=True)
    table.add_column("Verdict", no_wrap=True)
    table.add_column("Scenarios", overflow="fold")
    for row in rows:
        ids = ", ".join(_scenario_words(each, row.verdict) for each in row.scenarios)
        verdict = (
            "[bold red]missing[/]"
            if row.verdict is None
            else f"[{STYLES[row.verdict]}]{word(row.verdict)}[/]"
        )
        table.add_row(row.number, verdict, escape(ids))
    return table


def _scenario_words(scenario: IncidentScenario, of_row: Verdict | None) -> str:
    """Its id; with its verdict where that is another than the row's."""
    return scenario.id if scenario.verdict is of_row else f"{scenario.id} ({word(scenario.verdict)})"


def _plural(number: int, noun: str) -> str:
    return f"{count(number)} {noun}{'' if number == 1 else 's'}"

"""The scenario report: one HTML file without script. Same scenario and seed give the same bytes."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path

from harness.events import (
    Event,
    Expectation,
    InvariantState,
    StepFinished,
    SuiteFinished,
    SuiteStarted,
    Verdict,
)
from harness.reports.faults import faults_of
from harness.reports.fingerprint import Mark, fingerprint
from harness.reports.rendering import render, write
from harness.reports.sequence import LANE_NAMES, LANES, Row, sequence_rows
from harness.reports.story import FINALLY, Case, Problem, Story, last_line, problems, suite_verdict

OPEN = (Verdict.FAILED, Verdict.ERROR, Verdict.INCONCLUSIVE)
"""What a reader must look at stands open; the rest opens on a click."""

MOST_PROBLEMS = 6


class HtmlReport:
    """A listener that writes the page when the suite is over."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._story = Story()

    def __call__(self, event: Event) -> None:
        """Takes one event in; the last one writes the file."""
        self._story(event)
        if isinstance(event, SuiteFinished):
            write(self._path, scenario_page(self._story))


@dataclass(frozen=True, slots=True)
class StepView:
    """A step as its author wrote it, and what came of it. ``state`` is done, failed or not run."""

    verb: str
    words: str
    state: str
    expectations: tuple[Expectation, ...]
    error: str | None


@dataclass(frozen=True, slots=True)
class CaseView:
    """One row of the table with everything it opens to."""

    case: Case
    anchor: str
    open: bool
    problems: list[Problem]
    more_problems: int
    faults: list[str]
    marks: list[Mark]
    steps: list[StepView]
    rows: list[Row]
    holding: int
    unchecked: list[str]

    @property
    def ran(self) -> bool:
        """False for a scenario that was skipped before its first step: there is nothing to open."""
        return bool(self.case.steps or self.case.passages or self.case.judgements)


def scenario_page(story: Story) -> str:
    """The page of a finished run.

    Raises:
        ValueError: the run has no first or no last event.
    """
    if story.started is None or story.finished is None:
        raise ValueError("a page needs a whole run: SuiteStarted first, SuiteFinished last")
    views = _views(story.worst_first())
    return render(
        "scenarios.html",
        suite=story.started,
        finished=story.finished,
        heading=last_line(story.finished),
        verdict=suite_verdict(story.finished),
        views=views,
        sees_all=story.started.world == "virtual" or not any(view.unchecked for view in views),
        lanes=[(LANES[lane], LANE_NAMES[lane]) for lane in LANES],
        below=_below(story.started),
    )


def _below(started: SuiteStarted) -> str:
    plural = "" if started.scenario_count == 1 else "s"
    return f"{started.scenario_count} scenario{plural}, {len(started.invariants)} invariants after each"


def _views(cases: list[Case]) -> list[CaseView]:
    anchors: dict[str, int] = {}
    return [_view(case, _anchor(case, anchors)) for case in cases]


def _anchor(case: Case, taken: dict[str, int]) -> str:
    name = re.sub(r"[^\w-]+", "-", case.started.id)
    taken[name] = taken.get(name, 0) + 1
    return name if taken[name] == 1 else f"{name}-{taken[name]}"


def _view(case: Case, anchor: str) -> CaseView:
    found = problems(case)
    unexcused = any(judged.excused is None for judged in case.judged(InvariantState.BROKEN))
    return CaseView(
        case=case,
        anchor=anchor,
        open=case.verdict in OPEN,
        problems=found[:MOST_PROBLEMS],
        more_problems=len(found[MOST_PROBLEMS:]),
        faults=faults_of(case.passages),
        marks=fingerprint(case.passages, broken=unexcused),
        steps=_steps(case),
        rows=sequence_rows(case.passages),
        holding=len(case.judged(InvariantState.HOLDS)),
        unchecked=[judged.words for judged in case.judged(InvariantState.UNCHECKED)],
    )


def _steps(case: Case) -> list[StepView]:
    finished = {step.index: step for step in case.steps}
    views = [
        _step(step.verb, "\n".join(filter(None, (step.words, step.text))), finished.pop(step.index, None))
        for step in case.started.steps
    ]
    last = finished.pop(FINALLY, None)
    views += [_step(step.verb, step.words, step) for step in finished.values()]
    return [*views, _step(last.verb, last.words, last)] if last else views


def _step(verb: str, words: str, finished: StepFinished | None) -> StepView:
    if finished is None:
        return StepView(verb, words, "not run", (), None)
    missed = finished.error or any(not expectation.held for expectation in finished.expectations)
    return StepView(verb, words, "failed" if missed else "done", finished.expectations, finished.error)

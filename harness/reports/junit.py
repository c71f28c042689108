"""JUnit XML as Jenkins, GitLab and pytest's readers take it. Times are wall time."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from pathlib import Path, PurePosixPath
from xml.etree import ElementTree as ET

from harness.events import Event, ScenarioFinished, ScenarioStarted, SuiteFinished, Verdict
from harness.reports.story import FINALLY, Case, Story, last_line, problems

NOT_XML = re.compile(r"[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
"""Characters that XML 1.0 cannot hold, not even escaped."""

OUTCOMES = {
    Verdict.FAILED: "failure",
    Verdict.ERROR: "error",
    Verdict.INCONCLUSIVE: "error",
    Verdict.SKIPPED: "skipped",
    Verdict.NOT_CHECKED: "skipped",
}
"""Inconclusive is an error there: JUnit has no word for it, and it must not look like a pass."""


class JUnitReport:
    """A listener that writes the file when the suite is over; ``stopwatch`` gives monotonic seconds."""

    def __init__(self, path: Path, stopwatch: Callable[[], float]) -> None:
        self._path = path
        self._stopwatch = stopwatch
        self._story = Story()
        self._began = 0.0
        self._seconds: list[float] = []

    def __call__(self, event: Event) -> None:
        """Takes one event in; the last one writes the file."""
        self._story(event)
        if isinstance(event, ScenarioStarted):
            self._began = self._stopwatch()
        elif isinstance(event, ScenarioFinished):
            self._seconds.append(self._stopwatch() - self._began)
        elif isinstance(event, SuiteFinished):
            self._write(event)

    def _write(self, finished: SuiteFinished) -> None:
        root = junit_tree(self._story, finished, self._seconds)
        ET.indent(root)
        self._path.parent.mkdir(parents=True, exist_ok=True)
        ET.ElementTree(root).write(self._path, encoding="utf-8", xml_declaration=True)


def junit_tree(story: Story, finished: SuiteFinished, seconds: list[float]) -> ET.Element:
    """The document; ``seconds`` holds the wall time of each scenario in the order of the run."""
    name = story.started.suite if story.started else "scenarios"
    totals = {
        "name": name,
        "tests": str(len(story.cases)),
        "failures": str(finished.failed),
        "errors": str(finished.errors + finished.inconclusive),
        "skipped": str(finished.skipped + finished.not_checked),
        "time": _time(finished.wall_seconds),
    }
    root = ET.Element("testsuites", totals)
    suite = ET.SubElement(root, "testsuite", totals)
    if story.started:
        facts = {
            "world": story.started.world,
            "seed": str(story.started.seed),
            "summary": last_line(finished),
        }
        _properties(suite, facts)
    for index, case in enumerate(story.cases):
        _testcase(suite, case, seconds[index] if index < len(seconds) else 0.0)
    return root


def _testcase(suite: ET.Element, case: Case, seconds: float) -> None:
    started = case.started
    folder = PurePosixPath(started.file).parent
    attributes = {
        "classname": ".".join(part for part in folder.parts if part not in ("/", "..")) or "scenarios",
        "name": started.id,
        "file": started.file,
        "time": _time(seconds),
    }
    element = ET.SubElement(suite, "testcase", attributes)
    facts = {"title": started.title, "incident": started.incident, "seed": str(started.seed)}
    _properties(element, {**facts, "tags": ", ".join(started.tags)})
    if case.verdict in OUTCOMES:
        _outcome(element, case)
    ET.SubElement(element, "system-out").text = _clean(_transcript(case))


def _outcome(element: ET.Element, case: Case) -> None:
    found = [str(problem) for problem in problems(case)]
    message = case.reason or (found[0] if found else case.verdict.value)
    kind = case.verdict.value
    outcome = ET.SubElement(element, OUTCOMES[case.verdict], {"message": _clean(message), "type": kind})
    if OUTCOMES[case.verdict] != "skipped":
        outcome.text = _clean("\n".join([*found, f"Again: {case.again}"]))


def _transcript(case: Case) -> str:
    lines = [case.started.title]
    for step in case.steps:
        lines.append("finally" if step.index == FINALLY else f"{step.verb} {step.words}".rstrip())
        for expectation in step.expectations:
            seen = "" if expectation.held else f" (wanted {expectation.wanted}, got {expectation.got})"
            lines.append(f"  {'ok  ' if expectation.held else 'FAIL'} {expectation.text}{seen}")
    lines += [f"{judgement.state.value:9} {judgement.words}" for judgement in case.judgements]
    return "\n".join(lines)


def _properties(element: ET.Element, facts: Mapping[str, str | None]) -> None:
    holder = ET.SubElement(element, "properties")
    for name, value in facts.items():
        if value:
            ET.SubElement(holder, "property", {"name": name, "value": _clean(value)})


def _time(seconds: float) -> str:
    return f"{seconds:.3f}"


def _clean(text: str) -> str:
    return NOT_XML.sub("\ufffd", text)

"""The event stream gathered into one story a scenario, as console, JUnit and the page tell it."""

from __future__ import annotations

from dataclasses import dataclass, field

from harness.events import (
    Choice,
    Event,
    Exchange,
    Happening,
    InvariantJudged,
    InvariantState,
    ScenarioFinished,
    ScenarioStarted,
    StepFinished,
    SuiteFinished,
    SuiteStarted,
    Verdict,
)

FINALLY = -1
"""Index of the step that checks both ledgers at the end of a scenario."""

WORST_FIRST = (
    Verdict.FAILED,
    Verdict.ERROR,
    Verdict.INCONCLUSIVE,
    Verdict.SKIPPED,
    Verdict.NOT_CHECKED,
    Verdict.PASSED,
)


@dataclass(frozen=True, slots=True)
class Problem:
    """One thing that did not hold: what it is, and what was seen instead."""

    what: str
    seen: str

    def __str__(self) -> str:
        return f"{self.what} {self.seen}".strip()


@dataclass(slots=True)
class Case:
    """All that one scenario said of itself, in the order in which it said it."""

    started: ScenarioStarted
    steps: list[StepFinished] = field(default_factory=list)
    passages: list[Exchange | Happening] = field(default_factory=list)
    choices: list[Choice] = field(default_factory=list)
    judgements: list[InvariantJudged] = field(default_factory=list)
    finished: ScenarioFinished | None = None

    @property
    def verdict(self) -> Verdict:
        """How it ended; a scenario that never finished is an error."""
        return self.finished.verdict if self.finished else Verdict.ERROR

    @property
    def reason(self) -> str:
        """The runner's sentence, empty when it passed."""
        return self.finished.reason if self.finished else "The run ended before this scenario did."

    @property
    def again(self) -> str:
        """The command that repeats this scenario with its seed."""
        given = self.finished.again if self.finished else ""
        return given or f"askpro scenarios run {self.started.id} --seed {self.started.seed}"

    @property
    def exchanges(self) -> list[Exchange]:
        """The requests alone, without what happened by itself."""
        return [passage for passage in self.passages if isinstance(passage, Exchange)]

    def judged(self, state: InvariantState) -> list[InvariantJudged]:
        """The invariants that came to this state."""
        return [judgement for judgement in self.judgements if judgement.state is state]


@dataclass(slots=True)
class Story:
    """A whole run. It is a listener itself; a report reads it after ``SuiteFinished``."""

    started: SuiteStarted | None = None
    cases: list[Case] = field(default_factory=list)
    finished: SuiteFinished | None = None

    def __call__(self, event: Event) -> None:
        """Takes one event in.

        Raises:
            ValueError: an event of a scenario came before any ``ScenarioStarted``.
        """
        if isinstance(event, SuiteStarted):
            self.started = event
        elif isinstance(event, SuiteFinished):
            self.finished = event
        elif isinstance(event, ScenarioStarted):
            self.cases.append(Case(event))
        elif not self.cases:
            raise ValueError(f"{type(event).__name__} came before any ScenarioStarted")
        else:
            _tell(self.cases[-1], event)

    def worst_first(self) -> list[Case]:
        """By verdict (failed, error, inconclusive, skipped, not checked, passed), then incident, then id."""
        return sorted(self.cases, key=_rank)


def _tell(case: Case, event: Event) -> None:
    match event:
        case StepFinished():
            case.steps.append(event)
        case Exchange() | Happening():
            case.passages.append(event)
        case Choice():
            case.choices.append(event)
        case InvariantJudged():
            case.judgements.append(event)
        case ScenarioFinished():
            case.finished = event


def _rank(case: Case) -> tuple[int, tuple[int, ...], str]:
    return (WORST_FIRST.index(case.verdict), incident_order(case.started.incident), case.started.id)


def incident_order(incident: str | None) -> tuple[int, ...]:
    """A key that puts 1.3 before 1.19, and scenarios of no incident last."""
    if incident is None:
        return (10_000,)
    return tuple(int(part) if part.isdigit() else 9_999 for part in incident.split("."))


def last_line(finished: SuiteFinished) -> str:
    """``18 passed, 1 failed``; the other counts follow only when they are not zero."""
    parts = [f"{finished.passed} passed", f"{finished.failed} failed"]
    if finished.errors:
        parts.append(f"{finished.errors} error{'s' if finished.errors > 1 else ''}")
    without = sum(row.verdict is None for row in finished.incidents)
    if without:
        parts.append(f"{without} incident{'s' if without > 1 else ''} without a scenario")
    rest = ((finished.skipped, "skipped"), (finished.not_checked, "not checked"))
    parts += [f"{count} {word}" for count, word in (*rest, (finished.inconclusive, "inconclusive")) if count]
    return ", ".join(parts)


def suite_verdict(finished: SuiteFinished) -> Verdict:
    """The verdict whose shape stands before the heading; a run in which nothing was checked did not pass."""
    if finished.failed or finished.errors or any(row.verdict is None for row in finished.incidents):
        return Verdict.FAILED
    if finished.inconclusive:
        return Verdict.INCONCLUSIVE
    return Verdict.PASSED if finished.passed else Verdict.NOT_CHECKED


def problems(case: Case) -> list[Problem]:
    """What did not hold, in words: broken invariants, then expectations; if neither, the reason alone."""
    if case.verdict is Verdict.PASSED:
        return []
    broken = [j for j in case.judged(InvariantState.BROKEN) if j.excused is None]
    found = [Problem(j.words, f"does not hold. {j.detail}".strip()) for j in broken]
    for step in case.steps:
        missed = [expectation for expectation in step.expectations if not expectation.held]
        found += [
            Problem(f"{step.verb}: {e.text}", f"does not hold: wanted {e.wanted}, got {e.got}")
            for e in missed
        ]
        if step.error:
            found.append(Problem("", step.error))
    if case.verdict is Verdict.ERROR and all(problem.seen != case.reason for problem in found):
        found.insert(0, Problem("", case.reason))
    return found or ([Problem("", case.reason)] if case.reason else [])

"""Runs scenarios in worlds and tells the listeners what happened; knows no report and no application."""

from __future__ import annotations

import random as random_module
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field, replace
from datetime import timedelta
from functools import partial

from harness.books import CalcomBooks, Ledger
from harness.calcom_steps import open_slots
from harness.clock import DeadlockError
from harness.counting import judge_final
from harness.events import (
    Event,
    Exchange,
    Expectation,
    Happening,
    HappeningKind,
    InvariantJudged,
    InvariantState,
    Lane,
    Listener,
    ScenarioFinished,
    ScenarioStarted,
    StepFinished,
    SuiteFinished,
    SuiteStarted,
    Verdict,
)
from harness.incidents import incident_rows
from harness.invariants import INVARIANTS, Judgement, judge
from harness.scenario import Scenario
from harness.stage import Stage
from harness.steps import first_party, perform
from harness.story_of_rows import database_happenings
from harness.wishes import books_at_the_end
from harness.worlds.world import Setting, World, WorldError, WorldFactory
from simulator.client import SimulatorError

FINALLY = "finally"
_LOOK_AGAIN_SECONDS = 60  # the worker looks for late commits for 15 minutes: at most so often, so long
_LOOKS = 20
_BENCH_ERRORS = (WorldError, DeadlockError, SimulatorError, KeyError, ValueError, TypeError, OSError)


@dataclass(slots=True)
class _Run:
    """What one scenario has come to so far."""

    stage: Stage
    expectations: list[tuple[str, Expectation]] = field(default_factory=list)
    exchanges: list[Exchange] = field(default_factory=list)
    choices: int = 0
    error: str = ""


class Runner:
    """Runs scenarios one after another, each in a world of its own; ``stopwatch`` gives monotonic seconds."""

    def __init__(
        self,
        factory: WorldFactory,
        listeners: Iterable[Listener] = (),
        *,
        seed: int = 0,
        stopwatch: Callable[[], float] = lambda: 0.0,
    ) -> None:
        self._factory = factory
        self._listeners = tuple(listeners)
        self._seed = seed
        self._stopwatch = stopwatch

    def run_suite(
        self, name: str, scenarios: Sequence[Scenario], *, incidents: Sequence[str] = ()
    ) -> SuiteFinished:
        """Run all of them; returns the last event, whose counts decide the exit code.

        ``incidents`` are the numbers that must have a scenario: those without one are shown as missing.
        """
        began = self._stopwatch()
        self._emit(SuiteStarted(name, self._factory.name, self._seed, len(scenarios), INVARIANTS))
        finished = [self.run(each) for each in scenarios]
        counts = {verdict: sum(each.verdict is verdict for each in finished) for verdict in Verdict}
        last = SuiteFinished(
            passed=counts[Verdict.PASSED],
            failed=counts[Verdict.FAILED],
            errors=counts[Verdict.ERROR],
            skipped=counts[Verdict.SKIPPED],
            not_checked=counts[Verdict.NOT_CHECKED],
            inconclusive=counts[Verdict.INCONCLUSIVE],
            virtual_seconds=round(sum(each.virtual_seconds for each in finished), 6),
            exchanges=sum(each.exchanges for each in finished),
            choices=sum(each.choices for each in finished),
            faults_set=sum(each.faults_set for each in finished),
            faults_fired=sum(each.faults_fired for each in finished),
            wall_seconds=self._stopwatch() - began,
            incidents=incident_rows(
                (
                    (each.incident, each.id, end.verdict)
                    for each, end in zip(scenarios, finished, strict=True)
                ),
                incidents,
            ),
        )
        self._emit(last)
        return last

    def run(self, scenario: Scenario) -> ScenarioFinished:
        """Run one; a failing bench is verdict ``error``, never an exception."""
        self._emit(
            ScenarioStarted(
                scenario.id,
                scenario.title,
                scenario.incident,
                scenario.tags,
                scenario.file,
                scenario.words(),
                scenario.now.isoformat(),
                self._seed,
            )
        )
        if self._factory.name not in scenario.worlds:
            finished = self._finish(
                scenario, Verdict.SKIPPED, f"runs in the {scenario.worlds[0]} world only: {scenario.why}"
            )
        else:
            finished = self._run_in_world(scenario)
        self._emit(finished)
        return finished

    def _run_in_world(self, scenario: Scenario) -> ScenarioFinished:
        setting = Setting(self._seed, scenario.now, scenario.webhooks, scenario.set_up)
        try:
            world = self._factory.open(setting)
        except _BENCH_ERRORS as error:
            return self._finish(scenario, Verdict.ERROR, f"the world did not open: {_words(error)}")
        try:
            random = random_module.Random(f"{scenario.id} {self._seed}")  # noqa: S311 - ids of a test run
            run = _Run(Stage(world, scenario, self._emit, random))
            return self._play(run)
        finally:
            world.close()

    def _play(self, run: _Run) -> ScenarioFinished:
        stage = run.stage
        try:
            self._steps(run)
            self._close_the_day(run)
            ledger, calcom = stage.ledger(), stage.calcom_books()
            faults = stage.faults()
        except _BENCH_ERRORS as error:
            self._collect(run, final=True)
            run.error = run.error or _words(error)
            return self._finished(run, None, None, [])
        self._collect(run, final=True)
        for happening in database_happenings(ledger, stage.scenario.now):
            self._emit(happening)
        self._judge_counts(run, ledger, calcom)
        judgements = judge(ledger, calcom, faults, run.exchanges, crashes=stage.world.deaths)
        for judgement in judgements:
            self._emit(_judged(judgement, stage.scenario))
        return self._finished(run, ledger, calcom, judgements)

    def _steps(self, run: _Run) -> None:
        stage = run.stage
        party = first_party(stage)
        if stage.scenario.free is not None:
            open_slots(stage, party, stage.scenario.free)
        self._collect(run)
        for index, (step, words) in enumerate(zip(stage.scenario.steps, stage.scenario.words(), strict=True)):
            at = stage.world.elapsed_seconds()
            done = partial(StepFinished, index, step.verb, words.words, at)
            try:
                outcome = perform(stage, party, step)
            except _BENCH_ERRORS as error:
                self._collect(run)
                run.error = f"line {step.line}, {step.verb}: {_words(error)}"
                self._emit(done((), run.error))
                raise
            self._collect(run)
            run.expectations += [(f"line {step.line}, {step.verb}", each) for each in outcome.expectations]
            self._emit(done(outcome.expectations))

    def _close_the_day(self, run: _Run) -> None:
        """Let late things happen, bring a dead gateway back, and let the worker finish what is open."""
        stage = run.stage
        stage.world.settle()
        if not stage.world.gateway_is_up():
            stage.world.start_gateway()
            self._emit(self._happening(stage, HappeningKind.CRASH, "started again on the same database"))
        for look in range(_LOOKS + 1):
            done = stage.control("POST", "/test/api/run-worker").get("done")
            if done:
                self._emit(self._happening(stage, HappeningKind.WORKER, f"the worker did {done}"))
            if not any(row.get("state") == "open" for row in stage.ledger().attempts) or look == _LOOKS:
                break
            stage.world.jump(stage.world.now() + timedelta(seconds=_LOOK_AGAIN_SECONDS))
        stage.world.settle()

    @staticmethod
    def _happening(stage: Stage, kind: HappeningKind, text: str) -> Happening:
        return Happening(stage.world.elapsed_seconds(), Lane.GATEWAY, text, kind)

    def _judge_counts(self, run: _Run, ledger: Ledger, calcom: CalcomBooks) -> None:
        stage = run.stage
        found = judge_final(stage.scenario.final, ledger, calcom, stage.world.tenants)
        run.expectations += [(FINALLY, each) for each in found]
        self._emit(StepFinished(-1, FINALLY, "", stage.world.elapsed_seconds(), tuple(found)))

    def _collect(self, run: _Run, *, final: bool = False) -> None:
        world: World = run.stage.world
        exchanges = world.take_exchanges(final=final)
        run.exchanges += exchanges
        choices = world.take_choices()
        run.choices += len(choices)
        events: list[Event] = [*exchanges, *choices]
        for event in sorted(events, key=lambda each: getattr(each, "seconds", 0.0)):
            self._emit(event)
        failures = world.take_failures()
        if failures and not run.error:
            run.error = "; ".join(failures)

    def _finished(
        self, run: _Run, ledger: Ledger | None, calcom: CalcomBooks | None, judgements: list[Judgement]
    ) -> ScenarioFinished:
        stage = run.stage
        verdict, reason = _verdict(run, judgements)
        faults = [] if ledger is None else stage.faults()
        base = self._finish(stage.scenario, verdict, reason)
        return replace(
            base,
            virtual_seconds=round(stage.world.elapsed_seconds(), 6),
            exchanges=len(run.exchanges),
            faults_set=len(faults),
            faults_fired=sum(1 for each in faults if each.get("fired")),
            choices=run.choices,
            books=() if ledger is None or calcom is None else books_at_the_end(ledger, calcom),
        )

    def _finish(self, scenario: Scenario, verdict: Verdict, reason: str) -> ScenarioFinished:
        name = scenario.id if scenario.file.startswith("harness/") else scenario.file
        again = f"askpro scenarios run {name} --world {self._factory.name} --seed {self._seed}"
        return ScenarioFinished(scenario.id, verdict, reason, 0.0, 0, 0, 0, 0, (), again)

    def _emit(self, event: Event) -> None:
        for listener in self._listeners:
            listener(event)


def _judged(judgement: Judgement, scenario: Scenario) -> InvariantJudged:
    words = next(each.words for each in INVARIANTS if each.name == judgement.name)
    excused = scenario.breaks.get(judgement.name)
    return InvariantJudged(judgement.name, words, judgement.state, judgement.detail, excused)


def _verdict(run: _Run, judgements: list[Judgement]) -> tuple[Verdict, str]:
    if run.error:
        return Verdict.ERROR, run.error
    excuses = run.stage.scenario.breaks
    for place, expectation in run.expectations:
        if not expectation.held:
            return Verdict.FAILED, f"{place}: {expectation.text}, but got {expectation.got}."
    for each in judgements:
        if each.state is InvariantState.BROKEN and each.name not in excuses:
            return Verdict.FAILED, f"“{_invariant_words(each)}” does not hold: {each.detail}"
        if each.state is not InvariantState.BROKEN and each.name in excuses:
            return (
                Verdict.FAILED,
                f"“{_invariant_words(each)}” holds, though the scenario says it must break.",
            )
    if judgements and all(each.state is InvariantState.UNCHECKED for each in judgements):
        return Verdict.NOT_CHECKED, judgements[0].detail
    return Verdict.PASSED, ""


def _invariant_words(judgement: Judgement) -> str:
    return next(each.words for each in INVARIANTS if each.name == judgement.name)


def _words(error: BaseException) -> str:
    return str(error) if isinstance(error, WorldError | DeadlockError) else f"{type(error).__name__}: {error}"

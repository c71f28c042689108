"""Scenario files as pytest items: ``-k``, xdist, JUnit and IDEs work on them as on tests."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from harness.events import (
    Event,
    Expectation,
    InvariantJudged,
    InvariantState,
    ScenarioFinished,
    StepFinished,
    Verdict,
)
from harness.runner import Runner
from harness.scenario import SCENARIOS, Scenario, ScenarioError, load
from harness.worlds.world import WorldFactory

_FACTORY: pytest.StashKey[WorldFactory] = pytest.StashKey()
_OPENER: pytest.StashKey[Callable[[], WorldFactory]] = pytest.StashKey()


def register(config: pytest.Config, opener: Callable[[], WorldFactory]) -> None:
    """Say in which world collected scenarios run; called by the conftest that turns the plugin on."""
    config.stash[_OPENER] = opener


def pytest_addoption(parser: pytest.Parser) -> None:
    """The seed of scenario items."""
    parser.addoption("--scenario-seed", type=int, default=0, help="seed of collected scenarios")


def pytest_collect_file(file_path: Path, parent: pytest.Collector) -> pytest.Collector | None:
    """Collect YAML files that lie under a folder of scenarios, where a world is registered."""
    if (
        file_path.suffix in (".yaml", ".yml")
        and _OPENER in parent.config.stash
        and "scenarios" in file_path.parts
    ):
        return ScenarioFile.from_parent(parent, path=file_path)
    return None


def pytest_unconfigure(config: pytest.Config) -> None:
    """Free what the worlds shared."""
    if _FACTORY in config.stash:
        config.stash[_FACTORY].close()


class ScenarioFile(pytest.File):
    """One file, one item; a file that cannot be used fails at its line when it is run."""

    def collect(self) -> Iterator[pytest.Item]:
        """The scenario of this file; its tags are keywords for ``-k``."""
        item = ScenarioItem.from_parent(self, name=self.path.stem)
        with contextlib.suppress(ScenarioError):  # told when the item runs
            item.extra_keyword_matches.update(item.load().tags)
        yield item


class ScenarioItem(pytest.Item):
    """Runs its scenario in the registered world; fails with the first thing that did not hold."""

    def runtest(self) -> None:
        """Run it; raises ScenarioFailed, or skips with the scenario's reason."""
        scenario = self.load()
        problems: list[str] = []
        finished = Runner(
            self._factory(), [_Collector(problems)], seed=self.config.getoption("--scenario-seed")
        ).run(scenario)
        if finished.verdict in (Verdict.SKIPPED, Verdict.NOT_CHECKED):
            pytest.skip(finished.reason)
        if finished.verdict is not Verdict.PASSED:
            raise ScenarioFailed(finished, problems)

    def load(self) -> Scenario:
        """The scenario of the file; raises ScenarioError."""
        root = SCENARIOS if self.path.is_relative_to(SCENARIOS) else self.path.parent
        return load(self.path, root)

    def _factory(self) -> WorldFactory:
        stash = self.config.stash
        if _FACTORY not in stash:
            stash[_FACTORY] = stash[_OPENER]()
        return stash[_FACTORY]

    def repr_failure(self, excinfo: pytest.ExceptionInfo[BaseException], style: Any = None) -> Any:
        """The reason in words; other exceptions as pytest shows them."""
        if isinstance(excinfo.value, ScenarioFailed | ScenarioError):
            return str(excinfo.value)
        return super().repr_failure(excinfo, style)

    def reportinfo(self) -> tuple[Path, int | None, str]:
        """Where a failure belongs."""
        return self.path, 0, f"scenario: {self.name}"


class ScenarioFailed(Exception):
    """A scenario that did not pass, with everything that did not hold."""

    def __init__(self, finished: ScenarioFinished, problems: list[str]) -> None:
        super().__init__(
            "\n".join([f"{finished.verdict}: {finished.reason}", *problems, f"Again: {finished.again}"])
        )


class _Collector:
    """Gathers what did not hold."""

    def __init__(self, problems: list[str]) -> None:
        self._problems = problems

    def __call__(self, event: Event) -> None:
        if isinstance(event, StepFinished):
            self._problems += [_words(event, each) for each in event.expectations if not each.held]
        elif isinstance(event, InvariantJudged) and event.state is InvariantState.BROKEN:
            self._problems.append(f"  {event.words}: {event.detail}")


def _words(step: StepFinished, expectation: Expectation) -> str:
    return f"  {step.verb} {step.words}: {expectation.text}, but got {expectation.got}"

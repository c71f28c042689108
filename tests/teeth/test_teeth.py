from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from harness.events import Verdict
from harness.runner import Runner
from harness.scenario import SCENARIOS, Scenario, load
from harness.worlds.virtual import VirtualWorldFactory
from tests.teeth.guards import MISSING_GUARDS, MissingGuard

SEED = 20251013
BY_GUARD = pytest.mark.parametrize("missing", MISSING_GUARDS, ids=lambda missing: missing.guard)
GUARDS_OF_THE_PROTOCOL = {
    "freshness",
    "foreign metadata",
    "known uid",
    "moved start",
    "uncached re-check",
    "claim",
    "look-up before a second POST",
    "compensation",
    "recovery",
    "UTC conversion",
    "Retell's signature",
    "Cal.com's signature",
    "tenancy scope",
}


def scenario(name: str) -> Scenario:
    return load(SCENARIOS / "rca" / f"{name}.yaml")


@pytest.fixture
def run_with() -> Iterator[object]:
    factories: list[VirtualWorldFactory] = []

    def run(name: str, parts: dict[str, object]) -> Verdict:
        factory = VirtualWorldFactory(parts=parts)
        factories.append(factory)
        finished = Runner(factory, seed=SEED).run(scenario(name))
        print(finished.verdict, finished.reason)
        return finished.verdict

    yield run
    for factory in factories:
        factory.close()


class TestTeeth:
    @BY_GUARD
    def test_the_scenario_passes_with_the_guard(self, run_with, missing: MissingGuard):
        assert run_with(missing.scenario, {}) is Verdict.PASSED

    @BY_GUARD
    def test_the_scenario_fails_without_it(self, run_with, missing: MissingGuard):
        assert run_with(missing.scenario, {"policy": missing.policy()}) is Verdict.FAILED

    def test_every_guard_has_a_row(self):
        assert {missing.guard for missing in MISSING_GUARDS} == GUARDS_OF_THE_PROTOCOL

    def test_every_row_stands_in_the_docs(self):
        table = (Path(__file__).parents[2] / "docs" / "teeth.md").read_text()
        for missing in MISSING_GUARDS:
            assert f"| {missing.guard} | `{missing.scenario}` |" in table

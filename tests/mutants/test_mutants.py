"""Each incident's rule is changed once, and the scenarios that are there for it must fail (docs/mutants.md)."""

from __future__ import annotations

from pathlib import Path

import pytest

from harness.scenario import find_files
from tests.mutants.mutating import PATCHES, ROOT, Mutant, expected_mutants, mutate, verdicts

MUTANTS = expected_mutants()
FEWEST_INCIDENTS = 25


def test_the_same_scenarios_pass_with_every_rule_in_place(tmp_path: Path):
    scenarios = sorted({scenario for mutant in MUTANTS for scenario in mutant.fails})
    assert verdicts(scenarios, tmp_path / "report.json") == dict.fromkeys(scenarios, "passed")


@pytest.mark.parametrize("mutant", MUTANTS, ids=lambda mutant: mutant.patch)
def test_a_changed_rule_makes_its_scenarios_fail(mutant: Mutant, tmp_path: Path):
    gateway = tmp_path / "gateway"
    gateway.mkdir()
    seen = verdicts(mutant.fails, tmp_path / "report.json", mutate(mutant, gateway))
    assert seen == dict.fromkeys(mutant.fails, "failed")


class TestTheList:
    def test_it_covers_many_incidents(self):
        assert len({mutant.incident for mutant in MUTANTS}) >= FEWEST_INCIDENTS

    def test_every_patch_stands_in_it_once(self):
        assert sorted(path.stem for path in PATCHES.glob("*.patch")) == sorted(m.patch for m in MUTANTS)

    def test_every_patch_is_named_for_its_incident(self):
        for mutant in MUTANTS:
            section, number = mutant.incident.split(".")
            assert mutant.patch.startswith(f"{section}.{int(number):02}_")

    def test_every_mutant_names_scenarios_that_exist(self):
        known = {path.stem for path in find_files()}
        assert all(mutant.fails and known.issuperset(mutant.fails) for mutant in MUTANTS)

    def test_the_docs_have_the_same_rows(self):
        lines = (ROOT / "docs" / "mutants.md").read_text(encoding="utf-8").splitlines()
        rows = [line for line in lines if line.startswith("| 1.")]
        assert rows == [row_of(mutant) for mutant in MUTANTS]


def row_of(mutant: Mutant) -> str:
    scenarios = ", ".join(f"`{scenario}`" for scenario in mutant.fails)
    return f"| {mutant.incident} | {mutant.rule} | {scenarios} |"

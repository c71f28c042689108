from __future__ import annotations

import json
import re
from pathlib import Path

from click.testing import CliRunner

from harness.cli import scenarios
from harness.events import Verdict
from harness.incidents import INCIDENTS, incident_rows, missing
from harness.scenario import find_files, load

ROOT = Path(__file__).parents[2]
PASSED, FAILED, SKIPPED = Verdict.PASSED, Verdict.FAILED, Verdict.SKIPPED


class TestBook:
    def test_has_the_numbers_and_titles_of_the_docs(self):
        text = (ROOT / "docs" / "incidents.md").read_text(encoding="utf-8")
        assert dict(re.findall(r"^## (1\.\d+) (.*)$", text, re.MULTILINE)) == dict(INCIDENTS)

    def test_has_41_of_them(self):
        assert list(INCIDENTS) == [f"1.{number}" for number in range(1, 42)]


class TestScenariosOfTheBook:
    def test_every_incident_has_one_and_every_one_an_incident(self):
        played = {load(file).incident for file in find_files()} - {None}
        assert played == set(INCIDENTS)

    def test_all_of_the_suite_name_their_incident(self):
        assert [
            file.stem for file in find_files() if file.parent.name == "incidents" and not load(file).incident
        ] == []


class TestRows:
    def test_stand_in_the_books_order(self):
        rows = incident_rows([("1.19", "b", PASSED), ("1.3", "a", PASSED), (None, "c", FAILED)])
        assert [row.number for row in rows] == ["1.3", "1.19"]

    def test_take_the_worst_verdict(self):
        (row,) = incident_rows([("1.3", "a", PASSED), ("1.3", "b", FAILED)])
        assert (row.verdict, [each.id for each in row.scenarios]) == (FAILED, ["a", "b"])

    def test_a_scenario_of_another_world_says_nothing_beside_one_that_ran(self):
        (row,) = incident_rows([("1.3", "a", SKIPPED), ("1.3", "b", PASSED)])
        assert row.verdict is PASSED

    def test_an_expected_one_without_a_scenario_is_missing(self):
        rows = incident_rows([("1.3", "a", PASSED)], ["1.2", "1.3"])
        assert [(row.number, row.verdict) for row in rows] == [("1.2", None), ("1.3", PASSED)]
        assert missing(rows) == ["1.2"]


class TestTable:
    def test_is_printed_and_written_with_ids(self, tmp_path):
        file = tmp_path / "events.json"
        result = CliRunner().invoke(scenarios, ["run", "five_callers", "--json", str(file)])
        assert re.search(r"^ ?1\.4 +passed +five_callers *$", result.output, re.MULTILINE)
        last = json.loads(file.read_text())["events"][-1]
        assert last["incidents"] == [
            {
                "number": "1.4",
                "title": INCIDENTS["1.4"],
                "verdict": "passed",
                "scenarios": [{"id": "five_callers", "verdict": "passed"}],
            }
        ]

    def test_a_book_with_a_gap_fails(self, monkeypatch):
        monkeypatch.setattr("harness.cli.INCIDENTS", {"9.9": "Never played"})
        monkeypatch.setattr("harness.cli._choose", lambda _names: [load(_file("five_callers"))])
        result = CliRunner().invoke(scenarios, ["run", "incidents"])
        assert (result.exit_code, re.search(r"9\.9 +missing", result.output) is not None) == (1, True)


def _file(name: str) -> Path:
    return next(file for file in find_files() if file.stem == name)

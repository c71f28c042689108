from __future__ import annotations

import json

import pytest
from click.testing import CliRunner

from harness.cli import scenarios

STORY = """\
title: A story
now: 2025-10-13 10:00
free: ["2025-10-20 14:00"]
steps:
  - check: {datum: 20.10.2025, uhrzeit: "14:00"}
    expect: {available: %s}
finally: {appointments: 0, bookings: 0}
"""


def run(*arguments: str):
    return CliRunner().invoke(scenarios, list(arguments))


@pytest.fixture
def story(tmp_path):
    def write(available: str) -> str:
        file = tmp_path / "story.yaml"
        file.write_text(STORY % available)
        return str(file)

    return write


class TestList:
    def test_names_each_scenario(self):
        assert "rca/five_callers" in run("list").output

    def test_json_has_what_other_programs_need(self):
        found = {each["id"]: each for each in json.loads(run("list", "--json").output)}
        assert found["five_callers"]["incident"] == "1.4"
        assert "race" in found["five_callers"]["tags"]


class TestRun:
    def test_passed_is_exit_0_and_the_last_line_counts(self, story):
        result = run("run", story("true"))
        assert (result.exit_code, result.output.rstrip().splitlines()[-1]) == (0, "1 passed, 0 failed")

    def test_failed_is_exit_1_and_says_how_to_repeat_it(self, story):
        result = run("run", story("false"))
        assert (result.exit_code, result.output.rstrip().splitlines()[-1]) == (1, "0 passed, 1 failed")
        assert "available is false does not hold: wanted false, got true" in result.output
        assert "Again: askpro scenarios run story.yaml --world virtual --seed 0" in result.output

    def test_reports_are_written_where_they_were_asked_for(self, story, tmp_path):
        html, junit, events = tmp_path / "html", tmp_path / "junit.xml", tmp_path / "events.json"
        run("run", story("true"), "--html", str(html), "--junit", str(junit), "--json", str(events))
        assert all(file.stat().st_size for file in (html / "index.html", junit, events))


class TestWrongUse:
    @pytest.mark.parametrize(
        ("arguments", "message"),
        [
            (["run", "five_calers"], "did you mean “five_callers”"),
            (["run", "no/such.yaml"], "there is no file no/such.yaml"),
            (["run", "--gateway", "http://x"], "not built yet"),
            (["run", "--world", "real"], "virtual"),
        ],
    )
    def test_is_exit_2_and_names_the_cure(self, arguments, message):
        result = run(*arguments)
        assert (result.exit_code, message in result.output) == (2, True)

    def test_a_broken_file_is_told_with_its_line(self, story, tmp_path):
        file = tmp_path / "broken.yaml"
        file.write_text((STORY % "true").replace("check:", "chekc:"))
        result = run("run", str(file))
        assert result.exit_code == 2
        assert "broken.yaml:5: no step is called “chekc”; did you mean “check”?" in result.output

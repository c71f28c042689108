from __future__ import annotations

import json

import pytest
from click.testing import CliRunner

from app.cli import main

NOW = ("--now", "2025-10-14T10:30")


def run(*arguments, lines=()):
    text = "".join(f"{json.dumps(line) if isinstance(line, dict) else line}\n" for line in lines)
    return CliRunner().invoke(main, ["german", *arguments], input=text)


def answers(result):
    return [json.loads(line) for line in result.stdout.splitlines()]


class TestPhrase:
    def test_a_phrase_is_answered_with_one_line(self):
        result = run("übermorgen um halb drei", *NOW, "--hours", "09:00-18:00")
        assert result.exit_code == 0
        assert answers(result) == [
            {
                "status": "resolved", "date": "2025-10-16", "time": "14:30", "end": None, "open": None,
                "part": None, "window": None, "candidates": [],
            }
        ]  # fmt: skip

    def test_two_readings_stand_nearest_first_and_the_question_beside_them(self):
        result = run("nächsten Mittwoch um zwei", *NOW, "--hours", "09:00-18:00")
        (answer,) = answers(result)
        assert answer["status"] == "ask"
        assert answer["candidates"] == [
            {"date": "2025-10-15", "time": "14:00"},
            {"date": "2025-10-22", "time": "14:00"},
        ]
        assert "Mittwoch, 15. Oktober" in result.stderr

    def test_a_span_has_its_end_and_its_window(self):
        (answer,) = answers(run("am Donnerstag zwischen zehn und zwölf", *NOW))
        assert answer["end"] == {"date": "2025-10-16", "time": "12:00"}
        assert answer["window"]["start"] == {"date": "2025-10-16", "time": "10:00"}

    def test_an_offset_says_when_it_is_said(self):
        (answer,) = answers(
            run("morgen", "--now", "2025-10-14T22:30:00+00:00")
        )  # half past midnight in Berlin
        assert answer["date"] == "2025-10-16"

    def test_without_a_time_the_clock_of_the_machine_counts(self):
        assert answers(run("gestern"))[0]["status"] == "past"


class TestLines:
    def test_each_line_is_answered_by_a_line_with_its_own_time_and_hours(self):
        lines = [
            {"text": "um acht", "reference": "2025-10-14T07:00:00", "hours": ["09:00", "18:00"]},
            {"text": "um acht", "reference": "2025-10-14T07:00:00", "hours": ["18:00", "23:00"]},
            "",
            {"text": "guten Morgen", "reference": "2025-10-14T07:00:00"},
        ]
        found = answers(run("--jsonl", lines=lines))
        assert [(one["status"], one["time"]) for one in found] == [
            ("out_of_hours", "08:00"), ("resolved", "20:00"), ("nothing", None),
        ]  # fmt: skip

    def test_a_line_without_hours_takes_those_of_the_command(self):
        found = answers(run("--jsonl", "--hours", "18:00-23:00", lines=[{"text": "morgen um acht"}]))
        assert found[0]["time"] == "20:00"


class TestWrongUse:
    @pytest.mark.parametrize(
        "arguments",
        [(), ("morgen", "--jsonl"), ("morgen", "--now", "bald"), ("morgen", "--hours", "neun bis fünf")],
    )
    def test_wrong_arguments_exit_2(self, arguments):
        assert run(*arguments).exit_code == 2

    @pytest.mark.parametrize(
        "line", ["morgen", "[]", {"reference": "2025-10-14"}, {"text": "x", "hours": [9, 18]}]
    )
    def test_a_line_that_is_no_question_exits_2(self, line):
        assert run("--jsonl", lines=[line]).exit_code == 2

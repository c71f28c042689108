from __future__ import annotations

from pathlib import Path

import pytest

from harness.books import Ledger
from harness.expectations import OPERATORS
from harness.scenario import KEYS, ScenarioError, find_files, load
from harness.set_up import SECTIONS
from harness.steps import STEPS
from harness.vocabulary import TABLES, VERBS

DOCS = (Path(__file__).parents[2] / "docs" / "scenarios.md").read_text(encoding="utf-8")

GOOD = """\
title: A story
incident: 1.10
tags: [rca]
now: 2025-10-13 10:00
free: ["2025-10-20 14:00"]
steps:
  - check: {datum: 20.10.2025, uhrzeit: 14:00}
    expect: {available: true}
  - wait: 14s
finally:
  appointments: 0
  bookings: 0
"""


@pytest.fixture
def read(tmp_path: Path):
    def read(text: str):
        file = tmp_path / "story.yaml"
        file.write_text(text, encoding="utf-8")
        return load(file, tmp_path)

    return read


class TestShippedScenarios:
    @pytest.mark.parametrize("file", find_files(), ids=lambda file: file.stem)
    def test_load(self, file):
        assert load(file).title

    def test_have_ids_of_their_own(self):
        ids = [load(file).id for file in find_files()]
        assert len(ids) == len(set(ids))


class TestVocabulary:
    def test_every_verb_has_a_function_and_every_function_a_verb(self):
        assert set(STEPS) == set(VERBS)

    @pytest.mark.parametrize("verb", VERBS.values(), ids=lambda verb: verb.name)
    def test_every_verb_stands_in_the_docs_with_its_keys(self, verb):
        row = next(line for line in DOCS.splitlines() if line.startswith(f"| `{verb.name}` |"))
        assert [key for key in verb.keys or () if f"`{key}`" not in row] == []

    def test_every_header_key_table_and_operator_stands_in_the_docs(self):
        words = (*KEYS, *TABLES, *OPERATORS, *(key for keys in SECTIONS.values() for key in keys))
        assert [word for word in words if f"`{word}`" not in DOCS] == []


class TestReading:
    def test_times_are_texts_and_local(self, read):
        scenario = read(GOOD)
        assert scenario.steps[0].value == {"datum": "20.10.2025", "uhrzeit": "14:00"}
        assert scenario.now.isoformat() == "2025-10-13T10:00:00+02:00"

    def test_an_incident_keeps_its_digits(self, read):
        assert read(GOOD).incident == "1.10"

    def test_steps_know_their_line_and_their_words(self, read):
        words = read(GOOD).words()
        assert [(each.verb, each.words, each.line) for each in words] == [
            ("check", "datum: 20.10.2025, uhrzeit: 14:00", 7),
            ("wait", "14s", 9),
        ]

    def test_parallel_takes_callers_or_branches(self, read):
        scenario = read(
            GOOD.replace(
                "  - wait: 14s",
                "  - parallel: {callers: 5, each: [{wait: 1s}]}\n  - parallel:\n      - wait: 1s\n      - [wait: 2s]",
            )
        )
        assert [len(step.branches) for step in scenario.steps] == [0, 1, 2]


class TestMistakes:
    @pytest.mark.parametrize(
        ("wrong", "right", "message"),
        [
            ("incident:", "incidnet:", r"story.yaml:2: .*“incidnet”; did you mean “incident”"),
            ("- wait:", "- weit:", r"story.yaml:9: no step is called “weit”; did you mean “wait”"),
            ("uhrzeit:", "uhrzeti:", r"story.yaml:7: “check” takes no “uhrzeti”; did you mean “uhrzeit”"),
            ("appointments:", "apointments:", r"story.yaml:10: “finally” says how many rows"),
            (
                "  bookings: 0",
                "  bookings: 0\n  finding: 1",
                r"story.yaml:13: .*“finding”; did you mean “findings”",
            ),
            ("now: 2025-10-13 10:00", "now: tomorrow", r"story.yaml:4: 'tomorrow' is no instant"),
            ('14:00"]', '25:00"]', r"story.yaml:5: .*is no instant"),
            ("expect: {available: true}", "expect: yes", r"story.yaml:8: “expect” is a mapping"),
            (
                "{available: true}",
                "{alternatives: {at_most: 2, eech_in: free}}",
                r"story.yaml:8: “eech_in” is no operator; did you mean “each_in”",
            ),
            ("  - wait: 14s", "  - {wait: 14s, run_worker: null}", r"story.yaml:9: a step has one verb"),
            ("tags: [rca]", "worlds: [virtual]", r"story.yaml:3: say under “why”"),
            ("tags: [rca]", "worlds: [virtuel]", r"story.yaml:3: no world .*did you mean “virtual”"),
            ("tags: [rca]", "tags: [rca", r"story.yaml:\d+: this is no YAML"),
            ("title: A story\n", "", r"story.yaml:1: “title” is missing"),
        ],
    )
    def test_are_told_with_file_line_and_the_nearest_right_word(self, read, wrong, right, message):
        assert wrong in GOOD
        with pytest.raises(ScenarioError, match=message):
            read(GOOD.replace(wrong, right, 1))

    def test_an_empty_file_is_told(self, read):
        with pytest.raises(ScenarioError, match="a scenario is a mapping"):
            read("")


class TestLedger:
    def test_a_missing_table_is_an_error_and_not_an_empty_one(self):
        with pytest.raises(ValueError, match="findings"):
            Ledger.from_json({name: [] for name in ("appointments", "customers", "attempts", "outbox")})

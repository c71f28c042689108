from __future__ import annotations

import tomllib
from importlib.metadata import EntryPoint
from pathlib import Path

import pytest
from click.testing import CliRunner

from loadtests import cli
from loadtests.errors import NotStarted, WrongUse

FAULT = '{"on": "create_booking", "when": "before", "effect": {"status": 500}}'


@pytest.fixture
def invoke():
    return lambda *arguments: CliRunner().invoke(cli.load, list(arguments))


@pytest.fixture
def ordered(monkeypatch):
    """What a run was ordered with; it never starts."""
    orders = []

    def take(order, _say):
        orders.append(order)
        raise NotStarted("the gateway wrote: no")

    monkeypatch.setattr(cli, "run_load", take)
    return orders


class TestProfiles:
    def test_lists_each_with_its_rules(self, invoke):
        result = invoke("profiles")

        assert result.exit_code == 0
        assert "baseline" in result.output
        assert "p(95) < 500" in result.output


class TestRun:
    def test_takes_the_profile_as_it_is(self, invoke, ordered):
        invoke("run", "baseline")

        assert (ordered[0].profile.users, ordered[0].profile.time_scale, ordered[0].processes) == (10, 1.0, 1)

    def test_takes_changes_to_it(self, invoke, ordered):
        invoke("run", "baseline", "--users", "3", "--duration", "5", "--time-scale", "0", "--processes", "2")
        profile = ordered[0].profile

        assert (profile.users, profile.duration_seconds, profile.time_scale) == (3, 5.0, 0.0)
        assert ordered[0].processes == 2

    def test_a_fault_strikes_each_time_unless_it_says_otherwise(self, invoke, ordered):
        invoke("run", "baseline", "--fault", FAULT, "--fault", FAULT.replace("{", '{"times": 3, ', 1))

        assert [each["times"] for each in ordered[0].faults] == [None, 3]

    def test_exits_3_with_what_was_written_when_the_stack_does_not_start(self, invoke, ordered):
        result = invoke("run", "baseline")

        assert result.exit_code == 3
        assert "the gateway wrote: no" in result.output

    @pytest.mark.parametrize(
        ("arguments", "words"),
        [
            (["baselin"], "did you mean 'baseline'"),
            (["baseline", "--users", "0"], "0 is not in the range"),
            (["baseline", "--duration", "0"], "0"),
            (["baseline", "--time-scale", "-1"], "-1"),
            (["baseline", "--processes", "x"], "'x' is not a valid integer"),
            (["baseline", "--fault", "{"], "is not JSON"),
            (["baseline", "--fault", "[]"], "is no object; write it like"),
            ([], "Missing argument 'PROFILE'"),
        ],
    )
    def test_wrong_use_exits_2_and_names_the_cure(self, invoke, ordered, arguments, words):
        result = invoke("run", *arguments)

        assert result.exit_code == 2
        assert words in result.output
        assert ordered == []

    def test_a_fault_the_fake_refuses_is_wrong_use(self, invoke, monkeypatch):
        def refuse(_order, _say):
            raise WrongUse("the fake Cal.com refuses: unknown operation")

        monkeypatch.setattr(cli, "run_load", refuse)

        assert invoke("run", "baseline", "--fault", FAULT).exit_code == 2


class TestCompare:
    def test_a_file_that_is_no_result_is_wrong_use(self, invoke, tmp_path: Path):
        (tmp_path / "a.json").write_text("{}")
        result = invoke("compare", str(tmp_path / "a.json"), str(tmp_path / "a.json"))

        assert result.exit_code == 2
        assert "is no result of this version" in result.output


class TestTheCommand:
    def test_is_registered_for_askpro(self):
        project = tomllib.loads((Path(__file__).parents[2] / "pyproject.toml").read_text())["project"]
        value = project["entry-points"]["askpro.commands"]["load"]

        assert EntryPoint("load", value, "askpro.commands").load() is cli.load

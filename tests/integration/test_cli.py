from __future__ import annotations

from dataclasses import replace

import click
import pytest
from click.testing import CliRunner

from app import cli
from app.cli import main
from app.domain.event_types import EventTypeSeen
from app.storage.models import Service
from app.wiring import build_gateway, gateway_policy
from tests.integration.bench import PRAXIS_KEY, SALON_KEY, WISHED
from tests.integration.fakes import unreadable


@pytest.fixture
def run(monkeypatch, settings):
    """Runs `askpro` on a database of the test's own."""

    def run(*arguments: str, **environ: str):
        variables = {"ASKPRO_ENV": "test", "ASKPRO_DATABASE_URL": settings.database_url} | environ
        return CliRunner().invoke(main, list(arguments), env=variables)

    return run


@pytest.fixture
def with_bench(monkeypatch, bench):
    """Lets the commands work on the bench's gateway."""
    monkeypatch.setattr(cli, "_gateway", lambda: bench.gateway)
    return bench


def commands(group: click.Group, prefix=()):
    for name, command in sorted(group.commands.items()):
        yield (*prefix, name)
        if isinstance(command, click.Group):
            yield from commands(command, (*prefix, name))


class TestHelp:
    @pytest.mark.parametrize("path", [(), *commands(main)], ids=" ".join)
    def test_every_command_explains_itself(self, path):
        result = CliRunner().invoke(main, [*path, "--help"])
        assert result.exit_code == 0
        assert "usage:" in result.output.casefold()
        command = main
        for name in path:
            command = command.commands[name]
        assert command.help

    @pytest.mark.parametrize("name", ["gateway", "worker", "reconcile"])
    def test_the_gateways_own_commands_explain_each_option(self, name):
        options = [option for option in main.commands[name].params if isinstance(option, click.Option)]
        assert all(option.help for option in options)

    def test_exit_codes_are_told(self):
        assert "2 for wrong use" in " ".join(CliRunner().invoke(main, ["--help"]).output.split())


class TestWrongUse:
    @pytest.mark.parametrize("command", [("gateway",), ("worker", "--once"), ("reconcile",)])
    def test_wrong_settings_are_named_and_exit_2(self, run, command):
        result = run(*command, ASKPRO_ENV="nowhere", ASKPRO_TYPO="1")
        assert result.exit_code == 2
        assert "ASKPRO_ENV: 'nowhere' is none of" in result.output
        assert "ASKPRO_TYPO: no such setting" in result.output

    @pytest.mark.parametrize(
        "arguments", [("nonsense",), ("worker", "--twice"), ("reconcile", "--company", "one")]
    )
    def test_so_do_wrong_arguments(self, run, arguments):
        assert run(*arguments).exit_code == 2


class TestWorker:
    def test_once_does_what_is_due(self, run, with_bench):
        with_bench.book()
        assert run("worker", "--once").output == "1 done\n"
        assert run("worker", "--once").output == "0 done\n"

    def test_without_once_it_goes_on(self, run, with_bench, monkeypatch):
        rounds = []
        monkeypatch.setattr(cli, "run_forever", lambda work, **_how: rounds.append(work()))
        assert run("worker").exit_code == 0
        assert rounds == [0]

    def test_it_builds_its_gateway_from_the_environment(self, run):
        assert run("worker", "--once").output == "0 done\n"


class TestReconcile:
    def test_two_ledgers_that_agree_exit_0(self, run, with_bench):
        with_bench.book()
        result = run("reconcile")
        assert result.exit_code == 0
        assert "company 1: 1 appointments, 1 bookings, 0 findings" in result.output

    def test_a_difference_is_printed_and_exits_1(self, run, with_bench):
        with_bench.calendar.add(SALON_KEY, start=WISHED)
        result = run("reconcile", "--company", "1")
        assert result.exit_code == 1
        assert "missing_local  uid-1  the booking has no appointment here" in result.output
        assert "company 2" not in result.output

    def test_an_account_that_can_not_be_read_exits_1(self, run, with_bench):
        with_bench.calendar.script("list_bookings", unreadable)
        result = run("reconcile", "--company", "1")
        assert result.exit_code == 1
        assert "Cal.com could not be read (status 500)" in result.output


class TestGateway:
    def test_it_is_served_with_two_processes_and_many_threads(self, run, monkeypatch):
        served = []

        class Granian:
            def __init__(self, target, **how):
                served.append((target, how))

            def serve(self):
                return None

        monkeypatch.setattr("granian.Granian", Granian)
        assert run("gateway", "--port", "8123").exit_code == 0
        ((target, how),) = served
        assert target == "app:create_app"
        assert (how["address"], how["port"], how["factory"]) == ("127.0.0.1", 8123, True)
        assert (how["workers"], how["blocking_threads"]) == (2, 16)


def test_a_gateway_of_the_command_line_has_the_policy_of_every_gateway(settings):
    gateway = build_gateway(replace(settings))
    assert gateway.parts.rules == gateway_policy().booking
    gateway.close()


class TestServicesCheck:
    @pytest.fixture
    def as_seeded(self, with_bench):
        for service in with_bench.rows(Service):
            key = SALON_KEY if service.company_id == 1 else PRAXIS_KEY
            with_bench.calendar.accounts[key].event_types[service.calcom_event_type_id] = EventTypeSeen(
                service.calcom_event_type_id, service.duration_minutes
            )
        return with_bench

    def test_services_that_fit_pass(self, run, as_seeded):
        result = run("services", "check")
        assert result.exit_code == 0
        assert "company 1: service 1 Haarschnitt, fits" in result.output

    def test_one_that_does_not_fit_is_told_with_its_cure(self, run, as_seeded):
        as_seeded.calendar.accounts[SALON_KEY].event_types[2563193] = EventTypeSeen(2563193, 55)
        result = run("services", "check", "--company", "1")
        assert result.exit_code == 1
        assert (
            "duration_minutes: the service takes 30 minutes, event type 2563193 55. Make both"
            in result.output
        )
        assert "company 2" not in result.output

    def test_a_company_that_is_none_is_wrong_use(self, run, as_seeded):
        assert run("services", "check", "--company", "99").exit_code == 2

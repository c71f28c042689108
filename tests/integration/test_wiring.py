from __future__ import annotations

import io
import json
import sys
from dataclasses import replace
from importlib.util import find_spec
from random import Random

import pytest
import requests
import responses

from app import create_app
from app.mail import LogMailer, SmtpMailer
from app.settings import Environment, Settings, SettingsError
from app.storage.database import TransactionOpen
from app.storage.models import Appointment
from app.storage.redis_values import RedisValues
from app.storage.shared_values import DatabaseValues
from app.testing import GatewayFaults, mount_test_api
from app.wiring import build_gateway, gateway_policy
from fixtures.payloads import booking_reply, function_call
from tests.integration.bench import SALON, Bench
from tests.integration.fakes import ManualClock


@pytest.fixture
def production(settings) -> Settings:
    """Settings as production has them, on a database of the test's own."""
    return replace(
        settings,
        environment=Environment.PRODUCTION,
        calcom_base_url="http://calcom.test",
        retell_api_keys=("retell-key-of-production",),
    )


@pytest.fixture
def build(settings):
    """Builds gateways and closes them."""
    built = []

    def build(chosen: Settings = settings, **parts):
        built.append(build_gateway(chosen, **{"clock": ManualClock(), "log_stream": io.StringIO()} | parts))
        return built[-1]

    yield build
    for gateway in built:
        gateway.close()


def paths(gateway) -> list[str]:
    return [rule.rule for rule in gateway.web.url_map.iter_rules()]


class TestProduction:
    def test_it_mounts_no_test_route(self, build, production):
        gateway = build(production)
        assert [path for path in paths(gateway) if path.startswith("/test") or "simulator" in path] == []
        assert gateway.web.test_client().get("/test/api/ledger").status_code == 404

    def test_it_refuses_to_be_given_one(self, build, production):
        gateway = build(production)
        faults = GatewayFaults(crash=lambda: None)
        with pytest.raises(SettingsError, match="production has no test API"):
            mount_test_api(gateway, clock=ManualClock(), faults=faults)
        assert [path for path in paths(gateway) if path.startswith("/test")] == []

    def test_it_refuses_fault_injection(self, production):
        faults = GatewayFaults(crash=lambda: None)
        with pytest.raises(SettingsError, match="no fault injection"):
            build_gateway(production, wrap_transactions=faults.wrap)

    def test_it_keeps_no_log_records_in_memory(self, build, production, settings):
        assert build(production).log_tail is None
        assert build(settings).log_tail is not None


class TestCreateApp:
    def test_it_returns_the_application_with_its_gateway(self, settings):
        web = create_app(settings, clock=ManualClock(), log_stream=io.StringIO())
        gateway = web.extensions["askpro"]
        assert gateway.web is web
        assert web.test_client().get("/ready").status_code == 200
        gateway.close()

    def test_without_settings_the_environment_is_read(self, monkeypatch, settings):
        monkeypatch.setenv("ASKPRO_ENV", "test")
        monkeypatch.setenv("ASKPRO_DATABASE_URL", settings.database_url)
        gateway = create_app(log_stream=io.StringIO()).extensions["askpro"]
        assert gateway.settings.environment is Environment.TEST
        assert gateway.settings.database_url == settings.database_url
        gateway.close()

    def test_a_wrong_environment_stops_the_start(self, monkeypatch):
        monkeypatch.setenv("ASKPRO_ENV", "nowhere")
        with pytest.raises(SettingsError):
            create_app()


class TestParts:
    def test_mails_go_to_the_log_unless_a_server_is_set(self, build, settings):
        assert isinstance(build().parts.mailer, LogMailer)
        assert isinstance(build(replace(settings, smtp_url="smtp://mail.example")).parts.mailer, SmtpMailer)

    def test_what_processes_share_stands_in_the_database_unless_redis_is_set(self, build):
        assert isinstance(build().values, DatabaseValues)

    @pytest.mark.skipif(not find_spec("redis"), reason="2026-11: the package redis is not installed")
    def test_redis_is_used_where_it_is_set(self, build, settings):
        assert isinstance(build(replace(settings, redis_url="redis://127.0.0.1:1/0")).values, RedisValues)

    def test_redis_without_its_package_stops_the_start(self, build, settings, monkeypatch):
        monkeypatch.setitem(sys.modules, "redis", None)
        with pytest.raises(SettingsError, match="ASKPRO_REDIS_URL is set: install the package redis"):
            build(replace(settings, redis_url="redis://127.0.0.1:1/0"))

    def test_without_parts_the_real_ones_are_used(self, settings):
        gateway = build_gateway(settings, log_stream=io.StringIO())
        first = gateway.parts.clock.now()
        assert gateway.parts.clock.now() >= first
        assert gateway.parts.clock.event().wait(0) is False
        assert gateway.parts.chance.token("a_") != gateway.parts.chance.token("a_")
        gateway.close()

    def test_nobody_sleeps_inside_a_transaction(self, build):
        gateway = build()
        with gateway.database.transaction(SALON, "holding"), pytest.raises(TransactionOpen, match="holding"):
            gateway.parts.clock.sleep(1)
        assert gateway.clock.slept == []

    def test_nobody_asks_cal_com_inside_a_transaction(self, build):
        gateway = build()
        with gateway.database.transaction(SALON, "holding"), pytest.raises(TransactionOpen, match="holding"):
            gateway.parts.calendar.find_booking(None, "uid", timeout=1)

    def test_work_is_spawned_on_the_clock_that_was_passed_in(self, build):
        done = []
        build().parts.clock.spawn(lambda: done.append(1), name="beside")
        assert done == [1]


class TestTheRealClient:
    """The one test that goes from a signed request through the real client to its session."""

    def test_a_booking_goes_out_once_over_the_session_that_was_passed_in(self, settings):
        bench = Bench(settings)
        gateway = build_gateway(
            replace(settings, calcom_base_url="http://calcom.test"),
            clock=bench.clock,
            chance=Random(1),
            http=requests.Session,
            log_stream=io.StringIO(),
        )
        bench.gateway.close()
        bench.gateway = gateway
        with responses.RequestsMock() as api:
            free = {"2025-10-20": [{"start": "2025-10-20T12:00:00.000Z"}]}
            api.get("http://calcom.test/v2/slots", json={"status": "success", "data": free})

            def accept(request):
                asked = json.loads(request.body)
                reply = booking_reply(metadata=asked["metadata"], start=asked["start"])
                return 201, {"Date": "Mon, 13 Oct 2025 08:00:00 GMT"}, json.dumps(reply)

            api.add_callback("POST", "http://calcom.test/v2/bookings", callback=accept)
            arguments = {
                "datum": "2025-10-20",
                "uhrzeit": "14:00",
                "name": "Erika Muster",
                "bestaetigung": True,
            }
            answer = bench.call_function(
                "collect-appointment", function_call("collect-appointment", arguments)
            ).json
            posted = [call.request for call in api.calls if call.request.method == "POST"]
        assert answer["status"] == "booked"
        assert [request.headers["X-Askpro-Call-Id"] for request in posted] == [
            "call_2f6c1f0f9d3f4a5b8c7d6e5f4a3"
        ]
        gateway.close()


class TestTwoGatewaysInOneProcess:
    def test_they_do_not_meet(self, settings, seeded_file, quick_folder):
        other_file = quick_folder / "other.sqlite3"
        other_file.write_bytes(seeded_file.read_bytes())
        one, other = Bench(settings), Bench(replace(settings, database_url=f"sqlite:///{other_file}"))
        other.clock.advance(days=1)
        one.book()
        assert one.web.get("/health").headers["X-Request-Id"]
        assert other.rows(Appointment) == []
        assert other.calendar.asked == []
        assert other.stream.getvalue() == ""
        assert list(other.gateway.log_tail.records) == []
        assert other.gateway.parts.clock.now() > one.gateway.parts.clock.now()
        other.book()
        assert len(one.rows(Appointment)) == len(other.rows(Appointment)) == 1
        one.close()
        other.close()


class TestRunWorker:
    def test_it_finishes_attempts_events_and_messages(self, bench):
        bench.dies_at_create(after=True)
        bench.clock.advance(seconds=16)
        assert bench.gateway.run_worker() == 2  # the attempt, and the message it caused
        assert bench.gateway.run_worker() == 0

    def test_it_compares_one_company_or_all(self, bench):
        assert [summary.company_id for summary in bench.gateway.reconcile()] == [1, 2]
        assert [summary.company_id for summary in bench.gateway.reconcile(2)] == [2]


def test_the_policy_of_every_gateway_has_every_guard():
    rules = gateway_policy().booking
    assert len(rules.belief) == 4
    assert len(rules.adoption) == 3

from __future__ import annotations

from datetime import timedelta

import pytest
import requests

from harness.clock import replay
from harness.events import Choice, Exchange, Lane, Verdict
from harness.reports.json_file import JsonReport
from harness.runner import Runner
from harness.scenario import load
from harness.times import parse_instant
from harness.worlds.virtual import VirtualWorldFactory
from harness.worlds.world import Setting, WorldError
from tests.harness.conftest import RCA

NOW = parse_instant("2025-10-13 10:00")


@pytest.fixture
def world(virtual):
    opened = virtual.open(Setting(0, NOW))
    yield opened
    opened.close()


class TestWorld:
    def test_its_gateway_is_ready_at_its_own_time(self, world):
        answer = world.session(None).get(f"{world.gateway_url}/ready")
        assert answer.json()["status"] == "ready"
        assert (
            world.session(None)
            .get(f"{world.gateway_url}/test/api/clock")
            .json()["now"]
            .startswith("2025-10-13T08:00:00")
        )

    def test_the_simulators_pages_appear_at_the_gateways_address(self, world):
        directory = world.session(None).get(f"{world.gateway_url}/test/api/retell/directory").json()
        assert world.tenants[0].number in [each["number"] for each in directory["numbers"]]

    def test_a_jump_moves_both_clocks(self, world):
        world.jump(NOW + timedelta(days=1))
        assert world.simulator(world.tenants[0].account).get_clock()["now"].startswith("2025-10-14T08:00")
        assert world.elapsed_seconds() == 86400

    def test_two_worlds_share_nothing(self, virtual, world):
        other = virtual.open(Setting(1, NOW + timedelta(days=7)))
        client = other.simulator(other.tenants[0].account)
        client.take_slot("2025-10-27T14:00:00+01:00", other.tenants[0].event_type_id)
        assert world.simulator(world.tenants[0].account).list_bookings() == []
        assert world.now() == NOW
        other.close()


class TestCrash:
    def test_nobody_answers_until_it_is_started_again(self, world):
        world.crash_gateway()
        with pytest.raises(requests.ConnectionError):
            world.session(Lane.AGENT).get(f"{world.gateway_url}/health")
        assert not world.gateway_is_up()
        world.start_gateway()
        assert world.session(None).get(f"{world.gateway_url}/health").ok
        assert world.deaths == 1

    def test_a_dead_one_cannot_be_killed(self, world):
        world.crash_gateway()
        with pytest.raises(WorldError, match="dead already"):
            world.crash_gateway()

    @pytest.mark.parametrize("seconds", [0.1, 0.3, 0.5, 0.8])
    def test_in_the_middle_of_a_booking_leaves_one_booking_at_most(self, play, seconds):
        finished, _ = play(
            f"""
title: Killed while a booking is under way
now: 2025-10-13 10:00
free: ["2025-10-20 14:00", "2025-10-20 15:00"]
steps:
  - parallel:
      - book: {{datum: 20.10.2025, uhrzeit: "14:00", name: Erika Muster, bestaetigung: true}}
        expect: {{status: no_answer}}
      - [wait: {int(seconds * 1000)}ms, crash_gateway]
finally: {{appointments: {{at_most: 1}}, bookings: {{at_most: 1}}, attempts: {{open: 0}}}}
"""
        )
        assert (finished.verdict, finished.reason) == (Verdict.PASSED, "")


class TestReproduction:
    def test_two_runs_of_the_suite_write_the_same_bytes(self, tmp_path):
        scenarios = [load(file) for file in sorted(RCA.glob("*.yaml"))]
        written = []
        for name in ("first.json", "second.json"):
            factory = VirtualWorldFactory()
            Runner(factory, [JsonReport(tmp_path / name)], seed=3).run_suite("rca", scenarios)
            factory.close()
            written.append((tmp_path / name).read_bytes())
        assert written[0] == written[1]
        assert len(written[0]) > 100_000

    def test_recorded_choices_replay_a_race(self, virtual):
        scenario = load(RCA / "five_callers.yaml")
        first, second = [], []
        Runner(virtual, [first.append], seed=5).run(scenario)
        choices = [each.index for each in first if isinstance(each, Choice)]
        factory = VirtualWorldFactory(choose=lambda: replay(choices))
        Runner(factory, [second.append], seed=5).run(scenario)
        factory.close()
        assert [each for each in first if isinstance(each, Exchange)] == [
            each for each in second if isinstance(each, Exchange)
        ]

from __future__ import annotations

import threading
from datetime import UTC, datetime, timedelta

import pytest
import requests

from harness.events import Exchange, Lane, Verdict
from harness.runner import Runner
from harness.scenario import load
from harness.worlds.live import LiveWorldFactory, live_stack, patience
from harness.worlds.processes import Program, answers, free_port
from harness.worlds.turnstile import Turnstile
from harness.worlds.world import WorldError
from tests.harness.conftest import RCA


class TestProgram:
    def start(self, tmp_path, module: str, *arguments: str) -> Program:
        return Program.start(
            name="program",
            module=module,
            arguments=arguments,
            environ={},
            log=tmp_path / "log",
            patience=patience,
        )

    def test_one_that_dies_shows_what_it_wrote(self, tmp_path):
        program = self.start(tmp_path, "simulator", "--no-such-option")
        with pytest.raises(WorldError, match=r"program ended with code 2(.|\n)*--no-such-option"):
            program.wait_until(lambda: False)

    def test_one_that_never_gets_ready_shows_what_it_wrote(self, tmp_path):
        program = self.start(tmp_path, "http.server", "--bind", "127.0.0.1", str(free_port()))
        try:
            with pytest.raises(WorldError, match=r"was not ready after 0\.1 s"):
                program.wait_until(lambda: False, 0.1)
        finally:
            program.kill()

    def test_after_a_kill_nothing_answers(self, tmp_path):
        port = free_port()
        program = self.start(tmp_path, "http.server", "--bind", "127.0.0.1", str(port))
        program.wait_until(lambda: answers(port))
        program.kill()
        assert not program.is_alive()
        assert not answers(port)


class TestTurnstile:
    def test_the_clock_moves_once_for_all_who_wait(self):
        clock = [datetime(2025, 10, 13, tzinfo=UTC)]
        jumps = []

        def jump(now: datetime) -> None:
            jumps.append(now)
            clock[0] = now

        turnstile = Turnstile(3, lambda: clock[0], jump)

        def caller(seconds: float) -> None:
            turnstile.wait(seconds)
            turnstile.leave()

        threads = [threading.Thread(target=caller, args=(seconds,)) for seconds in (14, 14, 20)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join(10)
        start = datetime(2025, 10, 13, tzinfo=UTC)
        assert jumps == [start + timedelta(seconds=14), start + timedelta(seconds=20)]


@pytest.mark.timeout(180)
class TestLiveWorld:
    def test_a_killed_gateway_is_gone_and_comes_back_on_its_database(self):
        with live_stack(now=datetime(2025, 10, 13, 8, tzinfo=UTC)) as world:
            assert abs(world.now() - datetime(2025, 10, 13, 8, tzinfo=UTC)) < timedelta(minutes=2)
            page = requests.get(f"{world.gateway_url}/test/api/retell/directory", timeout=10)
            assert page.json()["numbers"]
            world.crash_gateway()
            with pytest.raises(requests.ConnectionError):
                requests.get(f"{world.gateway_url}/health", timeout=5)
            world.start_gateway()
            assert requests.get(f"{world.gateway_url}/ready", timeout=5).ok
        assert not answers(int(world.gateway_url.rpartition(":")[2]))
        assert not answers(int(world.simulator_url.rpartition(":")[2]))

    @pytest.mark.parametrize("name", ["crash_before_settle", "five_callers"])
    def test_a_scenario_means_the_same_as_in_the_virtual_world(self, name):
        factory = LiveWorldFactory()
        events: list = []
        finished = Runner(factory, [events.append]).run(load(RCA / f"{name}.yaml"))
        factory.close()
        assert (finished.verdict, finished.reason) == (Verdict.PASSED, "")
        lanes = {(each.source, each.target) for each in events if isinstance(each, Exchange)}
        assert lanes == {(Lane.AGENT, Lane.GATEWAY), (Lane.GATEWAY, Lane.CALCOM)}

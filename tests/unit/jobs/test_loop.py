from __future__ import annotations

from app.jobs.loop import run_forever
from tests.integration.fakes import ManualClock


class TestRunForever:
    def test_a_batch_that_did_something_is_followed_at_once(self):
        clock, results = ManualClock(), [2, 1, 0]
        run_forever(lambda: results.pop(0), clock=clock, stop=lambda: not results)
        assert clock.slept == [1.0]

    def test_an_idle_loop_rests_between_looks(self):
        clock, results = ManualClock(), [0, 0, 0]
        run_forever(lambda: results.pop(0), clock=clock, stop=lambda: not results, every_seconds=0.25)
        assert clock.slept == [0.25] * 3

    def test_it_can_be_stopped_before_the_first_batch(self):
        run_forever(lambda: 1 / 0, clock=ManualClock(), stop=lambda: True)

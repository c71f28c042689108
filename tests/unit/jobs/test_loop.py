from __future__ import annotations

from sqlalchemy.exc import OperationalError

from app.jobs.loop import run_forever
from tests.integration.fakes import ManualClock


class Log:
    def __init__(self):
        self.events = []

    def error(self, event, **fields):
        self.events.append((event, fields))


class TestRunForever:
    def test_a_database_that_does_not_answer_is_waited_for(self):
        clock, log, rounds = ManualClock(), Log(), []

        def fails_once():
            rounds.append(len(rounds))
            if len(rounds) == 1:
                raise OperationalError("SELECT 1", {}, Exception("gone"))
            return 0

        run_forever(fails_once, clock=clock, stop=lambda: len(rounds) == 2, log=log)
        assert clock.slept == [1.0, 1.0]
        assert log.events == [("worker.failed", {"error": "OperationalError"})]

    def test_a_batch_that_did_something_is_followed_at_once(self):
        clock, results = ManualClock(), [2, 1, 0]
        run_forever(lambda: results.pop(0), clock=clock, stop=lambda: not results, log=Log())
        assert clock.slept == [1.0]

    def test_an_idle_loop_rests_between_looks(self):
        clock, results = ManualClock(), [0, 0, 0]
        run_forever(
            lambda: results.pop(0), clock=clock, stop=lambda: not results, log=Log(), every_seconds=0.25
        )
        assert clock.slept == [0.25] * 3

    def test_it_can_be_stopped_before_the_first_batch(self):
        run_forever(lambda: 1 / 0, clock=ManualClock(), stop=lambda: True, log=Log())

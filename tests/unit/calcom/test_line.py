from __future__ import annotations

from datetime import timedelta

import pytest

from app.calcom.breaker import FAULTS_TO_OPEN, OPEN_FOR
from app.calcom.line import CIRCUIT_OPEN, RATE_LIMITED, Line, Order
from app.calcom.line_state import LineState, state_from_text, state_to_text
from app.calcom.pace import GAP
from app.calcom.replies import NoReply, Reply
from app.usecases.ports import Urgency
from tests.integration.fakes import ManualClock, MemoryValues
from tests.unit.builders import NOW
from tests.unit.calcom.conftest import ListLog

CALLER, BACKGROUND = Urgency.CALLER, Urgency.BACKGROUND
FINE, DOWN, MISSING = Reply(200, {}, {}), Reply(503, None, {}), Reply(404, {}, {})
LOST = NoReply("connection lost", was_sent=True)
LATE = NoReply("timeout", was_sent=True)


def limited(seconds: int) -> Reply:
    return Reply(429, {}, {"X-RateLimit-Reset-Default": str(seconds)})


class NoChance:
    """No jitter."""

    def token(self, prefix: str) -> str:
        return prefix

    def jitter(self) -> float:
        return 0.0


class Bench:
    """A line, and a Cal.com that answers as it is told."""

    def __init__(self) -> None:
        self.clock, self.log = ManualClock(), ListLog()
        self.values = MemoryValues(self.clock.now)
        self.line = Line(self.values, clock=self.clock, chance=NoChance(), log=self.log)
        self.sent: list[tuple[float, float]] = []

    def call(self, *answers, operation="list_slots", urgency=CALLER, timeout=3.0, takes=0.1, company=1):
        """What the line made of these answers, one for each try; the last one again and again."""
        replies = list(answers or [FINE])

        def send(seconds: float):
            self.sent.append(((self.clock.now() - NOW).total_seconds(), seconds))
            self.clock.advance(seconds=min(takes, seconds))
            return replies.pop(0) if len(replies) > 1 else replies[0]

        return self.line.call(Order(operation, company, urgency, timeout), send)

    def post(self, *answers, **about):
        return self.call(*answers, operation="create_booking", **{"timeout": 5.0} | about)

    def open(self) -> None:
        for _ in range(FAULTS_TO_OPEN):
            self.post(LOST)
        self.sent.clear()

    def events(self, *prefixes: str) -> list[str]:
        return [event for event, _ in self.log.events if event.startswith(prefixes)]


@pytest.fixture
def bench() -> Bench:
    return Bench()


class TestRepeats:
    def test_a_callers_read_is_repeated_while_it_fits_his_time(self, bench):
        assert bench.call(DOWN, FINE, timeout=3.0) == FINE
        assert bench.sent == [(0.0, 3.0), (1.1, 1.9)]

    def test_three_tries_with_gaps_of_one_and_two_seconds(self, bench):
        assert bench.call(DOWN, timeout=60.0) == DOWN
        assert [at for at, _ in bench.sent] == [0.0, 1.1, 3.2]

    def test_it_is_not_when_the_next_one_would_have_no_useful_time(self, bench):
        assert bench.call(DOWN, timeout=1.5) == DOWN
        assert len(bench.sent) == 1
        assert bench.clock.slept == []

    def test_background_work_takes_every_gap_and_each_try_its_full_time(self, bench):
        assert bench.call(DOWN, DOWN, DOWN, FINE, urgency=BACKGROUND, timeout=1.5) == FINE
        assert bench.sent == [(0.0, 1.5), (1.1, 1.5), (3.2, 1.5), (7.3, 1.5)]

    @pytest.mark.parametrize("urgency", [CALLER, BACKGROUND])
    @pytest.mark.parametrize("answer", [DOWN, LOST, LATE, limited(1)])
    def test_a_change_is_sent_once(self, bench, urgency, answer):
        assert bench.post(answer, urgency=urgency) == answer
        assert len(bench.sent) == 1

    def test_each_is_told(self, bench):
        bench.call(DOWN, FINE)
        assert ("calcom.retried", {
            "operation": "list_slots", "company_id": 1, "urgency": "caller", "tries_made": 1, "gap_seconds": 1.0
        }) in bench.log.events  # fmt: skip


class TestLimits:
    def test_background_work_waits_for_the_reset(self, bench):
        assert bench.call(limited(40), FINE, urgency=BACKGROUND) == FINE
        assert [at for at, _ in bench.sent] == [0.0, 40.1]

    def test_so_does_a_caller_who_has_the_time(self, bench):
        assert bench.call(limited(2), FINE, timeout=5.0) == FINE
        assert bench.sent == [(0.0, 5.0), (2.1, 2.9)]

    def test_one_who_has_not_hears_it_at_once_and_nothing_more_is_sent(self, bench):
        assert bench.call(limited(40)) == limited(40)
        assert bench.call() == RATE_LIMITED
        assert len(bench.sent) == 1
        assert bench.clock.now() < NOW + timedelta(seconds=1)

    def test_another_account_is_free(self, bench):
        bench.call(limited(40))
        assert bench.call(company=2) == FINE

    def test_after_the_reset_all_is_as_before(self, bench):
        bench.call(limited(40))
        bench.clock.advance(seconds=40)
        assert bench.call() == FINE

    def test_background_work_does_not_wait_for_ever(self, bench):
        assert bench.call(limited(100), urgency=BACKGROUND) == limited(100)
        assert [at for at, _ in bench.sent] == [0.0, 100.1]
        assert bench.call(urgency=BACKGROUND) == FINE
        assert bench.clock.now() < NOW + timedelta(seconds=210)


class TestPace:
    def test_background_work_is_even(self, bench):
        for _ in range(4):
            bench.post(FINE, urgency=BACKGROUND, takes=0.2)
        assert [at for at, _ in bench.sent] == [0.0, 0.61, 1.22, 1.83]
        assert bench.events("pace") == ["pace.waited"] * 3

    def test_work_slower_than_the_pace_waits_not(self, bench):
        for _ in range(3):
            bench.post(FINE, urgency=BACKGROUND, takes=0.7)
        assert bench.events("pace") == []

    def test_a_caller_beside_it_is_not_kept_waiting(self, bench):
        bench.post(FINE, urgency=BACKGROUND, takes=0.0)
        bench.call(takes=0.0)
        assert [at for at, _ in bench.sent] == [0.0, 0.0]

    def test_one_without_time_to_wait_goes_at_once(self, bench):
        bench.post(FINE, urgency=BACKGROUND, takes=0.0)
        bench.call(takes=0.0)
        bench.call(takes=0.0, timeout=0.8)
        assert [at for at, _ in bench.sent] == [0.0, 0.0, 0.0]

    def test_his_time_includes_the_wait(self, bench):
        bench.post(FINE, urgency=BACKGROUND, takes=0.0)
        bench.call(takes=0.0)
        bench.call(takes=0.0, timeout=3.0)
        assert bench.sent[-1] == (GAP.total_seconds(), 3.0 - GAP.total_seconds())


class TestBreaker:
    def test_after_five_faults_a_caller_is_answered_at_once(self, bench):
        bench.open()
        assert bench.post() == CIRCUIT_OPEN
        assert bench.call() == CIRCUIT_OPEN
        assert bench.sent == []
        assert bench.clock.slept == []

    def test_operations_are_counted_and_not_tries(self, bench):
        for _ in range(4):
            bench.call(DOWN, timeout=60.0)
        assert len(bench.sent) == 12
        assert bench.call() == FINE

    def test_a_read_that_succeeds_in_the_end_is_no_fault(self, bench):
        for _ in range(10):
            assert bench.call(DOWN, FINE) == FINE

    @pytest.mark.parametrize("status", [400, 401, 404, 409, 422, 429])
    def test_answers_below_500_open_nothing(self, bench, status):
        for _ in range(20):
            bench.post(Reply(status, {}, {}))
        assert bench.post() == FINE

    def test_a_timeout_of_our_own_impatience_counts_for_nothing(self, bench):
        for _ in range(20):
            bench.post(LATE, timeout=0.4, takes=1)
        assert bench.post() == FINE

    def test_two_probes_a_minute_later_close_it(self, bench):
        bench.open()
        bench.clock.advance(seconds=OPEN_FOR.total_seconds())
        bench.post(FINE)
        bench.post(FINE)
        assert bench.events("breaker") == ["breaker.opened", "breaker.half_open", "breaker.closed"]

    def test_a_probe_is_sent_once_and_its_failure_opens_it_again(self, bench):
        bench.open()
        bench.clock.advance(seconds=OPEN_FOR.total_seconds())
        assert bench.call(DOWN, FINE, timeout=60.0) == DOWN
        assert bench.call() == CIRCUIT_OPEN
        assert len(bench.sent) == 1

    def test_a_probe_that_is_answered_with_404_succeeded(self, bench):
        bench.open()
        bench.clock.advance(seconds=OPEN_FOR.total_seconds())
        bench.call(MISSING)
        bench.call(MISSING)
        assert bench.events("breaker")[-1] == "breaker.closed"

    def test_who_repeats_stops_when_others_have_opened_it(self, bench):
        tries = []

        def down_for_all(_seconds):
            tries.append(1)
            bench.open()
            return DOWN

        assert bench.line.call(Order("list_slots", 1, BACKGROUND, 1.5), down_for_all) == DOWN
        assert len(tries) == 1

    def test_the_other_company_is_not_concerned(self, bench):
        bench.open()
        assert bench.post(company=2) == FINE

    def test_another_process_sees_it_at_once(self, bench):
        bench.open()
        other = Line(bench.values, clock=bench.clock, chance=NoChance(), log=ListLog())
        assert other.call(Order("list_slots", 1, CALLER, 1.0), lambda _: FINE) == CIRCUIT_OPEN


class TestWhatItCosts:
    def test_a_call_that_goes_well_is_one_change(self, bench):
        for _ in range(10):
            bench.call()
        assert bench.values.changes == 10

    def test_without_the_store_calls_go_through(self, bench):
        bench.open()
        bench.values.is_reachable = False
        assert bench.call() == FINE
        assert bench.post(LOST) == LOST
        assert bench.events("shared_values") == ["shared_values.unavailable"] * 3


class TestTheText:
    def test_holds_the_whole_state(self, bench):
        bench.post(FINE, urgency=BACKGROUND)
        bench.call(limited(40))
        bench.open()
        text = bench.values.read(1, "calcom.line")
        state = state_from_text(text)
        assert state != LineState()
        assert state_to_text(state) == text

    def test_nothing_is_a_free_line(self):
        assert state_from_text(None) == LineState()

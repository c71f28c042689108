from __future__ import annotations

from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.calcom.breaker import (
    FAULTS_TO_OPEN,
    OPEN_FOR,
    PROBE_FOR,
    Breaker,
    BreakerMode,
    admit,
    failed,
    gave_up,
    succeeded,
)
from tests.unit.builders import NOW


def let_in(breaker: Breaker, now=NOW):
    breaker, ticket = admit(breaker, now)
    assert ticket is not None
    return breaker, ticket


def fail(breaker: Breaker, times: int, now=NOW) -> Breaker:
    for _ in range(times):
        breaker, ticket = let_in(breaker, now)
        breaker = failed(breaker, ticket, now)
    return breaker


@pytest.fixture
def opened() -> Breaker:
    return fail(Breaker(), FAULTS_TO_OPEN)


@pytest.fixture
def probing(opened):
    """Half open, with its first probe on the way."""
    return let_in(opened, NOW + OPEN_FOR)


class TestClosed:
    def test_everybody_may_call_side_by_side(self):
        breaker = Breaker()
        tickets = [admit(breaker, NOW) for _ in range(20)]
        assert all(after == breaker and ticket is not None for after, ticket in tickets)

    def test_four_faults_open_nothing_and_the_fifth_does(self):
        assert fail(Breaker(), 4).mode is BreakerMode.CLOSED
        assert fail(Breaker(), 5).mode is BreakerMode.OPEN

    def test_five_that_were_under_way_together_open_it(self):
        breaker = Breaker()
        for ticket in [let_in(breaker)[1] for _ in range(5)]:
            breaker = failed(breaker, ticket, NOW)
        assert breaker.mode is BreakerMode.OPEN

    def test_a_success_begins_the_count_anew(self):
        breaker, ticket = let_in(fail(Breaker(), 4))
        breaker = succeeded(breaker, ticket)
        assert fail(breaker, 4).mode is BreakerMode.CLOSED

    def test_one_who_gives_up_counts_for_nothing(self):
        breaker, ticket = let_in(fail(Breaker(), 4))
        assert gave_up(breaker, ticket) == breaker

    def test_a_ticket_says_whether_a_success_is_news(self):
        assert let_in(Breaker())[1].is_clean
        assert not let_in(fail(Breaker(), 1))[1].is_clean


class TestOpen:
    def test_nobody_calls_for_a_minute(self, opened):
        assert admit(opened, NOW) == (opened, None)
        assert admit(opened, NOW + OPEN_FOR - timedelta(microseconds=1)) == (opened, None)

    def test_what_was_under_way_when_it_opened_changes_nothing(self):
        early = let_in(Breaker())[1]
        opened = fail(Breaker(), 5)
        assert succeeded(opened, early) == opened
        assert failed(opened, early, NOW) == opened

    def test_a_clock_that_was_set_back_does_not_keep_it_open(self, opened):
        assert admit(opened, NOW - timedelta(days=1))[1] is not None


class TestHalfOpen:
    def test_after_the_minute_one_probe_goes_and_the_others_wait(self, probing):
        breaker, ticket = probing
        assert ticket.is_probe
        assert admit(breaker, NOW + OPEN_FOR)[1] is None

    def test_two_probes_that_succeed_close_it(self, probing):
        breaker = succeeded(*probing)
        assert breaker.mode is BreakerMode.HALF_OPEN
        breaker, second = let_in(breaker, NOW + OPEN_FOR)
        assert succeeded(breaker, second).is_clean

    def test_a_probe_that_fails_opens_it_for_another_minute(self, probing):
        breaker, ticket = probing
        breaker = failed(breaker, ticket, NOW + OPEN_FOR)
        assert admit(breaker, NOW + OPEN_FOR * 2 - timedelta(seconds=1))[1] is None
        assert admit(breaker, NOW + OPEN_FOR * 2)[1] is not None

    def test_the_successes_of_an_earlier_opening_do_not_count(self, probing):
        breaker, second = let_in(succeeded(*probing), NOW + OPEN_FOR)
        breaker, third = let_in(failed(breaker, second, NOW + OPEN_FOR), NOW + OPEN_FOR * 2)
        assert succeeded(breaker, third).mode is BreakerMode.HALF_OPEN

    def test_a_probe_that_gives_up_makes_room_for_the_next(self, probing):
        assert admit(gave_up(*probing), NOW + OPEN_FOR)[1] is not None

    def test_a_probe_whose_process_died_does_not_bar_the_way_for_ever(self, probing):
        breaker, lost = probing
        later, ticket = let_in(breaker, NOW + OPEN_FOR + PROBE_FOR)
        assert ticket.epoch != lost.epoch
        assert succeeded(later, lost) == later

    def test_a_call_begun_before_it_opened_is_no_probe(self, probing):
        early = let_in(Breaker())[1]
        assert succeeded(probing[0], early) == probing[0]


EVENTS = st.lists(st.tuples(st.sampled_from(["admit", "succeed", "fail", "give up"]), st.integers(0, 40)))


class TestAnyOrder:
    @given(EVENTS)
    def test_never_are_two_probes_under_way_and_never_is_it_shut_for_good(self, events):
        breaker, now, under_way = Breaker(), NOW, []
        for event, seconds in events:
            now += timedelta(seconds=seconds)
            if event == "admit":
                breaker, ticket = admit(breaker, now)
                under_way += [ticket] if ticket else []
            elif under_way:
                ticket = under_way.pop(seconds % len(under_way))
                outcome = {"succeed": succeeded, "give up": gave_up}.get(event)
                breaker = outcome(breaker, ticket) if outcome else failed(breaker, ticket, now)
            probes = [ticket for ticket in under_way if ticket.is_probe and ticket.epoch == breaker.epoch]
            assert len(probes) <= 1
        assert admit(breaker, now + OPEN_FOR + PROBE_FOR)[1] is not None

from __future__ import annotations

from bisect import bisect_right
from datetime import datetime, timedelta
from itertools import pairwise

from hypothesis import given, settings
from hypothesis import strategies as st

from app.calcom.pace import GAP, HALF, WINDOW, Pace, block, take_turn
from app.usecases.ports import Urgency
from tests.unit.builders import NOW

CALLER, BACKGROUND = Urgency.CALLER, Urgency.BACKGROUND
NOTHING = timedelta()


def take(pace: Pace, urgency=BACKGROUND, now=NOW, asked_at=None):
    return take_turn(pace, urgency, now, asked_at or now)


def in_a_minute(sent: list[datetime]) -> int:
    """The most requests in any 60 s."""
    sent = sorted(sent)
    return max(bisect_right(sent, at + WINDOW - timedelta(microseconds=1)) - i for i, at in enumerate(sent))


def run(callers_at: list[timedelta], bulk: int = 150) -> tuple[list[datetime], list[timedelta]]:
    """Send bulk work one after the other, and callers at their instants; return what was sent and their waits."""
    pace, now, sent, waits = Pace(), NOW, [], []
    pending = sorted(NOW + at for at in callers_at)
    asked_at = now
    while bulk or pending:
        after, turn = take(pace, BACKGROUND, now, asked_at)
        due = now + turn.wait
        if pending and (pending[0] <= due or not bulk):
            now = max(now, pending.pop(0))
            pace, turn = take(pace, CALLER, now)
            waits.append(turn.wait)
            sent.append(now + turn.wait)
        elif turn.is_taken:
            pace, bulk = after, bulk - 1
            sent.append(now)
            asked_at = now
        else:
            now = due
    return sent, waits


class TestBackground:
    def test_the_first_goes_at_once_and_the_next_a_gap_later(self):
        pace, first = take(Pace())
        assert first.is_taken
        same, second = take(pace)
        assert (same, second.is_taken, second.wait) == (pace, False, GAP)
        assert take(pace, now=NOW + GAP)[1].is_taken

    def test_there_is_no_burst_after_a_pause(self):
        pace, _ = take(Pace())
        pace, _ = take(pace, now=NOW + timedelta(hours=1))
        assert not take(pace, now=NOW + timedelta(hours=1))[1].is_taken

    def test_a_hundred_and_fifty_take_ninety_one_seconds(self):
        sent, _ = run([])
        assert (sent[-1] - sent[0]).total_seconds() == 149 * 0.61
        assert in_a_minute(sent) == 99
        assert {later - earlier for earlier, later in pairwise(sent)} == {GAP}

    def test_callers_in_any_number_leave_it_half(self):
        pace, _ = take(Pace())
        for _ in range(200):
            pace, _ = take(pace, CALLER)
        assert take(pace)[1].wait == HALF

    def test_one_who_came_when_the_line_was_full_waits_no_longer_either(self):
        pace = Pace()
        for _ in range(200):
            pace, _ = take(pace, CALLER)
        assert take(pace)[1].wait == HALF
        assert take(pace, now=NOW + HALF, asked_at=NOW)[1].is_taken


class TestCallers:
    def test_alone_they_are_never_slowed(self):
        pace = Pace()
        for _ in range(300):
            pace, turn = take(pace, CALLER)
            assert (turn.is_taken, turn.wait) == (True, NOTHING)

    def test_one_never_waits_behind_background_work(self):
        pace, _ = take(Pace())
        assert take(pace, CALLER)[1].wait == NOTHING

    def test_each_moves_background_work_on_by_a_turn(self):
        pace, _ = take(Pace())
        pace, _ = take(pace, CALLER)
        assert take(pace)[1].wait == 2 * GAP

    def test_two_at_once_beside_it_keep_the_pace_and_more_go_at_once(self):
        pace, _ = take(Pace())
        waits = []
        for _ in range(5):
            pace, turn = take(pace, CALLER)
            waits.append(turn.wait)
        assert waits == [NOTHING, GAP, NOTHING, NOTHING, NOTHING]

    def test_a_minute_after_the_last_background_work_they_are_alone_again(self):
        pace, _ = take(Pace())
        later = NOW + WINDOW
        for _ in range(3):
            pace, turn = take(pace, CALLER, later)
            assert turn.wait == NOTHING

    @settings(max_examples=60, deadline=None)
    @given(st.floats(0, 91), st.lists(st.floats(1.22, 12), max_size=12))
    def test_callers_within_their_half_wait_not_and_no_minute_has_more_than_a_hundred(self, first, pauses):
        instants, at = [], first
        for pause in (0.0, *pauses):
            at += pause
            instants.append(timedelta(seconds=round(at, 6)))
        sent, waits = run(instants)
        assert max(waits) == NOTHING
        assert in_a_minute(sent) <= 100

    @settings(max_examples=60, deadline=None)
    @given(st.floats(0, 80), st.lists(st.floats(0, 0.5), max_size=1))
    def test_two_requests_close_together_wait_a_gap_at_most(self, first, pauses):
        instants = [timedelta(seconds=round(first, 6))]
        instants += [instants[0] + timedelta(seconds=round(pause, 6)) for pause in pauses]
        sent, waits = run(instants)
        assert max(waits) <= GAP
        assert in_a_minute(sent) <= 100


class TestBlocks:
    def test_nobody_sends_before_the_reset(self):
        pace = block(Pace(), NOW, 17)
        for urgency in (CALLER, BACKGROUND):
            _, turn = take(pace, urgency, NOW + timedelta(seconds=5))
            assert (turn.is_taken, turn.is_blocked, turn.wait) == (False, True, timedelta(seconds=12))
            assert take(pace, urgency, NOW + timedelta(seconds=17))[1].is_taken

    def test_a_shorter_one_shortens_nothing(self):
        pace = block(Pace(), NOW, 60)
        assert block(pace, NOW + timedelta(seconds=1), 5) == pace


class TestAClockSetBack:
    def test_stops_nothing(self):
        pace = block(take(Pace())[0], NOW, 60)
        for urgency in (CALLER, BACKGROUND):
            assert take(pace, urgency, NOW - timedelta(days=1))[1] == take(Pace(), urgency)[1]

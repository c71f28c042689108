from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from app.domain.call_limits import AnsweredCall, Limit, exceeded

BEGAN = datetime(2025, 10, 13, 8, 0, tzinfo=UTC)


def answered(*seconds: float, function: str = "check-availability") -> list[AnsweredCall]:
    return [AnsweredCall(function, BEGAN + timedelta(seconds=second)) for second in seconds]


def after(seconds: float) -> datetime:
    return BEGAN + timedelta(seconds=seconds)


class TestLimits:
    def test_a_first_function_is_answered(self):
        assert exceeded([], "check-availability", BEGAN) is None

    @pytest.mark.parametrize(("count", "limit"), [(9, None), (10, Limit.SAME_FUNCTION)])
    def test_one_function_is_answered_ten_times(self, count, limit):
        calls = answered(*(30 * n for n in range(count)))
        assert exceeded(calls, "check-availability", after(30 * count)) is limit

    def test_another_function_is_answered_meanwhile(self):
        calls = answered(*(30 * n for n in range(10)))
        assert exceeded(calls, "list-services", after(300)) is None

    @pytest.mark.parametrize(("waited", "limit"), [(299.9, Limit.SAME_FUNCTION), (300, None)])
    def test_after_the_cooldown_it_is_answered_again(self, waited, limit):
        calls = answered(*(30 * n for n in range(10)))
        assert exceeded(calls, "check-availability", after(270 + waited)) is limit

    def test_then_the_count_begins_anew(self):
        calls = answered(*(30 * n for n in range(10)), *(570 + 30 * n for n in range(9)))
        assert exceeded(calls, "check-availability", after(900)) is None
        calls += answered(900)
        assert exceeded(calls, "check-availability", after(930)) is Limit.SAME_FUNCTION

    @pytest.mark.parametrize(("count", "limit"), [(19, None), (20, Limit.A_MINUTE)])
    def test_twenty_functions_are_answered_in_a_minute(self, count, limit):
        calls = [AnsweredCall(f"function-{n}", after(2 * n)) for n in range(count)]
        assert exceeded(calls, "list-services", after(2 * count)) is limit

    def test_twenty_in_more_than_a_minute_are_no_burst(self):
        calls = [AnsweredCall(f"function-{n}", after(4 * n)) for n in range(20)]
        assert exceeded(calls, "list-services", after(80)) is None

    @pytest.mark.parametrize(("waited", "limit"), [(299, Limit.A_MINUTE), (300, None)])
    def test_a_burst_is_followed_by_the_cooldown(self, waited, limit):
        calls = [AnsweredCall(f"function-{n}", after(2 * n)) for n in range(20)]
        assert exceeded(calls, "list-services", after(38 + waited)) is limit

    @pytest.mark.parametrize("waited", [10, 400, 100_000])
    def test_fifty_functions_are_all_that_one_call_gets(self, waited):
        calls = [AnsweredCall(f"function-{n}", after(10 * n)) for n in range(50)]
        assert exceeded(calls, "list-services", after(490 + waited)) is Limit.TOTAL

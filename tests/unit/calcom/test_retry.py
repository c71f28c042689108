from __future__ import annotations

import pytest

from app.calcom.replies import NoReply, Reply
from app.calcom.retry import SAFE_TO_REPEAT, RetryPolicy, reset_seconds
from app.usecases.ports import Urgency

CALLER, BACKGROUND = Urgency.CALLER, Urgency.BACKGROUND
DOWN = Reply(503, None, {})
LOST = NoReply("connection lost", was_sent=True)


def refused(**headers: str) -> Reply:
    return Reply(429, {}, {name.replace("_", "-"): value for name, value in headers.items()})


def gap(reply=DOWN, *, operation="list_slots", tries_made=1, urgency=BACKGROUND, chance=0.0):
    return RetryPolicy().gap_after(reply, operation, tries_made=tries_made, urgency=urgency, chance=chance)


class TestWhatIsRepeated:
    @pytest.mark.parametrize("operation", sorted(SAFE_TO_REPEAT))
    def test_reads_are(self, operation):
        assert gap(operation=operation) == 1.0

    @pytest.mark.parametrize(
        "operation", ["create_booking", "reschedule_booking", "cancel_booking", "reserve_slot", "unheard of"]
    )
    @pytest.mark.parametrize("reply", [DOWN, LOST, refused(), NoReply("refused", was_sent=False)])
    def test_changes_never_are(self, operation, reply):
        assert gap(reply, operation=operation) is None

    @pytest.mark.parametrize("reply", [DOWN, LOST, refused(), Reply(500, None, {})])
    def test_after_what_may_pass(self, reply):
        assert gap(reply) is not None

    @pytest.mark.parametrize("status", [200, 201, 302, 400, 401, 404, 409, 422])
    def test_an_answer_is_an_answer(self, status):
        assert gap(Reply(status, None, {})) is None


class TestHowOften:
    def test_three_tries_have_two_gaps_for_a_caller(self):
        gaps = [gap(tries_made=made, urgency=CALLER) for made in (1, 2, 3)]
        assert gaps == [1.0, 2.0, None]

    def test_background_work_takes_all_three_gaps(self):
        gaps = [gap(tries_made=made) for made in (1, 2, 3, 4)]
        assert gaps == [1.0, 2.0, 4.0, None]

    def test_chance_adds_up_to_a_quarter_and_takes_nothing_away(self):
        assert gap(tries_made=2, chance=0.999) == pytest.approx(2.5, abs=0.01)


class TestReset:
    def test_it_is_waited_for_when_it_is_longer_than_the_gap(self):
        assert gap(refused(x_ratelimit_reset_default="17")) == 17
        assert gap(refused(x_ratelimit_reset_default="0")) == 1.0

    def test_the_first_of_several_limits_lets_us_in_again(self):
        assert reset_seconds(refused(X_RateLimit_Reset_Long="60", X_RateLimit_Reset_Short="9")) == 9

    def test_no_retry_after_is_needed_and_a_proxys_is_understood(self):
        assert reset_seconds(refused()) is None
        assert reset_seconds(refused(Retry_After="7")) == 7

    @pytest.mark.parametrize("value", ["soon", "", "-3", "1760342400", "nan"])
    def test_what_is_no_number_of_seconds_is_none(self, value):
        assert reset_seconds(refused(x_ratelimit_reset=value)) is None

    def test_the_rest_of_a_limit_that_was_not_hit_is_nothing_to_wait_for(self):
        assert reset_seconds(Reply(503, None, {"x-ratelimit-reset-default": "30"})) is None

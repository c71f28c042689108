from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.domain.alternatives import (
    HORIZON,
    OfferRules,
    Strategy,
    choose_alternatives,
    say_offer,
    score,
    strategy_of,
)
from app.domain.german import understand
from app.domain.opening import OpeningHours
from app.domain.timespan import is_ambiguous, span_of
from tests.unit.builders import BERLIN, NOW, WISHED, berlin

STARTS = st.lists(st.integers(-300, 300).map(lambda n: WISHED + timedelta(minutes=30 * n)), max_size=20)
RULES = OfferRules(
    zone=BERLIN,
    taken=(),
    occupied=lambda start: span_of(start, 30),
    earliest=NOW,
    latest=NOW + HORIZON,
    is_open=lambda _start: True,
)
MONDAY_TO_FRIDAY = OpeningHours({str(day): [["09:00", "18:00"]] for day in range(1, 6)})
QUARTERS = st.integers(0, 366 * 24 * 4).map(lambda n: NOW + timedelta(minutes=15 * n))
NOWS = st.sampled_from([NOW, berlin(2025, 10, 25, 23, 50), berlin(2026, 3, 27, 12), berlin(2025, 12, 31, 18)])


def chosen(listed, **rules):
    return choose_alternatives(WISHED, listed, replace(RULES, **rules))


def later(**delta):
    return WISHED + timedelta(**delta)


class TestChooseAlternatives:
    def test_the_lost_time_is_never_offered(self):
        assert chosen([WISHED]) == []

    def test_two_are_offered_at_most_the_nearest_first(self):
        assert chosen([later(hours=3), later(hours=1), later(hours=2)]) == [later(hours=1), later(hours=2)]

    def test_the_same_day_comes_before_the_same_hour_of_another(self):
        assert chosen([later(days=1), later(hours=-4)]) == [later(hours=-4), later(days=1)]

    def test_a_time_that_our_own_appointments_take_is_not_offered(self):
        assert chosen([later(hours=1)], taken=[span_of(later(minutes=75), 30)]) == []

    def test_a_time_before_the_notice_is_not_offered(self):
        assert chosen([later(hours=1)], earliest=later(hours=2)) == []

    def test_a_time_exactly_at_the_notice_is(self):
        assert chosen([later(hours=1)], earliest=later(hours=1)) == [later(hours=1)]

    def test_nothing_beyond_the_horizon_is_offered(self):
        assert chosen([later(hours=1), later(hours=2)], latest=later(hours=1)) == [later(hours=1)]

    def test_nothing_is_offered_while_the_branch_is_closed(self):
        assert chosen([later(hours=1)], is_open=lambda _start: False) == []

    def test_a_doubled_listing_is_offered_once(self):
        assert chosen([later(hours=1), later(hours=1)]) == [later(hours=1)]

    def test_an_hour_that_the_clock_repeats_is_not_offered(self):
        twice = datetime(2025, 10, 26, 0, 30, tzinfo=UTC)
        assert choose_alternatives(twice - timedelta(hours=5), [twice], RULES) == []

    @given(STARTS)
    def test_every_offer_stands_in_the_list(self, listed):
        offers = chosen(listed)
        usable = {start for start in listed if start >= NOW and not is_ambiguous(start.astimezone(BERLIN))}
        assert set(offers) <= set(listed) - {WISHED}
        assert len(offers) == min(2, len(usable - {WISHED}))


class TestRanking:
    """Score and strategies of incidents, section 4."""

    def test_in_the_afternoon_later_comes_before_earlier(self):
        assert chosen([later(minutes=-30), later(minutes=60)]) == [later(minutes=60), later(minutes=-30)]

    def test_in_the_morning_earlier_comes_before_later(self):
        morning = berlin(2025, 10, 20, 10)
        sooner, after = morning - timedelta(hours=1), morning + timedelta(minutes=30)
        assert choose_alternatives(morning, [after, sooner], RULES) == [sooner, after]

    def test_noon_itself_is_afternoon(self):
        noon = berlin(2025, 10, 20, 12)
        both = [noon - timedelta(minutes=30), noon + timedelta(minutes=30)]
        assert choose_alternatives(noon, both, RULES) == both[::-1]

    @pytest.mark.parametrize(
        ("delta", "points"),
        [
            ({"minutes": 30}, 10_000 - 30 + 500),
            ({"minutes": -30}, 10_000 - 30 + 300),
            ({"hours": 2}, 10_000 - 120 + 500),
            ({"hours": 2, "minutes": 15}, 10_000 - 135 + 100),
            ({"days": 1}, 10_000 - 1440 + 250),
            ({"days": 7, "hours": 1}, 10_000 - 7 * 1440 + 150),
            ({"days": 2}, 10_000 - 2 * 1440 + 100),
        ],
    )
    def test_the_score_is_nearness_and_a_bonus(self, delta, points):
        assert (
            score(WISHED, later(**delta), RULES) == points
        )  # a week on, winter time: 14:00 is an hour later in UTC

    def test_two_hours_away_is_the_same_day_still_and_no_minute_more(self):
        wish = berlin(2025, 10, 20, 14)
        workday = RULES.is_workday
        assert strategy_of(wish, wish + timedelta(hours=2), workday) is Strategy.SAME_DAY
        assert strategy_of(wish, wish + timedelta(hours=2, minutes=1), workday) is Strategy.NEXT_FREE

    def test_the_workday_after_a_friday_is_monday(self):
        friday = berlin(2025, 10, 17, 14)
        assert strategy_of(friday, friday + timedelta(days=3), RULES.is_workday) is Strategy.NEXT_WORKDAY
        assert strategy_of(friday, friday + timedelta(days=1), RULES.is_workday) is Strategy.NEXT_FREE

    def test_a_branch_that_opens_on_saturdays_has_another(self):
        friday = berlin(2025, 10, 17, 14)
        assert strategy_of(friday, friday + timedelta(days=1), lambda _day: True) is Strategy.NEXT_WORKDAY


class TestLabels:
    @pytest.mark.parametrize(
        ("start", "label"),
        [
            (berlin(2025, 10, 13, 15), "heute, Montag, 13. Oktober um 15:00 Uhr"),
            (berlin(2025, 10, 14, 9, 30), "morgen, Dienstag, 14. Oktober um 09:30 Uhr"),
            (berlin(2025, 10, 15, 9), "übermorgen, Mittwoch, 15. Oktober um 09:00 Uhr"),
            (berlin(2025, 10, 20, 15), "am gleichen Tag, Montag, 20. Oktober um 15:00 Uhr"),
            (berlin(2025, 10, 27, 9), "Montag, 27. Oktober um 09:00 Uhr"),
            (berlin(2026, 10, 12, 9), "Montag, 12. Oktober 2026 um 09:00 Uhr"),
        ],
    )
    def test_a_label_comes_from_the_date_and_carries_it(self, start, label):
        assert say_offer(start, BERLIN, NOW, WISHED) == label

    def test_without_now_only_the_wish_is_compared(self):
        assert say_offer(WISHED, BERLIN) == "Montag, 20. Oktober um 14:00 Uhr"

    @given(QUARTERS, NOWS, st.none() | QUARTERS, st.sampled_from([None, MONDAY_TO_FRIDAY]))
    def test_said_back_it_is_the_same_instant(self, start, now, wished, hours):
        """Incident 1.41: "nächste Woche Montag" was offered, and came back as another Monday."""
        local = start.astimezone(BERLIN)
        if start <= now or is_ambiguous(local) or start - now > HORIZON:
            return
        if hours and not hours.holds(local, local):
            return
        understood = understand(say_offer(start, BERLIN, now, wished), now, hours, horizon=HORIZON)
        assert understood.instant == start

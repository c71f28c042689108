from __future__ import annotations

from datetime import timedelta

from hypothesis import given
from hypothesis import strategies as st

from app.domain.alternatives import choose_alternatives
from app.domain.timespan import span_of
from tests.unit.builders import BERLIN, NOW, WISHED

STARTS = st.lists(st.integers(-300, 300).map(lambda n: WISHED + timedelta(minutes=30 * n)), max_size=20)


def chosen(listed, *, taken=(), earliest=NOW):
    return choose_alternatives(
        WISHED, listed, zone=BERLIN, taken=taken, occupied=lambda start: span_of(start, 30), earliest=earliest
    )


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

    def test_a_doubled_listing_is_offered_once(self):
        assert chosen([later(hours=1), later(hours=1)]) == [later(hours=1)]

    @given(STARTS)
    def test_every_offer_stands_in_the_list(self, listed):
        offers = chosen(listed)
        assert set(offers) <= set(listed) - {WISHED}
        assert len(offers) == min(2, len({start for start in listed if start >= NOW} - {WISHED}))

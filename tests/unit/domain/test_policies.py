from __future__ import annotations

from datetime import UTC, datetime, timedelta
from itertools import permutations

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from app.domain.policies import ALLOWED, ChangeKind, Denial, Rule, Subject, decide_change, narrowest
from tests.unit.builders import berlin

STARTS = datetime(2025, 10, 20, 12, 0, tzinfo=UTC)
TIERS = [
    {"above_hours": 48, "fee_cents": 0},
    {"from_hours": 24, "fee_cents": 1000},
    {"fee_cents": 1500},
]
CANCEL, MOVE = ChangeKind.CANCELLATION, ChangeKind.RESCHEDULE


def subject(**changes):
    fields = {"starts_at": STARTS, "staff_id": "jana", "service_id": 1, "branch_id": "mitte"}
    return Subject(**fields | changes)


def rule(rules=None, kind=CANCEL, **places):
    return Rule(kind, rules or {}, **places)


def decide(rules, before, kind=CANCEL, **changes):
    return decide_change(rule(rules, kind), subject(**changes), STARTS - before)


class TestNarrowest:
    def test_staff_before_service_before_branch_before_company(self):
        places = [{"staff_id": "jana"}, {"service_id": 1}, {"branch_id": "mitte"}, {}]
        for kept in range(4):
            wanted = rule(**places[kept])
            for order in permutations([rule(**place) for place in places[kept + 1 :]] + [wanted]):
                assert narrowest(order, CANCEL, subject()) == wanted

    def test_a_rule_of_another_place_does_not_count(self):
        elsewhere = [rule(staff_id="mehmet"), rule(service_id=2), rule(branch_id="nord")]
        assert narrowest(elsewhere, CANCEL, subject()) is None

    def test_each_kind_has_its_own(self):
        assert narrowest([rule(kind=MOVE)], CANCEL, subject()) is None

    def test_of_two_for_one_place_the_newer_counts(self):
        old, new = rule({"hours_before": 1}, number=1), rule({"hours_before": 2}, number=2)
        assert narrowest([new, old], CANCEL, subject()) is new

    def test_one_of_two_places_needs_both(self):
        both = rule(service_id=1, branch_id="nord")
        assert narrowest([both], CANCEL, subject()) is None
        assert narrowest([both], CANCEL, subject(branch_id="nord")) is both

    def test_none_allows(self):
        assert decide_change(None, subject(), STARTS) is ALLOWED


class TestDeadline:
    @given(seconds=st.integers(-86400 * 3, 86400 * 3))
    @example(seconds=0)
    @example(seconds=-1)
    @example(seconds=1)
    def test_exactly_on_time_is_on_time(self, seconds):
        verdict = decide({"hours_before": 24}, timedelta(hours=24, seconds=seconds))
        assert verdict.allowed == (seconds >= 0)
        if not verdict.allowed:
            assert (verdict.denial, verdict.hours_before) == (Denial.DEADLINE_MISSED, 24)

    @pytest.mark.parametrize(
        ("starts_at", "asked_at"),
        [
            (berlin(2025, 10, 26, 14), berlin(2025, 10, 25, 15)),  # the night has an hour more
            (berlin(2026, 3, 29, 14), berlin(2026, 3, 28, 13)),  # and one less
        ],
    )
    def test_a_day_is_24_real_hours_when_the_clocks_change(self, starts_at, asked_at):
        concerned = subject(starts_at=starts_at.astimezone(UTC))
        deadline = rule({"hours_before": 24})
        assert decide_change(deadline, concerned, asked_at.astimezone(UTC)).allowed
        late = asked_at.astimezone(UTC) + timedelta(seconds=1)
        assert decide_change(deadline, concerned, late).denial is Denial.DEADLINE_MISSED

    def test_zero_hours_forbids_only_the_past(self):
        assert decide({"hours_before": 0}, timedelta(0)).allowed
        assert not decide({"hours_before": 0}, timedelta(seconds=-1)).allowed


class TestFee:
    @pytest.mark.parametrize(
        ("before", "cents"),
        [
            (timedelta(hours=48, seconds=1), 0),
            (timedelta(hours=48), 1000),
            (timedelta(hours=24), 1000),
            (timedelta(hours=24) - timedelta(microseconds=1), 1500),
            (timedelta(0), 1500),
        ],
    )
    def test_the_tiers_meet_without_a_gap(self, before, cents):
        assert decide({"fee_tiers": TIERS}, before).fee_cents == cents

    @given(seconds=st.integers(-86400, 86400 * 10))
    def test_somebody_who_comes_later_never_pays_less(self, seconds):
        sooner = decide({"fee_tiers": TIERS}, timedelta(seconds=seconds + 60)).fee_cents
        assert decide({"fee_tiers": TIERS}, timedelta(seconds=seconds)).fee_cents >= sooner

    def test_without_tiers_it_is_free(self):
        assert decide({"hours_before": 1}, timedelta(hours=2)).fee_cents == 0


class TestQuota:
    @pytest.mark.parametrize(("used", "allowed"), [(0, True), (1, True), (2, False), (3, False)])
    def test_cancellations_of_a_month(self, used, allowed):
        verdict = decide({"max_cancellations_per_month": 2}, timedelta(days=9), cancelled_this_month=used)
        assert verdict.allowed is allowed
        if not allowed:
            assert (verdict.denial, verdict.limit) == (Denial.QUOTA_EXCEEDED, 2)

    @pytest.mark.parametrize(("used", "allowed"), [(0, True), (2, True), (3, False)])
    def test_moves_of_one_appointment(self, used, allowed):
        rules = {"max_reschedules_per_appointment": 3}
        verdict = decide(rules, timedelta(days=9), MOVE, rescheduled_count=used)
        assert verdict.allowed is allowed
        if not allowed:
            assert verdict.denial is Denial.MAX_RESCHEDULES_REACHED

    def test_one_kind_does_not_use_up_the_other(self):
        rules = {"max_reschedules_per_appointment": 0, "max_cancellations_per_month": 0}
        assert decide(rules, timedelta(days=9)).denial is Denial.QUOTA_EXCEEDED
        assert decide(rules, timedelta(days=9), MOVE).denial is Denial.MAX_RESCHEDULES_REACHED


class TestRulesNobodyCanRead:
    @pytest.mark.parametrize(
        "rules",
        [
            {"allowed": False},
            {"allowed": "no"},
            {"hours_before": "24"},
            {"hours_before": -1},
            {"hours_before": True},
            {"max_cancellations_per_month": 1.5},
            {"fee_tiers": "free"},
            {"fee_tiers": [5]},
            {"fee_tiers": [{"above_hours": 1}]},
            {"fee_tiers": [{"above_hours": 1, "from_hours": 2, "fee_cents": 3}]},
        ],
    )
    def test_a_person_decides(self, rules):
        assert decide(rules, timedelta(days=30)).denial is Denial.POLICY_VIOLATION

from __future__ import annotations

from datetime import timedelta

import pytest

from app.domain.booking_check import (
    ADOPTION_GUARDS,
    BELIEF_GUARDS,
    Doubt,
    created_freshly,
    first_doubt,
    metadata_is_ours,
    start_is_asked,
    uid_is_unknown,
)
from tests.unit.builders import NOW, WISHED, expected, seen_booking


def judged(seconds: float) -> Doubt | None:
    return created_freshly(seen_booking(), expected(judged_at=NOW + timedelta(seconds=seconds)))


class TestFreshness:
    def test_thirty_seconds_pass(self):
        assert judged(30) is None

    def test_thirty_one_seconds_are_refused(self):
        assert judged(31) is Doubt.STALE

    def test_a_provider_whose_clock_runs_ahead_is_believed(self):
        assert judged(-2) is None

    def test_an_undated_booking_is_doubted(self):
        assert created_freshly(seen_booking(created_at=None), expected()) is Doubt.UNDATED


class TestMetadata:
    def test_our_attempt_is_ours(self):
        assert metadata_is_ours(seen_booking(), expected()) is None

    @pytest.mark.parametrize(
        "metadata",
        [None, {}, {"call_id": "call_abc"}, {"attempt_id": "att_2"}],
        ids=["none", "empty", "the call alone", "another attempt"],
    )
    def test_without_our_attempt_it_is_foreign(self, metadata):
        assert metadata_is_ours(seen_booking(metadata=metadata), expected()) is Doubt.FOREIGN

    def test_another_call_is_foreign_even_under_our_attempt(self):
        seen = seen_booking(metadata={"attempt_id": "att_1", "call_id": "call_xyz"})
        assert metadata_is_ours(seen, expected()) is Doubt.FOREIGN

    def test_a_call_without_id_is_compared_by_attempt_alone(self):
        seen = seen_booking(metadata={"attempt_id": "att_1"})
        assert metadata_is_ours(seen, expected(retell_call_id=None)) is None


class TestOtherGuards:
    def test_a_known_uid_is_doubted(self):
        assert uid_is_unknown(seen_booking(), expected(known_uids=frozenset({"uid-1"}))) is Doubt.KNOWN

    def test_an_unknown_uid_is_not(self):
        assert uid_is_unknown(seen_booking(), expected(known_uids=frozenset({"UID-1"}))) is None

    @pytest.mark.parametrize("start", [None, WISHED + timedelta(minutes=1)])
    def test_another_start_is_moved(self, start):
        assert start_is_asked(seen_booking(start=start), expected()) is Doubt.MOVED


class TestFirstDoubt:
    def test_a_booking_of_ours_is_believed(self):
        assert first_doubt(BELIEF_GUARDS, seen_booking(), expected()) is None

    def test_a_known_uid_is_told_before_all_else(self):
        old_foreign = seen_booking(created_at=NOW - timedelta(hours=1), metadata={}, start=None)
        assert (
            first_doubt(BELIEF_GUARDS, old_foreign, expected(known_uids=frozenset({"uid-1"}))) is Doubt.KNOWN
        )

    def test_age_is_told_before_the_owner(self):
        old_foreign = seen_booking(created_at=NOW - timedelta(hours=1), metadata={})
        assert first_doubt(BELIEF_GUARDS, old_foreign, expected()) is Doubt.STALE

    def test_only_a_booking_that_is_ours_can_be_a_moved_one(self):
        foreign_elsewhere = seen_booking(metadata={}, start=WISHED + timedelta(hours=1))
        assert first_doubt(BELIEF_GUARDS, foreign_elsewhere, expected()) is Doubt.FOREIGN

    def test_adoption_asks_no_freshness(self):
        old = seen_booking(created_at=NOW - timedelta(minutes=9))
        assert first_doubt(ADOPTION_GUARDS, old, expected()) is None

    @pytest.mark.parametrize(
        ("changes", "doubt"),
        [({"metadata": {}}, Doubt.FOREIGN), ({"start": WISHED + timedelta(hours=1)}, Doubt.MOVED)],
    )
    def test_adoption_asks_all_else(self, changes, doubt):
        assert first_doubt(ADOPTION_GUARDS, seen_booking(**changes), expected()) is doubt


class TestThinReplies:
    def test_a_full_reply_is_not_thin(self):
        assert not seen_booking().is_thin

    @pytest.mark.parametrize("field", ["start", "created_at", "metadata"])
    def test_one_missing_part_makes_it_thin(self, field):
        assert seen_booking(**{field: None}).is_thin

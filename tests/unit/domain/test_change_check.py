from __future__ import annotations

from datetime import timedelta

import pytest

from app.domain.booking_check import Doubt
from app.domain.change_check import MOVE_GUARDS, ExpectedMove, first_move_doubt, is_live
from tests.unit.builders import NOW, WISHED, seen_booking

EXPECTED = ExpectedMove(old_uid="old", start=WISHED, known_uids=frozenset(), booked_by="att_1", judged_at=NOW)


def moved(**changes):
    return seen_booking(**{"uid": "new", "rescheduled_from_uid": "old"} | changes)


class TestMoveGuards:
    def test_the_booking_that_took_the_old_ones_place_is_believed(self):
        assert first_move_doubt(MOVE_GUARDS, moved(), EXPECTED) is None

    @pytest.mark.parametrize(
        ("changes", "doubt"),
        [
            ({"rescheduled_from_uid": "another"}, Doubt.FOREIGN),
            ({"rescheduled_from_uid": None}, Doubt.FOREIGN),
            ({"uid": "old"}, Doubt.FOREIGN),
            ({"metadata": {"attempt_id": "att_2"}}, Doubt.FOREIGN),
            ({"created_at": NOW - timedelta(seconds=31)}, Doubt.STALE),
            ({"created_at": None}, Doubt.UNDATED),
            ({"start": WISHED + timedelta(minutes=55)}, Doubt.MOVED),
        ],
    )
    def test_any_other_is_doubted(self, changes, doubt):
        assert first_move_doubt(MOVE_GUARDS, moved(**changes), EXPECTED) is doubt

    def test_thirty_seconds_are_fresh(self):
        young = moved(created_at=NOW - timedelta(seconds=30))
        assert first_move_doubt(MOVE_GUARDS, young, EXPECTED) is None

    def test_one_found_later_may_be_old(self):
        found = ExpectedMove("old", WISHED, frozenset(), "att_1")
        assert first_move_doubt(MOVE_GUARDS, moved(created_at=NOW - timedelta(days=1)), found) is None

    def test_a_known_uid_is_somebody_elses(self):
        known = ExpectedMove("old", WISHED, frozenset({"new"}), "att_1")
        assert first_move_doubt(MOVE_GUARDS, moved(), known) is Doubt.KNOWN

    def test_one_that_calcom_booked_carries_no_attempt(self):
        theirs = ExpectedMove("old", WISHED, frozenset())
        assert first_move_doubt(MOVE_GUARDS, moved(metadata={}), theirs) is None
        assert first_move_doubt(MOVE_GUARDS, moved(), theirs) is Doubt.FOREIGN


class TestIsLive:
    @pytest.mark.parametrize(
        ("status", "live"), [("accepted", True), ("pending", True), ("cancelled", False), (None, False)]
    )
    def test_by_status(self, status, live):
        assert is_live(seen_booking(status=status)) is live

    def test_none_is_not(self):
        assert not is_live(None)

from __future__ import annotations

from datetime import timedelta

import pytest

from app.domain.reconciling import OurSide, compare
from app.domain.statuses import AppointmentStatus, FindingKind
from tests.unit.builders import WISHED, seen_booking


def our_side(**changes) -> OurSide:
    fields = {
        "appointment_id": 7,
        "calcom_booking_uid": "uid-1",
        "starts_at": WISHED,
        "status": AppointmentStatus.CONFIRMED,
        "customer_name": "Erika Muster",
    }
    return OurSide(**fields | changes)


def kinds(ours, theirs) -> list[FindingKind]:
    return [difference.kind for difference in compare(ours, theirs)]


CANCELLED = AppointmentStatus.CANCELLED


class TestCompare:
    def test_two_equal_sides_give_nothing(self):
        assert kinds(our_side(), seen_booking()) == []

    @pytest.mark.parametrize("status", ["accepted", "pending"])
    def test_a_pending_booking_lives(self, status):
        assert kinds(our_side(), seen_booking(status=status)) == []

    def test_an_appointment_without_booking_is_orphaned(self):
        assert kinds(our_side(), None) == [FindingKind.ORPHANED]

    def test_a_booking_without_appointment_is_missing_here(self):
        assert kinds(None, seen_booking()) == [FindingKind.MISSING_LOCAL]

    @pytest.mark.parametrize(
        ("ours", "theirs"),
        [(our_side(status=CANCELLED), None), (None, seen_booking(status="cancelled")), (None, None)],
    )
    def test_what_is_cancelled_misses_nobody(self, ours, theirs):
        assert kinds(ours, theirs) == []

    @pytest.mark.parametrize(
        ("ours", "theirs"),
        [
            (our_side(status=CANCELLED), seen_booking()),
            (our_side(), seen_booking(status="cancelled")),
            (our_side(), seen_booking(status=None)),
        ],
    )
    def test_one_side_alive_alone_is_a_difference_of_status(self, ours, theirs):
        assert kinds(ours, theirs) == [FindingKind.STATUS_MISMATCH]

    def test_both_cancelled_agree_whatever_else_differs(self):
        assert kinds(our_side(status=CANCELLED), seen_booking(status="cancelled", attendee_name="X")) == []

    def test_another_time_and_another_name_are_two_findings(self):
        theirs = seen_booking(start=WISHED + timedelta(hours=1), attendee_name="Hansi Sputer")
        assert kinds(our_side(), theirs) == [FindingKind.TIME_MISMATCH, FindingKind.NAME_MISMATCH]

    def test_what_cal_com_did_not_say_is_no_difference(self):
        assert kinds(our_side(), seen_booking(start=None, attendee_name=None)) == []


class TestDifference:
    def test_found_again_it_has_the_same_key(self):
        assert next(compare(our_side(), None)).key == next(compare(our_side(), None)).key

    def test_its_key_names_kind_appointment_and_booking(self):
        assert next(compare(our_side(), None)).key == "orphaned:7:uid-1"
        assert next(compare(None, seen_booking())).key == "missing_local:-:uid-1"

    def test_it_holds_both_sides(self):
        (difference,) = compare(our_side(), seen_booking(attendee_name="Hansi Sputer"))
        assert (difference.ours["name"], difference.theirs["name"]) == ("Erika Muster", "Hansi Sputer")

    def test_a_side_that_is_not_there_is_empty(self):
        assert next(compare(our_side(calcom_booking_uid=None), None)).theirs == {}
        assert next(compare(None, seen_booking())).ours == {}

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from app.domain.speech import VoiceStatus
from app.domain.statuses import AppointmentStatus, FindingKind, FindingStatus, ReconciliationStatus
from app.storage import appointments
from app.storage.models import Appointment, ReconciliationFinding
from app.usecases.reconciliation import reconcile_all, reconcile_company
from tests.integration.bench import PRAXIS, PRAXIS_KEY, SALON, SALON_KEY, WISHED
from tests.integration.fakes import lost_reply, unreadable


@pytest.fixture
def reconcile(bench):
    """Compares the salon; returns the kinds of what differs."""
    return lambda: [difference.kind for difference in reconcile_company(bench.parts, SALON).differences]


@pytest.fixture
def booked(bench):
    """One appointment with its booking; changes the booking as told."""
    bench.book()

    def change(**fields):
        bookings = bench.calendar.accounts[SALON_KEY].bookings
        bookings["uid-1"] = replace(bookings["uid-1"], **fields)

    return change


class TestAgreement:
    def test_two_ledgers_that_agree_have_no_finding(self, bench, booked, reconcile):
        assert reconcile() == []
        assert bench.only(Appointment).reconciliation_status is ReconciliationStatus.MATCHED

    def test_an_empty_company_agrees(self, reconcile):
        assert reconcile() == []

    def test_what_both_cancelled_agrees(self, bench, booked, reconcile):
        booked(status="cancelled")
        appointment_id = bench.only(Appointment).id
        with bench.parts.transactions.transaction(SALON, "cancel") as session:
            appointments.get_appointment(session, appointment_id).status = AppointmentStatus.CANCELLED
        assert reconcile() == []

    def test_an_attempt_under_way_is_no_difference(self, bench, reconcile):
        bench.calendar.script("create_booking", lost_reply)
        bench.calendar.script("list_bookings", unreadable, unreadable)
        assert bench.book().status is VoiceStatus.TIMEOUT
        assert reconcile() == []


class TestDifferences:
    def test_an_appointment_without_booking_is_orphaned(self, bench, booked, reconcile):
        bench.calendar.accounts[SALON_KEY].bookings.clear()
        assert reconcile() == [FindingKind.ORPHANED]
        appointment = bench.only(Appointment)
        assert appointment.reconciliation_status is ReconciliationStatus.ORPHANED
        assert "orphaned" in appointment.reconciliation_notes

    def test_a_booking_without_appointment_is_missing_here(self, bench, reconcile):
        bench.calendar.add(SALON_KEY, start=WISHED)
        assert reconcile() == [FindingKind.MISSING_LOCAL]
        assert bench.only(ReconciliationFinding).calcom_booking_uid == "uid-1"

    @pytest.mark.parametrize(
        ("fields", "kind"),
        [
            ({"start": WISHED + timedelta(hours=1)}, FindingKind.TIME_MISMATCH),
            ({"attendee_name": "Hansi Sputer"}, FindingKind.NAME_MISMATCH),
            ({"status": "cancelled"}, FindingKind.STATUS_MISMATCH),
        ],
    )
    def test_each_other_difference_is_named_and_noted(self, bench, booked, reconcile, fields, kind):
        booked(**fields)
        assert reconcile() == [kind]
        appointment = bench.only(Appointment)
        assert appointment.reconciliation_status is ReconciliationStatus.MISMATCHED
        assert appointment.has_data_mismatch
        assert kind in appointment.reconciliation_notes

    def test_a_wish_that_cal_com_wrote_twice_has_one_booking_too_many(self, bench, booked, reconcile):
        (first,) = bench.calendar.live(SALON_KEY)
        bench.calendar.add(SALON_KEY, start=WISHED, metadata=dict(first.metadata))
        assert reconcile() == [FindingKind.DUPLICATE]

    def test_found_again_it_is_the_same_finding(self, bench, booked, reconcile):
        booked(attendee_name="Hansi Sputer")
        reconcile()
        reconcile()
        assert bench.only(ReconciliationFinding).status is FindingStatus.OPEN

    def test_a_difference_that_is_gone_leaves_the_appointment_matched(self, bench, booked, reconcile):
        booked(attendee_name="Hansi Sputer")
        reconcile()
        booked(attendee_name="Erika Muster")
        reconcile()
        appointment = bench.only(Appointment)
        assert appointment.reconciliation_status is ReconciliationStatus.MATCHED
        assert not appointment.has_data_mismatch
        assert appointment.reconciliation_notes is None

    def test_a_difference_that_is_gone_closes_its_finding_until_it_comes_back(self, bench, booked, reconcile):
        for name, status in (
            ("Hansi Sputer", FindingStatus.OPEN),
            ("Erika Muster", FindingStatus.CLOSED),
            ("Hansi Sputer", FindingStatus.OPEN),
        ):
            booked(attendee_name=name)
            reconcile()
            assert bench.only(ReconciliationFinding).status is status

    def test_it_holds_no_personal_data_in_its_detail(self, bench, booked, reconcile):
        booked(attendee_name="Hansi Sputer")
        reconcile()
        assert "Sputer" not in bench.only(ReconciliationFinding).detail


class TestTheWindow:
    @pytest.mark.parametrize(("days", "kinds"), [(-2, []), (89, [FindingKind.MISSING_LOCAL]), (91, [])])
    def test_yesterday_to_ninety_days_ahead_is_compared(self, bench, reconcile, days, kinds):
        bench.calendar.add(SALON_KEY, start=bench.clock.now() + timedelta(days=days))
        assert reconcile() == kinds


class TestCompanies:
    def test_one_company_is_compared_with_its_own_account(self, bench, booked):
        bench.calendar.add(PRAXIS_KEY, start=WISHED)
        assert reconcile_company(bench.parts, SALON).differences == ()
        salon, praxis = reconcile_all(bench.parts)
        assert (salon.company_id, praxis.company_id) == (SALON, PRAXIS)
        assert (salon.appointments, salon.bookings) == (1, 1)
        assert [difference.kind for difference in praxis.differences] == [FindingKind.MISSING_LOCAL]

    def test_where_cal_com_can_not_be_read_nothing_is_compared(self, bench, booked):
        bench.calendar.script("list_bookings", unreadable)
        summary = reconcile_company(bench.parts, SALON)
        assert (summary.failed, summary.differences) == ("status 500", ())
        assert bench.only(Appointment).reconciliation_status is ReconciliationStatus.UNCHECKED

    def test_one_that_can_not_be_read_does_not_stop_the_others(self, bench):
        bench.calendar.script("list_bookings", unreadable)
        salon, praxis = reconcile_all(bench.parts)
        assert (salon.failed, praxis.failed) == ("status 500", None)

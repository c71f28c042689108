from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from app.domain.outcomes import CheckFailed, RefusalKind, Unknown
from app.domain.speech import Claim, VoiceStatus
from app.domain.statuses import (
    AppointmentStatus,
    AttemptKind,
    AttemptState,
    CallRelation,
    OutboxKind,
)
from app.storage.models import (
    Appointment,
    AuditEntry,
    BookingAttempt,
    CallAppointment,
    CallbackRequest,
    ClaimCell,
    Modification,
    OutboxMessage,
    Policy,
    ReconciliationFinding,
)
from app.usecases.cancelling import cancel_appointment
from app.usecases.commands import AppointmentWish
from tests.integration.bench import LINDENHOF, RIVAL_CALL, SALON, SALON_KEY, WISH, WISHED
from tests.integration.fakes import lost_reply, refuses, timed_out

CANCEL = AppointmentWish(datum="20.10.2025", uhrzeit="14:00")
STRANGER = "+4917139299999"
HIDDEN = None


def cancel(bench, wish=CANCEL, call_id=RIVAL_CALL, **who):
    return bench._ask(cancel_appointment, wish, bench.context(call_id, **who))


def fails(status=500):
    return lambda _about, _do: Unknown(f"status {status}", answered=True)


def of_kind(bench, kind):
    return [row for row in bench.rows(OutboxMessage) if row.kind is kind]


def change(bench):
    return next(row for row in bench.rows(BookingAttempt) if row.kind is AttemptKind.CANCEL)


def assert_untouched(bench):
    assert bench.only(Appointment).status is AppointmentStatus.CONFIRMED
    assert bench.rows(Modification) == []


@pytest.fixture
def booked(bench):
    """Erika's appointment, booked by phone on Monday at 14:00."""
    assert bench.book().status is VoiceStatus.BOOKED
    return bench.only(Appointment)


class TestCancelled:
    def test_it_is_gone_on_both_sides_and_said_with_its_proof(self, bench, booked):
        answer = cancel(bench)
        assert (answer.status, answer.claim) == (VoiceStatus.CANCELLED, Claim.CANCELLED)
        assert answer.calcom_booking_uid == booked.calcom_booking_uid
        assert answer.message == "Ihr Termin am Montag, 20. Oktober um 14:00 Uhr ist abgesagt."
        assert bench.only(Appointment).status is AppointmentStatus.CANCELLED
        assert bench.calendar.live(SALON_KEY) == []

    def test_all_that_belongs_to_it_is_written_at_once(self, bench, booked):
        cancel(bench)
        record = bench.only(Modification)
        assert (record.kind, record.fee_cents, record.appointment_id) == ("cancel", 0, booked.id)
        assert (change(bench).state, change(bench).changes_booking_uid) == (
            AttemptState.CANCELLED,
            booked.calcom_booking_uid,
        )
        relations = {row.relation for row in bench.rows(CallAppointment)}
        assert CallRelation.CANCELLED in relations
        assert [cell for cell in bench.rows(ClaimCell) if cell.active] == []
        last = bench.rows(AuditEntry)[-1]
        assert last.changes["status"] == ["confirmed", "cancelled"]

    def test_the_mail_takes_it_out_of_calendars(self, bench, booked):
        cancel(bench)
        (mail,) = of_kind(bench, OutboxKind.CANCELLATION_MAIL)
        (first,) = of_kind(bench, OutboxKind.CONFIRMATION_MAIL)
        uid = next(line for line in first.calendar_file.splitlines() if line.startswith("UID"))
        assert uid in mail.calendar_file
        assert "METHOD:CANCEL" in mail.calendar_file
        assert "STATUS:CANCELLED" in mail.calendar_file

    def test_the_only_one_needs_no_date(self, bench, booked):
        assert cancel(bench, AppointmentWish()).status is VoiceStatus.CANCELLED

    def test_its_uid_names_it(self, bench, booked):
        wish = AppointmentWish(appointment_id=booked.calcom_booking_uid)
        assert cancel(bench, wish).status is VoiceStatus.CANCELLED

    def test_its_time_can_be_booked_again(self, bench, booked):
        cancel(bench)
        bench.calendar.accounts[SALON_KEY].free.add(WISHED)
        assert bench.book().status is VoiceStatus.BOOKED
        assert len(bench.rows(Appointment)) == 2

    def test_a_mail_that_can_not_be_written_is_a_warning(self, bench, booked, monkeypatch):
        def broken(*_args, **_kwargs):
            raise ValueError("no calendar file")

        monkeypatch.setattr("app.usecases.change_settling.cancellation_mail", broken)
        answer = cancel(bench)
        assert answer.status is VoiceStatus.CANCELLED
        assert answer.details["warnings"] == ["notification_failed"]
        assert bench.only(Appointment).status is AppointmentStatus.CANCELLED


class TestTwice:
    def test_a_repeat_in_the_call_hears_the_same_and_asks_nothing(self, bench, booked):
        first, second = cancel(bench), cancel(bench)
        assert second.message == first.message
        assert second.status is VoiceStatus.CANCELLED
        assert bench.calendar.count("cancel_booking") == 1
        assert len(bench.rows(Modification)) == 1

    def test_without_any_words_too(self, bench, booked):
        assert cancel(bench, AppointmentWish()).message == cancel(bench, AppointmentWish()).message

    def test_another_call_of_the_same_person_hears_it_too(self, bench, booked):
        cancel(bench)
        answer = cancel(bench, call_id="call_later_5e4f3a2b1c")
        assert (answer.status, answer.reason) == (VoiceStatus.CANCELLED, "already_cancelled")
        assert bench.calendar.count("cancel_booking") == 1

    def test_one_cancelled_at_calcom_already_is_done(self, bench, booked):
        bench.calendar.cancel_booking(bench.context().account, booked.calcom_booking_uid, "host", timeout=1)
        assert cancel(bench).status is VoiceStatus.CANCELLED
        assert bench.only(Appointment).status is AppointmentStatus.CANCELLED

    def test_one_that_was_moved_away_at_calcom_is_not_called_cancelled(self, bench, booked):
        bench.calendar.move(SALON_KEY, booked.calcom_booking_uid, WISHED + timedelta(hours=1))
        answer = cancel(bench)
        assert (answer.status, answer.reason) == (VoiceStatus.ERROR, "manual_review")
        assert "ruft Sie zurück" in answer.message
        assert bench.only(CallbackRequest).priority == "urgent"
        found = {row.kind: row.calcom_booking_uid for row in bench.rows(ReconciliationFinding)}
        assert found == {"status_mismatch": booked.calcom_booking_uid, "missing_local": "uid-2"}
        assert bench.only(Appointment).requires_manual_review
        assert bench.only(Appointment).status is AppointmentStatus.CONFIRMED


class TestWhose:
    def test_a_number_nobody_knows_cancels_nothing(self, bench, booked):
        answer = cancel(bench, caller=STRANGER)
        assert answer.status is VoiceStatus.NO_CUSTOMER
        assert_untouched(bench)
        assert bench.calendar.count("cancel_booking") == 0

    def test_nor_does_a_name(self, bench, booked):
        answer = cancel(bench, replace(CANCEL, name="Erika Muster"), caller=STRANGER)
        assert answer.status in {VoiceStatus.NO_CUSTOMER, VoiceStatus.UNAUTHORIZED}
        assert_untouched(bench)

    def test_nor_the_uid_of_a_stranger(self, bench, booked):
        bench.book(replace(WISH, name="Otto Fremd", uhrzeit="15:00"), "call_of_a_stranger", caller=STRANGER)
        wish = AppointmentWish(appointment_id=booked.calcom_booking_uid)
        assert cancel(bench, wish, caller=STRANGER).status is VoiceStatus.NOT_FOUND
        assert bench.calendar.count("cancel_booking") == 0

    def test_a_date_that_is_not_his_finds_nothing_even_where_he_has_one(self, bench, booked):
        assert cancel(bench, replace(CANCEL, datum="21.10.2025")).status is VoiceStatus.NOT_FOUND
        assert_untouched(bench)

    def test_another_company_does_not_know_him(self, bench, booked):
        assert cancel(bench, dialled=LINDENHOF).status is VoiceStatus.NO_CUSTOMER
        assert_untouched(bench)

    def test_no_answer_tells_a_stranger_anything_of_it(self, bench, booked):
        for wish in (CANCEL, replace(CANCEL, name="Erika Muster"), AppointmentWish()):
            told = str(cancel(bench, wish, caller=STRANGER))
            assert "+4917139200107" not in told
            assert booked.calcom_booking_uid not in told


class TestHiddenNumber:
    def test_somebody_calls_back_and_stands_in_the_books(self, bench, booked):
        answer = cancel(bench, replace(CANCEL, name="Erika Muster", phone="+4917139200107"), caller=HIDDEN)
        assert (answer.status, answer.claim) == (VoiceStatus.CALLBACK_QUEUED, Claim.CALLBACK)
        request = bench.only(CallbackRequest)
        assert (request.customer_name, request.reason) == ("Erika Muster", "cancellation wished")
        assert answer.details["callback_request_id"] == request.id
        (mail,) = of_kind(bench, OutboxKind.CALLBACK_MAIL)
        assert "4917139200107" not in mail.body
        assert_untouched(bench)

    def test_without_a_number_it_is_asked_for(self, bench, booked):
        answer = cancel(bench, caller=HIDDEN)
        assert answer.status is VoiceStatus.CALLBACK_QUEUED
        assert "Unter welcher Nummer" in answer.message
        assert "zurück" not in answer.message

    def test_what_the_same_call_booked_it_cancels(self, bench):
        bench.book(call_id=RIVAL_CALL, caller=HIDDEN)
        assert cancel(bench, caller=HIDDEN).status is VoiceStatus.CANCELLED

    @pytest.mark.parametrize(
        ("minutes", "status"), [(30, VoiceStatus.CANCELLED), (31, VoiceStatus.CALLBACK_QUEUED)]
    )
    def test_for_half_an_hour(self, bench, minutes, status):
        bench.book(call_id=RIVAL_CALL, caller=HIDDEN)
        bench.clock.advance(minutes=minutes)
        assert cancel(bench, caller=HIDDEN).status is status

    def test_what_another_hidden_call_booked_it_does_not(self, bench):
        bench.book(caller=HIDDEN)
        assert cancel(bench, caller=HIDDEN).status is VoiceStatus.CALLBACK_QUEUED
        assert_untouched(bench)


class TestSeveral:
    @pytest.fixture(autouse=True)
    def _both(self, bench, booked):
        assert bench.book(replace(WISH, uhrzeit="15:30"), "call_second_1a2b3c4d").status is VoiceStatus.BOOKED

    def test_they_are_listed_and_none_is_touched(self, bench):
        answer = cancel(bench, AppointmentWish(datum="20.10.2025"))
        assert answer.status is VoiceStatus.MULTIPLE_FOUND
        assert [each["time"] for each in answer.details["appointments"]] == [
            "2025-10-20 14:00",
            "2025-10-20 15:30",
        ]
        assert "14:00 Uhr" in answer.message
        assert bench.calendar.count("cancel_booking") == 0

    def test_the_time_tells_them_apart(self, bench):
        assert cancel(bench, AppointmentWish(uhrzeit="15:30")).status is VoiceStatus.CANCELLED
        statuses = {row.starts_at: row.status for row in bench.rows(Appointment)}
        assert statuses[WISHED] is AppointmentStatus.CONFIRMED

    def test_a_uid_that_contradicts_the_time_asks(self, bench, booked):
        later = replace(WISH, uhrzeit="15:00", another=True)
        assert bench.book(later, RIVAL_CALL).status is VoiceStatus.BOOKED
        wish = AppointmentWish(appointment_id=booked.calcom_booking_uid, datum="20.10.2025", uhrzeit="15:00")
        assert cancel(bench, wish, "call_third").status is VoiceStatus.MULTIPLE_FOUND


class TestRules:
    def add(self, bench, **rules):
        with bench.gateway.database.transaction(SALON, "add_policy") as session:
            session.add(Policy(company_id=SALON, kind="cancellation", rules=rules))

    def test_too_late_is_said_in_whole_hours(self, bench, booked):
        self.add(bench, hours_before=24)
        bench.clock.set(WISHED - timedelta(hours=23, minutes=12, seconds=7))
        answer = cancel(bench)
        assert (answer.status, answer.reason) == (VoiceStatus.DENIED, "deadline_missed")
        assert "24 Stunden" in answer.message
        assert "." not in answer.message.split("24 Stunden")[0].rsplit(" ", 1)[-1]
        assert_untouched(bench)
        assert bench.calendar.count("cancel_booking") == 0

    def test_the_fee_is_said_and_kept(self, bench, booked):
        self.add(bench, fee_tiers=[{"above_hours": 48, "fee_cents": 0}, {"fee_cents": 1500}])
        bench.clock.set(WISHED - timedelta(hours=5))
        answer = cancel(bench)
        assert "15 Euro" in answer.message
        assert (bench.only(Modification).fee_cents, answer.details["fee"]) == (1500, 15.0)

    def test_the_quota_of_a_month(self, bench, booked):
        self.add(bench, max_cancellations_per_month=1)
        bench.book(replace(WISH, uhrzeit="15:30"), "call_second_1a2b3c4d")
        assert cancel(bench).status is VoiceStatus.CANCELLED
        answer = cancel(bench, AppointmentWish(uhrzeit="15:30"), call_id="call_third_1a2b3c4d")
        assert (answer.status, answer.reason) == (VoiceStatus.DENIED, "quota_exceeded")


class TestUpstreamTrouble:
    def test_an_error_of_theirs_leaves_everything_and_says_so(self, bench, booked):
        bench.calendar.script("cancel_booking", fails())
        answer = cancel(bench)
        assert (answer.status, answer.claim) == (VoiceStatus.ERROR, Claim.FAILED)
        assert "später" in answer.message
        assert_untouched(bench)

    def test_the_next_try_does_not_wait_for_the_watched_one(self, bench, booked):
        bench.calendar.script("cancel_booking", fails())
        cancel(bench)
        assert cancel(bench).status is VoiceStatus.CANCELLED
        assert len(bench.rows(Modification)) == 1

    def test_a_lost_reply_is_looked_up(self, bench, booked):
        bench.calendar.script("cancel_booking", lost_reply)
        assert cancel(bench).status is VoiceStatus.CANCELLED
        assert bench.calendar.count("cancel_booking") == 1

    def test_one_that_stays_unknown_is_being_checked(self, bench, booked):
        bench.calendar.script("cancel_booking", timed_out)
        answer = cancel(bench)
        assert (answer.status, answer.claim) == (VoiceStatus.TIMEOUT, Claim.CHECKING)
        assert answer.message == (
            "Es gab ein Verbindungsproblem. Die Absage Ihres Termins am Montag, 20. Oktober um 14:00 Uhr "
            "wird geprüft, wir melden uns bei Ihnen."
        )
        assert_untouched(bench)

    def test_one_that_is_not_there_goes_to_a_person(self, bench, booked):
        del bench.calendar.accounts[SALON_KEY].bookings[booked.calcom_booking_uid]
        answer = cancel(bench)
        assert (answer.status, answer.reason) == (VoiceStatus.ERROR, "manual_review")
        assert bench.only(CallbackRequest).reason.startswith("cancellation unclear")
        assert_untouched(bench)
        assert bench.calendar.count("create_booking") == 1

    def test_a_refusal_leaves_it(self, bench, booked):
        bench.calendar.script("cancel_booking", refuses(RefusalKind.REJECTED, "not allowed"))
        assert cancel(bench).status is VoiceStatus.ERROR
        assert_untouched(bench)
        assert change(bench).state is AttemptState.REFUSED

    def test_a_refusal_behind_which_it_happened_is_believed_by_the_look(self, bench, booked):
        def refuses_after(_about, do):
            do()
            return refuses(RefusalKind.REJECTED, "odd")(None, None)

        bench.calendar.script("cancel_booking", refuses_after)
        assert cancel(bench).status is VoiceStatus.CANCELLED

    def test_what_can_not_be_looked_up_is_being_checked(self, bench, booked):
        bench.calendar.script("cancel_booking", fails())
        bench.calendar.script("find_booking", *[lambda _a, _d: CheckFailed("status 500")] * 2)
        assert cancel(bench).status is VoiceStatus.TIMEOUT

    def test_what_can_not_be_written_down_is_being_checked_and_found_by_the_worker(self, bench, booked):
        bench.faults.arm("settle_change", "db_error", 1)
        assert cancel(bench).status is VoiceStatus.TIMEOUT
        assert_untouched(bench)


class TestNobodyCanChangeTwo:
    def test_a_change_under_way_is_waited_for(self, bench, booked):
        answers = []

        def meanwhile(_about, do):
            answers.append(cancel(bench, call_id="call_rival_1a2b3c"))
            return do()

        bench.calendar.script("cancel_booking", meanwhile)
        assert cancel(bench).status is VoiceStatus.CANCELLED
        assert answers[0].status is VoiceStatus.TIMEOUT
        assert bench.calendar.count("cancel_booking") == 1

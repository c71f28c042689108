from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from zoneinfo import ZoneInfo

import pytest

from app.domain.outcomes import RefusalKind, Refused, Unknown
from app.domain.speech import Claim, VoiceStatus
from app.domain.statuses import AppointmentStatus, AttemptKind, AttemptState, CallRelation, OutboxKind
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
)
from app.usecases.commands import AppointmentWish
from app.usecases.rescheduling import reschedule_appointment
from tests.integration.bench import CALLER, RIVAL_CALL, SALON, SALON_KEY, WISH, WISHED
from tests.integration.fakes import lost_reply, refuses, timed_out, unreadable

NEW = WISHED + timedelta(hours=1)
MOVE = AppointmentWish(
    old_datum="20.10.2025", old_uhrzeit="14:00", new_datum="20.10.2025", new_uhrzeit="15:00"
)
YES = replace(MOVE, confirmed=True)
BERLIN = ZoneInfo("Europe/Berlin")


def move(bench, wish=YES, call_id=RIVAL_CALL, *, tool_call_id=None, **who):
    context = replace(bench.context(call_id, **who), tool_call_id=tool_call_id)
    return bench._ask(reschedule_appointment, wish, context)


def moves(bench):
    return [row for row in bench.rows(BookingAttempt) if row.kind is AttemptKind.MOVE]


def assert_untouched(bench):
    appointment = bench.only(Appointment)
    assert (appointment.starts_at, appointment.status) == (WISHED, AppointmentStatus.CONFIRMED)
    assert appointment.calcom_booking_uid == "uid-1"
    assert bench.rows(Modification) == []


@pytest.fixture
def booked(bench):
    """Erika's appointment, booked by phone on Monday at 14:00."""
    assert bench.book().status is VoiceStatus.BOOKED
    return bench.only(Appointment)


class TestTwoSteps:
    def test_first_the_new_time_is_read_back_with_both_dates(self, bench, booked):
        answer = move(bench, MOVE)
        assert (answer.status, answer.claim) == (VoiceStatus.READY_FOR_CONFIRMATION, Claim.FREE)
        assert "von Montag, 20. Oktober um 14:00 Uhr auf Montag, 20. Oktober um 15:00 Uhr" in answer.message
        assert bench.calendar.count("reschedule_booking") == 0
        assert_untouched(bench)

    def test_the_same_wish_again_confirms(self, bench, booked):
        move(bench, MOVE)
        assert move(bench, MOVE).status is VoiceStatus.RESCHEDULED

    @pytest.mark.parametrize(
        ("seconds", "status"),
        [(300, VoiceStatus.RESCHEDULED), (301, VoiceStatus.READY_FOR_CONFIRMATION)],
    )
    def test_within_five_minutes(self, bench, booked, seconds, status):
        move(bench, MOVE)
        bench.clock.advance(seconds=seconds)
        assert move(bench, MOVE).status is status

    def test_another_time_is_read_back_anew(self, bench, booked):
        move(bench, MOVE)
        assert move(bench, replace(MOVE, new_uhrzeit="15:30")).status is VoiceStatus.READY_FOR_CONFIRMATION

    def test_another_call_has_confirmed_nothing(self, bench, booked):
        move(bench, MOVE)
        assert move(bench, MOVE, "call_other_1a2b").status is VoiceStatus.READY_FOR_CONFIRMATION

    def test_the_same_delivery_twice_is_no_yes(self, bench, booked):
        move(bench, MOVE, tool_call_id="tool_1")
        assert move(bench, MOVE, tool_call_id="tool_1").status is VoiceStatus.READY_FOR_CONFIRMATION
        assert move(bench, MOVE, tool_call_id="tool_2").status is VoiceStatus.RESCHEDULED

    def test_words_of_two_readings_are_read_back_even_with_a_yes(self, bench, booked):
        wish = AppointmentWish(new_datum="20.10.2025", new_uhrzeit="so gegen drei", confirmed=True)
        assert move(bench, wish).status is VoiceStatus.READY_FOR_CONFIRMATION
        assert move(bench, wish).status is VoiceStatus.RESCHEDULED

    def test_a_taken_time_gets_alternatives(self, bench, booked):
        bench.calendar.accounts[SALON_KEY].free.discard(NEW)
        answer = move(bench, MOVE)
        assert answer.status is VoiceStatus.UNAVAILABLE
        assert 0 < len(answer.alternatives) <= 2
        assert not {NEW, WISHED} & set(answer.alternatives)

    def test_a_list_that_can_not_be_read_is_no_taken_time(self, bench, booked):
        bench.calendar.script("recheck", unreadable)
        answer = move(bench, MOVE)
        assert (answer.status, answer.reason) == (VoiceStatus.ERROR, "check_failed")


class TestMoved:
    def test_both_sides_stand_at_the_new_time_under_the_new_uid(self, bench, booked):
        answer = move(bench)
        assert (answer.status, answer.claim) == (VoiceStatus.RESCHEDULED, Claim.MOVED)
        assert (answer.asked, answer.previous) == (NEW, WISHED)
        appointment = bench.only(Appointment)
        (booking,) = bench.calendar.live(SALON_KEY)
        assert appointment.calcom_booking_uid == booking.uid == answer.calcom_booking_uid != "uid-1"
        assert (appointment.starts_at, booking.start) == (NEW, NEW)
        assert appointment.ends_at - appointment.starts_at == timedelta(minutes=30)
        assert (appointment.previous_starts_at, appointment.rescheduled_count) == (WISHED, 1)
        assert (appointment.id, appointment.status) == (booked.id, AppointmentStatus.CONFIRMED)

    def test_all_that_belongs_to_it_is_written_at_once(self, bench, booked):
        move(bench)
        assert (bench.only(Modification).kind, moves(bench)[0].state) == ("reschedule", AttemptState.MOVED)
        assert CallRelation.MOVED in {row.relation for row in bench.rows(CallAppointment)}
        assert [cell for cell in bench.rows(ClaimCell) if cell.active] == []
        changes = bench.rows(AuditEntry)[-1].changes
        assert set(changes) >= {"starts_at", "ends_at", "calcom_booking_uid", "previous_starts_at"}

    def test_the_mail_moves_it_in_calendars(self, bench, booked):
        move(bench)
        (mail,) = [row for row in bench.rows(OutboxMessage) if row.kind is OutboxKind.MOVE_MAIL]
        (first,) = [row for row in bench.rows(OutboxMessage) if row.kind is OutboxKind.CONFIRMATION_MAIL]
        uid = next(line for line in first.calendar_file.splitlines() if line.startswith("UID"))
        assert uid in mail.calendar_file
        assert "SEQUENCE:1" in mail.calendar_file
        assert "Bisher war er am Montag, 20. Oktober um 14:00 Uhr" in mail.body

    def test_one_that_must_be_confirmed_by_a_host_is_only_asked_for(self, bench, booked):
        bench.calendar.status = "pending"
        answer = move(bench)
        assert answer.status is VoiceStatus.PENDING
        assert "verschoben" not in answer.message
        assert bench.only(Appointment).status is AppointmentStatus.PENDING

    def test_a_time_alone_is_meant_for_the_same_day(self, bench, booked):
        assert move(bench, AppointmentWish(new_uhrzeit="15:00", confirmed=True)).asked == NEW

    def test_plain_date_and_time_are_the_new_ones_where_nothing_else_is_named(self, bench, booked):
        wish = AppointmentWish(datum="20.10.2025", uhrzeit="15:00", confirmed=True)
        assert move(bench, wish).asked == NEW

    def test_plain_date_and_time_are_the_old_ones_beside_new_ones(self, bench, booked):
        wish = AppointmentWish(datum="20.10.2025", uhrzeit="14:00", new_uhrzeit="15:00", confirmed=True)
        assert move(bench, wish).asked == NEW

    def test_the_service_of_the_call_stays_what_it_was(self, bench, booked):
        assert move(bench, MOVE).service_id is None

    def test_its_own_time_does_not_stand_in_its_way(self, bench, booked):
        half_over = WISHED + timedelta(minutes=15)
        bench.calendar.accounts[SALON_KEY].free.add(half_over)
        wish = AppointmentWish(new_uhrzeit="14:15", confirmed=True)
        assert move(bench, wish).status is VoiceStatus.RESCHEDULED

    def test_the_time_of_somebody_else_does(self, bench, booked):
        bench.book(replace(WISH, name="Otto Fremd", uhrzeit="15:00"), "call_x1y2z3", caller="+4917139299999")
        bench.calendar.accounts[SALON_KEY].free.add(NEW)  # Cal.com has forgotten it; we have not
        answer = move(bench)
        assert (answer.status, answer.reason) == (VoiceStatus.SLOT_TAKEN, "already_claimed")
        assert bench.calendar.count("reschedule_booking") == 0

    def test_the_old_time_is_free_for_others(self, bench, booked):
        move(bench)
        again = bench.book(replace(WISH, name="Otto Fremd"), "call_x1y2z3", caller="+4917139299999")
        assert again.status is VoiceStatus.BOOKED


class TestAgain:
    def test_a_repeat_hears_the_same(self, bench, booked):
        first = move(bench)
        for wish in (YES, MOVE, replace(YES, old_datum=None, old_uhrzeit=None)):
            assert move(bench, wish).message == first.message
        assert bench.calendar.count("reschedule_booking") == 1
        assert len(bench.rows(Modification)) == 1

    def test_there_and_back_and_there_again(self, bench, booked):
        move(bench)
        back = replace(YES, old_uhrzeit="15:00", new_uhrzeit="14:00")
        assert move(bench, back).asked == WISHED
        again = move(bench)
        assert (again.status, again.asked) == (VoiceStatus.RESCHEDULED, NEW)
        assert bench.only(Appointment).rescheduled_count == 3

    def test_where_it_stands_already_is_no_move(self, bench, booked):
        answer = move(bench, replace(YES, new_uhrzeit="14:00"))
        assert answer.status is VoiceStatus.UNCHANGED
        assert bench.calendar.count("reschedule_booking") == 0

    def test_the_same_clock_time_on_another_day_is_one(self, bench, booked):
        tomorrow = WISHED + timedelta(days=1)
        bench.calendar.accounts[SALON_KEY].free.add(tomorrow)
        answer = move(bench, replace(YES, new_datum="21.10.2025", new_uhrzeit="14:00"))
        assert (answer.status, answer.asked) == (VoiceStatus.RESCHEDULED, tomorrow)

    def test_the_uid_the_agent_remembers_may_be_an_old_one(self, bench, booked):
        move(bench)
        wish = AppointmentWish(appointment_id="uid-1", new_uhrzeit="15:30", confirmed=True)
        assert move(bench, wish).status is VoiceStatus.RESCHEDULED


class TestQuestions:
    @pytest.mark.parametrize(
        ("changes", "status"),
        [
            ({"new_datum": None, "new_uhrzeit": None}, VoiceStatus.NEEDS_NEW_TIME),
            ({"new_uhrzeit": None}, VoiceStatus.NEEDS_NEW_TIME),
            ({"new_datum": "31. November"}, VoiceStatus.INVALID_DATE),
            ({"old_datum": "blubb"}, VoiceStatus.INVALID_DATE),
            ({"old_datum": "21.10.2025"}, VoiceStatus.NOT_FOUND),
            ({"new_uhrzeit": "20:00"}, VoiceStatus.CLOSED),
            ({"new_datum": "25.10.2025"}, VoiceStatus.CLOSED),
            ({"new_datum": "10.10.2025"}, VoiceStatus.PAST_TIME),
        ],
    )
    def test_each_is_answered_without_a_request(self, bench, booked, changes, status):
        assert move(bench, replace(YES, **changes)).status is status
        assert bench.calendar.count("reschedule_booking") == 0
        assert_untouched(bench)

    def test_too_soon_is_said(self, bench, booked):
        bench.clock.set(WISHED + timedelta(minutes=-20))
        wish = AppointmentWish(new_uhrzeit="13:45", confirmed=True)
        assert move(bench, wish).status is VoiceStatus.NOTICE_VIOLATION

    def test_several_are_listed(self, bench, booked):
        bench.book(replace(WISH, uhrzeit="15:30"), "call_second_1a2b3c4d")
        answer = move(bench, AppointmentWish(new_uhrzeit="16:00", confirmed=True))
        assert answer.status is VoiceStatus.MULTIPLE_FOUND
        assert len(answer.options) == 2

    def test_a_hidden_number_is_called_back(self, bench, booked):
        assert move(bench, caller=None).status is VoiceStatus.CALLBACK_QUEUED
        assert bench.only(CallbackRequest).reason == "move wished"
        assert_untouched(bench)


class TestRules:
    def add(self, bench, **rules):
        with bench.gateway.database.transaction(SALON, "add_policy") as session:
            session.add(Policy(company_id=SALON, kind="reschedule", rules=rules))

    def test_the_most_moves(self, bench, booked):
        self.add(bench, max_reschedules_per_appointment=1)
        assert move(bench).status is VoiceStatus.RESCHEDULED
        again = move(bench, replace(YES, old_uhrzeit="15:00", new_uhrzeit="15:30"))
        assert again.status is VoiceStatus.MAX_RESCHEDULES_REACHED
        assert bench.calendar.count("reschedule_booking") == 1

    def test_the_fee_is_said_before_and_after(self, bench, booked):
        self.add(bench, fee_tiers=[{"fee_cents": 1000}])
        assert "10 Euro" in move(bench, MOVE).message
        answer = move(bench, MOVE)
        assert "10 Euro" in answer.message
        assert (bench.only(Modification).fee_cents, answer.details["fee"]) == (1000, 10.0)


class TestTheTimeIsGone:
    def test_seen_right_before_no_request_is_sent(self, bench, booked):
        move(bench, MOVE)
        bench.calendar.accounts[SALON_KEY].free.discard(NEW)
        answer = move(bench, MOVE)
        assert (answer.status, answer.reason) == (VoiceStatus.SLOT_TAKEN, "race_condition_detected")
        assert len(answer.alternatives) == 2
        assert bench.calendar.count("reschedule_booking") == 0
        assert_untouched(bench)
        assert moves(bench)[0].state is AttemptState.REFUSED

    def test_refused_by_calcom(self, bench, booked):
        bench.calendar.script("reschedule_booking", refuses(RefusalKind.SLOT_TAKEN))
        answer = move(bench)
        assert (answer.status, answer.reason) == (VoiceStatus.SLOT_TAKEN, "race_condition_detected")
        assert_untouched(bench)


class TestUpstreamTrouble:
    def test_an_error_of_theirs_leaves_the_row_and_says_later(self, bench, booked):
        bench.calendar.script("reschedule_booking", lambda _about, _do: Unknown("status 500", answered=True))
        answer = move(bench)
        assert (answer.status, answer.claim) == (VoiceStatus.ERROR, Claim.FAILED)
        assert "Ihr Termin bleibt, wie er ist" in answer.message
        assert_untouched(bench)
        assert move(bench).status is VoiceStatus.RESCHEDULED
        assert bench.calendar.count("create_booking") == 1

    def test_an_error_behind_which_it_moved_is_a_success(self, bench, booked):
        def moved_and_failed(_about, do):
            do()
            return Unknown("status 502", answered=True)

        bench.calendar.script("reschedule_booking", moved_and_failed)
        assert move(bench).status is VoiceStatus.RESCHEDULED
        assert bench.calendar.count("reschedule_booking") == 1

    def test_a_lost_reply_is_looked_up_never_sent_again(self, bench, booked):
        bench.calendar.script("reschedule_booking", lost_reply)
        assert move(bench).status is VoiceStatus.RESCHEDULED
        assert bench.calendar.count("reschedule_booking") == 1

    def test_one_that_stays_unknown_is_being_checked(self, bench, booked):
        bench.calendar.script("reschedule_booking", timed_out)
        answer = move(bench)
        assert (answer.status, answer.claim) == (VoiceStatus.TIMEOUT, Claim.CHECKING)
        assert (
            "Die Verschiebung Ihres Termins auf Montag, 20. Oktober um 15:00 Uhr wird geprüft"
            in answer.message
        )
        assert_untouched(bench)
        assert move(bench).status is VoiceStatus.TIMEOUT
        assert bench.calendar.count("reschedule_booking") == 1

    def test_one_that_is_not_there_goes_to_a_person_and_is_not_booked_anew(self, bench, booked):
        del bench.calendar.accounts[SALON_KEY].bookings["uid-1"]
        answer = move(bench)
        assert (answer.status, answer.reason) == (VoiceStatus.ERROR, "manual_review")
        assert bench.only(Appointment).requires_manual_review
        assert bench.only(CallbackRequest).priority == "urgent"
        assert_untouched(bench)
        assert bench.calendar.count("create_booking") == 1

    @pytest.mark.parametrize("start", [NEW + timedelta(hours=1), NEW])
    def test_one_that_somebody_moved_is_adopted_only_where_it_was_asked_for(self, bench, booked, start):
        bench.calendar.move(SALON_KEY, "uid-1", start)
        bench.calendar.accounts[SALON_KEY].free.add(NEW)
        answer = move(bench)
        wanted = VoiceStatus.RESCHEDULED if start == NEW else VoiceStatus.ERROR
        assert answer.status is wanted
        assert len(bench.calendar.live(SALON_KEY)) == 1

    def test_an_answer_about_another_booking_is_not_believed(self, bench, booked):
        def another(_about, do):
            moved = do()
            return replace(moved, seen=replace(moved.seen, rescheduled_from_uid="uid-of-another"))

        bench.calendar.script("reschedule_booking", another)
        answer = move(bench)
        assert answer.status is VoiceStatus.RESCHEDULED  # the look finds the true one
        assert bench.only(Appointment).calcom_booking_uid == "uid-2"

    def test_an_answer_at_another_time_is_not_believed(self, bench, booked):
        def elsewhere(_about, _do):
            return replace_moved(bench)

        bench.calendar.script("reschedule_booking", elsewhere)
        answer = move(bench)
        assert (answer.status, answer.reason) == (VoiceStatus.ERROR, "manual_review")
        assert_untouched(bench)

    def test_what_can_not_be_written_down_is_not_undone(self, bench, booked):
        bench.faults.arm("settle_change", "db_error", 1)
        assert move(bench).status is VoiceStatus.TIMEOUT
        assert bench.calendar.count("cancel_booking") == 0
        assert len(bench.calendar.live(SALON_KEY)) == 1

    def test_a_wrong_request_is_an_alarm(self, bench, booked):
        bench.calendar.script(
            "reschedule_booking", lambda _about, _do: Refused(RefusalKind.REJECTED, "odd property")
        )
        assert move(bench).status is VoiceStatus.ERROR
        assert bench.logged("calcom.rejected")[0]["level"] == "error"


def replace_moved(bench):
    from app.domain.outcomes import MovedTo  # noqa: PLC0415 - only here

    return MovedTo(bench.calendar.move(SALON_KEY, "uid-1", NEW + timedelta(minutes=30)))


class TestDaylightSaving:
    def test_over_the_change_of_clocks_the_wall_time_counts(self, bench):
        friday = WISHED + timedelta(days=4)
        monday = WISHED + timedelta(days=7, hours=1)  # 14:00 in Berlin is 13:00 in UTC from Sunday on
        bench.calendar.accounts[SALON_KEY].free |= {friday, monday}
        bench.book(replace(WISH, datum="24.10.2025"))
        wish = AppointmentWish(new_datum="27.10.2025", new_uhrzeit="14:00", confirmed=True)
        answer = move(bench, wish, caller=CALLER)
        assert (answer.status, answer.asked) == (VoiceStatus.RESCHEDULED, monday)
        assert answer.asked.astimezone(BERLIN).hour == 14

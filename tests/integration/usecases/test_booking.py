from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from app.domain.outcomes import BookingList, RefusalKind, Replied, SlotList, Unknown
from app.domain.speech import Trouble, VoiceStatus
from app.domain.statuses import (
    AppointmentStatus,
    AttemptState,
    CallbackPriority,
    FindingKind,
    OutboxKind,
    OutboxStatus,
    Told,
)
from app.storage import attempts
from app.storage.models import (
    Appointment,
    AuditEntry,
    BookingAttempt,
    CallbackRequest,
    ClaimCell,
    Customer,
    OutboxMessage,
    ReconciliationFinding,
)
from tests.integration.bench import CALL, CALLER, RIVAL_CALL, SALON_KEY, WISH, WISHED
from tests.integration.fakes import changed, lost_reply, refuses, timed_out, unreadable


def held_cells(bench) -> int:
    return len([cell for cell in bench.rows(ClaimCell) if cell.active])


class TestAccepted:
    def test_the_caller_hears_booked_with_the_uid_as_its_proof(self, bench):
        answer = bench.book()
        assert answer.status is VoiceStatus.BOOKED
        assert answer.calcom_booking_uid == bench.only(Appointment).calcom_booking_uid
        assert "erfolgreich gebucht" in answer.message

    def test_customer_appointment_message_and_attempt_are_written_together(self, bench):
        bench.book(replace(WISH, email="erika@example.com"))
        appointment, attempt = bench.only(Appointment), bench.only(BookingAttempt)
        assert (appointment.starts_at, appointment.ends_at) == (WISHED, WISHED + timedelta(minutes=30))
        assert appointment.status is AppointmentStatus.CONFIRMED
        assert appointment.customer_id == bench.only(Customer).id
        assert (attempt.state, attempt.told) == (AttemptState.BOOKED, Told.BOOKED)
        message = bench.only(OutboxMessage)
        assert (message.kind, message.status) == (OutboxKind.CONFIRMATION_MAIL, OutboxStatus.WAITING)
        assert "BEGIN:VCALENDAR" in message.calendar_file
        assert [entry.event for entry in bench.rows(AuditEntry)] == ["created"]

    def test_cal_com_is_asked_once_for_exactly_the_wish(self, bench):
        bench.book()
        (asked,) = [asked for asked in bench.calendar.asked if asked.operation == "create_booking"]
        assert asked.api_key == SALON_KEY
        assert asked.about.start == WISHED
        assert asked.about.retell_call_id == CALL
        assert asked.about.attendee_phone == CALLER
        assert asked.timeout <= 5

    def test_a_caller_without_address_gets_one_of_his_own_towards_cal_com_only(self, bench):
        bench.book()
        (asked,) = [asked for asked in bench.calendar.asked if asked.operation == "create_booking"]
        assert asked.about.attempt_id in asked.about.attendee_email
        assert bench.only(Customer).email_ciphertext is None
        assert bench.parts.vault.open(bench.only(OutboxMessage).recipient_ciphertext).startswith("termine@")

    def test_the_time_is_free_again_for_claims_and_the_slot_list_is_forgotten(self, bench):
        bench.book()
        assert held_cells(bench) == 0
        assert bench.calendar.forgotten == [(1, 2563193)]

    def test_the_same_phone_is_the_same_customer_under_the_name_it_had(self, bench):
        bench.book()
        later = replace(WISH, uhrzeit="15:00", name="Erica Musta")
        assert bench.book(later, RIVAL_CALL).status is VoiceStatus.BOOKED
        assert bench.only(Customer).name == "Erika Muster"

    def test_another_name_on_the_same_phone_is_another_customer(self, bench):
        bench.book()
        later = replace(WISH, uhrzeit="15:00", name="Hansi Sputer")
        assert bench.book(later, RIVAL_CALL).status is VoiceStatus.BOOKED
        assert [row.name for row in bench.rows(Customer)] == ["Erika Muster", "Hansi Sputer"]

    def test_two_without_any_contact_are_two_customers(self, bench):
        bench.book(caller="anonymous")
        bench.book(replace(WISH, uhrzeit="15:00"), RIVAL_CALL, caller="anonymous")
        assert len(bench.rows(Customer)) == 2


class TestPending:
    def test_a_request_to_be_confirmed_is_never_called_booked(self, bench):
        bench.calendar.status = "pending"
        answer = bench.book()
        assert answer.status is VoiceStatus.PENDING
        assert "angefragt" in answer.message
        assert "gebucht" not in answer.message
        assert bench.only(Appointment).status is AppointmentStatus.PENDING

    def test_neither_is_it_in_its_mail(self, bench):
        bench.calendar.status = "pending"
        bench.book()
        message = bench.only(OutboxMessage)
        assert "gebucht" not in message.body
        assert "bestätigung" not in message.subject


class TestNotOurs:
    @pytest.mark.parametrize(
        ("fields", "reason"),
        [
            ({"created_at": WISHED - timedelta(days=8)}, "stale_booking_data"),
            ({"metadata": {"attempt_id": "att_other", "call_id": "call_other"}}, "foreign_booking"),
        ],
    )
    def test_it_is_refused_and_never_cancelled(self, bench, fields, reason):
        foreign = bench.calendar.add(SALON_KEY, start=WISHED, created_at=bench.clock.now())
        bench.calendar.script("create_booking", lambda _a, _d: Replied(replace(foreign, **fields), None))
        answer = bench.book()
        assert (answer.status, answer.reason) == (VoiceStatus.ERROR, reason)
        assert "Problem bei der Buchung" in answer.message
        assert bench.calendar.count("cancel_booking") == 0
        assert bench.calendar.count("create_booking") == 1
        assert bench.rows(Appointment) == []
        assert bench.rows(Customer) == []
        assert bench.only(BookingAttempt).state is AttemptState.REFUSED

    def test_a_uid_that_another_appointment_holds_is_told_as_booked_already(self, bench):
        bench.book()
        known = bench.calendar.live(SALON_KEY)[0]
        bench.calendar.script("create_booking", lambda _a, _d: Replied(known, None))
        answer = bench.book(replace(WISH, uhrzeit="15:00"), RIVAL_CALL)
        assert (answer.reason, answer.trouble) == ("known_uid", Trouble.ALREADY_BOOKED)
        assert answer.message.startswith("Dieser Termin wurde bereits gebucht")
        assert len(bench.rows(Appointment)) == 1
        assert bench.calendar.count("cancel_booking") == 0

    def test_age_is_judged_by_cal_coms_own_clock(self, bench):
        def dated(_about, do):
            bench.clock.advance(minutes=40)  # ours runs wild
            return replace(do(), server_time=bench.clock.now() - timedelta(minutes=40))

        bench.calendar.script("create_booking", dated)
        bench.clock.advance(seconds=1)
        assert bench.book().status is VoiceStatus.BOOKED

    def test_without_its_clock_ours_judges(self, bench):
        def undated(_about, do):
            replied = do()
            bench.clock.advance(seconds=31)
            return Replied(replied.seen, None)

        bench.calendar.script("create_booking", undated)
        bench.calendar.script("list_bookings", unreadable)
        assert bench.book().status is VoiceStatus.TIMEOUT

    def test_our_own_booking_behind_a_strange_reply_is_adopted(self, bench):
        def strange(_about, do):
            do()
            stranger = bench.calendar.add(SALON_KEY, start=WISHED)
            return Replied(stranger, bench.clock.now())

        bench.calendar.script("create_booking", strange)
        answer = bench.book()
        assert answer.status is VoiceStatus.BOOKED
        assert bench.only(Appointment).calcom_booking_uid == "uid-1"

    def test_where_the_look_behind_it_fails_it_is_being_checked(self, bench):
        foreign = bench.calendar.add(SALON_KEY, start=WISHED)
        bench.calendar.script("create_booking", lambda _a, _d: Replied(foreign, bench.clock.now()))
        bench.calendar.script("list_bookings", unreadable)
        assert bench.book().status is VoiceStatus.TIMEOUT
        assert bench.only(BookingAttempt).state is AttemptState.OPEN


class TestMoved:
    def test_it_is_cancelled_once_and_told_as_failed(self, bench):
        bench.calendar.script("create_booking", changed(start=WISHED + timedelta(minutes=55)))
        answer = bench.book()
        assert (answer.status, answer.reason) == (VoiceStatus.ERROR, "moved_start")
        assert bench.calendar.count("cancel_booking") == 1
        assert bench.calendar.live(SALON_KEY) == []
        assert bench.rows(Appointment) == []
        assert bench.only(BookingAttempt).state is AttemptState.COMPENSATED

    def test_a_cancel_that_nobody_confirmed_is_left_to_the_worker(self, bench):
        bench.calendar.script("create_booking", changed(start=WISHED + timedelta(minutes=55)))
        bench.calendar.script("cancel_booking", timed_out)
        assert bench.book().status is VoiceStatus.ERROR
        attempt = bench.only(BookingAttempt)
        assert (attempt.state, attempt.told) == (AttemptState.OPEN, Told.FAILED)


class TestRefused:
    @pytest.mark.parametrize(
        ("kind", "status", "trouble"),
        [
            (RefusalKind.TOO_SOON, VoiceStatus.NOTICE_VIOLATION, Trouble.BOOKING),
            (RefusalKind.IN_THE_PAST, VoiceStatus.PAST_TIME, Trouble.BOOKING),
            (RefusalKind.REJECTED, VoiceStatus.ERROR, Trouble.BOOKING),
            (RefusalKind.RATE_LIMITED, VoiceStatus.ERROR, Trouble.OUTAGE),
            (RefusalKind.UNREACHABLE, VoiceStatus.ERROR, Trouble.OUTAGE),
            (RefusalKind.CIRCUIT_OPEN, VoiceStatus.CIRCUIT_OPEN, Trouble.OUTAGE),
        ],
    )
    def test_each_kind_has_its_answer_and_leaves_nothing(self, bench, kind, status, trouble):
        bench.calendar.script("create_booking", refuses(kind))
        answer = bench.book()
        assert (answer.status, answer.trouble, answer.reason) == (status, trouble, kind)
        assert bench.rows(Appointment) == []
        assert bench.rows(Customer) == []
        assert bench.only(BookingAttempt).state is AttemptState.REFUSED
        assert held_cells(bench) == 0

    def test_a_busy_host_is_a_lost_slot_with_fresh_alternatives(self, bench):
        bench.calendar.script("create_booking", refuses(RefusalKind.SLOT_TAKEN))
        answer = bench.book()
        assert (answer.status, answer.reason) == (VoiceStatus.SLOT_TAKEN, "race_condition_detected")
        assert answer.alternatives == (WISHED + timedelta(minutes=30), WISHED + timedelta(minutes=60))
        assert bench.calendar.count("create_booking") == 1

    def test_behind_a_busy_host_our_own_booking_may_stand(self, bench):
        def busy_but_booked(_about, do):
            do()
            return refuses(RefusalKind.SLOT_TAKEN)(None, None)

        bench.calendar.script("create_booking", busy_but_booked)
        assert bench.book().status is VoiceStatus.BOOKED
        assert len(bench.calendar.live(SALON_KEY)) == 1

    def test_a_rejected_request_is_somebodys_to_look_at(self, bench):
        bench.calendar.script("create_booking", refuses(RefusalKind.REJECTED, "responses - {title}error"))
        bench.book()
        assert [record["level"] for record in bench.logged("calcom.rejected")] == ["error"]


class TestRecheck:
    def test_a_slot_gone_since_the_check_is_not_posted(self, bench):
        bench.calendar.accounts[SALON_KEY].free.discard(WISHED)
        answer = bench.book()
        assert (answer.status, answer.reason) == (VoiceStatus.SLOT_TAKEN, "race_condition_detected")
        assert WISHED not in answer.alternatives
        assert bench.calendar.count("create_booking") == 0
        assert bench.only(BookingAttempt).state is AttemptState.REFUSED

    def test_where_it_can_not_be_read_the_post_decides(self, bench):
        bench.calendar.script("recheck", unreadable)
        assert bench.book().status is VoiceStatus.BOOKED

    def test_it_never_reads_what_is_remembered(self, bench):
        bench.check()
        bench.book()
        assert [asked.operation for asked in bench.calendar.asked][:2] == ["list_slots", "recheck"]


class TestUnknown:
    def test_a_lost_reply_is_found_by_its_attempt_id(self, bench):
        bench.calendar.script("create_booking", lost_reply)
        assert bench.book().status is VoiceStatus.BOOKED
        assert bench.only(Appointment).calcom_booking_uid == "uid-1"
        assert bench.calendar.count("create_booking") == 1

    def test_a_slow_commit_is_found_at_the_second_look(self, bench):
        def slow(_about, do):
            bench.clock.while_sleeping = [lambda: None, do]
            return Unknown("timeout")

        bench.calendar.script("create_booking", slow)
        assert bench.book().status is VoiceStatus.BOOKED
        assert bench.clock.slept == [0.5, 1.5]

    def test_nothing_found_is_being_checked_and_not_posted_again(self, bench):
        bench.calendar.script("create_booking", timed_out)
        answer = bench.book()
        assert (answer.status, answer.reason) == (VoiceStatus.TIMEOUT, "unknown_outcome")
        assert "wird geprüft" in answer.message
        assert bench.calendar.count("create_booking") == 1
        attempt = bench.only(BookingAttempt)
        assert (attempt.state, attempt.told) == (AttemptState.OPEN, Told.CHECKING)
        assert held_cells(bench) == 6

    def test_looks_that_fail_are_not_taken_for_nothing(self, bench):
        bench.calendar.script("create_booking", lost_reply)
        bench.calendar.script("list_bookings", unreadable, unreadable)
        assert bench.book().status is VoiceStatus.TIMEOUT

    def test_what_was_cancelled_meanwhile_is_told_as_failed(self, bench):
        def cancelled(_about, do):
            uid = do().seen.uid
            booking = bench.calendar.accounts[SALON_KEY].bookings[uid]
            bench.calendar.accounts[SALON_KEY].bookings[uid] = replace(booking, status="cancelled")
            return Unknown("status 500")

        bench.calendar.script("create_booking", cancelled)
        assert bench.book().status is VoiceStatus.ERROR
        assert bench.only(BookingAttempt).state is AttemptState.REFUSED

    def test_looking_up_stops_where_the_caller_can_wait_no_longer(self, bench):
        def slow(_about, _do):
            bench.clock.advance(seconds=9.3)
            return Unknown("timeout")

        bench.calendar.script("create_booking", slow)
        assert bench.book().status is VoiceStatus.TIMEOUT
        assert bench.calendar.count("list_bookings") == 0

    def test_an_answer_is_given_though_no_time_is_left(self, bench):
        def slow(_about, _do):
            bench.clock.advance(seconds=12)
            return refuses(RefusalKind.SLOT_TAKEN)(None, None)

        bench.calendar.script("create_booking", slow)
        assert bench.book().status is VoiceStatus.SLOT_TAKEN

    def test_where_not_even_that_can_be_written_down_it_is_still_being_checked(self, bench):
        bench.calendar.script("create_booking", timed_out)
        bench.faults.arm("keep_for_worker", "db_error", 1)
        assert bench.book().status is VoiceStatus.TIMEOUT
        attempt = bench.only(BookingAttempt)
        assert (attempt.state, attempt.told) == (AttemptState.OPEN, Told.NOTHING)


class TestThinReplies:
    def test_one_is_completed_by_reading_the_uid(self, bench):
        bench.calendar.script("create_booking", changed(start=None, created_at=None, metadata=None))
        assert bench.book().status is VoiceStatus.BOOKED
        assert bench.calendar.count("find_booking") == 1

    @pytest.mark.parametrize("found", [unreadable, lambda _a, _d: None], ids=["unreadable", "not there"])
    def test_one_that_can_not_be_completed_is_looked_up(self, bench, found):
        bench.calendar.script("create_booking", changed(metadata=None))
        bench.calendar.script("find_booking", found)
        assert bench.book().status is VoiceStatus.BOOKED
        assert bench.calendar.count("list_bookings") == 1

    def test_one_that_stays_undated_is_adopted_by_its_attempt_id(self, bench):
        def undated(_about, do):
            replied = do()
            seen = replace(replied.seen, created_at=None)
            bench.calendar.accounts[SALON_KEY].bookings[seen.uid] = seen
            return Replied(seen, replied.server_time)

        bench.calendar.script("create_booking", undated)
        assert bench.book().status is VoiceStatus.BOOKED

    def test_an_undated_booking_of_somebody_else_is_refused(self, bench):
        stranger = bench.calendar.add(SALON_KEY, start=WISHED, created_at=None)
        bench.calendar.script("create_booking", lambda _a, _d: Replied(stranger, bench.clock.now()))
        answer = bench.book()
        assert (answer.status, answer.reason) == (VoiceStatus.ERROR, "undated_booking")

    def test_a_booking_that_came_back_cancelled_is_not_believed(self, bench):
        bench.calendar.script("create_booking", changed(status="cancelled"))
        bench.calendar.script("list_bookings", unreadable, unreadable)
        assert bench.book().status is VoiceStatus.TIMEOUT


class TestSettlingFails:
    def test_the_booking_is_taken_back_once_and_told_as_failed(self, bench):
        bench.faults.arm("settle", "db_error", 1)
        answer = bench.book()
        assert (answer.status, answer.reason) == (VoiceStatus.ERROR, "settling_failed")
        assert "gebucht" not in answer.message
        assert bench.calendar.count("cancel_booking") == 1
        assert bench.calendar.live(SALON_KEY) == []
        assert bench.rows(Appointment) == []
        assert bench.rows(Customer) == []
        assert bench.rows(OutboxMessage) == []
        assert bench.only(BookingAttempt).state is AttemptState.COMPENSATED

    def test_where_that_fails_too_somebody_calls_back(self, bench):
        bench.faults.arm("settle", "db_error", 1)
        bench.calendar.script("cancel_booking", timed_out)
        answer = bench.book()
        assert (answer.status, answer.trouble) == (VoiceStatus.ERROR, Trouble.CALLBACK)
        assert "ruft Sie zurück" in answer.message
        assert bench.calendar.count("cancel_booking") == 1
        finding, callback = bench.only(ReconciliationFinding), bench.only(CallbackRequest)
        assert (finding.kind, finding.calcom_booking_uid) == (FindingKind.MISSING_LOCAL, "uid-1")
        assert callback.priority is CallbackPriority.URGENT
        assert bench.only(BookingAttempt).state is AttemptState.ESCALATED

    @pytest.mark.parametrize("label", ["close_attempt", "escalate"])
    def test_where_nothing_can_be_written_it_is_being_checked(self, bench, label):
        bench.faults.arm("settle", "db_error", 1)
        bench.faults.arm(label, "db_error", 1)
        if label == "escalate":
            bench.calendar.script("cancel_booking", timed_out)
        assert bench.book().status is VoiceStatus.TIMEOUT
        assert bench.only(BookingAttempt).state is AttemptState.OPEN


class TestLeaseLost:
    """A worker took the attempt over while the request was under way."""

    def take_over(self, bench):
        attempt_id = bench.only(BookingAttempt).id
        with bench.parts.transactions.transaction(1, "take over") as session:
            attempts.get_attempt(session, attempt_id).lease_number += 1

    def test_before_the_post_nothing_is_sent_and_nothing_promised(self, bench):
        def slow(_about, do):
            slots = do()
            self.take_over(bench)
            return slots

        bench.calendar.script("recheck", slow)
        answer = bench.book()
        assert (answer.status, answer.reason) == (VoiceStatus.ERROR, "lease_lost")
        assert bench.calendar.count("create_booking") == 0

    def test_before_settling_it_is_the_workers_to_settle(self, bench):
        def slow(_about, do):
            replied = do()
            self.take_over(bench)
            return replied

        bench.calendar.script("create_booking", slow)
        assert bench.book().status is VoiceStatus.TIMEOUT
        assert bench.rows(Appointment) == []
        assert bench.calendar.count("cancel_booking") == 0

    @pytest.mark.parametrize("kind", [RefusalKind.TOO_SOON, RefusalKind.SLOT_TAKEN, RefusalKind.REJECTED])
    def test_a_refusal_is_the_workers_to_tell(self, bench, kind):
        def slow(_about, _do):
            self.take_over(bench)
            return refuses(kind)(None, None)

        bench.calendar.script("create_booking", slow)
        assert bench.book().status is VoiceStatus.TIMEOUT
        assert bench.only(BookingAttempt).state is AttemptState.OPEN

    def test_a_slot_found_gone_is_told_all_the_same(self, bench):
        def gone(_about, _do):
            self.take_over(bench)
            return SlotList(())

        bench.calendar.script("recheck", gone)
        assert bench.book().status is VoiceStatus.NO_AVAILABILITY


class TestLookingUp:
    """What stands at Cal.com under our attempt's id, when the reply did not say."""

    def written_twice(self, bench):
        def twice(_about, do):
            first = do().seen
            bench.calendar.add(SALON_KEY, start=first.start, metadata=dict(first.metadata))
            return Unknown("timeout")

        bench.calendar.script("create_booking", twice)

    def test_a_wish_that_was_written_twice_keeps_one(self, bench):
        self.written_twice(bench)
        assert bench.book().status is VoiceStatus.BOOKED
        assert [seen.uid for seen in bench.calendar.live(SALON_KEY)] == ["uid-1"]
        assert bench.only(Appointment).calcom_booking_uid == "uid-1"

    @pytest.mark.parametrize(("found", "status"), [(None, "booked"), (unreadable, "timeout")])
    def test_a_booking_listed_without_metadata_is_read_in_full(self, bench, found, status):
        def bare(_about, do):
            seen = do().seen
            listed = BookingList((replace(seen, metadata=None),))
            bench.calendar.script("list_bookings", *[lambda _a, _d: listed] * 2)
            return Unknown("timeout")

        bench.calendar.script("create_booking", bare)
        if found is not None:
            bench.calendar.script("find_booking", found, found)
        assert bench.book().status == status

    def test_a_moved_booking_found_by_its_attempt_is_taken_back(self, bench):
        def moved(_about, do):
            seen = do().seen
            later = replace(seen, start=WISHED + timedelta(minutes=55))
            bench.calendar.accounts[SALON_KEY].bookings[seen.uid] = later
            return Unknown("status 500")

        bench.calendar.script("create_booking", moved)
        answer = bench.book()
        assert (answer.status, answer.reason) == (VoiceStatus.ERROR, "moved_start")
        assert bench.calendar.live(SALON_KEY) == []

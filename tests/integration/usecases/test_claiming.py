from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from app.domain.outcomes import RefusalKind
from app.domain.speech import VoiceStatus
from app.domain.statuses import AppointmentStatus, AttemptState
from app.storage import appointments
from app.storage.models import Appointment, BookingAttempt, ClaimCell, Service
from tests.integration.bench import CALL, LINDENHOF, RIVAL_CALL, SALON_KEY, WISH, WISHED
from tests.integration.fakes import refuses, timed_out

RIVAL = "+4917139200999"
LATER = replace(WISH, uhrzeit="14:30")


def held_cells(bench) -> int:
    return len([cell for cell in bench.rows(ClaimCell) if cell.active])


class TestARepeatOfTheSameWish:
    def test_one_that_was_booked_gets_the_same_answer_without_a_post(self, bench):
        first, second = bench.book(), bench.book()
        assert second == first
        assert bench.calendar.count("create_booking") == 1
        assert len(bench.rows(Appointment)) == 1

    def test_one_that_was_refused_asks_anew(self, bench):
        bench.calendar.script("create_booking", refuses(RefusalKind.SLOT_TAKEN))
        assert bench.book().status is VoiceStatus.SLOT_TAKEN
        assert bench.book().status is VoiceStatus.BOOKED
        assert [attempt.state for attempt in bench.rows(BookingAttempt)].count(AttemptState.REFUSED) == 1

    def test_one_that_is_being_checked_hears_so_again(self, bench):
        bench.calendar.script("create_booking", timed_out)
        first, second = bench.book(), bench.book()
        assert (first.status, second.status) == (VoiceStatus.TIMEOUT, VoiceStatus.TIMEOUT)
        assert bench.calendar.count("create_booking") == 1

    def test_one_whose_first_try_is_under_way_waits_for_its_answer(self, bench):
        bench.dies_at_create(after=True)

        def the_first_try_ends():
            bench.later(bench.recover, seconds=20)

        bench.clock.while_sleeping = [lambda: None, the_first_try_ends]
        answer = bench.book()
        assert answer.status is VoiceStatus.BOOKED
        assert answer.calcom_booking_uid == bench.only(Appointment).calcom_booking_uid
        assert bench.clock.slept == [0.2, 0.2]
        assert bench.calendar.count("create_booking") == 1

    def test_one_whose_first_try_does_not_end_is_being_checked(self, bench):
        bench.dies_at_create(after=True)
        assert bench.book().status is VoiceStatus.TIMEOUT
        assert sum(bench.clock.slept) <= 6.2

    def test_in_another_call_it_is_another_wish(self, bench):
        bench.book()
        assert bench.book(call_id=RIVAL_CALL, caller=RIVAL).status is VoiceStatus.SLOT_TAKEN

    def test_without_a_call_id_and_number_it_can_not_be_recognised(self, bench):
        bench.book(call_id=None, caller=None)
        answer = bench.book(call_id=None, caller=None)
        assert (answer.status, answer.reason) == (VoiceStatus.SLOT_TAKEN, "already_claimed")
        assert len(bench.calendar.live(SALON_KEY)) == 1

    def test_after_its_appointment_was_cancelled_it_asks_anew(self, bench):
        bench.book()
        (booking,) = bench.calendar.live(SALON_KEY)
        bench.send_webhook(
            {
                "triggerEvent": "BOOKING_CANCELLED",
                "createdAt": "2025-10-13T08:05:00Z",
                "payload": {"uid": booking.uid, "eventTypeId": 2563193},
            }
        )
        bench.calendar.cancel_booking(bench.context().account, booking.uid, "cancelled there", timeout=1)
        bench.calendar.accounts[SALON_KEY].free.add(WISHED)
        assert bench.book().status is VoiceStatus.BOOKED
        statuses = [appointment.status for appointment in bench.rows(Appointment)]
        assert statuses == [AppointmentStatus.CANCELLED, AppointmentStatus.CONFIRMED]


class TestRivals:
    def rival_during_post(self, bench, wish=WISH):
        """Let a rival ask while our POST is under way; return the list its answer goes to."""
        answers = []

        def meanwhile(_about, do):
            reply = do()
            answers.append(bench.book(wish, RIVAL_CALL))
            return reply

        bench.calendar.script("create_booking", meanwhile)
        return answers

    def test_one_who_waits_in_vain_hears_that_somebody_is_at_it(self, bench):
        answers = self.rival_during_post(bench)
        bench.book()
        assert [answer.status for answer in answers] == [VoiceStatus.SLOT_LOCKED]
        assert sum(bench.clock.slept) <= 6.2
        assert bench.calendar.count("create_booking") == 1

    def test_one_on_an_overlapping_time_waits_too(self, bench):
        bench.calendar.accounts[SALON_KEY].free.add(WISHED + timedelta(minutes=15))
        answers = self.rival_during_post(bench, replace(WISH, uhrzeit="14:15"))
        bench.book()
        assert [answer.status for answer in answers] == [VoiceStatus.SLOT_LOCKED]

    def test_one_back_to_back_does_not(self, bench):
        answers = self.rival_during_post(bench, LATER)
        bench.book()
        assert [answer.status for answer in answers] == [VoiceStatus.BOOKED]

    def test_one_at_another_company_does_not(self, bench):
        answers = []

        def meanwhile(_about, do):
            reply = do()
            answers.append(bench.book(WISH, RIVAL_CALL, dialled=LINDENHOF))
            return reply

        bench.calendar.script("create_booking", meanwhile)
        bench.book()
        assert [answer.status for answer in answers] == [VoiceStatus.BOOKED]

    def hold(self, bench, call_id=RIVAL_CALL):
        """Leave an open attempt of a rival behind, as one under way in another process."""
        bench.calendar.script("create_booking", timed_out)
        bench.book(WISH, call_id)
        bench.clock.slept.clear()

    def test_one_whose_holder_fails_gets_the_slot(self, bench):
        self.hold(bench)
        bench.clock.while_sleeping = [lambda: None, lambda: bench.later(bench.recover, minutes=16)]
        assert bench.book().status is VoiceStatus.BOOKED
        assert bench.clock.slept == [0.2, 0.2]

    def test_one_whose_holder_books_gets_alternatives(self, bench):
        self.hold(bench)

        def holder_books():
            attempt = bench.only(BookingAttempt)
            bench.calendar.add(SALON_KEY, start=WISHED, metadata={"attempt_id": attempt.id})
            bench.later(bench.recover, seconds=20)

        bench.clock.while_sleeping = [holder_books]
        answer = bench.book()
        assert (answer.status, answer.reason) == (VoiceStatus.SLOT_TAKEN, "already_claimed")
        assert answer.alternatives == (WISHED + timedelta(minutes=30), WISHED + timedelta(minutes=60))


class TestLocalConflicts:
    def test_our_own_appointment_in_the_way_is_a_lost_slot(self, bench):
        bench.book()
        bench.calendar.accounts[SALON_KEY].free.add(WISHED)  # Cal.com would still offer it
        answer = bench.book(call_id=RIVAL_CALL, caller=RIVAL)
        assert (answer.status, answer.reason) == (VoiceStatus.SLOT_TAKEN, "already_claimed")
        assert WISHED not in answer.alternatives
        assert bench.calendar.count("create_booking") == 1

    def test_another_staff_members_appointment_is_not(self, bench):
        bench.book()
        bench.calendar.accounts[SALON_KEY].free.add(WISHED)
        wish = replace(WISH, dienstleistung="Beratung")  # Mehmet's, the haircut is Jana's
        assert bench.book(wish, RIVAL_CALL, caller=RIVAL).status is VoiceStatus.BOOKED

    def test_a_cancelled_one_is_not(self, bench):
        bench.book()
        appointment_id = bench.only(Appointment).id
        with bench.parts.transactions.transaction(1, "cancel") as session:
            appointments.get_appointment(session, appointment_id).status = AppointmentStatus.CANCELLED
        bench.calendar.accounts[SALON_KEY].free.add(WISHED)
        assert bench.book(call_id=RIVAL_CALL).status is VoiceStatus.BOOKED

    @pytest.mark.parametrize(("uhrzeit", "status"), [("14:30", "slot_taken"), ("15:00", "booked")])
    def test_buffers_belong_to_it(self, bench, uhrzeit, status):
        with bench.parts.transactions.transaction(1, "add a buffer") as session:
            session.get(Service, 1).buffer_after_minutes = 10
        bench.book()
        assert bench.book(replace(WISH, uhrzeit=uhrzeit), RIVAL_CALL).status == status

    def test_the_claim_leaves_no_cell_behind(self, bench):
        bench.book()
        bench.book(call_id=RIVAL_CALL, caller=RIVAL)
        assert held_cells(bench) == 0
        assert len(bench.rows(BookingAttempt)) == 1


class TestWhatIsLogged:
    def test_who_won_and_who_lost(self, bench):
        bench.book()
        bench.book(call_id=RIVAL_CALL, caller=RIVAL)
        assert len(bench.logged("claim.won")) == 1
        assert [record["reason"] for record in bench.logged("claim.lost")] == ["local_conflict"]

    def test_no_name_and_no_number(self, bench):
        bench.book(replace(WISH, email="erika@example.com"), CALL)
        bench.deliver()
        text = bench.stream.getvalue()
        for personal in ("Erika", "Muster", "17139200107", "erika@example.com"):
            assert personal not in text

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import datetime, timedelta
from random import Random

import pytest

from app.chance import SeededChance
from app.clock import SystemClock
from app.domain.outcomes import RefusalKind
from app.domain.speech import VoiceStatus
from app.domain.statuses import AppointmentStatus, CallRelation
from app.storage import attempts
from app.storage.models import Appointment, BookingAttempt, Call, CallAppointment, Customer
from app.usecases import claiming
from app.usecases.availability import collect_appointment
from app.usecases.duplicates import find_own_attempt
from app.usecases.ports import Deadline
from tests.integration.bench import CALL, RIVAL_CALL, SALON, SALON_KEY, WISH, WISHED, Bench
from tests.integration.fakes import refuses, timed_out

LATER = replace(WISH, uhrzeit="14:30")
FOR_PETRA = replace(LATER, name="Petra Klein", for_other=True)


class RunningClock:
    """Begins at an instant of the test and runs on, ten times as fast as ours."""

    def __init__(self, begins_at: datetime) -> None:
        self._real = SystemClock()
        self._begins_at, self._began = begins_at, self._real.now()

    def now(self) -> datetime:
        return self._begins_at + 10 * (self._real.now() - self._began)

    def sleep(self, seconds: float) -> None:
        self._real.sleep(seconds / 10)


def relations(bench) -> list[tuple[str, int]]:
    return [(row.relation, row.appointment_id) for row in bench.rows(CallAppointment)]


class TestARepeatOfTheCall:
    def test_hears_the_same_word_for_word(self, bench):
        first, second = bench.book(), bench.book()
        assert (second, second.message) == (first, first.message)
        assert len(bench.rows(Appointment)) == 1

    def test_hears_the_same_from_a_gateway_that_was_started_anew(self, bench, settings):
        first = bench.book()
        again = Bench(settings)
        again.clock.set(bench.clock.now() + timedelta(minutes=20))
        assert again.book() == first
        assert again.calendar.asked == []
        again.close()

    def test_is_one_whatever_the_agent_made_of_the_name_now(self, bench):
        first = bench.book()
        assert bench.book(replace(WISH, name="Erica Musta")) == first

    def test_ten_at_once_make_one_booking_and_ten_equal_answers(self, bench):
        start = threading.Barrier(10, timeout=30)
        clock = RunningClock(bench.clock.now())

        def ask(number: int):
            parts = replace(bench.parts, clock=clock, chance=SeededChance(Random(number)))
            context = replace(bench.context(), deadline=Deadline.after(clock.now(), 10))
            start.wait()
            return collect_appointment(parts, context, WISH)

        def slow(_about, do):
            clock.sleep(1)
            return do()

        bench.calendar.script("create_booking", slow)
        with ThreadPoolExecutor(10) as pool:
            answers = list(pool.map(ask, range(10)))
        assert [answer.status for answer in answers] == [VoiceStatus.BOOKED] * 10
        assert len({(answer.message, answer.calcom_booking_uid) for answer in answers}) == 1
        assert bench.calendar.count("create_booking") == 1
        assert len(bench.rows(Appointment)) == len(bench.rows(Customer)) == 1


class TestAnotherCallForWhatHeHas:
    def test_hears_that_he_has_it_and_is_tied_to_it(self, bench):
        booked = bench.book()
        answer = bench.book(call_id=RIVAL_CALL)
        assert (answer.status, answer.asked, answer.success) == (VoiceStatus.DUPLICATE, WISHED, False)
        assert answer.options == ("keep", "book_another", "reschedule")
        assert answer.details["existing_appointment"] == {
            "appointment_id": booked.calcom_booking_uid,
            "time": "2025-10-20 14:00",
            "service": "Haarschnitt",
            "staff": "Jana",
        }
        assert "Sie haben schon einen Termin am Montag, 20. Oktober um 14:00 Uhr" in answer.message
        assert "gebucht" not in answer.message
        assert bench.calendar.count("create_booking") == 1
        assert relations(bench) == [
            (CallRelation.BOOKED, booked.appointment_id),
            (CallRelation.FOUND, booked.appointment_id),
        ]

    def test_asked_twice_is_tied_once(self, bench):
        bench.book()
        bench.book(call_id=RIVAL_CALL)
        bench.book(call_id=RIVAL_CALL)
        assert len(relations(bench)) == 2

    def test_counts_a_time_that_only_overlaps(self, bench):
        bench.book(replace(WISH, dienstleistung="Färben", uhrzeit="13:30"))
        bench.calendar.accounts[SALON_KEY].free.add(WISHED - timedelta(minutes=30))
        bench.book(replace(WISH, dienstleistung="Färben", uhrzeit="13:30"))
        answer = bench.book(replace(LATER, dienstleistung="Beratung"), RIVAL_CALL)
        assert (answer.status, answer.service) == (VoiceStatus.DUPLICATE, "Färben")

    def test_back_to_back_is_another_appointment(self, bench):
        bench.book()
        assert bench.book(LATER, RIVAL_CALL).status is VoiceStatus.BOOKED

    def test_for_somebody_else_is_no_duplicate(self, bench):
        bench.book()
        answer = bench.book(replace(FOR_PETRA, uhrzeit="14:00", dienstleistung="Beratung"), RIVAL_CALL)
        assert answer.status is not VoiceStatus.DUPLICATE

    def test_whose_appointment_was_cancelled_books_anew(self, bench):
        bench.book()
        appointment_id = bench.only(Appointment).id
        with bench.parts.transactions.transaction(SALON, "cancel") as session:
            session.get(Appointment, appointment_id).status = AppointmentStatus.CANCELLED
        bench.calendar.accounts[SALON_KEY].free.add(WISHED)
        assert bench.book(call_id=RIVAL_CALL).status is VoiceStatus.BOOKED

    def test_a_hidden_caller_is_nobody_it_could_be_a_duplicate_of(self, bench):
        bench.book(caller=None)
        answer = bench.book(call_id=RIVAL_CALL, caller=None)
        assert answer.status is VoiceStatus.SLOT_TAKEN

    def test_without_the_guard_the_slot_is_only_taken(self, bench):
        rules = replace(bench.parts.rules, recognise=lambda *_: None)
        bench.book()
        bench.parts = replace(bench.parts, rules=rules)
        assert bench.book(call_id=RIVAL_CALL).status is VoiceStatus.SLOT_TAKEN


class TestASecondThoughtInTheMiddle:
    """Barge-in: the caller interrupts, and the agent books again with another time."""

    def during_post(self, bench, wish, **who):
        answers = []

        def meanwhile(_about, do):
            reply = do()
            answers.append(bench.book(wish, **who))
            return reply

        bench.calendar.script("create_booking", meanwhile)
        return answers

    def test_after_the_booking_hears_what_was_just_booked(self, bench):
        booked = bench.book()
        answer = bench.book(LATER)
        assert (answer.status, answer.reason, answer.asked) == (VoiceStatus.DUPLICATE, "just_booked", WISHED)
        assert answer.details["existing_appointment"]["appointment_id"] == booked.calcom_booking_uid
        assert len(bench.rows(Appointment)) == bench.calendar.count("create_booking") == 1
        assert len(relations(bench)) == 1

    def test_while_it_is_booked_waits_for_it(self, bench):
        bench.dies_at_create(after=True)
        bench.clock.while_sleeping = [lambda: None, lambda: bench.later(bench.recover, seconds=20)]
        answer = bench.book(LATER)
        assert (answer.status, answer.reason, answer.asked) == (VoiceStatus.DUPLICATE, "just_booked", WISHED)
        assert bench.clock.slept == [0.2, 0.2]

    def test_waits_no_longer_than_a_caller_can(self, bench):
        answers = self.during_post(bench, LATER)
        bench.book()
        assert [(answer.status, answer.reason) for answer in answers] == [("timeout", "booking_under_way")]
        assert answers[0].asked == WISHED
        assert sum(bench.clock.slept) <= 6.2
        assert len(bench.rows(Appointment)) == 1

    def test_while_the_first_is_with_the_worker_hears_so_at_once(self, bench):
        bench.calendar.script("create_booking", timed_out)
        first = bench.book()
        bench.clock.slept.clear()
        answer = bench.book(LATER)
        assert (answer.status, answer.asked) == (first.status, WISHED)
        assert bench.clock.slept == []
        assert bench.calendar.count("create_booking") == 1

    def test_after_the_first_failed_is_a_wish_like_any(self, bench):
        bench.calendar.script("create_booking", refuses(RefusalKind.REJECTED))
        bench.book()
        assert bench.book(LATER).status is VoiceStatus.BOOKED

    def test_for_somebody_else_is_a_booking_of_its_own(self, bench):
        bench.book()
        assert bench.book(FOR_PETRA).status is VoiceStatus.BOOKED
        assert [row.name for row in bench.rows(Customer)] == ["Erika Muster", "Petra Klein"]
        assert bench.only(Call).customer_id == bench.rows(Customer)[0].id

    def test_that_asks_for_one_more_gets_one_more(self, bench):
        bench.book()
        assert bench.book(replace(LATER, another=True)).status is VoiceStatus.BOOKED
        assert len(bench.rows(Appointment)) == 2

    def test_five_minutes_later_is_another_appointment(self, bench):
        bench.book()
        bench.clock.advance(minutes=5)
        assert bench.book(LATER).status is VoiceStatus.DUPLICATE
        bench.clock.advance(seconds=1)
        assert bench.book(LATER).status is VoiceStatus.BOOKED

    def test_after_the_first_was_cancelled_is_a_wish_like_any(self, bench):
        bench.book()
        row = bench.only(BookingAttempt)
        with bench.parts.transactions.transaction(SALON, "free") as session:
            attempts.free_key(session, row.id)
        assert bench.book(LATER).status is VoiceStatus.BOOKED

    def test_a_hidden_caller_is_known_by_his_call(self, bench):
        bench.book(caller=None)
        assert bench.book(LATER, caller=None).reason == "just_booked"

    def test_two_times_at_once_make_one_booking(self, bench):
        start = threading.Barrier(2, timeout=30)
        wishes = [WISH, LATER]

        def ask(number: int):
            parts = replace(bench.parts, chance=SeededChance(Random(number)))
            context = bench.context()
            start.wait()
            return collect_appointment(parts, context, wishes[number])

        with ThreadPoolExecutor(2) as pool:
            statuses = sorted(answer.status for answer in pool.map(ask, range(2)))
        assert statuses == [VoiceStatus.BOOKED, VoiceStatus.DUPLICATE]
        assert len(bench.rows(Appointment)) == 1

    def test_the_look_before_the_claim_is_not_what_decides(self, bench):
        """Two that come at once have both looked before either has claimed."""
        bench.book()
        rules = replace(bench.parts.rules, recognise=lambda *_: None)
        bench.parts = replace(bench.parts, rules=rules)
        command = self.command(bench)
        with pytest.raises(claiming.CallIsBooking):
            claiming.claim_cells(bench.parts, command, "another key")

    def command(self, bench):
        caught = []

        def catch(_parts, command, _key):
            caught.append(command)
            raise StopIteration

        parts = replace(bench.parts, rules=replace(bench.parts.rules, claim=catch))
        with pytest.raises(StopIteration):
            collect_appointment(parts, bench.context(), LATER)
        return caught[0]

    def test_without_the_guard_both_are_booked(self, bench):
        rules = replace(bench.parts.rules, own_attempt=lambda *_: None)
        assert bench.parts.rules.own_attempt is find_own_attempt
        bench.parts = replace(bench.parts, rules=rules)
        bench.book()
        assert bench.book(LATER).status is VoiceStatus.BOOKED


class TestWhoItIsBookedFor:
    def test_a_known_caller_is_booked_under_the_name_he_has(self, bench):
        bench.book(replace(WISH, name="Hansi Sputer"))
        bench.book(replace(LATER, name="Sir Sputa"), RIVAL_CALL)
        assert bench.only(Customer).name == "Hansi Sputer"
        sent = [
            asked.about.attendee_name for asked in bench.calendar.asked if asked.operation == "create_booking"
        ]
        assert sent == ["Hansi Sputer", "Hansi Sputer"]

    def test_somebody_else_never_changes_the_callers_name(self, bench):
        bench.book(replace(WISH, name="Axel Klein"))
        bench.book(replace(LATER, name="Petra Klein"), RIVAL_CALL)
        assert [row.name for row in bench.rows(Customer)] == ["Axel Klein", "Petra Klein"]
        first, second = bench.rows(Appointment)
        assert first.customer_id != second.customer_id
        assert bench.rows(Call)[1].customer_id is None

    def test_somebody_else_is_the_same_one_the_next_time(self, bench):
        bench.book(replace(WISH, name="Axel Klein"))
        bench.book(replace(LATER, name="Petra Klein", for_other=True), RIVAL_CALL)
        bench.book(
            replace(WISH, uhrzeit="15:00", name="Petra Klein", for_other=True), "call_of_the_third_time"
        )
        assert len(bench.rows(Customer)) == 2

    def test_a_hidden_caller_is_new_every_time(self, bench):
        bench.book(replace(WISH, phone="+4917139200107", email="erika@example.com"))
        bench.book(replace(LATER, phone="+4917139200107", email="erika@example.com"), RIVAL_CALL, caller=None)
        assert [row.name for row in bench.rows(Customer)] == ["Erika Muster", "Erika Muster"]
        assert bench.rows(Customer)[1].id == bench.rows(Appointment)[1].customer_id

    def test_a_number_that_is_said_finds_only_the_same_name(self, bench):
        bench.book(replace(WISH, name="Axel Klein"))
        bench.book(
            replace(LATER, name="Axel Klein", phone="0171 39200107"), RIVAL_CALL, caller="+493055555555"
        )
        assert len(bench.rows(Customer)) == 1
        other = replace(WISH, uhrzeit="15:00", name="Hans Schuster", phone="0171 39200107")
        bench.book(other, "call_of_a_stranger", caller="+493055555555")
        assert [row.name for row in bench.rows(Customer)] == ["Axel Klein", "Hans Schuster"]

    def test_two_people_of_one_surname_are_asked_for_the_whole_name(self, bench):
        bench.book(replace(WISH, name="Axel Klein"))
        bench.book(replace(LATER, name="Petra Klein"), RIVAL_CALL)
        answer = bench.book(replace(WISH, uhrzeit="15:00", name="Klein"), "call_of_one_of_them")
        assert (answer.status, answer.reason) == (VoiceStatus.NEEDS_CLARIFICATION, "name")
        assert "Axel" not in answer.message

    @pytest.mark.parametrize("name", ["guten Tag", "Acht Uhr", "bei Jana", "Unbekannt", "Anonym nony", None])
    def test_what_is_no_name_is_asked_for(self, bench, name):
        answer = bench.book(replace(WISH, name=name))
        assert answer.status is VoiceStatus.MISSING_CUSTOMER_NAME
        assert bench.rows(BookingAttempt) == bench.rows(Customer) == []

    def test_a_name_that_looks_like_sql_is_a_name(self, bench):
        bench.book(replace(WISH, name="'; DROP TABLE customers; --"))
        assert bench.only(Customer).name == "'; DROP TABLE customers; --"

    def test_the_name_is_found_by_its_sound_from_then_on(self, bench):
        bench.book()
        assert bench.only(Customer).name_key == "074 682"


class TestWhoPerformsIt:
    def test_is_the_one_of_the_service_where_cal_com_does_not_say(self, bench):
        bench.book()
        appointment = bench.only(Appointment)
        assert appointment.staff_id is not None

    def test_is_the_host_that_cal_com_names(self, bench):
        def by_mehmet(_about, do):
            replied = do()
            return replace(replied, seen=replace(replied.seen, host_id=12))

        bench.calendar.script("create_booking", by_mehmet)
        bench.book()
        jana = self.staff_of_first_service(bench)
        assert bench.only(Appointment).staff_id not in {None, jana}

    def staff_of_first_service(self, bench):
        with bench.gateway.database.sweep("a test looks", "look", read_only=True) as session:
            from app.storage.models import Service  # noqa: PLC0415

            return session.get(Service, 1).staff_id


def test_a_call_is_tied_to_what_it_booked(bench):
    booked = bench.book()
    assert relations(bench) == [(CallRelation.BOOKED, booked.appointment_id)]
    assert bench.only(Call).customer_id == bench.only(Customer).id
    assert bench.only(Call).retell_call_id == CALL

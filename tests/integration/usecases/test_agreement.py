from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from app.domain.speech import Answer, VoiceStatus
from app.storage.models import Appointment, Call
from app.usecases.availability import check_availability
from app.usecases.call_memory import recall
from app.usecases.calls import record_answer
from app.usecases.commands import AppointmentWish
from tests.integration.bench import CALL, RIVAL_CALL, SALON_KEY, WISH, WISHED

SATURDAY = datetime(2025, 10, 25, 8, 0, tzinfo=UTC)
MONDAY_HALF_PAST_NINE = datetime(2025, 10, 27, 8, 30, tzinfo=UTC)
"""In Berlin; the clocks went back on the day between."""
CHECK = AppointmentWish(datum="20.10.2025", uhrzeit="14:00")


@pytest.fixture
def free(bench):
    """Sets the free starts."""

    def free(*starts: datetime) -> None:
        bench.calendar.accounts[SALON_KEY].free = set(starts)

    return free


class TestAnAlternativeKeepsItsDate:
    """Incident 1.12: what was offered for Monday was booked for "morgen", a Sunday."""

    def test_offered_after_a_closed_day_is_booked_on_the_day_that_was_offered(self, bench, free):
        bench.clock.set(SATURDAY)
        free(MONDAY_HALF_PAST_NINE)
        assert bench.check(AppointmentWish(datum="morgen", uhrzeit="10:00")).status is VoiceStatus.CLOSED
        context = bench.context()
        offer = Answer(VoiceStatus.ALTERNATIVES, context.zone, alternatives=(MONDAY_HALF_PAST_NINE,))
        record_answer(bench.parts, context, "get-alternatives", offer)
        answer = bench.book(replace(WISH, datum="morgen", uhrzeit="09:30"))
        assert (answer.status, answer.asked) == (VoiceStatus.BOOKED, MONDAY_HALF_PAST_NINE)
        assert "Montag, 27. Oktober um 09:30 Uhr" in answer.message

    def test_with_the_date_of_the_check_repeated(self, bench, free):
        tuesday = WISHED + timedelta(days=1, hours=1)
        free(tuesday)
        assert bench.check(CHECK).alternatives == (tuesday,)
        answer = bench.book(replace(WISH, uhrzeit="15:00"))
        assert (answer.status, answer.asked) == (VoiceStatus.BOOKED, tuesday)
        assert "Dienstag, 21. Oktober um 15:00 Uhr" in answer.message

    def test_with_no_date_at_all(self, bench, free):
        tuesday = WISHED + timedelta(days=1, hours=1)
        free(tuesday)
        bench.check(CHECK)
        answer = bench.book(replace(WISH, datum=None, uhrzeit="fünfzehn Uhr"))
        assert (answer.status, answer.asked) == (VoiceStatus.BOOKED, tuesday)

    def test_with_a_third_date_it_asks(self, bench, free):
        tuesday = WISHED + timedelta(days=1, hours=1)
        free(tuesday)
        bench.check(CHECK)
        answer = bench.book(replace(WISH, datum="23.10.2025", uhrzeit="15:00"))
        assert (answer.status, answer.reason) == (VoiceStatus.NEEDS_CLARIFICATION, "contradicts_check")
        assert "Montag, 20. Oktober um 14:00 Uhr" in answer.message
        assert "Donnerstag, 23. Oktober um 15:00 Uhr" in answer.message

    def test_for_half_an_hour(self, bench, free):
        tuesday = WISHED + timedelta(days=1, hours=1)
        free(tuesday, WISHED + timedelta(hours=1))
        bench.calendar.accounts[SALON_KEY].free = {tuesday}
        bench.check(CHECK)
        free(tuesday, WISHED + timedelta(hours=1))
        bench.clock.advance(minutes=31)
        answer = bench.book(replace(WISH, uhrzeit="15:00"))
        assert answer.asked == WISHED + timedelta(hours=1)

    def test_a_date_that_was_offered_itself_is_that_date(self, bench, free):
        starts = [WISHED + timedelta(hours=1), WISHED + timedelta(days=1, hours=1)]
        free(*starts)
        assert set(bench.check(CHECK).alternatives) == set(starts)
        assert bench.book(replace(WISH, uhrzeit="15:00")).asked == starts[0]

    def test_a_check_is_never_bent(self, bench, free):
        tuesday = WISHED + timedelta(days=1, hours=1)
        free(tuesday, WISHED + timedelta(hours=1))
        bench.calendar.accounts[SALON_KEY].free = {tuesday}
        bench.check(CHECK)
        free(tuesday, WISHED + timedelta(hours=1))
        assert bench.check(replace(CHECK, uhrzeit="15:00")).asked == WISHED + timedelta(hours=1)


class TestABookingThatContradictsTheCheck:
    """12 December 2025: checked the 13th, booked the 12th."""

    OTHER_DAY = replace(WISH, datum="21.10.2025")

    @pytest.fixture(autouse=True)
    def tomorrow_is_free_too(self, bench, free):
        free(*(WISHED + timedelta(days=day, minutes=30 * n) for day in range(2) for n in range(5)))

    def test_asks_and_books_nothing(self, bench):
        bench.check(CHECK)
        answer = bench.book(self.OTHER_DAY)
        assert (answer.status, answer.reason, answer.success) == (
            VoiceStatus.NEEDS_CLARIFICATION,
            "contradicts_check",
            False,
        )
        assert bench.rows(Appointment) == []
        assert bench.calendar.count("create_booking") == 0

    def test_books_once_the_question_was_asked(self, bench):
        bench.check(CHECK)
        bench.book(self.OTHER_DAY)
        answer = bench.book(self.OTHER_DAY)
        assert (answer.status, answer.asked) == (VoiceStatus.BOOKED, WISHED + timedelta(days=1))

    def test_agrees_again_when_the_caller_meant_the_check(self, bench):
        bench.check(CHECK)
        bench.book(self.OTHER_DAY)
        assert bench.book().asked == WISHED

    def test_is_none_when_the_time_was_said_as_free_before(self, bench):
        bench.check(CHECK)
        bench.check(replace(CHECK, uhrzeit="15:00"))
        assert bench.book().status is VoiceStatus.BOOKED

    def test_is_none_ten_minutes_later(self, bench):
        bench.check(CHECK)
        bench.clock.advance(minutes=10, seconds=1)
        assert bench.book(self.OTHER_DAY).status is VoiceStatus.BOOKED

    def test_is_none_without_any_check(self, bench):
        assert bench.book(self.OTHER_DAY).status is VoiceStatus.BOOKED

    def test_is_none_in_another_call(self, bench):
        bench.check(CHECK)
        assert bench.book(self.OTHER_DAY, RIVAL_CALL).status is VoiceStatus.BOOKED

    def test_of_another_service_asks_too(self, bench):
        bench.check(replace(CHECK, dienstleistung="Haarschnitt"))
        answer = bench.book(replace(WISH, dienstleistung="Beratung"))
        assert (answer.status, answer.reason) == (VoiceStatus.NEEDS_CLARIFICATION, "contradicts_service")
        assert "Beratung" in answer.message
        assert bench.book(replace(WISH, dienstleistung="Beratung")).service == "Beratung"

    def test_takes_the_service_of_the_check_where_none_is_named(self, bench):
        bench.check(replace(CHECK, dienstleistung="Beratung"))
        assert bench.book().service == "Beratung"

    def test_without_the_guard_is_booked(self, bench):
        rules = replace(bench.parts.rules, agree=lambda *_: None)
        bench.parts = replace(bench.parts, rules=rules)
        bench.check(CHECK)
        assert bench.book(self.OTHER_DAY).status is VoiceStatus.BOOKED


class TestTheMemory:
    def test_of_two_calls_never_mixes(self, bench):
        bench.check(replace(CHECK, dienstleistung="Beratung"))
        bench.check(CHECK, RIVAL_CALL)
        assert bench.book().service == "Beratung"
        later = replace(WISH, uhrzeit="14:30")
        bench.check(replace(CHECK, uhrzeit="14:30"), RIVAL_CALL)
        assert bench.book(later, RIVAL_CALL).service == "Haarschnitt"

    def test_of_a_call_without_id_is_none_and_it_still_books(self, bench):
        bench.check(CHECK, None)
        assert recall(bench.parts, bench.context(None)).last_checked(bench.clock.now()) is None
        assert bench.book(replace(WISH, uhrzeit="14:30"), None).status is VoiceStatus.BOOKED
        assert bench.rows(Call) == []

    def test_loses_nothing_when_answers_come_at_once(self, bench):
        context = bench.context(CALL)
        wishes = [replace(CHECK, uhrzeit=clock) for clock in ("14:00", "14:30", "15:00", "15:30", "16:00")]
        answers = [check_availability(bench.parts, context, wish) for wish in wishes]
        start = threading.Barrier(len(answers), timeout=30)

        def record(answer):
            start.wait()
            record_answer(bench.parts, context, "check-availability", answer)

        with ThreadPoolExecutor(len(answers)) as pool:
            list(pool.map(record, answers))
        said = recall(bench.parts, context).said(bench.clock.now())
        assert {told.start for told in said} == {answer.asked for answer in answers}

"""A wish in the caller's words: an instant, or a question that costs no call upstream."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest

from app.domain.speech import VoiceStatus
from app.storage.models import Appointment
from app.usecases.commands import AppointmentWish
from app.usecases.wished_time import HORIZON
from tests.integration.bench import CALL, CALLER, MITTE, RIVAL_CALL, SALON_KEY

WEDNESDAY = datetime(
    2025, 10, 15, 12, tzinfo=UTC
)  # 14:00 in Berlin; the bench stands on Monday the 13th, 10:00
NEXT_WEDNESDAY = WEDNESDAY + timedelta(days=7)


def wish(datum=None, uhrzeit=None, **more):
    return AppointmentWish(datum=datum, uhrzeit=uhrzeit, name="Erika Muster", **more)


def over_http(bench, function, call_id=CALL, **args):
    body = {
        "name": function,
        "args": args,
        "call": {"call_id": call_id, "from_number": CALLER, "to_number": MITTE},
    }
    return bench.call_function(function, body).get_json()


@pytest.fixture(autouse=True)
def free_wednesdays(bench):
    bench.calendar.accounts[SALON_KEY].free |= {WEDNESDAY, NEXT_WEDNESDAY}


class TestUnderstood:
    @pytest.mark.parametrize(
        ("datum", "uhrzeit"),
        [
            ("Mittwoch", "um zwei"),
            ("übermorgen", "14 Uhr"),
            ("am fünfzehnten", "zwei Uhr nachmittags"),
            ("fünfzehnten", "vierzehn"),
            ("Mittwoch, den 15. Oktober um zwei", None),
            (None, "Mittwoch um zwei"),
        ],
    )
    def test_words_are_checked_as_the_instant_they_mean(self, bench, datum, uhrzeit):
        answer = bench.check(wish(datum, uhrzeit))
        assert (answer.status, answer.asked) == (VoiceStatus.AVAILABLE, WEDNESDAY)
        assert "Mittwoch, 15. Oktober um 14:00 Uhr" in answer.message

    def test_words_that_mean_one_instant_are_booked(self, bench):
        assert bench.book(wish("Mittwoch", "um zwei", confirmed=True)).status is VoiceStatus.BOOKED


class TestQuestions:
    @pytest.mark.parametrize(
        ("datum", "uhrzeit", "status", "words"),
        [
            (
                "Mittwoch, 16. Oktober",
                "um zwei",
                VoiceStatus.NEEDS_CLARIFICATION,
                "Donnerstag, 16. Oktober um 14:00",
            ),
            ("Mittwoch oder Freitag", "um zwei", VoiceStatus.NEEDS_CLARIFICATION, "Was ist Ihnen lieber"),
            (
                "nächste Woche",
                "um zwei",
                VoiceStatus.NEEDS_CLARIFICATION,
                "An welchem Tag zwischen Montag, 20. Oktober und Sonntag, 26. Oktober?",
            ),
            ("nächsten Mittwoch", None, VoiceStatus.NEEDS_CLARIFICATION, "Mittwoch, 22. Oktober"),
            ("Mittwoch", "ab zwei", VoiceStatus.AVAILABLE, ""),
            ("Mittwoch", None, VoiceStatus.MISSING_REQUIRED_FIELD, "Mittwoch, 15. Oktober: Um wie viel Uhr"),
            (
                None,
                "um zwei",
                VoiceStatus.MISSING_REQUIRED_FIELD,
                "heute oder Dienstag, 14. Oktober um 14:00 Uhr",
            ),
            (
                "heute",
                "um neun",
                VoiceStatus.PAST_TIME,
                "Montag, 13. Oktober um 09:00 Uhr liegt in der Vergangenheit",
            ),
            ("gestern", None, VoiceStatus.PAST_TIME, "Sonntag, 12. Oktober liegt in der Vergangenheit"),
            (
                "Mittwoch",
                "um acht",
                VoiceStatus.CLOSED,
                "Mittwoch, 15. Oktober um 08:00 Uhr haben wir leider geschlossen",
            ),
            ("Samstag", None, VoiceStatus.CLOSED, "Samstag, 18. Oktober haben wir leider geschlossen"),
            ("31. November", "um zwei", VoiceStatus.INVALID_DATE, "Dieses Datum gibt es nicht"),
            ("Mittwoch", "25 Uhr", VoiceStatus.INVALID_DATE, "Diese Uhrzeit gibt es nicht"),
            ("blubb", "um zwei", VoiceStatus.INVALID_DATE, "nicht verstehen"),
            ("Mittwoch", "blubb", VoiceStatus.INVALID_DATE, "nicht verstehen"),
            (
                "2027-12-01",
                "14:00",
                VoiceStatus.NEEDS_CLARIFICATION,
                "nur für die nächsten zwölf Monate. Meinen Sie wirklich Mittwoch, 1. Dezember 2027",
            ),
        ],
    )
    def test_a_question_costs_no_call_upstream(self, bench, datum, uhrzeit, status, words):
        answer = bench.check(wish(datum, uhrzeit))
        assert answer.status is status
        assert words in answer.message
        assert bench.calendar.count("list_slots") == (status is VoiceStatus.AVAILABLE)

    def test_a_value_that_is_not_what_the_caller_said_is_asked_about(self, bench):
        answer = bench.check(wish("2023-06-13", "14:00", said="Dienstag nächste Woche um zwei"))
        assert (answer.status, answer.reason) == (VoiceStatus.NEEDS_CLARIFICATION, "disagree")

    def test_the_horizon_is_a_year(self):
        assert HORIZON.days == 366


class TestTwoReadings:
    def test_a_check_goes_on_with_the_nearer_and_names_the_other(self, bench):
        answer = bench.check(wish("nächsten Mittwoch", "um zwei"))
        assert (answer.status, answer.asked, answer.others) == (
            VoiceStatus.AVAILABLE,
            WEDNESDAY,
            (NEXT_WEDNESDAY,),
        )
        assert "Oder meinen Sie Mittwoch, 22. Oktober um 14:00 Uhr?" in answer.message

    def test_a_booking_before_it_was_read_back_only_checks(self, bench):
        answer = bench.book(wish("nächsten Mittwoch", "um zwei", confirmed=True))
        assert (answer.status, answer.awaiting_confirmation) == (VoiceStatus.AVAILABLE, True)
        assert bench.rows(Appointment) == []

    def test_a_booking_after_it_was_read_back_in_this_call_books(self, bench):
        args = {"datum": "nächsten Mittwoch", "uhrzeit": "um zwei", "name": "Erika Muster"}
        checked = over_http(bench, "check-availability", **args)
        assert checked["other_readings"] == [
            {"time": "2025-10-22 14:00", "spoken": "Mittwoch, 22. Oktober um 14:00 Uhr"}
        ]
        booked = over_http(bench, "collect-appointment", **args, bestaetigung=True)
        assert (booked["status"], booked["requested_time"]) == ("booked", "2025-10-15 14:00")

    def test_what_another_call_heard_does_not_count(self, bench):
        args = {"datum": "nächsten Mittwoch", "uhrzeit": "um zwei", "name": "Erika Muster"}
        over_http(bench, "check-availability", call_id=RIVAL_CALL, **args)
        assert over_http(bench, "collect-appointment", **args, bestaetigung=True)["status"] == "available"

    def test_the_reading_that_was_named_can_be_booked_by_its_date(self, bench):
        answer = bench.book(wish("Mittwoch, 22. Oktober", "14:00", confirmed=True))
        assert (answer.status, answer.asked) == (VoiceStatus.BOOKED, NEXT_WEDNESDAY)

    def test_a_quarter_that_outsiders_hear_differently_is_read_back_first(self, bench):
        bench.calendar.accounts[SALON_KEY].free.add(WEDNESDAY + timedelta(minutes=15))
        answer = bench.book(wish("Mittwoch", "viertel drei", confirmed=True))
        assert (answer.status, answer.awaiting_confirmation) == (VoiceStatus.AVAILABLE, True)
        assert "14:15 Uhr" in answer.message


class TestHolidays:
    def test_a_holiday_is_closed_and_named(self, bench):
        unity = {date(2026, 10, 2): "Tag der Probe"}  # a Friday
        bench.parts = replace(bench.parts, holiday_on=unity.get)
        answer = bench.check(wish("2.10.2026", "14:00"))
        assert answer.status is VoiceStatus.CLOSED
        assert "Freitag, 2. Oktober ist ein Feiertag, Tag der Probe" in answer.message
        assert bench.calendar.count("list_slots") == 0

"""Functions about the conversation itself, and what keeps a conversation inside its limits."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from app.domain.speech import VoiceStatus
from app.storage.models import BookingAttempt, Customer, Policy, ToolCall
from fixtures.payloads import call_object, function_call
from tests.integration.bench import CALL, RIVAL_CALL, SALON, SALON_KEY, WISHED

ARGS = {"datum": "20.10.2025", "uhrzeit": "14:00", "name": "Erika Muster"}


@pytest.fixture
def say(bench):
    """Calls a function in a call; returns the answer, which is always 200."""

    def say(function, args=None, call_id=CALL, **call):
        body = function_call(function, call=call_object(call_id=call_id, **call)) | {"args": args or {}}
        response = bench.call_function(function, body)
        assert response.status_code == 200, response.text
        assert response.json["message"][-1] in ".?"
        return response.json

    return say


class TestBookFunction:
    @pytest.mark.parametrize("flag", [True, "true", 1])
    def test_books_when_confirmed(self, bench, say, flag):
        assert say("book-appointment", ARGS | {"bestaetigung": flag})["status"] == "booked"

    @pytest.mark.parametrize("flag", [None, False, "ja", 0])
    def test_without_a_true_flag_it_asks_and_never_says_available(self, bench, say, flag):
        answer = say("book-appointment", ARGS | {"bestaetigung": flag})
        assert (answer["success"], answer["status"], answer["reason"]) == (
            False,
            "needs_clarification",
            "confirmation_missing",
        )
        assert answer["message"] == (
            "Soll ich Ihren Termin verbindlich eintragen, am Montag, 20. Oktober um 14:00 Uhr?"
        )
        assert answer["available"] is False
        assert "awaiting_confirmation" not in answer
        assert bench.calendar.count("create_booking") == 0
        assert bench.rows(BookingAttempt) == []

    def test_a_taken_time_is_refused_with_what_is_free(self, bench, say):
        bench.calendar.accounts[SALON_KEY].free.discard(WISHED)
        answer = say("book-appointment", ARGS)
        assert (answer["success"], answer["status"]) == (False, "unavailable")
        assert answer["alternatives"]

    def test_the_question_reads_back_words_of_two_readings(self, bench, say):
        bench.calendar.accounts[SALON_KEY].free.add(datetime(2025, 10, 16, 12, 0, tzinfo=UTC))
        loose = ARGS | {"datum": "nächsten Donnerstag", "bestaetigung": True}
        first = say("book-appointment", loose)
        assert first["status"] == "needs_clarification"
        assert "Donnerstag, 16. Oktober" in first["message"]
        assert say("book-appointment", loose)["status"] == "booked"

    @pytest.mark.parametrize("name", ["start_booking", "book_appointment_v17"])
    def test_has_other_names(self, bench, name):
        body = function_call(name, ARGS | {"bestaetigung": True})
        assert bench.call_function("book-appointment", body).json["status"] == "booked"


class TestLimitsOfACall:
    def test_the_same_function_is_answered_ten_times(self, bench, say):
        answers = [say("zeitinfo") for _ in range(12)]
        assert [answer["status"] for answer in answers] == ["current_time"] * 10 + ["rate_limit_exceeded"] * 2
        assert answers[-1]["reason"] == "call_function"
        assert answers[-1]["retry_after_seconds"] == 300
        assert say("initialize-call")["status"] == "initialized"

    def test_another_call_is_not_limited_by_it(self, bench, say):
        for _ in range(11):
            say("zeitinfo")
        assert say("zeitinfo", call_id=RIVAL_CALL)["status"] == "current_time"

    def test_after_the_cooldown_it_is_answered_again(self, bench, say):
        for _ in range(11):
            say("zeitinfo")
        bench.clock.advance(seconds=300)
        assert say("zeitinfo")["status"] == "current_time"

    def test_every_refusal_is_kept_and_counts_for_nothing(self, bench, say):
        for _ in range(15):
            say("zeitinfo")
        statuses = [row.status for row in bench.rows(ToolCall)]
        assert statuses.count(VoiceStatus.RATE_LIMIT_EXCEEDED) == 5

    def test_a_limited_booking_reaches_nobody(self, bench, say):
        for _ in range(10):
            say("collect-appointment", ARGS)
        answer = say("collect-appointment", ARGS | {"bestaetigung": True})
        assert answer["status"] == "rate_limit_exceeded"
        assert bench.rows(BookingAttempt) == []

    def test_twenty_are_answered_in_a_minute(self, bench, say):
        functions = ["zeitinfo", "initialize-call", "parse-date"]
        for n in range(20):
            assert say(functions[n % 3], {"datum": "morgen"})["success"] is True
        assert say("parse-date", {"datum": "morgen"})["reason"] == "call_minute"


class TestConfidence:
    @pytest.mark.parametrize("confidence", [59, "59.9", 0, 0.42, "12 %"])
    @pytest.mark.parametrize("function", ["collect-appointment", "book-appointment"])
    def test_of_less_than_sixty_books_nothing_and_is_kept(self, bench, say, function, confidence):
        answer = say(function, ARGS | {"bestaetigung": True, "confidence": confidence})
        assert (answer["success"], answer["status"]) == (False, "low_confidence")
        assert bench.calendar.asked == []
        assert (list(bench.rows(BookingAttempt)), list(bench.rows(Customer))) == ([], [])
        assert bench.only(ToolCall).status == "low_confidence"

    @pytest.mark.parametrize("confidence", [60, 100, 0.6, "0.93", "sehr sicher", None, 4711, "nan"])
    def test_of_more_or_none_that_can_be_read_books(self, bench, say, confidence):
        answer = say("collect-appointment", ARGS | {"bestaetigung": True, "confidence": confidence})
        assert answer["status"] == "booked"

    def test_a_question_is_answered_whatever_was_heard(self, bench, say):
        assert say("collect-appointment", ARGS | {"confidence": 12})["status"] == "available"


class TestInitializeCall:
    def test_tells_what_an_agent_needs_to_begin(self, bench, say):
        answer = say("initialize-call")
        assert answer["success"] is True
        assert answer["call_id"] == CALL
        assert answer["current_time"] == {
            "iso": "2025-10-13T10:00:00+02:00",
            "date": "2025-10-13",
            "time": "10:00",
            "weekday": "Montag",
            "weekday_short": "Mo",
            "timezone": "Europe/Berlin",
        }
        assert answer["performance"] == {"latency_ms": 0.0, "target_ms": 300}
        assert answer["message"] == "Heute ist Montag, 13. Oktober, es ist 10:00 Uhr."

    def test_knows_the_caller_and_the_rules_of_the_house(self, bench, say):
        say("collect-appointment", ARGS | {"bestaetigung": True})
        with bench.gateway.database.transaction(SALON, "rule") as session:
            session.add(Policy(company_id=SALON, kind="cancellation", rules={"hours_before": 24}))
        answer = say("initialize-call", call_id=RIVAL_CALL)
        assert (answer["caller"], answer["customer"]["name"]) == ("found", "Erika Muster")
        assert (answer["policies"]["cancel_hours"], answer["policies"]["reschedule_hours"]) == (24, 0)
        assert "9" in answer["policies"]["office_hours"][0]

    @pytest.mark.parametrize(
        ("caller", "kind"), [("anonymous", "anonymous"), ("+4917612345678", "new_customer")]
    )
    def test_knows_nobody_it_has_not_met(self, say, caller, kind):
        assert say("initialize-call", from_number=caller)["caller"] == kind


class TestParseDate:
    @pytest.mark.parametrize(
        ("words", "date", "day_name"),
        [
            ("morgen", "2025-10-14", "Dienstag"),
            ("20.10.2025", "2025-10-20", "Montag"),
            ("nächste Woche Dienstag", "2025-10-21", "Dienstag"),
            ("Dienstag, den 11. November", "2025-11-11", "Dienstag"),
            ("übermorgen um 14 Uhr", "2025-10-15", "Mittwoch"),
        ],
    )
    def test_gives_the_date_with_its_german_weekday(self, say, words, date, day_name):
        answer = say("parse-date", {"date_string": words})
        assert (answer["success"], answer["date"], answer["day_name"]) == (True, date, day_name)
        year, month, day = date.split("-")
        assert answer["display_date"] == f"{day}.{month}.{year}"
        assert answer["next_action"] == "ask_for_time"

    def test_names_the_other_reading(self, bench, say):
        answer = say("parse-date", {"datum": "nächsten Mittwoch"})
        assert (answer["date"], answer["next_action"]) == ("2025-10-15", "confirm_date")
        assert answer["message"] == ("Das ist Mittwoch, 15. Oktober. Oder meinen Sie Mittwoch, 22. Oktober?")

    def test_without_any_words_it_asks_for_them(self, bench, say):
        answer = say("parse-date")
        assert (answer["success"], answer["reason"]) == (False, "missing_date_string")

    @pytest.mark.parametrize("words", ["31.2.", "blau", "32. Oktober", "14 Uhr"])
    def test_what_is_no_date_is_said_so(self, bench, say, words):
        answer = say("parse-date", {"date_string": words})
        assert (answer["status"], answer["reason"]) == ("invalid_date", "invalid_date_format")

    def test_a_date_that_is_over_is_asked_about(self, bench, say):
        assert say("parse-date", {"datum": "2025-10-12"})["status"] in {"past_time", "needs_clarification"}


class TestTimeInfo:
    def test_is_a_page_that_needs_no_signature(self, bench):
        expected = {
            "date": "13.10.2025",
            "time": "10:00",
            "weekday": "Montag",
            "iso_date": "2025-10-13",
            "week_number": 42,
        }
        assert bench.web.get("/api/zeitinfo").json.items() >= expected.items()

    def test_is_a_function_with_the_same_answer(self, bench, say):
        assert bench.web.get("/api/zeitinfo").json == say("zeitinfo")

    def test_knows_winter_time(self, bench):
        bench.clock.set(datetime(2025, 12, 31, 23, 30, tzinfo=UTC))
        answer = bench.web.get("/api/zeitinfo").json
        assert (answer["iso_date"], answer["time"], answer["week_number"]) == ("2026-01-01", "00:30", 1)

    def test_costs_nothing_upstream(self, bench, say):
        say("zeitinfo")
        assert bench.calendar.asked == []
        assert bench.clock.now() - bench.only(ToolCall).answered_at == timedelta()

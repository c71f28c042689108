"""Retell sends a function call again when our answer came too late; the id of the tool call tells."""

from __future__ import annotations

import pytest

from app.domain.outcomes import RefusalKind
from app.storage.models import Appointment, Call
from fixtures.payloads import call_object, function_call
from tests.integration.bench import CALL, SALON_KEY, WISHED
from tests.integration.fakes import refuses, timed_out

ARGS = {"datum": "20.10.2025", "uhrzeit": "14:00", "name": "Erika Muster"}
CONFIRMED = ARGS | {"bestaetigung": True}


@pytest.fixture
def deliver(bench):
    """Sends one function call of the agent, under the id of its tool call."""

    def deliver(function, args, tool_call_id="tool_call_01", **call):
        invocation = {
            "role": "tool_call_invocation",
            "tool_call_id": tool_call_id,
            "name": function,
            "arguments": "{}",
        }
        said = [] if tool_call_id is None else [invocation]
        call = call_object(**{"call_id": CALL, "transcript_with_tool_calls": said} | call)
        response = bench.call_function(function, function_call(function, args, call=call))
        assert response.status_code == 200, response.text
        return response.json

    return deliver


class TestARepeatedDelivery:
    def test_of_a_booking_hears_the_same_and_books_nothing(self, bench, deliver):
        first = deliver("collect-appointment", CONFIRMED)
        asked = len(bench.calendar.asked)
        assert first["status"] == "booked"
        assert deliver("collect-appointment", CONFIRMED) == first
        assert len(bench.calendar.asked) == asked
        assert len(bench.rows(Appointment)) == 1

    def test_of_a_check_hears_the_same_though_the_slot_went_meanwhile(self, bench, deliver):
        first = deliver("check-availability", ARGS)
        bench.calendar.accounts[SALON_KEY].free.discard(WISHED)
        assert deliver("check-availability", ARGS) == first
        assert deliver("check-availability", ARGS, "tool_call_02")["status"] == "unavailable"

    @pytest.mark.parametrize(
        ("function", "args"),
        [
            ("check-availability", ARGS | {"uhrzeit": "17:00"}),
            ("check-availability", ARGS | {"datum": "25.10.2025"}),
            ("check-availability", {"datum": "20.10.2025", "uhrzeit": "nachmittags"}),
            ("check-customer", {"name": "Erika Muster"}),
            ("get-customer-appointments", {}),
            ("list-services", {}),
            ("get-opening-hours", {}),
            ("initialize-call", {}),
            ("parse-date", {"datum": "morgen"}),
        ],
    )
    def test_of_anything_hears_the_same(self, deliver, function, args):
        first = deliver(function, args)
        assert deliver(function, args) == first

    def test_of_a_question_is_no_answer_to_it(self, bench, deliver):
        """The first answer asked whether another day was meant; nobody has heard it yet."""
        bench.calendar.accounts[SALON_KEY].free.add(WISHED.replace(day=21))
        deliver("check-availability", ARGS, "tool_call_00")
        other = CONFIRMED | {"datum": "21.10.2025"}
        first = deliver("collect-appointment", other)
        assert (first["status"], first["reason"]) == ("needs_clarification", "contradicts_check")
        assert deliver("collect-appointment", other) == first
        assert bench.rows(Appointment) == []
        assert deliver("collect-appointment", other, "tool_call_02")["status"] == "booked"

    def test_of_a_guess_does_not_count_twice(self, deliver):
        hidden = {"from_number": "anonymous"}
        for _ in range(5):
            answer = deliver("get-customer-appointments", {"name": "Erika Muster"}, **hidden)
            assert answer["status"] == "unauthorized"

    def test_of_one_that_failed_tries_again(self, bench, deliver):
        bench.calendar.script("create_booking", refuses(RefusalKind.REJECTED))
        assert deliver("collect-appointment", CONFIRMED)["status"] == "error"
        assert deliver("collect-appointment", CONFIRMED)["status"] == "booked"

    def test_of_one_that_is_being_checked_hears_what_came_of_it(self, bench, deliver):
        bench.calendar.script("create_booking", timed_out)
        assert deliver("collect-appointment", CONFIRMED)["status"] == "timeout"
        assert deliver("collect-appointment", CONFIRMED)["status"] == "timeout"
        assert bench.calendar.count("create_booking") == 1

    def test_of_another_call_is_another_request(self, bench, deliver):
        deliver("collect-appointment", CONFIRMED)
        answer = deliver("collect-appointment", CONFIRMED, call_id="call_of_another_caller_altogether")
        assert answer["status"] == "duplicate_detected"

    def test_without_an_id_is_recognised_by_what_it_books(self, bench, deliver):
        first = deliver("collect-appointment", CONFIRMED, None)
        assert deliver("collect-appointment", CONFIRMED, None) == first
        assert len(bench.rows(Appointment)) == len(bench.rows(Call)) == 1


class TestBesideARepeat:
    def test_one_more_is_a_flag(self, bench, deliver):
        deliver("collect-appointment", CONFIRMED)
        later = CONFIRMED | {"uhrzeit": "14:30"}
        answer = deliver("collect-appointment", later, "tool_call_02")
        assert (answer["status"], answer["reason"]) == ("duplicate_detected", "just_booked")
        assert answer["options"] == ["keep", "book_another", "reschedule"]
        assert answer["existing_appointment"]["time"] == "2025-10-20 14:00"
        booked = deliver("collect-appointment", later | {"weiterer_termin": True}, "tool_call_03")
        assert booked["status"] == "booked"

    def test_a_customer_is_told_with_all_that_an_agent_needs(self, deliver):
        deliver("collect-appointment", CONFIRMED | {"email": "erika@example.com"})
        answer = deliver("check-customer", {}, "tool_call_02")
        assert (answer["status"], answer["customer_exists"]) == ("found", True)
        assert set(answer["customer"]) >= {
            "id", "name", "phone", "email", "last_visit", "notes", "predicted_service", "service_confidence",
            "preferred_staff", "preferred_staff_id", "appointment_history",
        }  # fmt: skip
        assert "erika@example.com" not in str(answer)

    def test_the_three_names_of_the_query_answer_alike(self, bench, deliver):
        deliver("collect-appointment", CONFIRMED)
        names = ("get-customer-appointments", "query_appointment", "query_appointment_by_name")
        answers = [deliver(name, {}, None) for name in names]
        assert answers[0]["status"] == "appointments"
        assert answers[1:] == answers[:1] * 2

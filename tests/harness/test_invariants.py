"""Each invariant holds on sound books, and each way of breaking it is seen."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import ClassVar

import pytest

from harness.books import CalcomBooks, Ledger
from harness.events import Exchange, InvariantState, Lane
from harness.invariants import INVARIANTS, judge
from harness.wishes import books_at_the_end

START, END = "2025-10-20T12:00:00Z", "2025-10-20T12:30:00Z"
BOOKED = {
    "success": True,
    "status": "booked",
    "message": "Perfekt! Ihr Termin wurde erfolgreich gebucht.",
    "appointment_id": "uid-1",
}

APPOINTMENT = {
    "id": 1,
    "company_id": 1,
    "service_id": 5,
    "customer_id": 1,
    "customer_name": "Erika Muster",
    "retell_call_id": "call_one",
    "starts_at": START,
    "ends_at": END,
    "status": "confirmed",
    "calcom_booking_uid": "uid-1",
    "attempt_id": "att-1",
}
BOOKING = {
    "id": 11,
    "uid": "uid-1",
    "status": "accepted",
    "start": START,
    "end": END,
    "hostId": 11,
    "metadata": {"attempt_id": "att-1", "call_id": "call_one"},
    "origin": "api",
}
ATTEMPT = {
    "id": "att-1",
    "company_id": 1,
    "retell_call_id": "call_one",
    "state": "booked",
    "starts_at": START,
}
SENTENCE = {
    "company_id": 1,
    "retell_call_id": "call_one",
    "status": "booked",
    "claim": "booked",
    "message": BOOKED["message"],
    "calcom_booking_uid": "uid-1",
    "starts_at": START,
}
SOUND = Ledger(
    appointments=(APPOINTMENT,),
    customers=({"id": 1, "company_id": 1, "name": "Erika Muster", "phone": "+4917139200107", "email": None},),
    attempts=(ATTEMPT,),
    sentences=(SENTENCE,),
    log=(
        {"event": "appointment.settled", "level": "info", "company_id": 1, "at": START, "appointment_id": 1},
    ),
)
CALCOM = CalcomBooks({1: (BOOKING,), 2: ()}, {1: (), 2: ()})
EXCHANGE = Exchange(
    seconds=0,
    source=Lane.AGENT,
    target=Lane.GATEWAY,
    title="collect-appointment",
    result="200 booked",
    status=200,
    duration_ms=1,
    waiting_ms=0,
    fault=None,
    request=json.dumps({"call": {"call_id": "call_one", "from_number": "+4917139200107"}}),
    response=json.dumps(BOOKED),
    call_id="call_one",
)
UPSTREAM = replace(
    EXCHANGE, source=Lane.GATEWAY, target=Lane.CALCOM, title="POST /v2/bookings", response="{}"
)


def states(ledger=SOUND, calcom=CALCOM, faults=(), exchanges=(EXCHANGE,), crashes=0):
    judged = judge(ledger, calcom, faults, exchanges, crashes=crashes)
    return {each.name: each.state for each in judged}


def broken(**evidence) -> set[str]:
    return {name for name, state in states(**evidence).items() if state is InvariantState.BROKEN}


def calcom(*bookings, other=()):
    return CalcomBooks({1: tuple(bookings), 2: tuple(other)}, {1: (), 2: ()})


class TestAll:
    def test_hold_on_sound_books(self):
        assert set(states().values()) == {InvariantState.HOLDS}

    def test_are_judged_in_their_order(self):
        assert [each.name for each in judge(SOUND, CALCOM, (), ())] == [each.name for each in INVARIANTS]

    def test_read_unchecked_where_the_ledger_cannot_be_seen(self):
        assert set(states(ledger=None).values()) == {InvariantState.UNCHECKED}

    def test_read_unchecked_where_calcom_cannot_be_seen(self):
        unchecked = {name for name, state in states(calcom=None).items() if state is InvariantState.UNCHECKED}
        assert unchecked == {"no_slot_booked_twice", "both_ledgers_agree", "said_means_done"}


class TestNoSlotBookedTwice:
    NAME = "no_slot_booked_twice"

    def test_two_overlapping_bookings_of_one_host(self):
        second = {
            **BOOKING,
            "uid": "uid-2",
            "start": "2025-10-20T12:15:00Z",
            "metadata": {},
            "origin": "rival",
        }
        assert broken(calcom=calcom(BOOKING, second)) == {self.NAME}

    def test_another_host_or_back_to_back_is_no_overlap(self):
        later = {**BOOKING, "uid": "uid-2", "start": END, "end": "2025-10-20T13:00:00Z", "origin": "rival"}
        other = {**BOOKING, "uid": "uid-3", "hostId": 12, "metadata": {}, "origin": "rival"}
        assert broken(calcom=calcom(BOOKING, later, other)) == set()

    def test_a_cancelled_booking_is_no_overlap(self):
        cancelled = {**BOOKING, "uid": "uid-2", "status": "cancelled"}
        assert broken(calcom=calcom(BOOKING, cancelled)) == set()

    def test_one_wish_with_two_bookings(self):
        second = {**BOOKING, "uid": "uid-2", "hostId": 12}
        assert self.NAME in broken(calcom=calcom(BOOKING, second))

    def test_one_booking_in_two_appointments(self):
        second = {**APPOINTMENT, "id": 2, "status": "cancelled"}
        assert self.NAME in broken(ledger=replace(SOUND, appointments=(APPOINTMENT, second)))

    def test_two_appointments_of_ours_over_one_slot(self):
        second = {**APPOINTMENT, "id": 2, "calcom_booking_uid": "uid-2"}
        ledger = replace(SOUND, appointments=(APPOINTMENT, second))
        second_booking = {**BOOKING, "uid": "uid-2", "status": "cancelled", "metadata": {}}
        assert self.NAME in broken(ledger=ledger, calcom=calcom(BOOKING, second_booking))


class TestBothLedgersAgree:
    NAME = "both_ledgers_agree"

    def test_ours_alone(self):
        assert self.NAME in broken(calcom=calcom())

    def test_theirs_alone(self):
        assert self.NAME in broken(ledger=replace(SOUND, appointments=()))

    def test_another_start(self):
        moved = {**BOOKING, "start": "2025-10-20T13:00:00Z", "end": "2025-10-20T13:30:00Z"}
        assert broken(calcom=calcom(moved)) == {self.NAME}

    def test_a_cancelled_booking_under_a_standing_appointment(self):
        assert broken(calcom=calcom({**BOOKING, "status": "cancelled"})) == {self.NAME}

    def test_a_finding_that_names_it_is_enough(self):
        finding = {
            "id": 1,
            "company_id": 1,
            "kind": "orphaned",
            "calcom_booking_uid": "uid-1",
            "status": "open",
        }
        assert broken(ledger=replace(SOUND, findings=(finding,)), calcom=calcom()) == set()

    def test_a_rivals_booking_needs_no_appointment(self):
        rival = {**BOOKING, "uid": "uid-9", "hostId": 12, "metadata": {}, "origin": "rival"}
        assert broken(calcom=calcom(BOOKING, rival)) == set()

    def test_an_open_attempt_leaves_it_open(self):
        attempt = {**ATTEMPT, "state": "open", "calcom_booking_uid": "uid-1"}
        ledger = replace(SOUND, appointments=(), sentences=(), attempts=(attempt,))
        assert states(ledger=ledger, exchanges=())[self.NAME] is InvariantState.OPEN


class TestSaidMeansDone:
    NAME = "said_means_done"

    def test_said_without_an_appointment(self):
        assert self.NAME in broken(ledger=replace(SOUND, appointments=()), calcom=calcom())

    def test_said_without_a_booking(self):
        assert self.NAME in broken(calcom=calcom())

    def test_said_for_another_time(self):
        sentence = {**SENTENCE, "starts_at": "2025-10-20T13:00:00Z"}
        assert broken(ledger=replace(SOUND, sentences=(sentence,))) == {self.NAME}

    def test_said_in_words_though_the_status_denies_it(self):
        lie = replace(EXCHANGE, response=json.dumps({**BOOKED, "status": "slot_taken"}))
        assert broken(exchanges=(lie,)) == {self.NAME}

    def test_answered_with_a_uid_that_no_ledger_holds(self):
        lie = replace(EXCHANGE, response=json.dumps({**BOOKED, "appointment_id": "uid-7"}))
        assert broken(exchanges=(lie,)) == {self.NAME}

    def test_done_and_nobody_told(self):
        assert broken(ledger=replace(SOUND, sentences=())) == {self.NAME}

    def test_done_and_a_message_written(self):
        message = {"id": 1, "company_id": 1, "attempt_id": "att-1", "appointment_id": None}
        assert broken(ledger=replace(SOUND, sentences=(), outbox=(message,))) == set()


class TestCompaniesKeptApart:
    NAME = "companies_kept_apart"

    def test_a_row_that_points_at_anothers_row(self):
        message = {"id": 1, "company_id": 2, "appointment_id": 1}
        assert broken(ledger=replace(SOUND, outbox=(message,))) == {self.NAME}

    def test_a_booking_in_anothers_account(self):
        stray = {**BOOKING, "uid": "uid-2", "start": "2025-10-21T12:00:00Z", "end": "2025-10-21T12:30:00Z"}
        stray["metadata"] = {"call_id": "call_one"}
        assert self.NAME in broken(calcom=calcom(BOOKING, other=(stray,)))

    def test_a_sentence_with_anothers_customer(self):
        sentence = {
            **SENTENCE,
            "company_id": 2,
            "claim": "none",
            "message": "Frau Erika Muster kommt um 14 Uhr",
        }
        sentence["retell_call_id"] = "call_two"
        assert broken(ledger=replace(SOUND, sentences=(SENTENCE, sentence))) == {self.NAME}

    def test_a_log_line_with_anothers_booking(self):
        line = {"event": "slots.listed", "level": "info", "company_id": 2, "detail": "uid-1"}
        assert broken(ledger=replace(SOUND, log=(line,))) == {self.NAME}

    def test_an_answer_with_anothers_booking(self):
        attempt = {
            **ATTEMPT,
            "id": "att-2",
            "company_id": 2,
            "retell_call_id": "call_two",
            "state": "refused",
        }
        answer = replace(EXCHANGE, call_id="call_two", response='{"existing": "uid-1"}')
        assert broken(ledger=replace(SOUND, attempts=(ATTEMPT, attempt)), exchanges=(answer,)) == {self.NAME}

    def test_a_name_that_both_know_is_no_leak(self):
        twin = {"id": 2, "company_id": 2, "name": "Erika Muster", "phone": "+4940123123", "email": None}
        line = {"event": "x", "level": "info", "company_id": 2, "detail": "Erika Muster"}
        assert broken(ledger=replace(SOUND, customers=(*SOUND.customers, twin), log=(line,))) == set()


class TestNoPersonalDataInLogs:
    NAME = "no_personal_data_in_logs"

    @pytest.mark.parametrize(
        "text", ["erika@example.org", "+49 171 39200107", "tel 0171/39200107", "4917139200107"]
    )
    def test_an_address_or_a_number(self, text):
        line = {"event": "customer.made", "level": "info", "detail": text}
        assert broken(ledger=replace(SOUND, log=(line,))) == {self.NAME}

    def test_no_line_read_is_unchecked(self):
        assert states(ledger=replace(SOUND, log=()))[self.NAME] is InvariantState.UNCHECKED

    def test_instants_and_ids_are_no_numbers(self):
        line = {
            "event": "x",
            "level": "info",
            "at": "2025-10-13T08:00:00.123456+00:00",
            "call": "call_0123456789ab",
        }
        assert broken(ledger=replace(SOUND, log=(line,))) == set()


class TestNoAttemptLeftOpen:
    def test_one_is(self):
        ledger = replace(SOUND, attempts=({**ATTEMPT, "state": "open"},))
        assert broken(ledger=ledger) == {"no_attempt_left_open"}


class TestEveryErrorExplained:
    NAME = "every_error_explained"
    FAILED = replace(EXCHANGE, response='{"status": "error"}', result="200 error")
    LINE: ClassVar = {"event": "view.failed", "level": "error", "retell_call_id": "call_one"}

    def test_an_error_answer(self):
        assert broken(exchanges=(self.FAILED,)) == {self.NAME}

    def test_a_500_of_ours(self):
        assert broken(exchanges=(replace(EXCHANGE, status=500, response="oops"),)) == {self.NAME}

    def test_no_answer_of_ours(self):
        assert broken(exchanges=(replace(EXCHANGE, status=None, response=""),)) == {self.NAME}

    def test_an_error_in_the_log(self):
        assert broken(ledger=replace(SOUND, log=(self.LINE,))) == {self.NAME}

    def test_an_unmarked_500_of_calcom(self):
        assert broken(exchanges=(replace(UPSTREAM, status=500),)) == {self.NAME}

    def test_a_refusal_of_calcom_is_no_error(self):
        assert broken(exchanges=(replace(UPSTREAM, status=400),)) == set()

    def test_a_fault_in_the_same_call_explains(self):
        fault = replace(UPSTREAM, status=500, fault="f1 status")
        ledger = replace(SOUND, log=(self.LINE,))
        assert broken(ledger=ledger, exchanges=(fault, self.FAILED)) == set()

    def test_a_fault_in_another_call_does_not(self):
        fault = replace(UPSTREAM, status=500, fault="f1 status", call_id="call_two")
        assert broken(exchanges=(fault, self.FAILED)) == {self.NAME}

    @pytest.mark.parametrize(
        "answer", [{"status": "circuit_open"}, {"status": "error", "reason": "rate_limited"}]
    )
    def test_who_is_kept_out_for_what_others_met_needs_a_fault_somewhere(self, answer):
        kept_out = replace(EXCHANGE, response=json.dumps(answer))
        fault = replace(UPSTREAM, status=500, fault="f1 status", call_id="call_two")
        assert broken(faults=({"id": "f1", "fired": 5},), exchanges=(fault, kept_out)) == set()
        assert broken(exchanges=(kept_out,)) == {self.NAME}

    def test_a_crash_explains(self):
        assert broken(exchanges=(replace(EXCHANGE, status=None, response=""),), crashes=1) == set()

    def test_no_exchange_recorded_is_unchecked(self):
        assert states(exchanges=None)[self.NAME] is InvariantState.UNCHECKED


class TestBooksAtTheEnd:
    def test_a_row_for_each_wish(self):
        (row,) = books_at_the_end(SOUND, CALCOM)
        assert (row.wish, row.said, row.ours, row.calcom, row.verdict) == (
            "Mo 20.10.2025 14:00, call …ll_one",
            "booked",
            "confirmed Mo 20.10.2025 14:00",
            "accepted Mo 20.10.2025 14:00",
            "equal",
        )

    def test_a_booking_without_an_attempt_is_a_row_too(self):
        rows = books_at_the_end(replace(SOUND, attempts=(), appointments=()), CALCOM)
        assert [(row.wish, row.verdict) for row in rows] == [("Mo 20.10.2025 14:00, no attempt", "different")]

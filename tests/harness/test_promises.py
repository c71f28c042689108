"""Cancelled, moved, called back: each way in which such a sentence can be untrue is seen."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest

from harness.books import CalcomBooks
from harness.events import BooksVerdict, InvariantState
from harness.invariants import judge
from harness.promises import broken_promises
from harness.wishes import books_at_the_end
from tests.harness.test_invariants import (
    APPOINTMENT,
    ATTEMPT,
    BOOKED,
    BOOKING,
    EXCHANGE,
    SENTENCE,
    SOUND,
)

LATER, LATER_END = "2025-10-21T12:00:00Z", "2025-10-21T12:30:00Z"

CANCELLED_APPOINTMENT = {**APPOINTMENT, "status": "cancelled"}
CANCELLED_BOOKING = {**BOOKING, "status": "cancelled"}
CANCELLATION = {
    **SENTENCE,
    "retell_call_id": "call_two",
    "status": "cancelled",
    "claim": "cancelled",
    "message": "Ihr Termin am Montag, 20. Oktober um 14:00 Uhr ist abgesagt.",
}
CANCEL_ATTEMPT = {
    **ATTEMPT,
    "id": "att-2",
    "kind": "cancel",
    "state": "cancelled",
    "retell_call_id": "call_two",
    "changes_booking_uid": "uid-1",
}
CANCELLED = replace(
    SOUND,
    appointments=(CANCELLED_APPOINTMENT,),
    sentences=(SENTENCE, CANCELLATION),
    attempts=(ATTEMPT, CANCEL_ATTEMPT),
)

MOVED_APPOINTMENT = {
    **APPOINTMENT, "starts_at": LATER, "ends_at": LATER_END, "calcom_booking_uid": "uid-2",
}  # fmt: skip
OLD_BOOKING = {**BOOKING, "status": "cancelled", "rescheduledToUid": "uid-2"}
NEW_BOOKING = {**BOOKING, "uid": "uid-2", "start": LATER, "end": LATER_END, "rescheduledFromUid": "uid-1"}
MOVE = {
    **SENTENCE,
    "retell_call_id": "call_two",
    "status": "rescheduled",
    "claim": "moved",
    "message": "Ihr Termin ist verschoben, von Montag auf Dienstag.",
    "calcom_booking_uid": "uid-2",
    "starts_at": LATER,
}
MOVE_ATTEMPT = {
    **CANCEL_ATTEMPT, "kind": "move", "state": "moved", "starts_at": LATER, "calcom_booking_uid": "uid-2",
}  # fmt: skip
MOVED = replace(
    SOUND,
    appointments=(MOVED_APPOINTMENT,),
    sentences=(SENTENCE, MOVE),
    attempts=(ATTEMPT, MOVE_ATTEMPT),
)

CALLBACK = {"id": 1, "company_id": 1, "retell_call_id": "call_two", "attempt_id": None, "priority": "normal"}
PROMISE = {
    **SENTENCE,
    "retell_call_id": "call_two",
    "status": "callback_queued",
    "claim": "callback",
    "message": "Ich habe das notiert. Ein Mitarbeiter ruft Sie innerhalb von zwei Stunden zurück.",
    "calcom_booking_uid": None,
    "starts_at": None,
}


def books(*rows) -> CalcomBooks:
    return CalcomBooks({1: rows, 2: ()}, {1: (), 2: ()})


GONE, SHIFTED = books(CANCELLED_BOOKING), books(OLD_BOOKING, NEW_BOOKING)


def facts(ledger, calcom, exchanges=()) -> str:
    return " ".join(broken_promises(ledger, calcom, exchanges))


def all_hold(ledger, calcom) -> bool:
    return all(each.state is InvariantState.HOLDS for each in judge(ledger, calcom, (), ()))


class TestCancelled:
    def test_on_both_sides_holds(self):
        assert all_hold(CANCELLED, GONE)

    def test_and_our_appointment_stands(self):
        assert "appointment 1 stands" in facts(replace(CANCELLED, appointments=(APPOINTMENT,)), GONE)

    def test_and_the_booking_stands(self):
        assert "booking uid-1 stands at Cal.com" in facts(CANCELLED, books(BOOKING))

    def test_what_was_never_ours(self):
        assert "no appointment has booking" in facts(replace(CANCELLED, appointments=()), GONE)

    def test_in_words_though_the_status_denies_it(self):
        lie = replace(EXCHANGE, response=json.dumps({"status": "denied", "message": CANCELLATION["message"]}))
        assert "heard “abgesagt” with status denied" in facts(CANCELLED, GONE, (lie,))

    def test_and_nobody_told(self):
        assert "nobody was told" in facts(replace(CANCELLED, sentences=(SENTENCE,)), GONE)

    def test_and_a_message_written_instead(self):
        message = {"id": 1, "company_id": 1, "attempt_id": "att-2", "appointment_id": 1}
        assert facts(replace(CANCELLED, sentences=(SENTENCE,), outbox=(message,)), GONE) == ""

    def test_here_alone_is_a_difference_between_the_ledgers(self):
        ledger = replace(CANCELLED, sentences=(), attempts=(ATTEMPT,))
        judged = judge(ledger, books({**BOOKING, "origin": "seed"}), (), ())
        state = next(each.state for each in judged if each.name == "both_ledgers_agree")
        assert state is InvariantState.BROKEN


class TestMoved:
    def test_on_both_sides_holds_and_the_first_promise_is_kept_by_it(self):
        assert all_hold(MOVED, SHIFTED)

    def test_and_our_appointment_names_the_old_booking(self):
        ledger = replace(MOVED, appointments=(APPOINTMENT,))
        assert "still names uid-1" in facts(ledger, SHIFTED)

    def test_and_the_old_booking_stands(self):
        still = books({**OLD_BOOKING, "status": "accepted"}, NEW_BOOKING)
        assert "uid-1 stands still" in facts(MOVED, still)

    def test_to_a_booking_that_is_another(self):
        assert "was never moved" in facts(
            MOVED, books(CANCELLED_BOOKING, {**NEW_BOOKING, "rescheduledFromUid": None})
        )

    def test_to_another_time_than_was_said(self):
        sentence = {**MOVE, "starts_at": "2025-10-21T13:00:00Z"}
        assert "was told 2025-10-21T13:00:00Z" in facts(
            replace(MOVED, sentences=(SENTENCE, sentence)), SHIFTED
        )

    def test_at_calcom_nothing_is_known_of_it(self):
        assert "Cal.com holds no booking uid-2" in facts(MOVED, books(BOOKING))

    def test_and_nobody_told(self):
        assert "nobody was told" in facts(replace(MOVED, sentences=(SENTENCE,)), SHIFTED)

    def test_and_cancelled_afterwards_keeps_both_promises(self):
        cancelled = {**CANCELLATION, "calcom_booking_uid": "uid-2", "starts_at": LATER}
        ledger = replace(
            MOVED,
            appointments=({**MOVED_APPOINTMENT, "status": "cancelled"},),
            sentences=(SENTENCE, MOVE, cancelled),
        )
        assert facts(ledger, books(OLD_BOOKING, {**NEW_BOOKING, "status": "cancelled"})) == ""

    def test_an_answer_may_name_the_booking_it_was_before(self):
        assert facts(MOVED, SHIFTED, (replace(EXCHANGE, response=json.dumps(BOOKED)),)) == ""


class TestCallback:
    @pytest.mark.parametrize("claim", ["callback", "failed"])
    def test_promised_and_not_kept(self, claim):
        ledger = replace(SOUND, sentences=(SENTENCE, {**PROMISE, "claim": claim}))
        assert "promised a call back" in facts(ledger, books(BOOKING))

    def test_promised_and_kept(self):
        ledger = replace(SOUND, sentences=(SENTENCE, PROMISE), callbacks=(CALLBACK,))
        assert facts(ledger, books(BOOKING)) == ""

    def test_kept_for_another_call_is_not_kept(self):
        ledger = replace(
            SOUND, sentences=(SENTENCE, PROMISE), callbacks=({**CALLBACK, "retell_call_id": "call_three"},)
        )
        assert "promised a call back" in facts(ledger, books(BOOKING))

    def test_a_question_about_calling_us_is_no_promise(self):
        sentence = {**PROMISE, "claim": "none", "message": "Bitte rufen Sie uns direkt an."}
        assert facts(replace(SOUND, sentences=(SENTENCE, sentence)), books(BOOKING)) == ""


class TestFamily:
    def test_is_the_same_from_every_member(self):
        third = {**BOOKING, "uid": "uid-3", "rescheduledFromUid": "uid-2"}
        history = books({**BOOKING, "rescheduledToUid": "uid-2"}, NEW_BOOKING, third)
        told = {tuple(row["uid"] for row in history.family(1, uid)) for uid in ("uid-1", "uid-2", "uid-3")}
        assert told == {("uid-1", "uid-2", "uid-3")}

    def test_of_an_unknown_booking_is_empty(self):
        assert books(BOOKING).family(1, "uid-9") == []


class TestBooksAtTheEnd:
    def test_a_cancelled_wish_is_one_story(self):
        rows = books_at_the_end(CANCELLED, GONE)
        assert [row.verdict for row in rows] == [BooksVerdict.EQUAL, BooksVerdict.EQUAL]
        assert rows[1].wish.startswith("cancel Mo 20.10.2025 14:00")
        assert rows[1].said == "cancelled"

    def test_a_moved_wish_is_one_story(self):
        rows = books_at_the_end(MOVED, SHIFTED)
        assert [row.verdict for row in rows] == [BooksVerdict.EQUAL, BooksVerdict.EQUAL]
        assert rows[1].wish.startswith("move to Di 21.10.2025 14:00")

    def test_a_cancellation_that_calcom_does_not_know_differs(self):
        rows = books_at_the_end(CANCELLED, books(BOOKING))
        assert rows[1].verdict is BooksVerdict.DIFFERENT

    def test_a_seeded_booking_that_was_moved_belongs_to_its_move(self):
        seeded = [{**row, "metadata": {}} for row in (OLD_BOOKING, NEW_BOOKING)]
        rows = books_at_the_end(replace(MOVED, attempts=(MOVE_ATTEMPT,)), books(*seeded))
        assert len(rows) == 1

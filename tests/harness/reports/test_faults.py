from __future__ import annotations

from dataclasses import replace

import pytest

from harness.events import Exchange, Happening, HappeningKind, Lane
from harness.reports.faults import faults_of, short
from harness.reports.sequence import sequence_rows

POST = Exchange(
    seconds=2.0,
    source=Lane.GATEWAY,
    target=Lane.CALCOM,
    title="POST /v2/bookings",
    result="connection reset",
    status=None,
    duration_ms=40.0,
    waiting_ms=0.0,
    fault="f1",
    request="{}",
    response="",
)


def armed(text: str, lane: Lane = Lane.CALCOM) -> Happening:
    return Happening(1.0, lane, text, HappeningKind.FAULT)


class TestWordsOfAFault:
    @pytest.mark.parametrize(
        ("told", "words"),
        [
            ('"reset" after create_booking', "create_booking after reset"),
            ('{"status": 500} before create_booking', "create_booking status 500"),
            ('{"hang": true} late *', "* late hang"),
            ('{"latency": 1} before list_slots', "list_slots latency 1"),
            ('{"stale_booking": {"age": 2100}} before create_booking', "stale_booking"),
            ("db_error at settle, 1 ×", "settle db_error"),
            ("the booking is written now", "the booking is written now"),
        ],
    )
    def test_they_name_the_operation_first(self, told: str, words: str):
        assert short(told) == words

    def test_a_request_names_the_rule_that_touched_it_in_words(self):
        rows = sequence_rows([armed('"reset" after create_booking'), POST])

        assert rows[1].fault == "create_booking after reset"

    def test_a_rule_nobody_announced_keeps_its_id(self):
        (row,) = sequence_rows([replace(POST, fault="f7 thin")])

        assert row.fault == "f7 thin"


class TestTheColumnOfFaults:
    def test_a_fault_set_and_fired_stands_there_once(self):
        assert faults_of([armed('"reset" after create_booking'), POST, POST]) == [
            "create_booking after reset"
        ]

    def test_rivals_crashes_and_faults_of_the_gateway_are_ours_too(self):
        rival = Happening(1.0, Lane.CALCOM, "a rival takes 14:00", HappeningKind.RIVAL)
        crash = Happening(2.0, Lane.GATEWAY, "killed", HappeningKind.CRASH)

        assert faults_of([armed("db_error at settle, 1 ×", Lane.GATEWAY), rival, crash]) == [
            "settle db_error",
            "rival",
            "crash",
        ]

    def test_a_crash_that_was_set_as_a_fault_is_named_once(self):
        crash = Happening(2.0, Lane.GATEWAY, "killed", HappeningKind.CRASH)

        assert faults_of([armed("crash at settle, 1 ×", Lane.GATEWAY), crash]) == ["settle crash"]

    def test_time_and_worker_are_no_faults(self):
        assert faults_of([Happening(1.0, Lane.GATEWAY, "the worker did 1", HappeningKind.WORKER)]) == []

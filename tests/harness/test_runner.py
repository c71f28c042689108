from __future__ import annotations

import pytest

from harness.events import (
    Choice,
    Exchange,
    Happening,
    InvariantJudged,
    Lane,
    ScenarioFinished,
    ScenarioStarted,
    StepFinished,
    Verdict,
)
from harness.invariants import INVARIANTS

HEAD = """\
title: A story
now: 2025-10-13 10:00
free: ["2025-10-20 14:00", "2025-10-20 15:00"]
"""
BOOK = '  - book: {datum: 20.10.2025, uhrzeit: "14:00", name: Erika Muster, bestaetigung: true}\n'
NOTHING = "finally: {appointments: 0, bookings: 0}\n"
ONE = "finally: {appointments: 1, bookings: 1}\n"


class TestVerdicts:
    def test_passed(self, play):
        finished, _ = play(f"{HEAD}steps:\n{BOOK}{ONE}")
        assert (finished.verdict, finished.reason) == (Verdict.PASSED, "")

    def test_an_expectation_that_fails_names_line_and_both_values(self, play):
        finished, _ = play(f"{HEAD}steps:\n{BOOK}    expect: {{status: slot_taken}}\n{ONE}")
        assert finished.verdict is Verdict.FAILED
        assert finished.reason == "line 5, book: status is slot_taken, but got booked."

    def test_a_count_that_fails(self, play):
        finished, _ = play(f"{HEAD}steps:\n{BOOK}{NOTHING}")
        assert (finished.verdict, finished.reason) == (
            Verdict.FAILED,
            "finally: appointments is 0, but got 1.",
        )

    def test_an_invariant_that_breaks_although_nobody_asked(self, play):
        text = f"{HEAD}steps:\n{BOOK}  - calcom_loses: last\nfinally: {{appointments: 1, bookings: 0}}\n"
        finished, _ = play(text)
        assert finished.verdict is Verdict.FAILED
        assert finished.reason.startswith("“both ledgers agree, or a finding says where not” does not hold")

    def test_an_invariant_that_the_scenario_says_must_break(self, play):
        excuse = "breaks: {both_ledgers_agree: nobody compares here, said_means_done: the same}\n"
        text = (
            f"{HEAD}{excuse}steps:\n{BOOK}  - calcom_loses: last\nfinally: {{appointments: 1, bookings: 0}}\n"
        )
        finished, events = play(text)
        assert finished.verdict is Verdict.PASSED
        assert "nobody compares here" in [
            each.excused for each in events if isinstance(each, InvariantJudged)
        ]

    def test_an_excuse_that_is_not_needed_fails(self, play):
        finished, _ = play(f"{HEAD}breaks: {{both_ledgers_agree: out of habit}}\nsteps:\n{BOOK}{ONE}")
        assert finished.verdict is Verdict.FAILED
        assert "though the scenario says it must break" in finished.reason

    def test_another_world_is_skipped_with_the_reason(self, play):
        finished, _ = play(f"{HEAD}worlds: [live]\nwhy: needs processes\nsteps:\n{BOOK}{ONE}")
        assert (finished.verdict, finished.reason) == (
            Verdict.SKIPPED,
            "runs in the live world only: needs processes",
        )

    def test_a_step_that_the_bench_cannot_do_is_an_error(self, play):
        finished, _ = play(f"{HEAD}steps:\n  - calcom_loses: last\n{NOTHING}")
        assert finished.verdict is Verdict.ERROR
        assert "line 5, calcom_loses: " in finished.reason

    def test_a_fault_that_the_fake_refuses_is_an_error_in_its_words(self, play):
        finished, _ = play(f"{HEAD}steps:\n  - fault: {{on: create_boking, effect: reset}}\n{NOTHING}")
        assert finished.verdict is Verdict.ERROR
        assert "create_booking" in finished.reason


class TestEvents:
    def test_come_in_their_order(self, play):
        _, events = play(f"{HEAD}steps:\n{BOOK}  - wait: 5s\n{ONE}")
        assert isinstance(events[0], ScenarioStarted)
        assert isinstance(events[-1], ScenarioFinished)
        assert [each.index for each in events if isinstance(each, StepFinished)] == [0, 1, -1]
        judged = [each.name for each in events if isinstance(each, InvariantJudged)]
        assert judged == [each.name for each in INVARIANTS]

    def test_an_exchange_shows_who_asked_whom_and_who_waited(self, play):
        _, events = play(f"{HEAD}steps:\n{BOOK}{ONE}")
        asked, recheck, post = [each for each in events if isinstance(each, Exchange)]
        assert (asked.source, asked.target, asked.title, asked.result) == (
            Lane.AGENT,
            Lane.GATEWAY,
            "collect-appointment",
            "200 booked",
        )
        assert (asked.duration_ms, asked.waiting_ms) == (810, 810)
        assert [each.title for each in (recheck, post)] == ["GET /v2/slots", "POST /v2/bookings"]
        assert post.call_id == asked.call_id
        assert dict(post.request_headers)["Authorization"] == "(hidden)"

    def test_a_fault_is_named_where_it_touched_even_without_an_answer(self, play):
        fault = "  - fault: {on: create_booking, when: after, effect: reset}\n"
        finished, events = play(f"{HEAD}steps:\n{fault}{BOOK}{ONE}")
        (touched,) = [each for each in events if isinstance(each, Exchange) and each.fault]
        assert (touched.title, touched.status) == ("POST /v2/bookings", None)
        assert "reset" in touched.fault
        assert (finished.faults_set, finished.faults_fired) == (1, 1)

    def test_a_fault_that_never_fired_is_counted(self, play):
        fault = "  - fault: {on: cancel_booking, effect: {status: 500}}\n"
        finished, _ = play(f"{HEAD}steps:\n{fault}{BOOK}{ONE}")
        assert (finished.faults_set, finished.faults_fired) == (1, 0)

    def test_rivals_clocks_and_crashes_are_happenings(self, play):
        steps = "  - rival_takes: 2025-10-20 14:00\n  - advance: 1h\n  - crash_gateway:\n"
        _, events = play(f"{HEAD}steps:\n{steps}{NOTHING}")
        kinds = [each.kind for each in events if isinstance(each, Happening)]
        assert kinds == ["rival", "clock", "crash", "crash"]


class TestParallel:
    TEXT = (
        (
            f"{HEAD}steps:\n  - parallel: {{callers: 3, each: [{{wait: 1s}}, {BOOK.strip(' -').strip()}]}}\n{ONE}"
        )
        .replace("book: {", "{book: {")
        .replace("true}]", "true}}]")
    )

    def test_callers_have_calls_and_numbers_of_their_own(self, play):
        finished, events = play(self.TEXT)
        asked = [each for each in events if isinstance(each, Exchange) and each.source is Lane.AGENT]
        assert finished.verdict is Verdict.PASSED
        assert len({each.call_id for each in asked}) == len({each.actor for each in asked}) == 3

    def test_choices_are_recorded(self, play):
        finished, events = play(self.TEXT)
        choices = [each for each in events if isinstance(each, Choice)]
        assert finished.choices == len(choices) > 3
        assert all(0 <= each.index < len(each.ready) for each in choices)

    @pytest.mark.parametrize("seed", [0, 1])
    def test_the_same_seed_is_the_same_run(self, play, seed):
        assert play(self.TEXT, seed=seed) == play(self.TEXT, seed=seed)

    def test_another_seed_is_another_run(self, play):
        assert play(self.TEXT, seed=0)[1] != play(self.TEXT, seed=1)[1]

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from loadtests.calls import CHECK, COLLECT
from loadtests.desk import SETTLE_EVERY_SECONDS, Answer, Desk, Turn
from loadtests.gathering import Gathering, to_wire
from tests.loadtests.making import HandClock, entry


def iso(seconds: float) -> str:
    return datetime.fromtimestamp(seconds, UTC).isoformat()


@pytest.fixture
def clock() -> HandClock:
    return HandClock()


@pytest.fixture
def desk(make_brief, clock) -> Desk:
    made = Desk(make_brief(), clock)
    made.begin(0)
    return made


def booked_turn(desk: Desk, clock: HandClock, *, uid: str | None = "u1") -> Turn:
    """A check of 100 ms, a second of thinking, a booking of 400 ms."""
    turn = desk.begin_turn(desk.new_caller())
    turn.answers += [Answer(CHECK, clock.seconds, 100.0), Answer(COLLECT, clock.seconds + 1.1, 400.0)]
    turn.uid = uid
    desk.end_turn(turn)
    return turn


def by_metric(measured) -> dict[str, list[float]]:
    found: dict[str, list[float]] = {}
    for each in measured:
        found.setdefault(each.metric, []).append(round(each.value, 3))
    return found


class TestCallers:
    def test_take_turns_between_companies(self, desk):
        assert [desk.new_caller().company_id for _ in range(4)] == [1, 2, 1, 2]

    def test_of_two_processes_are_other_people_and_reach_every_company(self, make_brief, clock):
        desks = [Desk(make_brief(processes=2), clock) for _ in range(2)]
        people = []
        for number, desk in enumerate(desks):
            desk.begin(number)
            people += [desk.new_caller() for _ in range(4)]

        assert sorted(each.number for each in people) == list(range(8))
        assert {each.company_id for each in people[:4]} == {1, 2} == {each.company_id for each in people[4:]}

    def test_ask_their_own_company_for_a_slot_nobody_else_gets(self, make_brief, clock):
        taken = []
        for number in range(2):
            desk = Desk(make_brief(processes=2), clock)
            desk.begin(number)
            people = [desk.new_caller() for _ in range(5)]
            for _ in range(20):
                for person in people:
                    slot = desk.begin_turn(person).call.slot
                    assert slot.bookable.company_id == person.company_id
                    taken.append((slot.bookable.calendar, slot.start))

        assert len(taken) == len(set(taken)) == 200

    def test_have_a_call_id_for_each_call(self, desk):
        person = desk.new_caller()

        assert len({desk.begin_turn(person).call.call_id for _ in range(50)}) == 50


class TestTime:
    def test_no_call_begins_after_the_duration(self, desk, clock):
        clock.seconds += 29.9
        assert not desk.is_over()
        clock.seconds += 0.1
        assert desk.is_over()

    def test_the_duration_begins_after_the_ramp_and_calls_in_the_ramp_do_not_count(self, make_brief, clock):
        desk = Desk(make_brief(ramp_seconds=5.0), clock)
        desk.begin(0)
        ramp = booked_turn(desk, clock, uid="early")
        clock.seconds += 5
        booked_turn(desk, clock, uid="late")
        measured = desk.settle([])

        assert not ramp.counts
        assert [each.metric for each in measured].count("booking_success") == 1
        assert desk.take()["told"] == ["early", "late"]  # the books hold both
        clock.seconds += 29
        assert not desk.is_over()


class TestSettling:
    def test_is_due_at_the_end_once_all_calls_are_over(self, desk, clock):
        running = desk.begin_turn(desk.new_caller())
        booked_turn(desk, clock)
        clock.seconds += 31
        assert not desk.is_settling_time()
        running.answers.append(Answer(CHECK, clock.seconds, 5.0))
        desk.end_turn(running)
        assert desk.is_settling_time()
        desk.settle([])
        assert (desk.is_settling_time(), desk.left) == (False, 0)

    def test_is_due_now_and_then_before_that(self, make_brief, clock):
        desk = Desk(make_brief(duration_seconds=600.0), clock)
        desk.begin(0)
        booked_turn(desk, clock)
        assert not desk.is_settling_time()
        clock.seconds += SETTLE_EVERY_SECONDS
        assert desk.is_settling_time()

    def test_a_booking_takes_what_was_measured_and_nominal_thinking(self, desk, clock):
        booked_turn(desk, clock)

        assert by_metric(desk.settle([]))["booking_duration"] == [14_500.0]

    def test_the_gateways_own_time_is_an_answers_less_what_cal_com_had_of_it(self, desk, clock):
        turn, began = booked_turn(desk, clock), clock.seconds
        measured = desk.settle(
            [
                entry(turn.call.call_id, iso(began + 0.02), 30.0),
                entry(turn.call.call_id, iso(began + 1.15), 40.0),
                entry(turn.call.call_id, iso(began + 1.25), 210.0, "create_booking", 201),
                entry("call_of_another", iso(began + 0.02), 1000.0),
            ]
        )

        found = by_metric(measured)
        assert found["gateway_time"] == [70.0, 150.0]
        assert found["calcom_api_latency"] == [30.0, 40.0, 210.0]
        assert [each.label for each in measured if each.metric == "gateway_time"] == [CHECK, COLLECT]

    def test_clocks_that_differ_a_little_do_not_move_a_request_to_the_other_answer(self, desk, clock):
        turn, began = booked_turn(desk, clock), clock.seconds
        measured = desk.settle([entry(turn.call.call_id, iso(began + 1.05), 40.0)])

        assert by_metric(measured)["gateway_time"] == [100.0, 360.0]

    def test_a_request_that_hung_on_after_the_answer_counts_until_the_answer(self, desk, clock):
        turn = booked_turn(desk, clock)
        measured = desk.settle([entry(turn.call.call_id, iso(clock.seconds + 0.03), 5_000.0)])

        assert by_metric(measured)["gateway_time"][0] == pytest.approx(30.0)

    def test_what_the_journal_tells_of_a_call_that_goes_on_is_kept_for_it(self, desk, clock):
        began = clock.seconds
        turn = desk.begin_turn(desk.new_caller())
        turn.answers.append(Answer(CHECK, began, 100.0))
        assert desk.settle([entry(turn.call.call_id, iso(began + 0.02), 30.0)]) == []
        turn.answers.append(Answer(COLLECT, began + 1.1, 400.0))
        turn.uid = "u1"
        desk.end_turn(turn)
        measured = desk.settle([entry(turn.call.call_id, iso(began + 1.15), 40.0)])

        assert by_metric(measured)["gateway_time"] == [70.0, 360.0]

    def test_a_booking_whose_requests_the_journal_lost_has_no_own_time(self, desk, clock):
        booked_turn(desk, clock)

        assert "gateway_time" not in by_metric(desk.settle([]))
        assert desk.take()["unmeasured"] == 1

    def test_a_call_that_was_not_booked_counts_as_no_success(self, desk, clock):
        booked_turn(desk, clock, uid=None)
        success = [each for each in desk.settle([]) if each.metric == "booking_success"]

        assert [each.hit for each in success] == [False]

    def test_a_call_that_ended_with_the_check_makes_no_booking_look_quick(self, desk, clock):
        turn = desk.begin_turn(desk.new_caller())
        turn.answers.append(Answer(CHECK, clock.seconds, 5.0))
        desk.end_turn(turn)
        found = by_metric(desk.settle([]))

        assert "booking_duration" not in found
        assert found["booking_success"] == [0.0]

    def test_a_call_cut_off_before_any_answer_is_forgotten(self, desk):
        desk.end_turn(desk.begin_turn(desk.new_caller()))

        assert desk.left == 0


class TestGathering:
    def test_is_done_when_every_process_has_told_all(self, make_brief, clock):
        desk = Desk(make_brief(processes=2), clock)
        desk.begin(0)
        gathering = Gathering(2)
        clock.seconds += 31
        gathering.add_from_wire("a", to_wire(desk.take()))
        assert not gathering.is_done()
        booked_turn(desk, clock)
        gathering.add_from_wire("b", to_wire(desk.take()))
        assert not gathering.is_done()
        desk.settle([])
        gathering.add_from_wire("b", to_wire(desk.take()))
        assert gathering.is_done()

    def test_adds_up_what_processes_measured_and_each_sample_once(self, desk, clock, tmp_path):
        gathering = Gathering(1)
        for _ in range(2):
            desk.keep("gateway_time", clock.seconds + 2, 7.0, hit=True, label=CHECK)
            gathering.add_from_wire("a", to_wire(desk.take()))
        gathering.write(tmp_path / "raw.json")

        assert [(each.at, each.value) for each in gathering.samples["gateway_time"]] == [(2.0, 7.0)] * 2
        assert (tmp_path / "raw.json").exists()

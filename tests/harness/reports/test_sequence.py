from __future__ import annotations

import pytest

from harness.events import Exchange, Happening, HappeningKind, Lane
from harness.reports.fingerprint import WIDTH, fingerprint
from harness.reports.sequence import LANES, sequence_rows
from harness.reports.turns import in_order


def agent(seconds: float, ms: float = 250, **more) -> Exchange:
    fields = {
        "source": Lane.AGENT,
        "target": Lane.GATEWAY,
        "title": "check-availability",
        "result": "available",
        "status": 200,
        "waiting_ms": 0.0,
        "fault": None,
        "request": "{}",
        "response": "{}",
    }
    return Exchange(seconds=seconds, duration_ms=ms, **{**fields, **more})


def calcom(seconds: float, ms: float = 200, **more) -> Exchange:
    return agent(
        seconds, ms, **{"source": Lane.GATEWAY, "target": Lane.CALCOM, "title": "GET /v2/slots", **more}
    )


def happening(seconds: float, kind: HappeningKind, lane: Lane = Lane.GATEWAY, **more) -> Happening:
    return Happening(seconds, lane, "it happens", kind, **more)


class TestOrder:
    def test_rows_follow_virtual_time_not_the_order_of_knowing(self):
        rows = sequence_rows([calcom(1.01), agent(1.0)])

        assert [row.call for row in rows] == ["check-availability", "GET /v2/slots"]

    def test_at_one_instant_a_request_stands_before_what_it_caused(self):
        inner, outer = calcom(1.0), agent(1.0)

        assert in_order([inner, outer]) == [outer, inner]

    def test_each_of_two_requests_at_one_instant_keeps_its_own(self):
        first, second = agent(1.0, title="first"), agent(1.0, title="second")
        mine, its = calcom(1.0, title="mine"), calcom(1.0, title="its")

        assert in_order([mine, first, its, second]) == [first, mine, second, its]

    def test_parallel_callers_are_told_apart_by_actor(self):
        one, two = agent(1.0, actor="a"), agent(1.0, actor="b")
        for_one, for_two = calcom(1.0, actor="a"), calcom(1.0, actor="b")

        assert in_order([for_one, for_two, one, two]) == [one, for_one, two, for_two]

    def test_what_the_caller_said_stays_before_the_request_it_led_to(self):
        said = happening(1.0, HappeningKind.SPEECH, Lane.CALLER)
        asked = agent(1.0)

        assert in_order([said, asked]) == [said, asked]

    def test_rows_read_from_the_log_stand_where_the_protocol_wrote_them(self):
        asked, look, post = (
            agent(1.0, 0, call_id="c"),
            calcom(1.0, 0, call_id="c"),
            calcom(1.0, 0, call_id="c"),
        )
        claim, settled = (
            Happening(1.0, Lane.DATABASE, text, HappeningKind.DATABASE, 1.0, "c")
            for text in ("claim.won 14:00", "appointment.settled")
        )

        assert in_order([look, post, asked, claim, settled]) == [asked, claim, look, post, settled]

    def test_a_row_of_another_call_is_not_taken_along(self):
        asked = agent(1.0, 0, call_id="mine")
        row = Happening(1.0, Lane.DATABASE, "claim.won", HappeningKind.DATABASE, 1.0, "theirs")
        other = agent(1.0, 0, call_id="theirs")

        assert in_order([asked, other, row]) == [asked, other, row]
        assert in_order([other, asked, row]) == [other, row, asked]

    def test_what_ends_an_older_request_stands_before_what_begins_now(self):
        older, newer = agent(0.0, 1000, call_id="older"), agent(1.0, call_id="newer")
        row = Happening(1.0, Lane.DATABASE, "appointment.settled", HappeningKind.DATABASE, 1.0, "older")

        assert in_order([older, newer, row]) == [older, row, newer]

    def test_a_booking_stands_before_the_webhook_sent_while_it_was_made(self):
        webhook = agent(1.0, 0, source=Lane.CALCOM, title="webhook BOOKING_CREATED")
        post = calcom(1.0, 0)

        assert in_order([webhook, post]) == [post, webhook]

    def test_a_fault_set_at_the_same_instant_stays_before_the_request(self):
        fault = happening(1.0, HappeningKind.FAULT, Lane.CALCOM)
        asked = agent(1.0)

        assert in_order([fault, asked]) == [fault, asked]


class TestBars:
    def test_own_and_waiting_stand_where_they_were_on_the_turns_axis(self):
        outer, inner = sequence_rows([calcom(1.02, 210), agent(1.0, 270)])

        assert outer.axis == "300 ms"
        assert [(piece.kind, piece.start, piece.width) for piece in outer.bar] == [
            ("own", 0.0, 90.0),
            ("wait", pytest.approx(20 / 3), pytest.approx(70.0)),
        ]
        assert inner.bar[0].start == outer.bar[1].start

    def test_waiting_without_its_requests_is_one_part_in_the_middle(self):
        (row,) = sequence_rows([agent(1.0, 100, waiting_ms=60.0)])

        assert [(piece.kind, piece.start, piece.width) for piece in row.bar][1:] == [("wait", 20.0, 60.0)]

    def test_time_a_fault_made_is_hatched(self):
        rows = sequence_rows([calcom(1.0, 5000, status=None, fault="create_booking late"), agent(0.9, 5200)])

        assert rows[1].bar[0].kind == "made"
        assert [piece.kind for piece in rows[0].bar] == ["own", "made"]

    def test_what_lasts_beyond_the_deadline_is_marked(self):
        (row,) = sequence_rows([agent(1.0, 12_000)])

        assert row.bar[-1].kind == "over"

    def test_the_quickest_write_can_still_be_seen(self):
        write = happening(1.001, HappeningKind.DATABASE, duration_ms=0.2)
        rows = sequence_rows([write, agent(1.0, 20_000)])

        assert rows[1].duration == "<1"
        assert rows[1].bar[0].width >= 1.7

    def test_speech_after_the_answer_does_not_stretch_the_axis(self):
        said = happening(1.6, HappeningKind.SPEECH, Lane.AGENT)

        assert sequence_rows([agent(1.0, 250), said])[0].axis == "300 ms"

    def test_a_late_request_of_the_worker_has_an_axis_of_its_own(self):
        rows = sequence_rows([agent(1.0, 250), calcom(900.0, 90)])

        assert rows[1].axis == "100 ms"
        assert rows[1].pause == "14 min 59 s pause"


class TestMoods:
    def test_what_we_broke_is_violet_and_what_broke_by_itself_is_red(self):
        ours = calcom(1.0, status=500, fault="create_booking before status")
        theirs = calcom(5.0, status=500)

        assert [row.mood for row in sequence_rows([ours, theirs])] == ["fault", "failed"]

    def test_a_correct_refusal_is_neither(self):
        assert sequence_rows([calcom(1.0, status=409)])[0].mood == ""

    def test_a_caller_without_answer_because_we_killed_the_gateway_is_not_red(self):
        rows = sequence_rows([happening(1.1, HappeningKind.CRASH), agent(1.0, 300, status=None)])

        assert [row.mood for row in rows] == ["", "fault"]
        assert not rows[0].rail.answered


class TestWords:
    def test_speech_runs_from_speaker_to_listener_in_german_quotes(self):
        (row,) = sequence_rows([happening(1.0, HappeningKind.SPEECH, Lane.AGENT)])

        assert row.text == "„it happens“"
        assert (row.rail.source, row.rail.target) == (LANES[Lane.AGENT], LANES[Lane.CALLER])

    def test_a_remark_after_the_path_is_told_apart_from_it(self):
        (row,) = sequence_rows([calcom(1.0, title="GET /v2/slots uncached")])

        assert (row.call, row.text) == ("GET /v2/slots", "uncached")

    def test_a_json_body_opens_with_a_field_a_line(self):
        (row,) = sequence_rows([agent(1.0, request='{"a":"ö","b":[]}')])

        assert row.halves[0].body == '{\n  "a": "ö",\n  "b": []\n}'

    def test_a_very_long_body_is_cut_and_says_so(self):
        (row,) = sequence_rows([agent(1.0, response="x" * 30_000)])

        assert row.halves[1].body.endswith("10,000 more characters in the JSON report")

    def test_actors_are_named_only_where_there_are_several(self):
        alone = sequence_rows([agent(1.0, actor="a")])
        several = sequence_rows([agent(1.0, actor="a"), agent(2.0, actor="b")])

        assert [row.actor for row in alone] == [""]
        assert [row.actor for row in several] == ["a", "b"]

    @pytest.mark.parametrize(
        ("result", "shown"),
        [
            ("200 slot_taken race_condition_detected", "slot_taken race_condition_detected"),
            ("200 success", "200"),
            ("409 error", "409 error"),
            ("ReadTimeout", "ReadTimeout"),
        ],
    )
    def test_a_result_is_the_word_that_matters(self, result: str, shown: str):
        assert sequence_rows([agent(1.0, result=result)])[0].result == shown

    def test_numbers_of_the_schedulers_tasks_are_not_shown(self):
        rows = sequence_rows([agent(1.0, actor="caller 1 #27"), agent(2.0, actor="caller 2 #28")])

        assert [row.actor for row in rows] == ["caller 1", "caller 2"]

    def test_turns_on_one_axis_at_one_instant_print_it_once(self):
        rows = sequence_rows([agent(1.0, actor="a"), agent(1.0, actor="b")])

        assert [row.axis for row in rows] == ["300 ms", ""]


class TestFingerprint:
    def test_ticks_in_order_dark_ours_light_calcom(self):
        marks = fingerprint([calcom(1.1), agent(1.0)], broken=False)

        assert [mark.kind for mark in marks] == ["own", "wait"]
        assert marks[0].x < marks[1].x

    def test_a_fault_is_a_diamond_and_a_broken_invariant_a_bar_at_the_end(self):
        marks = fingerprint([calcom(1.0, fault="thin")], broken=True)

        assert [mark.kind for mark in marks] == ["wait", "fault", "broken"]

    def test_a_long_story_still_fits_its_strip(self):
        marks = fingerprint([agent(60.0 * n) for n in range(200)], broken=True)

        assert max(mark.x for mark in marks) <= WIDTH

    def test_nothing_exchanged_leaves_it_empty(self):
        assert fingerprint([], broken=False) == []

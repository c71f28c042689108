"""The verbs by which a scenario plays Retell: routes, raw bodies, made-up call ids, lifecycle events."""

from __future__ import annotations

import json
import random
from datetime import UTC, datetime

import pytest

from harness.call_events import EVENTS, event_body
from harness.events import Exchange, Lane, Verdict
from harness.retell import PhoneCall, envelope, new_call_id
from harness.stage import Party
from harness.vocabulary import VERBS
from harness.worlds.world import Tenant
from tests.harness.conftest import missed

NOW = datetime(2025, 10, 13, 8, 1, tzinfo=UTC)
CALL = PhoneCall("call_1", "+4917139200107", "+493012345670", datetime(2025, 10, 13, 8, 0, tzinfo=UTC))
STORY = """\
title: A story
now: 2025-10-13 10:00
free: ["2025-10-20 14:00"]
steps:
%s
finally: {appointments: 0, bookings: 0}
"""


def sent(events: list) -> list[dict]:
    asked = [each for each in events if isinstance(each, Exchange) and each.source is Lane.AGENT]
    return [json.loads(each.request) | {"path": each.path} for each in asked]


class TestVerbs:
    @pytest.mark.parametrize(
        "verb", [verb for verb in VERBS.values() if verb.function], ids=lambda verb: verb.name
    )
    def test_each_calls_its_function(self, play, verb):
        _, events = play(STORY % f"  - {verb.name}: {{}}")
        assert [(each["name"], each["path"]) for each in sent(events)] == [
            (verb.function, f"/api/retell/{verb.function}")
        ]

    def test_dispatch_goes_to_the_dispatcher_or_where_it_is_told(self, play):
        steps = """\
  - dispatch: {name: check_availability_v17, args: {datum: 20.10.2025, uhrzeit: "14:00"}}
  - dispatch: {name: check_availability, args: {}, route: /api/retell/check-availability}
"""
        _, events = play(STORY % steps)
        assert [each["path"] for each in sent(events)] == [
            "/api/webhooks/retell/function",
            "/api/retell/check-availability",
        ]

    def test_every_route_says_whether_all_answers_are_one(self, play):
        steps = """\
  - every_route:
      name: check_availability
      args: {datum: 20.10.2025, uhrzeit: "14:00"}
      routes: [/api/retell/check-availability, /api/webhooks/retell/function]
    expect: {identical: true, status: available}
  - every_route: {name: check_availability, args: {}, routes: [/api/retell/check-availability, /nowhere]}
    expect: {identical: false}
"""
        finished, events = play(STORY % steps)
        assert missed(events) == [], finished.reason

    def test_a_raw_body_is_sent_as_it_is(self, play):
        finished, events = play(
            STORY
            % "  - raw: {path: /api/retell/check-availability, body: '[1, 2'}\n    expect: {http_status: 400}"
        )
        assert finished.verdict is Verdict.PASSED
        assert [each.request for each in events if isinstance(each, Exchange)] == ["[1, 2"]

    def test_an_answer_says_how_long_it_took(self, play):
        steps = """\
  - fault: {on: list_slots, effect: {latency: 1.5}, times: 1}
  - check: {datum: 20.10.2025, uhrzeit: "14:00"}
    expect: {took_seconds: {at_least: 1.5, at_most: 3}}
"""
        finished, events = play(STORY % steps)
        assert missed(events) == [], finished.reason


class TestCalls:
    def test_a_new_call_may_send_any_id_and_dial_any_branch(self, play):
        steps = """\
  - new_call: {from: anonymous, to: Nord, id: "{{call_id}}"}
  - hours: {}
  - new_call: {id: null}
  - hours: {}
"""
        _, events = play(STORY % steps)
        calls = [each["call"] for each in sent(events)]
        assert [call.get("call_id") for call in calls] == ["{{call_id}}", None]
        assert [(call["from_number"], call["to_number"]) for call in calls] == [
            ("anonymous", "+493012345671")
        ] * 2
        assert "call_id" not in calls[1]

    def test_a_call_keeps_its_beginning(self, play):
        _, events = play(STORY % "  - hours: {}\n  - wait: 1min\n  - hours: {}")
        assert len({each["call"]["start_timestamp"] for each in sent(events)}) == 1

    def test_side_by_side_each_has_a_surname_of_his_own(self):
        tenant = Tenant("a", 1, "A", "+49", "key", "secret", 1)
        names = [Party(tenant, "+49", number=number).fill("{surname}") for number in range(1, 101)]
        assert len(set(names)) == 100
        assert not any(any(letter.isdigit() for letter in name) for name in names)

    def test_the_id_of_a_call_is_the_seeds(self):
        assert new_call_id(random.Random(1)) == new_call_id(random.Random(1))
        assert "call_id" not in envelope("x", {}, PhoneCall(None, "a", "b"), NOW)["call"]


class TestEvents:
    @pytest.mark.parametrize("name", EVENTS)
    def test_has_its_name_and_both_numbers(self, name):
        body = event_body(name, CALL, NOW, {})
        inner = body["call_inbound" if name == "call_inbound" else "call"]
        assert (body["event"], inner["from_number"], inner["to_number"]) == (
            name, CALL.from_number, CALL.to_number,
        )  # fmt: skip

    def test_the_one_before_the_call_has_no_id(self):
        assert "call_id" not in event_body("call_inbound", CALL, NOW, {})["call_inbound"]

    def test_the_end_knows_how_long_it_was_and_why(self):
        call = event_body("call_ended", CALL, NOW, {"reason": "agent_hangup", "cost_cents": 12})["call"]
        assert (call["duration_ms"], call["disconnection_reason"]) == (60_000, "agent_hangup")
        assert call["call_cost"]["combined_cost"] == 12
        assert "call_analysis" not in call

    def test_the_analysis_says_what_it_thinks(self):
        call = event_body("call_analyzed", CALL, NOW, {"successful": False})["call"]
        assert call["call_analysis"]["call_successful"] is False

    def test_a_transcript_is_text_and_items(self):
        call = event_body("transcript_updated", CALL, NOW, {"said": ["Agent: Guten Tag.", "User: Hallo."]})[
            "call"
        ]
        assert call["transcript"] == "Agent: Guten Tag.\nUser: Hallo.\n"
        assert [item["role"] for item in call["transcript_object"]] == ["agent", "user"]

    def test_fields_can_be_left_out(self):
        assert "call_id" not in event_body("call_ended", CALL, NOW, {"without": ["call_id"]})["call"]

    def test_is_signed_sent_as_often_as_said_and_refused_with_a_wrong_signature(self, play):
        steps = """\
  - call_event: {event: call_started, times: 2}
    expect: {answers: {at_least: 2, at_most: 2}}
  - call_event: {event: call_ended, signature: wrong}
    expect: {http_status: 401}
"""
        finished, events = play(STORY % steps)
        assert missed(events) == [], finished.reason
        assert [each["event"] for each in sent(events)] == ["call_started", "call_started", "call_ended"]

    def test_an_unknown_one_is_the_benchs_error(self, play):
        finished, _ = play(STORY % "  - call_event: call_paused")
        assert (finished.verdict, "Retell has no event call_paused" in finished.reason) == (
            Verdict.ERROR,
            True,
        )


class TestAtCalcom:
    def test_a_person_moves_a_booking_there(self, play):
        story = """\
title: A story
now: 2025-10-13 10:00
known: [{name: Erika Muster, phone: "+4917139200107", appointments: [2025-10-20 14:00]}]
steps:
  - calcom_moves: {uid: known1x000000000000001, to: 2025-10-21 15:00}
    expect: {uid: {exists: true}, old_uid: known1x000000000000001}
  - reconcile
finally: {appointments: 1, bookings: 0, findings: {at_least: 1}}
"""
        finished, events = play(story)
        assert (finished.verdict, missed(events)) == (Verdict.PASSED, []), finished.reason

from __future__ import annotations

from datetime import timedelta

import pytest

from app.domain.errors import InvalidRequest
from app.domain.incoming import UnreadableMessage
from app.retell.events import LONGEST_TRANSCRIPT, announcement_from_wire, event_from_wire, trigger_from_wire
from fixtures.payloads import call_event, call_object, inbound_call
from tests.unit.builders import NOW

LATER = NOW + timedelta(minutes=2)


def event(name="call_ended", ended_at=LATER, **call):
    return event_from_wire(
        call_event(name, call=call_object(started_at=NOW) | call, ended_at=ended_at), LATER
    )


class TestEvent:
    def test_reads_what_the_call_object_tells(self):
        told = event()
        assert (told.trigger, told.started_at, told.ended_at) == ("call_ended", NOW, LATER)
        assert told.disconnection_reason == "user_hangup"
        assert told.cost_cents == 12.5
        assert told.latency == {"e2e": {"p50": 800, "p95": 1400, "num": 2, "values": [800, 1400]}}

    def test_words_shrink_to_the_second_they_began(self):
        assert event().transcript[0] == {
            "role": "agent",
            "content": "Salon Morgenrot, guten Tag.",
            "time_sec": 0.5,
        }

    def test_tool_calls_are_kept_where_they_are_told(self):
        said = [
            {"role": "tool_call_invocation", "tool_call_id": "tool_1", "name": "check", "arguments": "{}"},
            {"role": "tool_call_result", "tool_call_id": "tool_1", "content": "frei", "successful": True},
        ]
        assert list(event(ended_at=None, transcript_with_tool_calls=said).transcript) == said

    def test_a_plain_transcript_stands_in(self):
        told = event(ended_at=None, transcript="Agent: Hallo\n", transcript_object=[])
        assert told.transcript == [{"role": "transcript", "content": "Agent: Hallo\n"}]

    def test_of_an_endless_transcript_the_newest_part_is_kept(self):
        endless = [{"role": "user", "content": f"{n} " + "x" * 500} for n in range(1000)]
        kept = event(ended_at=None, transcript_object=endless).transcript
        assert sum(len(str(item)) for item in kept) <= LONGEST_TRANSCRIPT
        assert kept[-1] == endless[-1]

    def test_an_end_follows_from_the_length(self):
        told = event(ended_at=None, duration_ms=93_000)
        assert told.ended_at == NOW + timedelta(seconds=93)

    def test_no_call_ends_before_it_began(self):
        assert event(ended_at=NOW - timedelta(hours=1)).ended_at == NOW

    @pytest.mark.parametrize("field", ["start_timestamp", "end_timestamp", "duration_ms"])
    @pytest.mark.parametrize("value", ["now", -1, 2**70, True, None, [], 1e308])
    def test_a_time_that_no_call_can_have_counts_as_absent(self, field, value):
        told = event(**{field: value}, ended_at=None)
        assert told.happened_at == LATER

    @pytest.mark.parametrize(
        ("name", "expected"), [("call_started", NOW), ("call_ended", LATER), ("transcript_updated", LATER)]
    )
    def test_each_event_has_its_time(self, name, expected):
        assert event(name).happened_at == expected

    @pytest.mark.parametrize("part", ["latency", "call_cost", "call_analysis", "transcript_object"])
    @pytest.mark.parametrize("value", ["text", 7, [[]], {"e2e": 5, "combined_cost": "12"}, None])
    def test_a_part_of_another_type_counts_as_absent(self, part, value):
        told = event(ended_at=None, **{part: value})
        assert (told.latency, told.cost_cents, told.analysis, list(told.transcript)) == ({}, None, None, [])

    def test_of_an_outgoing_call_the_dialled_number_is_ours(self):
        told = event(direction="outbound", from_number="+493012345670", to_number="+4917139200107")
        assert (told.dialled_number, told.caller_number) == ("+493012345670", "+4917139200107")

    def test_does_not_show_who_calls_when_it_is_printed(self):
        assert "+4917139200107" not in repr(event())


class TestKeys:
    def test_an_event_of_a_call_fires_once(self):
        assert event().key == event(end_timestamp=1).key
        assert event().key != event("call_analyzed").key
        assert event().key != event(call_id="call_of_another_0001").key

    def test_each_state_of_a_transcript_is_an_event(self):
        one, two = [{"role": "user", "content": "a"}], [{"role": "user", "content": "b"}]
        keys = {event("transcript_updated", None, transcript_object=said).key for said in (one, two, one)}
        assert len(keys) == 2

    def test_each_leg_of_a_transfer_is_an_event(self):
        body = call_event("transfer_started", call={"call_id": "call_of_transfer_1"})
        keys = {
            event_from_wire(body | {"transfer_destination": {"number": number}}, NOW).key
            for number in ("+491", "+492", "+491")
        }
        assert len(keys) == 2


class TestAnnouncement:
    def test_reads_who_rings_where(self):
        told = announcement_from_wire(inbound_call())
        assert (told.caller_number, told.retell_call_id) == ("+4917139200107", None)
        assert told.dialled_number == "+493012345670"

    @pytest.mark.parametrize("caller", ["anonymous", "", None, 7, "unknown"])
    def test_a_hidden_caller_has_no_number(self, caller):
        assert announcement_from_wire(inbound_call(from_number=caller)).caller_number is None

    @pytest.mark.parametrize("body", [{}, [], inbound_call(to_number=None), {"call_inbound": []}])
    def test_without_the_dialled_number_it_is_none(self, body):
        with pytest.raises(InvalidRequest):
            announcement_from_wire(body)


class TestTrigger:
    @pytest.mark.parametrize("body", [None, [], {}, {"event": None}, {"event": " "}, {"event": "\ud800"}])
    def test_without_a_name_it_is_unreadable(self, body):
        with pytest.raises(UnreadableMessage):
            trigger_from_wire(body)

    def test_a_long_one_is_cut(self):
        assert len(trigger_from_wire({"event": "x" * 500})) == 40

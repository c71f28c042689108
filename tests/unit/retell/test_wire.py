from __future__ import annotations

import pytest

from app.domain.errors import InvalidRequest
from app.domain.speech import VoiceStatus
from app.retell.wire import LONGEST, answer_to_wire, envelope_from_wire, function_name, wish_from_wire
from tests.unit.builders import NOW, WISHED, answer

REAL = "call_2f6c1f0f9d3f4a5b8c7d6e5f4a3"


def body(**changes):
    return {
        "name": "collect-appointment",
        "args": {"datum": "2025-10-20"},
        "call": {"call_id": REAL, "from_number": "+4917139200107", "to_number": "+493012345670"},
    } | changes


def call_id_of(in_body=None, header=None, in_args=None) -> str | None:
    call = {"call_id": in_body, "to_number": "+493012345670"}
    return envelope_from_wire(body(call=call, args={"call_id": in_args}), header).call.retell_call_id


class TestFunctionName:
    @pytest.mark.parametrize(
        "name",
        ["collect-appointment", "collect_appointment", "collect_appointment_v17", " collect-appointment_v2 "],
    )
    def test_suffix_and_spelling_do_not_matter(self, name):
        assert function_name(name) == "collect-appointment"

    def test_another_name_stays_another(self):
        assert function_name("collect_appointment_vip") == "collect-appointment-vip"


class TestEnvelope:
    def test_it_holds_function_arguments_and_call(self):
        envelope = envelope_from_wire(body(), None)
        assert envelope.name == "collect-appointment"
        assert envelope.arguments == {"datum": "2025-10-20"}
        assert envelope.call.dialled_number == "+493012345670"
        assert envelope.call.caller_number == "+4917139200107"
        assert envelope.call.retell_call_id == REAL

    @pytest.mark.parametrize(
        ("wrong", "field"),
        [
            ([], "body"),
            ("text", "body"),
            (body(args=None), "args"),
            (body(args=["datum"]), "args"),
            (body(call=None), "call.to_number"),
            (body(call={"to_number": None}), "call.to_number"),
            (body(call={"to_number": 49301234}), "call.to_number"),
            (body(call={"to_number": "+4930\ud800"}), "call.to_number"),
        ],
    )
    def test_what_is_missing_is_named(self, wrong, field):
        with pytest.raises(InvalidRequest) as caught:
            envelope_from_wire(wrong, None)
        assert caught.value.field == field

    @pytest.mark.parametrize("name", [None, "", 7])
    def test_a_name_that_is_none_is_none(self, name):
        assert envelope_from_wire(body(name=name), None).name is None

    @pytest.mark.parametrize("number", ["anonymous", None, 49171, "+49171392\ud8001"])
    def test_a_hidden_caller_is_nobody(self, number):
        call = {"call_id": REAL, "to_number": "+493012345670", "from_number": number}
        assert envelope_from_wire(body(call=call), None).call.caller_number is None

    def test_it_prints_no_arguments(self):
        assert "2025-10-20" not in repr(envelope_from_wire(body(), None))


class TestCallId:
    def test_the_body_comes_before_header_and_arguments(self):
        assert call_id_of(REAL, "call_from_header_00000000000", "call_from_args_0000000000000") == REAL

    def test_the_header_comes_before_the_arguments(self):
        assert call_id_of(None, REAL, "call_from_args_0000000000000") == REAL

    def test_the_arguments_come_last(self):
        assert call_id_of("undefined", "{{call_id}}", REAL) == REAL

    @pytest.mark.parametrize(
        "placeholder",
        [
            "",
            " ",
            "1",
            "12345",
            "None",
            "null",
            "current",
            "dummy_call_id",
            "{{call_id}}",
            "call_1",
            "call_001",
            7,
        ],
    )
    def test_a_placeholder_is_no_id(self, placeholder):
        assert call_id_of(placeholder) is None

    @pytest.mark.parametrize("broken", ["call_ab\x00cdefghijk", "call_ab\ud800cdefghijk"])
    def test_broken_characters_are_no_id(self, broken):
        assert call_id_of(broken) is None

    def test_an_endless_one_is_cut(self):
        assert len(call_id_of("call_" + "x" * 500)) == 120


class TestAliases:
    @pytest.mark.parametrize(
        ("alias", "field"),
        [
            ("datum", "datum"),
            ("date", "datum"),
            ("appointment_date", "datum"),
            ("new_datum", "new_datum"),
            ("uhrzeit", "uhrzeit"),
            ("time", "uhrzeit"),
            ("start_time", "uhrzeit"),
            ("new_uhrzeit", "new_uhrzeit"),
            ("name", "name"),
            ("customer_name", "name"),
            ("telefon", "phone"),
            ("phone", "phone"),
            ("email", "email"),
            ("dienstleistung", "dienstleistung"),
            ("service", "dienstleistung"),
        ],
    )
    def test_many_spellings_are_one_field(self, alias, field):
        assert getattr(wish_from_wire({alias: " x1 "}), field) == "x1"

    def test_the_first_one_given_wins(self):
        assert wish_from_wire({"date": "2025-10-21", "datum": "2025-10-20"}).datum == "2025-10-20"

    def test_an_empty_one_is_none(self):
        assert wish_from_wire({"datum": "  "}).datum is None

    def test_a_number_is_read_as_text(self):
        assert wish_from_wire({"uhrzeit": 14}).uhrzeit == "14"

    @pytest.mark.parametrize("value", [True, [], {}, "2025\x00", "\ud83d"])
    def test_another_type_is_refused(self, value):
        with pytest.raises(InvalidRequest) as caught:
            wish_from_wire({"date": value})
        assert caught.value.field == "datum"

    @pytest.mark.parametrize("field", ["datum", "uhrzeit", "name", "dienstleistung"])
    def test_a_length_that_no_caller_says_is_refused(self, field):
        wish_from_wire({field: "x" * LONGEST[field]})
        with pytest.raises(InvalidRequest):
            wish_from_wire({field: "x" * (LONGEST[field] + 1)})


class TestConfirmation:
    @pytest.mark.parametrize("value", [True, "true", "True", " TRUE ", 1])
    @pytest.mark.parametrize("field", ["bestaetigung", "confirm_booking", "confirmed"])
    def test_true_confirms(self, field, value):
        assert wish_from_wire({field: value}).confirmed is True

    @pytest.mark.parametrize("value", [None, False, "", "ja", "yes", "false", 0, 2, [], ["true"], {"a": 1}])
    def test_nothing_else_does(self, value):
        assert wish_from_wire({"bestaetigung": value}).confirmed is False

    def test_a_missing_flag_does_not(self):
        assert wish_from_wire({}).confirmed is False


class TestAnswer:
    def test_times_are_local_and_every_offer_can_be_spoken(self):
        wire = answer_to_wire(answer(VoiceStatus.UNAVAILABLE, alternatives=(WISHED,), now=None))
        assert wire["requested_time"] == "2025-10-20 14:00"
        assert wire["alternatives"] == [
            {
                "time": "2025-10-20 14:00",
                "date": "20.10.2025",
                "description": "am gleichen Tag, Montag, 20. Oktober um 14:00 Uhr",
                "spoken": "am gleichen Tag, Montag, 20. Oktober um 14:00 Uhr",
                "verified": True,
            }
        ]
        assert (wire["success"], wire["available"]) == (False, False)

    def test_a_booked_one_carries_its_proof(self):
        wire = answer_to_wire(
            answer(VoiceStatus.BOOKED, calcom_booking_uid="uid-1", confirmation_sent_to_caller=True)
        )
        assert (wire["appointment_id"], wire["confirmation_email_sent"]) == ("uid-1", True)

    def test_a_free_time_to_confirm_says_so(self):
        wire = answer_to_wire(answer(VoiceStatus.AVAILABLE, awaiting_confirmation=True))
        assert wire["awaiting_confirmation"] is True
        assert wire["available"] is True

    def test_what_is_not_known_is_left_out(self):
        unknown = {"asked": None, "now": None, "service": None, "previous": None, "options": ()}
        wire = answer_to_wire(answer(VoiceStatus.INVALID_DATE, **unknown))
        assert set(wire) == {"success", "status", "message", "available", "alternatives"}

    def test_notice_and_current_time_are_said_where_they_matter(self):
        wire = answer_to_wire(answer(VoiceStatus.PAST_TIME, now=NOW, minimum_notice_minutes=15))
        assert (wire["current_time"], wire["minimum_notice_minutes"]) == ("2025-10-13 10:00", 15)

    def test_missing_fields_and_options_are_listed(self):
        wire = answer_to_wire(
            answer(VoiceStatus.NEEDS_CLARIFICATION, missing=("datum",), options=("Färben",))
        )
        assert (wire["missing_fields"], wire["options"]) == (["datum"], ["Färben"])


def invocation(tool_call_id="tool_7", name="collect_appointment_v17"):
    return {"role": "tool_call_invocation", "tool_call_id": tool_call_id, "name": name, "arguments": "{}"}


class TestToolCallId:
    def of(self, *said):
        call = {"to_number": "+493012345670", "transcript_with_tool_calls": list(said)}
        return envelope_from_wire(body(call=call), None).call.tool_call_id

    def test_is_that_of_the_invocation_without_a_result(self):
        first = invocation("tool_1", "check_availability")
        assert (
            self.of(first, {"role": "tool_call_result", "tool_call_id": "tool_1"}, invocation()) == "tool_7"
        )

    def test_what_was_said_meanwhile_does_not_matter(self):
        assert self.of(invocation(), {"role": "agent", "content": "Einen Moment."}) == "tool_7"

    @pytest.mark.parametrize(
        "said",
        [
            [],
            [{"role": "user", "content": "Hallo"}],
            [invocation(name="check_availability")],
            [invocation(), {"role": "tool_call_result", "tool_call_id": "tool_7"}],
            [invocation(tool_call_id=7)],
            [invocation(tool_call_id="x" * 500)],
            [invocation(tool_call_id="\x00")],
            ["text"],
        ],
    )
    def test_is_absent_where_nothing_names_this_call(self, said):
        assert self.of(*said) is None

    def test_is_absent_where_the_transcript_is_none(self):
        assert envelope_from_wire(body(), None).call.tool_call_id is None


class TestOutgoingCalls:
    def test_our_number_is_the_one_that_calls(self):
        call = {"direction": "outbound", "from_number": "+493012345670", "to_number": "+4917139200107"}
        envelope = envelope_from_wire(body(call=call), None)
        assert envelope.call.dialled_number == "+493012345670"
        assert envelope.call.caller_number == "+4917139200107"

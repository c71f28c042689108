from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.calcom.wire import (
    METADATA_VALUE_LENGTH,
    UnreadableReply,
    booking_from_wire,
    booking_to_wire,
    data_from_wire,
    instant_from_wire,
    instant_to_wire,
    server_time,
    slots_from_wire,
)
from app.domain.timespan import span_of
from app.usecases.ports import BookingRequest
from fixtures.payloads import booking_reply
from tests.unit.builders import NOW, WISHED

DAY = span_of(datetime(2025, 10, 19, 22, tzinfo=UTC), 24 * 60)


def request(**changes) -> BookingRequest:
    fields = {
        "event_type_id": 2563193,
        "start": WISHED,
        "attendee_name": "Erika Muster",
        "attendee_email": "erika@example.com",
        "attendee_phone": "+4917139200107",
        "time_zone": "Europe/Berlin",
        "attempt_id": "att_1",
        "retell_call_id": "call_abc",
        "service": "Haarschnitt",
    }
    return BookingRequest(**fields | changes)


class TestInstants:
    @pytest.mark.parametrize(
        "text", ["2025-10-20T12:00:00.000Z", "2025-10-20T12:00:00Z", "2025-10-20T14:00:00.000+02:00"]
    )
    def test_every_spelling_is_the_same_instant(self, text):
        assert instant_from_wire(text) == WISHED

    @pytest.mark.parametrize(
        "text",
        [
            None,
            7,
            "",
            "morgen",
            "2025-10-20T12:00:00",
            "2025-13-20T12:00:00Z",
            "0001-01-01T00:00:00+14:00",
            "9999-12-31T23:59:59-14:00",
        ],
    )
    def test_one_without_offset_or_sense_is_unreadable(self, text):
        with pytest.raises(UnreadableReply):
            instant_from_wire(text)

    def test_ours_go_out_in_utc_with_milliseconds(self):
        assert instant_to_wire(WISHED) == "2025-10-20T12:00:00.000Z"

    @given(st.datetimes(datetime(2020, 1, 1), datetime(2040, 1, 1), timezones=st.just(UTC)))  # noqa: DTZ001
    def test_there_and_back_is_the_same_to_the_millisecond(self, instant):
        instant = instant.replace(microsecond=instant.microsecond // 1000 * 1000)
        assert instant_from_wire(instant_to_wire(instant)) == instant


class TestSlots:
    def test_days_are_ignored_and_instants_come_in_order(self):
        body = {
            "data": {
                "2025-10-20": [
                    {"start": "2025-10-20T13:00:00.000Z"},
                    {"start": "2025-10-20T14:00:00.000+02:00"},
                ],
                "2025-10-19": [{"start": "2025-10-19T22:30:00.000Z"}],
            }
        }
        assert slots_from_wire(body, DAY) == (
            datetime(2025, 10, 19, 22, 30, tzinfo=UTC),
            WISHED,
            WISHED + timedelta(hours=1),
        )

    def test_what_lies_outside_the_window_is_left_out(self):
        body = {"data": {"x": [{"start": "2025-10-20T22:00:00Z"}, {"start": "2025-10-19T21:59:00Z"}]}}
        assert slots_from_wire(body, DAY) == ()

    def test_plain_strings_are_read_too(self):
        assert slots_from_wire({"data": {"2025-10-20": ["2025-10-20T12:00:00Z"]}}, DAY) == (WISHED,)

    def test_no_day_is_an_empty_list(self):
        assert slots_from_wire({"data": {}}, DAY) == ()

    @pytest.mark.parametrize(
        "body",
        [
            None,
            [],
            {"status": "success"},
            {"data": []},
            {"data": {"2025-10-20": [{"time": "2025-10-20T12:00:00Z"}]}},
            {"data": {"slots": {"2025-10-20": [{"start": "2025-10-20T12:00:00Z"}]}}},
            {"data": {"2025-10-20": None}},
        ],
    )
    def test_another_shape_is_unreadable_and_never_an_empty_calendar(self, body):
        with pytest.raises(UnreadableReply):
            slots_from_wire(body, DAY)


class TestBookings:
    def test_a_documented_reply_is_read_whole(self):
        seen = booking_from_wire(
            data_from_wire(booking_reply(starts_at=WISHED, metadata={"attempt_id": "att_1"}))
        )
        assert (seen.start, seen.created_at, seen.status) == (WISHED, NOW, "accepted")
        assert seen.end == WISHED + timedelta(minutes=30)
        assert seen.metadata == {"attempt_id": "att_1"}
        assert (seen.attendee_name, seen.attendee_email) == ("Erika Muster", "erika.muster@example.com")
        assert (seen.booking_id, seen.event_type_id) == (11489895, 2563193)
        assert not seen.is_thin

    def test_only_the_uid_must_be_there(self):
        seen = booking_from_wire({"uid": "uid-1", "id": 7, "status": "ACCEPTED"})
        assert seen.is_thin
        assert (seen.uid, seen.status, seen.attendee_name) == ("uid-1", "accepted", None)

    @pytest.mark.parametrize("data", [None, [], {}, {"uid": ""}, {"uid": 7}, {"uid": "u", "start": "morgen"}])
    def test_another_shape_is_unreadable(self, data):
        with pytest.raises(UnreadableReply):
            booking_from_wire(data)

    def test_the_older_field_names_are_read(self):
        seen = booking_from_wire(
            {"uid": "u", "startTime": "2025-10-20T12:00:00Z", "endTime": "2025-10-20T12:30:00Z"}
        )
        assert (seen.start, seen.end) == (WISHED, WISHED + timedelta(minutes=30))

    @pytest.mark.parametrize("attendees", [None, [], ["Erika"], {}])
    def test_attendees_may_be_missing(self, attendees):
        assert booking_from_wire({"uid": "u", "attendees": attendees}).attendee_name is None

    @pytest.mark.parametrize("number", [0, -1, 2**31, 10**30, True, "7", None])
    def test_an_id_that_no_column_holds_is_none(self, number):
        seen = booking_from_wire({"uid": "u", "id": number, "eventTypeId": number})
        assert (seen.booking_id, seen.event_type_id) == (None, None)

    def test_half_an_emoji_is_made_a_question_mark(self):
        seen = booking_from_wire({"uid": "u\ud83d", "attendees": [{"name": "Erika \ud83d\x00", "email": 7}]})
        assert (seen.uid, seen.attendee_name, seen.attendee_email) == ("u?", "Erika ?", None)

    def test_metadata_is_compared_as_text(self):
        assert booking_from_wire({"uid": "u", "metadata": {"n": 7}}).metadata == {"n": "7"}


class TestCreateRequest:
    def test_it_carries_the_instant_and_both_ids(self):
        wire = booking_to_wire(request())
        assert wire["start"] == "2025-10-20T12:00:00.000Z"
        assert wire["eventTypeId"] == 2563193
        assert wire["metadata"] == {"attempt_id": "att_1", "call_id": "call_abc", "service": "Haarschnitt"}
        assert wire["attendee"]["phoneNumber"] == "+4917139200107"
        assert wire["attendee"]["timeZone"] == "Europe/Berlin"

    def test_without_phone_or_call_their_fields_are_left_out(self):
        wire = booking_to_wire(request(attendee_phone=None, retell_call_id=None))
        assert "phoneNumber" not in wire["attendee"]
        assert "call_id" not in wire["metadata"]

    def test_metadata_values_are_short_enough_for_cal_com(self):
        wire = booking_to_wire(request(service="x" * 2000))
        assert len(wire["metadata"]["service"]) == METADATA_VALUE_LENGTH


class TestServerTime:
    def test_it_is_read_from_the_date_header(self):
        assert server_time({"Date": "Mon, 13 Oct 2025 08:00:00 GMT"}) == NOW

    @pytest.mark.parametrize(
        "headers", [{}, {"Date": "yesterday"}, {"Date": ""}, {"Date": "Fri, 31 Dec 9999 23:59:59 -1400"}]
    )
    def test_without_a_readable_one_there_is_none(self, headers):
        assert server_time(headers) is None

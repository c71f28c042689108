"""Cal.com API v2 behaviour: GET /v2/slots, version 2024-09-04."""

from __future__ import annotations

from typing import Any

import pytest

from tests.simulator.conftest import MONDAY, Salon, SteppedClock


class TestAnswer:
    """§5: the answer."""

    def test_without_a_zone_instants_and_day_keys_are_utc(self, salon: Salon) -> None:
        days = salon.slots().json["data"]
        assert list(days) == [MONDAY]
        assert days[MONDAY][0] == {"start": "2025-10-20T07:00:00.000Z"}

    def test_with_a_zone_both_are_local(self, salon: Salon) -> None:
        days = salon.slots(timeZone="Europe/Berlin").json["data"]
        assert days[MONDAY][0] == {"start": "2025-10-20T09:00:00.000+02:00"}

    def test_a_far_zone_files_a_slot_under_its_own_day(self, salon: Salon) -> None:
        days = salon.slots(timeZone="Pacific/Auckland").json["data"]
        assert list(days) == ["2025-10-20", "2025-10-21"]

    def test_a_range_tells_the_end(self, salon: Salon) -> None:
        slot = salon.slots(format="range").json["data"][MONDAY][0]
        assert slot == {"start": "2025-10-20T07:00:00.000Z", "end": "2025-10-20T07:30:00.000Z"}

    def test_a_bare_end_date_is_inclusive(self, salon: Salon) -> None:
        assert list(salon.slots(MONDAY, "2025-10-21").json["data"]) == [MONDAY, "2025-10-21"]

    def test_days_without_a_slot_are_left_out_and_nothing_free_is_empty(self, salon: Salon) -> None:
        weekend = salon.slots("2025-10-18", "2025-10-19")
        assert (weekend.status_code, weekend.json) == (200, {"status": "success", "data": {}})

    def test_a_duration_sets_length_and_step(self, salon: Salon) -> None:
        slots = salon.slots(duration=60, format="range").json["data"][MONDAY]
        assert slots[1] == {"start": "2025-10-20T08:00:00.000Z", "end": "2025-10-20T09:00:00.000Z"}

    def test_an_offset_in_the_question_is_converted(self, salon: Salon) -> None:
        starts = salon.starts(start="2025-10-20T14:00:00+02:00", end="2025-10-20T15:00:00+02:00")
        assert starts == ["2025-10-20T12:00:00.000Z", "2025-10-20T12:30:00.000Z"]

    def test_by_slug_and_username(self, salon: Salon) -> None:
        query = {"eventTypeSlug": "schnitt", "username": "salon", "start": MONDAY, "end": MONDAY}
        answer = salon.call("GET", "/v2/slots", version="2024-09-04", query_string=query)
        assert len(answer.json["data"][MONDAY]) == 18

    def test_the_booking_to_be_moved_is_free_and_an_unknown_one_ignored(self, salon: Salon) -> None:
        uid = salon.book().json["data"]["uid"]
        assert "2025-10-20T12:00:00.000Z" not in salon.starts(bookingUidToReschedule="nobody")
        assert "2025-10-20T12:00:00.000Z" in salon.starts(bookingUidToReschedule=uid)

    def test_no_credentials_are_needed(self, salon: Salon) -> None:
        query = {"eventTypeId": 100, "start": MONDAY, "end": MONDAY}
        answer = salon.call("GET", "/v2/slots", version="2024-09-04", query_string=query, auth=False)
        assert answer.status_code == 200


class TestRefusals:
    """§5 and §3 C: what is refused."""

    @pytest.mark.parametrize(
        ("query", "message"),
        [
            (
                {"timeZone": "Mars/Base"},
                "timeZone property is wrong,timeZone must be a valid IANA time-zone ",
            ),
            ({"format": "list"}, "format property is wrong,slotFormat must be either 'range' or 'time' "),
            (
                {"eventTypeId": "abc"},
                (
                    "eventTypeId property is wrong,eventTypeId must be a number conforming to the specified "
                    "constraints "
                ),
            ),
            ({"start": "soon"}, "start property is wrong,start must be a valid ISO 8601 date string "),
            ({"foo": "1"}, "foo property is wrong,property foo should not exist "),
            (
                {"start": "2025-10-21T00:00:00Z", "end": "2025-10-20T10:00:00Z"},
                "Invalid time range given - check the 'start' and 'end' query parameters.",
            ),
        ],
    )
    def test_a_wrong_question_is_a_400_with_upstreams_text(
        self, salon: Salon, query: dict[str, str], message: str
    ) -> None:
        answer = salon.slots(**query)
        assert (answer.status_code, answer.json["error"]["message"]) == (400, message)

    def test_no_event_type_complains_of_the_last_way_to_name_one(self, salon: Salon) -> None:
        query = {"start": MONDAY, "end": MONDAY}
        answer = salon.call("GET", "/v2/slots", version="2024-09-04", query_string=query)
        assert answer.json["error"]["message"] == (
            "usernames property is wrong,each value in usernames must be a string, The array must contain at "
            "least 2 elements., usernames must be an array , organizationSlug property is wrong,"
            "organizationSlug must be a string "
        )

    def test_an_unknown_event_type_is_a_404(self, salon: Salon) -> None:
        answer = salon.slots(eventTypeId=999)
        assert (answer.status_code, answer.json["error"]["message"]) == (404, "Event Type not found")

    def test_an_unknown_user_is_named(self, salon: Salon) -> None:
        query = {"eventTypeSlug": "schnitt", "username": "nobody", "start": MONDAY, "end": MONDAY}
        answer = salon.call("GET", "/v2/slots", version="2024-09-04", query_string=query)
        assert answer.json["error"]["message"] == "User with username nobody not found"


class TestCache:
    """§5 staleness: the two seconds."""

    def test_off_by_default_a_booked_slot_is_gone_at_once(self, salon: Salon) -> None:
        assert "2025-10-20T12:00:00.000Z" in salon.starts()
        salon.book()
        assert "2025-10-20T12:00:00.000Z" not in salon.starts()

    def test_switched_on_the_same_question_is_answered_from_memory(
        self, salon: Salon, clock: SteppedClock, salon_state: dict[str, Any]
    ) -> None:
        salon_state["account"]["slot_cache_seconds"] = 2
        salon.admin("PUT", "/state", salon_state)
        salon.starts()
        salon.book()
        assert "2025-10-20T12:00:00.000Z" in salon.starts()
        assert "2025-10-20T12:00:00.000Z" not in salon.starts(timeZone="UTC")
        clock.advance(2)
        assert "2025-10-20T12:00:00.000Z" not in salon.starts()


class TestExplicitStarts:
    """§5: starts that a test opens take the place of the schedule."""

    def test_exactly_these_are_open_minus_bookings(self, salon: Salon) -> None:
        starts = ["2025-10-20T14:00:00+02:00", "2025-10-20T16:30:00+02:00"]
        salon.admin("PUT", "/slots", {"event_type_id": 100, "starts": starts})
        assert salon.starts() == ["2025-10-20T12:00:00.000Z", "2025-10-20T14:30:00.000Z"]
        assert salon.book().status_code == 201
        assert salon.starts() == ["2025-10-20T14:30:00.000Z"]

    def test_what_is_not_open_cannot_be_booked(self, salon: Salon) -> None:
        salon.admin("PUT", "/slots", {"event_type_id": 100, "starts": ["2025-10-20T14:30:00+02:00"]})
        assert salon.book().status_code == 400
        assert salon.book("2025-10-20T12:30:00Z").status_code == 201

    def test_an_evening_may_be_opened_against_the_schedule(self, salon: Salon) -> None:
        salon.admin("PUT", "/slots", {"event_type_id": 100, "starts": ["2025-10-20T20:00:00+02:00"]})
        assert salon.book("2025-10-20T18:00:00Z").status_code == 201

    def test_the_other_event_types_keep_their_schedule(self, salon: Salon) -> None:
        salon.admin("PUT", "/slots", {"event_type_id": 100, "starts": []})
        assert salon.starts() == []
        assert salon.starts(eventTypeId=101) != []

"""Cal.com API v2 behaviour, §7.3 and §9: bookings with a seat for each attendee."""

from __future__ import annotations

from typing import Any

import pytest

from tests.simulator.conformance.conftest import Bench, words
from tests.simulator.conformance.test_reservations import reserve
from tests.simulator.conftest import MONDAY, NOON, Salon

LATER = "2025-10-20T14:00:00Z"


@pytest.fixture
def seated(bench: Bench) -> Salon:
    return bench.set_up(seats={"seatsPerTimeSlot": 3})


def sit(salon: Salon, name: str, start: str = NOON, **more: Any) -> Any:
    attendee = {"name": name, "email": f"{name.lower()}@example.test", "timeZone": "Europe/Berlin"}
    return salon.book(start, attendee=attendee, **more)


def post(salon: Salon, uid: str, action: str, *, auth: bool = False, **body: Any) -> Any:
    return salon.call("POST", f"/v2/bookings/{uid}/{action}", json=body, auth=auth)


def slot(salon: Salon, start: str) -> dict[str, Any] | None:
    day = salon.slots().json["data"].get(MONDAY, [])
    return next((one for one in day if one["start"] == start), None)


class TestSlots:
    """§5 answer and point 9: a seated slot stays listed until it is full."""

    def test_free_and_taken_places_are_told(self, seated: Salon) -> None:
        empty = slot(seated, "2025-10-20T12:00:00.000Z")
        uid = sit(seated, "Erika").json["data"]["uid"]
        places = {"seatsBooked": 0, "seatsRemaining": 3, "seatsTotal": 3}
        assert empty == {"start": "2025-10-20T12:00:00.000Z", **places}
        assert slot(seated, "2025-10-20T12:00:00.000Z") == {
            "start": "2025-10-20T12:00:00.000Z",
            "seatsBooked": 1,
            "seatsRemaining": 2,
            "seatsTotal": 3,
            "bookingUid": uid,
        }

    def test_a_full_one_is_gone(self, seated: Salon) -> None:
        for name in ("Erika", "Hans", "Grete"):
            sit(seated, name)
        assert slot(seated, "2025-10-20T12:00:00.000Z") is None

    def test_a_reserved_seat_lowers_the_free_places_only(self, seated: Salon) -> None:
        reserve(seated)
        there = slot(seated, "2025-10-20T12:00:00.000Z")
        assert there is not None
        assert there["seatsRemaining"] == 2
        assert "2025-10-20T11:30:00.000Z" in seated.starts(eventTypeId=101)

    def test_for_another_event_type_the_host_is_busy(self, seated: Salon) -> None:
        sit(seated, "Erika")
        assert "2025-10-20T11:30:00.000Z" not in seated.starts(eventTypeId=101)


class TestJoin:
    """§7.3 creating: the first makes the booking, others join it."""

    def test_all_have_one_uid_and_each_has_a_seat(self, seated: Salon) -> None:
        first, second = (sit(seated, name).json["data"] for name in ("Erika", "Hans"))
        assert first["uid"] == second["uid"]
        assert first["seatUid"] != second["seatUid"]
        assert [one["name"] for one in second["attendees"]] == ["Erika", "Hans"]
        assert len(seated.bookings()) == 1

    def test_metadata_and_answers_are_the_attendees(self, seated: Salon) -> None:
        data = sit(seated, "Erika", metadata={"call_id": "c"}).json["data"]
        (attendee,) = data["attendees"]
        assert attendee["metadata"] == {"call_id": "c"}
        assert attendee["bookingFieldsResponses"]["name"] == "Erika"

    def test_reading_has_no_seat_on_top(self, seated: Salon) -> None:
        data = sit(seated, "Erika").json["data"]
        found = seated.call("GET", f"/v2/bookings/{data['uid']}").json["data"]
        assert "seatUid" not in found
        assert found["attendees"][0]["seatUid"] == data["seatUid"]

    def test_strangers_do_not_see_who_comes(self, seated: Salon) -> None:
        uid = sit(seated, "Erika").json["data"]["uid"]
        assert seated.call("GET", f"/v2/bookings/{uid}", auth=False).json["data"]["attendees"] == []

    def test_unless_the_type_shows_them(self, bench: Bench) -> None:
        salon = bench.set_up(seats={"seatsPerTimeSlot": 3, "showAttendeeInfo": True})
        uid = sit(salon, "Erika").json["data"]["uid"]
        (attendee,) = salon.call("GET", f"/v2/bookings/{uid}", auth=False).json["data"]["attendees"]
        assert attendee["name"] == "Erika"

    def test_full(self, bench: Bench) -> None:
        salon = bench.set_up(seats={"seatsPerTimeSlot": 1})
        sit(salon, "Erika")
        answer = sit(salon, "Hans")
        assert answer.json["error"]["code"] == "ConflictException"
        assert (answer.status_code, words(answer)) == (409, "No more seats left at this seated booking.")

    def test_the_same_address_again_is_a_bare_409(self, seated: Salon) -> None:
        sit(seated, "Erika")
        answer = sit(seated, "Erika")
        assert answer.status_code == 409
        assert answer.json == {"statusCode": 409, "message": "already_signed_up_for_this_booking_error"}

    def test_overlapping_without_the_same_start_is_no_joining(self, seated: Salon) -> None:
        sit(seated, "Erika")
        assert words(sit(seated, "Hans", "2025-10-20T12:15:00Z")).startswith("User either already")

    def test_seats_and_recurrence_exclude_one_another(self, bench: Bench) -> None:
        salon = bench.set_up(
            seats={"seatsPerTimeSlot": 3},
            recurrence={"interval": 1, "occurrences": 3, "frequency": "weekly"},
        )
        answer = sit(salon, "Erika")
        assert answer.json == {"statusCode": 400, "message": "recurring_event_seats_error"}


class TestCancelSeat:
    """§9 cancel, seated."""

    def test_a_seat_is_given_up_and_the_others_stay(self, seated: Salon) -> None:
        seat = sit(seated, "Erika").json["data"]
        sit(seated, "Hans")
        answer = post(seated, seat["uid"], "cancel", seatUid=seat["seatUid"])
        assert (answer.status_code, answer.json["data"]["status"]) == (200, "accepted")
        there = slot(seated, "2025-10-20T12:00:00.000Z")
        assert there is not None
        assert there["seatsBooked"] == 1

    def test_with_the_last_one_the_booking_is_cancelled(self, seated: Salon) -> None:
        seat = sit(seated, "Erika").json["data"]
        data = post(seated, seat["uid"], "cancel", auth=True, seatUid=seat["seatUid"]).json["data"]
        assert (data["status"], data["attendees"]) == ("cancelled", [])

    def test_the_host_cancels_all_at_once(self, seated: Salon) -> None:
        uid = sit(seated, "Erika").json["data"]["uid"]
        sit(seated, "Hans")
        data = post(seated, uid, "cancel", auth=True, cancellationReason="krank").json["data"]
        assert (data["status"], data["attendees"]) == ("cancelled", [])

    def test_neither_seat_nor_host_is_a_bare_401(self, seated: Salon) -> None:
        uid = sit(seated, "Erika").json["data"]["uid"]
        answer = post(seated, uid, "cancel")
        assert answer.json == {
            "statusCode": 401,
            "message": "User not a host of this event or an admin of the booking user",
        }

    def test_a_seat_that_is_gone(self, seated: Salon) -> None:
        seat = sit(seated, "Erika").json["data"]
        sit(seated, "Hans")
        post(seated, seat["uid"], "cancel", seatUid=seat["seatUid"])
        assert words(post(seated, seat["uid"], "cancel", seatUid=seat["seatUid"])) == (
            "Invalid seatUid: this seat does not exist or has already been cancelled."
        )

    def test_a_seat_of_another_booking(self, seated: Salon) -> None:
        uid = sit(seated, "Erika").json["data"]["uid"]
        other = sit(seated, "Erika", LATER).json["data"]["seatUid"]
        assert words(post(seated, uid, "cancel", seatUid=other)) == (
            "Invalid seatUid: this seat does not belong to this booking."
        )


class TestMoveSeat:
    """§9 reschedule, seated."""

    def test_without_a_seat_it_is_asked_for(self, seated: Salon) -> None:
        uid = sit(seated, "Erika").json["data"]["uid"]
        answer = post(seated, uid, "reschedule", start=LATER)
        assert answer.status_code == 400
        assert words(answer).startswith(
            f"Booking with uid={uid} is a seated booking which means you have to provide seatUid in the request body"
        )

    def test_an_unknown_seat(self, seated: Salon) -> None:
        uid = sit(seated, "Erika").json["data"]["uid"]
        answer = post(seated, uid, "reschedule", start=LATER, seatUid="nobody")
        assert (answer.status_code, words(answer)) == (404, "Seat with uid=nobody does not exist.")

    def test_one_moves_and_the_others_stay(self, seated: Salon) -> None:
        seat = sit(seated, "Erika").json["data"]
        sit(seated, "Hans")
        answer = post(seated, seat["uid"], "reschedule", auth=True, start=LATER, seatUid=seat["seatUid"])
        new = answer.json["data"]
        assert answer.status_code == 201
        assert (new["seatUid"], new["rescheduledFromUid"]) == (seat["seatUid"], seat["uid"])
        old = seated.call("GET", f"/v2/bookings/{seat['uid']}").json["data"]
        assert (old["status"], [one["name"] for one in old["attendees"]]) == ("accepted", ["Hans"])

    def test_the_last_one_leaves_a_cancelled_booking(self, seated: Salon) -> None:
        seat = sit(seated, "Erika").json["data"]
        new = post(seated, seat["uid"], "reschedule", start=LATER, seatUid=seat["seatUid"]).json["data"]
        old = seated.call("GET", f"/v2/bookings/{seat['uid']}").json["data"]
        assert (old["status"], old["rescheduledToUid"]) == ("cancelled", new["uid"])

    def test_into_a_booking_that_is_there_already(self, seated: Salon) -> None:
        there = sit(seated, "Hans", LATER).json["data"]["uid"]
        seat = sit(seated, "Erika").json["data"]
        moved = post(seated, seat["uid"], "reschedule", start=LATER, seatUid=seat["seatUid"]).json["data"]
        assert moved["uid"] == there

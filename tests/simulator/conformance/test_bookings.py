"""Cal.com API v2 behaviour: bookings, version 2024-08-13."""

from __future__ import annotations

from typing import Any

import pytest

from tests.simulator.conftest import NOON, Salon, SteppedClock

BUSY = "User either already has booking at this time or is not available"


def message(answer: Any) -> str:
    return answer.json["error"]["message"]


class TestCreate:
    """§7 and §7.5: creating, and the booking object."""

    def test_the_answer_is_the_whole_booking(self, salon: Salon) -> None:
        answer = salon.book(guests=["guest@example.test"])
        data = answer.json["data"]
        assert answer.status_code == 201
        assert len(data["uid"]) == 22
        assert data["title"] == "Schnitt between Jana and Erika Muster"
        assert data["hosts"] == [
            {
                "id": 11,
                "name": "Jana",
                "email": "jana@example.test",
                "username": "jana",
                "timeZone": "Europe/Berlin",
            }
        ]
        assert (data["start"], data["end"], data["duration"]) == (
            "2025-10-20T12:00:00.000Z",
            "2025-10-20T12:30:00.000Z",
            30,
        )
        assert data["createdAt"] == data["updatedAt"] == "2025-10-13T08:00:00.000Z"
        assert data["icsUid"] == f"{data['uid']}@Cal.com"
        assert data["metadata"] == {"call_id": "call_1", "attempt_id": "attempt_1"}
        assert data["guests"] == ["guest@example.test"]
        assert data["cancellationReason"] == ""
        assert "rescheduledFromUid" not in data

    def test_a_start_without_offset_is_utc(self, salon: Salon) -> None:
        assert salon.book("2025-10-20T12:00:00").json["data"]["start"] == "2025-10-20T12:00:00.000Z"

    def test_an_attendee_with_only_a_phone_gets_an_address(self, salon: Salon) -> None:
        attendee = {"name": "Erika", "phoneNumber": "+4917139200107", "timeZone": "Europe/Berlin"}
        data = salon.book(attendee=attendee).json["data"]
        assert data["attendees"] == [
            {
                "name": "Erika",
                "email": "4917139200107@sms.cal.com",
                "timeZone": "Europe/Berlin",
                "language": "en",
                "absent": False,
                "phoneNumber": "+4917139200107",
            }
        ]
        assert data["bookingFieldsResponses"]["attendeePhoneNumber"] == "+4917139200107"

    def test_a_url_as_location_is_echoed_as_a_link(self, salon: Salon) -> None:
        data = salon.book(location="https://meet.example.test/x").json["data"]
        assert data["location"] == data["meetingUrl"] == "https://meet.example.test/x"
        assert data["bookingFieldsResponses"]["location"] == {
            "value": "link",
            "optionValue": "https://meet.example.test/x",
        }

    def test_a_null_booking_field_becomes_empty(self, salon: Salon) -> None:
        data = salon.book(bookingFieldsResponses={"notes": None, "title": "x"}).json["data"]
        assert data["bookingFieldsResponses"]["notes"] == ""

    def test_by_slug_and_username(self, salon: Salon) -> None:
        wish = salon.wish(eventTypeSlug="farbe", username="salon")
        del wish["eventTypeId"]
        data = salon.call("POST", "/v2/bookings", json=wish).json["data"]
        assert data["eventType"] == {"id": 101, "slug": "farbe"}

    def test_it_is_public(self, salon: Salon) -> None:
        answer = salon.call("POST", "/v2/bookings", json=salon.wish(), auth=False)
        assert answer.status_code == 201

    def test_a_taken_slot_is_a_400_even_for_the_same_attendee(self, salon: Salon) -> None:
        salon.book()
        again = salon.book()
        assert (again.status_code, message(again)) == (400, BUSY)

    def test_a_confirmation_type_is_pending(self, salon: Salon, salon_state: dict[str, Any]) -> None:
        salon_state["event_types"][0]["requiresConfirmation"] = True
        salon.admin("PUT", "/state", salon_state)
        assert salon.book().json["data"]["status"] == "pending"

    def test_the_repeat_trap_answers_201_with_the_old_booking(
        self, salon: Salon, clock: SteppedClock, salon_state: dict[str, Any]
    ) -> None:
        salon_state["event_types"][0]["schedulingType"] = "roundRobin"
        salon.admin("PUT", "/state", salon_state)
        first = salon.book().json["data"]
        clock.advance(35 * 60)
        again = salon.book(metadata={"call_id": "call_2"})
        assert again.status_code == 201
        assert again.json["data"] == first
        assert len(salon.bookings()) == 1


class TestCreateRefusals:
    """§3 C and §7: what is refused, in upstream's words."""

    @pytest.mark.parametrize(
        ("more", "text"),
        [
            ({"start": "soon"}, "start property is wrong,start must be a valid ISO 8601 date string "),
            ({"foo": 1}, "foo property is wrong,property foo should not exist "),
            (
                {"idempotencyKey": "x"},
                "idempotencyKey property is wrong,property idempotencyKey should not exist ",
            ),
            ({"attendee": None}, "attendee property is wrong,attendee should not be null or undefined "),
            (
                {"attendee": {"email": "a@b.de", "timeZone": "Europe/Berlin"}},
                "attendee property is wrong, name property is wrong,name must be a string ",
            ),
            (
                {"attendee": {"name": "E", "email": "a@b.de", "timeZone": "Berlin"}},
                (
                    "attendee property is wrong, timeZone property is wrong,timeZone must be a valid IANA "
                    "time-zone "
                ),
            ),
            (
                {"attendee": {"name": "E", "timeZone": "Europe/Berlin"}},
                (
                    "attendee property is wrong, attendee email or phone property is wrong,Attendee must have at "
                    "least one contact method (email or phone number) "
                ),
            ),
            (
                {"eventTypeId": None},
                (
                    "eventTypeId or eventTypeSlug + username property is wrong,Either eventTypeId or "
                    "eventTypeSlug + username or eventTypeSlug + teamSlug must be provided "
                ),
            ),
            ({"eventTypeId": "1"}, "eventTypeId property is wrong,eventTypeId must be an integer number "),
            (
                {"lengthInMinutes": 0},
                "lengthInMinutes property is wrong,lengthInMinutes must not be less than 1 ",
            ),
            ({"guests": "a@b.de"}, "guests property is wrong,guests must be an array "),
        ],
    )
    def test_a_wrong_property_is_named_in_upstreams_words(
        self, salon: Salon, more: dict[str, Any], text: str
    ) -> None:
        answer = salon.call("POST", "/v2/bookings", json={**salon.wish(), **more})
        assert (answer.status_code, message(answer)) == (400, text)

    @pytest.mark.parametrize(
        "metadata",
        [
            {f"key_{n}": "x" for n in range(51)},
            {"k" * 41: "x"},
            {"key": "x" * 501},
        ],
        ids=["too many keys", "long key", "long value"],
    )
    def test_metadata_has_limits(self, salon: Salon, metadata: dict[str, str]) -> None:
        assert message(salon.book(metadata=metadata)) == (
            "metadata property is wrong,Metadata must have at most 50 keys, each key up to 40 characters, and "
            "string values up to 500 characters. "
        )

    def test_metadata_at_its_limits_and_other_values_pass(self, salon: Salon) -> None:
        metadata = {f"{n:040}": "x" * 500 for n in range(49)} | {"number": 5}
        assert salon.book(metadata=metadata).status_code == 201

    def test_a_bad_language_lists_the_good_ones(self, salon: Salon) -> None:
        attendee = {**salon.wish()["attendee"], "language": "xx"}
        assert message(salon.book(attendee=attendee)).startswith(
            "attendee property is wrong, language property is wrong,language must be one of the following "
            "values: ar, ca, de, "
        )

    def test_a_malformed_address_is_caught_by_the_later_schema(self, salon: Salon) -> None:
        answer = salon.book(attendee={**salon.wish()["attendee"], "email": "no address"})
        assert answer.json["error"] == {
            "code": "BAD_REQUEST",
            "message": "responses - {email}email_validation_error, ",
        }

    def test_an_unknown_event_type_is_a_404(self, salon: Salon) -> None:
        answer = salon.book(eventTypeId=999)
        assert (answer.status_code, message(answer)) == (404, "Event type with id 999 not found.")

    @pytest.mark.parametrize(
        ("path", "text"),
        [
            ({"username": "nobody"}, "User with username nobody not found"),
            ({"username": "salon"}, "Event type with slug nothing belonging to user salon not found."),
            ({"teamSlug": "team"}, "Team with slug team not found"),
        ],
    )
    def test_unknown_slugs_are_told_apart(self, salon: Salon, path: dict[str, str], text: str) -> None:
        wish = {**salon.wish(), "eventTypeSlug": "nothing", **path}
        del wish["eventTypeId"]
        answer = salon.call("POST", "/v2/bookings", json=wish)
        assert (answer.status_code, message(answer)) == (404, text)

    def test_the_past(self, salon: Salon) -> None:
        assert message(salon.book("2025-10-10T12:00:00Z")) == "Attempting to book a meeting in the past."

    def test_too_soon_points_to_the_slots_endpoint(self, salon: Salon, salon_state: dict[str, Any]) -> None:
        salon_state["event_types"][0]["minimumBookingNotice"] = 120
        salon.admin("PUT", "/state", salon_state)
        text = message(salon.book("2025-10-13T09:00:00Z"))
        assert text.startswith('The event type can\'t be booked at the "start" time provided.')
        assert "violating the minimum booking notice" in text

    def test_malformed_json_is_a_400(self, salon: Salon) -> None:
        answer = salon.call("POST", "/v2/bookings", data=b'{"start":', content_type="application/json")
        assert (answer.status_code, answer.json["error"]["code"]) == (400, "BadRequestException")


class TestRead:
    """§8: one booking by its uid."""

    def test_by_uid_and_without_credentials(self, salon: Salon) -> None:
        data = salon.book().json["data"]
        answer = salon.call("GET", f"/v2/bookings/{data['uid']}", auth=False)
        assert (answer.status_code, answer.json["data"]) == (200, data)

    def test_an_unknown_uid_is_a_404(self, salon: Salon) -> None:
        answer = salon.call("GET", "/v2/bookings/none")
        assert answer.status_code == 404
        assert message(answer) == "Booking with uid=none was not found in the database"


class TestList:
    """§8: the list with its filters, sorts and pages."""

    @pytest.fixture
    def uids(self, salon: Salon, clock: SteppedClock) -> list[str]:
        starts = ["2025-10-20T13:00:00Z", "2025-10-20T08:00:00Z", "2025-10-21T10:00:00Z"]
        uids = []
        for start in starts:
            uids.append(salon.book(start).json["data"]["uid"])
            clock.advance(60)
        return uids

    def listed(self, salon: Salon, **query: Any) -> list[str]:
        answer = salon.call("GET", "/v2/bookings", query_string=query)
        assert answer.status_code == 200, answer.text
        return [booking["uid"] for booking in answer.json["data"]]

    def test_by_start_unless_said(self, salon: Salon, uids: list[str]) -> None:
        assert self.listed(salon) == [uids[1], uids[0], uids[2]]
        assert self.listed(salon, sortStart="desc") == [uids[2], uids[0], uids[1]]
        assert self.listed(salon, sortCreated="desc") == list(reversed(uids))

    def test_the_window_is_inclusive_at_both_ends(self, salon: Salon, uids: list[str]) -> None:
        window = {"afterStart": "2025-10-20T08:00:00Z", "beforeEnd": "2025-10-20T13:30:00Z"}
        assert self.listed(salon, **window) == [uids[1], uids[0]]
        assert self.listed(salon, **{**window, "afterStart": "2025-10-20T08:00:01Z"}) == [uids[0]]
        assert self.listed(salon, **{**window, "beforeEnd": "2025-10-20T13:29:59Z"}) == [uids[1]]

    def test_created_and_updated_filters(self, salon: Salon, uids: list[str]) -> None:
        assert self.listed(salon, afterCreatedAt="2025-10-13T08:01:00Z") == [uids[0 + 1], uids[2]]
        assert self.listed(salon, beforeUpdatedAt="2025-10-13T08:00:00Z") == [uids[0]]

    def test_statuses_are_ored(self, salon: Salon, uids: list[str], clock: SteppedClock) -> None:
        salon.call("POST", f"/v2/bookings/{uids[0]}/cancel", json={"cancellationReason": "r"})
        assert self.listed(salon, status="upcoming") == [uids[1], uids[2]]
        assert self.listed(salon, status="cancelled") == [uids[0]]
        assert self.listed(salon, status="upcoming,cancelled") == [uids[1], uids[0], uids[2]]
        clock.advance(9 * 86400)
        assert self.listed(salon, status="past") == [uids[2], uids[1]]

    def test_by_person_type_and_uid(self, salon: Salon, uids: list[str]) -> None:
        assert self.listed(salon, attendeeEmail="nobody@example.test") == []
        assert len(self.listed(salon, attendeeName="Erika Muster", eventTypeId=100)) == 3
        assert self.listed(salon, bookingUid=uids[2]) == [uids[2]]
        assert self.listed(salon, eventTypeIds="101") == []

    def test_pages(self, salon: Salon, uids: list[str]) -> None:
        answer = salon.call("GET", "/v2/bookings", query_string={"take": 2, "skip": 2})
        assert [booking["uid"] for booking in answer.json["data"]] == [uids[2]]
        assert answer.json["pagination"] == {
            "returnedItems": 1,
            "totalItems": 3,
            "itemsPerPage": 2,
            "remainingItems": 0,
            "currentPage": 2,
            "totalPages": 2,
            "hasNextPage": False,
            "hasPreviousPage": True,
        }

    @pytest.mark.parametrize(
        ("query", "text"),
        [
            ({"take": "251"}, "take must not be greater than 250"),
            ({"take": "0"}, "take must not be less than 1"),
            (
                {"status": "new"},
                "Invalid status. Allowed are upcoming, recurring, past, cancelled, unconfirmed",
            ),
            ({"afterStart": "soon"}, "fromDate must be a valid ISO 8601 date."),
            ({"sortStart": "up"}, 'SortStart must be either "asc" or "desc".'),
        ],
    )
    def test_a_wrong_filter_has_the_class_validation_envelope(
        self, salon: Salon, query: dict[str, str], text: str
    ) -> None:
        answer = salon.call("GET", "/v2/bookings", query_string=query)
        assert (answer.status_code, message(answer)) == (400, "Bad Request Exception")
        (error,) = answer.json["error"]["details"]["errors"]
        assert list(error["constraints"].values()) == [text]

    def test_unknown_properties_are_dropped_silently(self, salon: Salon, uids: list[str]) -> None:
        assert len(self.listed(salon, foo="bar")) == 3


class TestCancel:
    """§9: cancel."""

    def test_the_answer_is_the_cancelled_booking(self, salon: Salon) -> None:
        uid = salon.book().json["data"]["uid"]
        answer = salon.call("POST", f"/v2/bookings/{uid}/cancel", json={"cancellationReason": "krank"})
        data = answer.json["data"]
        assert (answer.status_code, data["status"]) == (200, "cancelled")
        assert (data["cancellationReason"], data["cancelledByEmail"]) == ("krank", "")

    def test_a_stranger_may_cancel_with_an_empty_body(self, salon: Salon) -> None:
        uid = salon.book().json["data"]["uid"]
        assert salon.call("POST", f"/v2/bookings/{uid}/cancel", auth=False).status_code == 200

    def test_the_host_must_say_why_and_hears_it_without_an_envelope(self, salon: Salon) -> None:
        uid = salon.book().json["data"]["uid"]
        answer = salon.call("POST", f"/v2/bookings/{uid}/cancel", json={})
        assert answer.status_code == 400
        assert answer.json == {
            "statusCode": 400,
            "message": "Cancellation reason is required when you are the host",
        }

    def test_reason_is_not_a_property(self, salon: Salon) -> None:
        uid = salon.book().json["data"]["uid"]
        answer = salon.call("POST", f"/v2/bookings/{uid}/cancel", json={"reason": "x"})
        assert message(answer) == "reason property is wrong,property reason should not exist "

    def test_twice(self, salon: Salon) -> None:
        uid = salon.book().json["data"]["uid"]
        for _ in range(2):
            answer = salon.call("POST", f"/v2/bookings/{uid}/cancel", json={"cancellationReason": "r"})
        assert message(answer) == (
            f"Can't cancel booking with uid={uid} because it has been cancelled already. Please provide uid of "
            "a booking that is not cancelled."
        )

    def test_an_unknown_uid_has_its_own_text(self, salon: Salon) -> None:
        answer = salon.call("POST", "/v2/bookings/none/cancel", json={"cancellationReason": "r"})
        assert (answer.status_code, message(answer)) == (404, "Booking with uid=none not found")

    def test_the_slot_can_be_booked_again(self, salon: Salon) -> None:
        uid = salon.book().json["data"]["uid"]
        salon.call("POST", f"/v2/bookings/{uid}/cancel", json={"cancellationReason": "r"})
        assert salon.book().status_code == 201


class TestReschedule:
    """§9: reschedule."""

    def move(self, salon: Salon, uid: str, start: str = "2025-10-20T14:00:00Z", **more: Any) -> Any:
        return salon.call("POST", f"/v2/bookings/{uid}/reschedule", json={"start": start, **more})

    def test_a_new_booking_replaces_the_old_one(self, salon: Salon, clock: SteppedClock) -> None:
        old = salon.book().json["data"]
        clock.advance(60)
        answer = self.move(salon, old["uid"], reschedulingReason="später")
        new = answer.json["data"]
        assert answer.status_code == 201
        assert new["uid"] != old["uid"]
        assert (new["rescheduledFromUid"], new["reschedulingReason"]) == (old["uid"], "später")
        assert new["createdAt"] == "2025-10-13T08:01:00.000Z"
        assert (new["metadata"], new["attendees"], new["icsUid"]) == (
            old["metadata"],
            old["attendees"],
            old["icsUid"],
        )
        gone = salon.call("GET", f"/v2/bookings/{old['uid']}").json["data"]
        assert (gone["status"], gone["rescheduledToUid"]) == ("cancelled", new["uid"])
        assert gone["rescheduledByEmail"] == new["rescheduledByEmail"]

    def test_its_own_time_does_not_conflict(self, salon: Salon) -> None:
        uid = salon.book().json["data"]["uid"]
        assert self.move(salon, uid, "2025-10-20T12:15:00Z").status_code == 201

    def test_a_taken_time_is_the_usual_400(self, salon: Salon) -> None:
        uid = salon.book().json["data"]["uid"]
        salon.book("2025-10-20T14:00:00Z")
        assert message(self.move(salon, uid)) == BUSY

    def test_a_cancelled_one_stays(self, salon: Salon) -> None:
        uid = salon.book().json["data"]["uid"]
        salon.call("POST", f"/v2/bookings/{uid}/cancel", json={"cancellationReason": "r"})
        assert message(self.move(salon, uid)) == (
            f"Can't reschedule booking with uid={uid} because it has been cancelled. Please provide uid of a "
            "booking that is not cancelled."
        )

    def test_a_moved_one_names_its_successor(self, salon: Salon) -> None:
        uid = salon.book().json["data"]["uid"]
        other = self.move(salon, uid).json["data"]["uid"]
        assert message(self.move(salon, uid)) == (
            f"Can't reschedule booking with uid={uid} because it has been cancelled and rescheduled already to "
            f"booking with uid={other}. You probably want to reschedule {other} instead by passing it within "
            "the request URL."
        )

    def test_other_properties_are_refused(self, salon: Salon) -> None:
        uid = salon.book().json["data"]["uid"]
        answer = self.move(salon, uid, attendee={})
        assert message(answer) == "attendee property is wrong,property attendee should not exist "

    def test_there_is_no_patch(self, salon: Salon) -> None:
        uid = salon.book().json["data"]["uid"]
        answer = salon.call("PATCH", f"/v2/bookings/{uid}", json={"start": NOON})
        assert (answer.status_code, message(answer)) == (404, f"Cannot PATCH /v2/bookings/{uid}")

"""Cal.com API v2 behaviour, §7: creating a booking, its checks in upstream's order, places, fields and teams."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from tests.simulator.conformance.conftest import Bench, words
from tests.simulator.conformance.test_slots_reference import ORGANIZATION, TEAM, TWO_HOSTS
from tests.simulator.conftest import NOON, Salon

BUSY = "User either already has booking at this time or is not available"
HOSTS_BUSY = "One of the hosts either already has booking at this time or is not available"


def hans(salon: Salon, start: str = NOON, **more: Any) -> Any:
    attendee = {"name": "Hans", "email": "hans@example.test", "timeZone": "Europe/Berlin"}
    return salon.book(start, attendee=attendee, **more)


def team(bench: Bench, kind: str, hosts: tuple[int, ...] = (11, 12)) -> Salon:
    return bench.set_up(more={**TWO_HOSTS, **TEAM}, hostIds=list(hosts), schedulingType=kind, teamId=7)


class TestLookup:
    """§7 step 1: the event type and who has it."""

    def unnamed(self, salon: Salon, **more: Any) -> Any:
        wish = {**salon.wish(), "eventTypeSlug": "schnitt", **more}
        del wish["eventTypeId"]
        return salon.call("POST", "/v2/bookings", json=wish)

    def test_by_team(self, bench: Bench) -> None:
        salon = team(bench, "collective")
        assert self.unnamed(salon, teamSlug="team").json["data"]["eventTypeId"] == 100

    def test_a_slug_that_the_team_has_not(self, bench: Bench) -> None:
        answer = self.unnamed(team(bench, "collective"), eventTypeSlug="farbe", teamSlug="team")
        assert (answer.status_code, words(answer)) == (
            404,
            "Event type with slug farbe belonging to team team not found.",
        )

    def test_within_an_organization(self, bench: Bench) -> None:
        salon = bench.set_up(more=ORGANIZATION)
        found = self.unnamed(salon, username="jana", organizationSlug="org")
        assert found.status_code == 201
        missing = self.unnamed(salon, username="jana", organizationSlug="org", eventTypeSlug="nothing")
        assert words(missing) == (
            "Event type with slug nothing belonging to user jana within organization org not found."
        )


class TestPermission:
    """§7 steps 2 to 4, and §2 bookingRequiresAuthentication."""

    def test_a_type_that_wants_credentials(self, bench: Bench) -> None:
        salon = bench.set_up(bookingRequiresAuthentication=True)
        answer = salon.call("POST", "/v2/bookings", json=salon.wish(), auth=False)
        assert answer.status_code == 401
        assert words(answer).startswith("checkBookingRequiresAuthentication - request must be authenticated")
        assert salon.book().status_code == 201

    def test_a_managed_parent(self, bench: Bench) -> None:
        assert team(bench, "managed").book().status_code == 400

    def test_a_team_without_hosts(self, bench: Bench) -> None:
        answer = team(bench, "roundRobin", ()).book()
        assert (answer.status_code, words(answer)) == (
            422,
            (
                "Can't book this team event type because it has no hosts. Please, add at least 1 host to event type with "
                "id=100 belonging to team with id=7 and try again."
            ),
        )


class TestFields:
    """§7 step 5: booking fields."""

    def asks(self, bench: Bench, **field: Any) -> Salon:
        return bench.set_up(
            bookingFields=[{"slug": "x", "label": "X", "required": True, "type": "text", **field}]
        )

    def test_a_required_one_left_open(self, bench: Bench) -> None:
        assert words(self.asks(bench).book()) == (
            "Missing required booking field response: x - it is required by the event type booking fields, but missing "
            "in the bookingFieldsResponses. You can fetch the event type with ID 100 to see the required fields."
        )

    def test_an_optional_one_may_stay_open_and_what_is_answered_is_echoed(self, bench: Bench) -> None:
        salon = self.asks(bench, required=False)
        assert salon.book().status_code == 201
        data = salon.book("2025-10-20T14:00:00Z", bookingFieldsResponses={"x": "y"}).json["data"]
        assert data["bookingFieldsResponses"]["x"] == "y"

    def test_a_required_phone_number(self, bench: Bench) -> None:
        salon = self.asks(bench, slug="attendeePhoneNumber", type="phone")
        assert words(salon.book()) == (
            "Missing attendee phone number - it is required by the event type. Pass it as "
            '"attendee.phoneNumber" string in the request.'
        )

    @pytest.mark.parametrize(
        ("kind", "answer", "text"),
        [
            (
                "phone",
                5,
                "Expected type string (compatible with field type 'phone'), but received number.",
            ),
            (
                "number",
                "5",
                "Expected type number (compatible with field type 'number'), but received string.",
            ),
            (
                "boolean",
                ["yes"],
                "Expected type boolean (compatible with field type 'boolean'), but received array.",
            ),
            (
                "multiemail",
                "a@example.test",
                "Expected type array (compatible with field type 'multiemail'), but received string.",
            ),
        ],
    )
    def test_an_answer_of_another_type(self, bench: Bench, kind: str, answer: Any, text: str) -> None:
        refused = self.asks(bench, type=kind).book(bookingFieldsResponses={"x": answer})
        assert words(refused) == f"Invalid type for booking field 'x'. {text}"

    def test_an_option_that_is_not_offered(self, bench: Bench) -> None:
        salon = self.asks(bench, type="select", options=["a", "b"])
        assert words(salon.book(bookingFieldsResponses={"x": "V"})) == (
            "Invalid option 'V' for booking field 'x'. Allowed options are: a, b."
        )

    def test_several_options_of_which_one_is_not_offered(self, bench: Bench) -> None:
        salon = self.asks(bench, type="checkbox", options=["a", "b"])
        assert salon.book(bookingFieldsResponses={"x": ["a", "b"]}).status_code == 201
        assert words(salon.book(bookingFieldsResponses={"x": ["a", "V"]})) == (
            "One or more invalid options for booking field 'x'. Allowed options are: a, b."
        )


class TestLength:
    """§7 step 6: variable length."""

    def test_one_of_the_lengths(self, bench: Bench) -> None:
        data = bench.set_up(lengthInMinutesOptions=[15, 30, 60]).book(lengthInMinutes=60).json["data"]
        assert (data["duration"], data["end"]) == (60, "2025-10-20T13:00:00.000Z")

    def test_another_length(self, bench: Bench) -> None:
        salon = bench.set_up(lengthInMinutesOptions=[15, 30, 60])
        assert words(salon.book(lengthInMinutes=20)) == (
            "Provided 'lengthInMinutes' is not one of the possible lengths for the event type. The possible lengths "
            "are: 15, 30, 60"
        )

    def test_a_type_of_one_length(self, salon: Salon) -> None:
        assert words(salon.book(lengthInMinutes=30)) == (
            "Can't specify 'lengthInMinutes' because event type does not have multiple possible lengths. Please, remove "
            "the 'lengthInMinutes' field from the request."
        )


OFFER = [
    {"type": "address", "address": "Hauptstraße 1", "public": True},
    {"type": "link", "link": "https://meet.example.test/room", "public": True},
    {"type": "phone", "phone": "+4930123456", "public": True},
    {"type": "attendeeAddress"},
    {"type": "attendeePhone"},
    {"type": "attendeeDefined"},
    {"type": "integration", "integration": "cal-video"},
    {"type": "organizersDefaultApp"},
]


class TestPlace:
    """§7 step 7 and §7.5 location echo."""

    @pytest.mark.parametrize(
        ("asked", "location"),
        [
            ({"type": "address"}, "Hauptstraße 1"),
            ({"type": "link"}, "https://meet.example.test/room"),
            ({"type": "phone"}, "+4930123456"),
            ({"type": "attendeeAddress", "address": "Bei mir"}, "Bei mir"),
            ({"type": "attendeePhone", "phone": "+4940123456"}, "+4940123456"),
            ({"type": "attendeeDefined", "location": "Am See"}, "Am See"),
            ({"type": "integration", "integration": "cal-video"}, "integrations:daily"),
            ({"type": "organizersDefaultApp"}, "integrations:daily"),
        ],
        ids=lambda value: value["type"] if isinstance(value, dict) else "",
    )
    def test_configured_places_are_the_types_and_others_the_attendees(
        self, bench: Bench, asked: dict[str, str], location: str
    ) -> None:
        data = bench.set_up(locations=OFFER).book(location=asked).json["data"]
        assert (data["location"], data["meetingUrl"]) == (location, location)

    def test_one_that_is_not_offered(self, bench: Bench) -> None:
        salon = bench.set_up(locations=OFFER[:2])
        answer = salon.book(location={"type": "attendeeDefined", "location": "x"})
        assert (answer.status_code, words(answer)) == (
            400,
            (
                "Booking location with type attendeeDefined not valid for event type with id=100. The event type has "
                "following location types: address, link, and only these types are allowed for booking location."
            ),
        )

    def test_a_type_that_does_not_exist_fails_here_too(self, salon: Salon) -> None:
        assert words(salon.book(location={"type": "moon"})).startswith("Booking location with type moon")

    def test_text_is_taken_for_what_it_looks_like(self, salon: Salon) -> None:
        phone = salon.book(location="+49 30 123456").json["data"]
        other = salon.book("2025-10-20T14:00:00Z", location="Am See").json["data"]
        values = [data["bookingFieldsResponses"]["location"]["value"] for data in (phone, other)]
        assert values == ["phone", "somewhereElse"]

    def test_without_one_it_is_the_first_offered(self, bench: Bench) -> None:
        assert bench.set_up(locations=OFFER).book().json["data"]["location"] == "Hauptstraße 1"

    def test_the_deprecated_meeting_url(self, salon: Salon) -> None:
        url = "https://meet.example.test/old"
        assert salon.book(meetingUrl=url).json["data"]["location"] == url


class TestOrder:
    """§7 order of checks: with two faults the earlier check answers."""

    CASES: tuple[tuple[str, dict[str, Any], dict[str, Any], str], ...] = (
        ("body before event type", {}, {"eventTypeId": 999, "foo": 1}, "foo property is wrong"),
        (
            "event type before length",
            {},
            {"eventTypeId": 999, "lengthInMinutes": 5},
            "Event type with id 999",
        ),
        (
            "fields before length",
            {"bookingFields": [{"slug": "x", "type": "text", "required": True}]},
            {"lengthInMinutes": 5},
            "Missing required booking field",
        ),
        (
            "length before place",
            {},
            {"lengthInMinutes": 5, "location": {"type": "moon"}},
            "Can't specify 'lengthInMinutes'",
        ),
        (
            "place before recurrence",
            {"recurrence": {"interval": 1, "occurrences": 2, "frequency": "weekly"}},
            {"recurrenceCount": 3, "location": {"type": "moon"}},
            "Booking location",
        ),
        (
            "recurrence before address",
            {"recurrence": {"interval": 1, "occurrences": 2, "frequency": "weekly"}},
            {
                "recurrenceCount": 3,
                "attendee": {"name": "E", "email": "no address", "timeZone": "Europe/Berlin"},
            },
            "Provided recurrence count",
        ),
        (
            "address before the past",
            {},
            {
                "start": "2020-01-01T00:00:00Z",
                "attendee": {"name": "E", "email": "no address", "timeZone": "Europe/Berlin"},
            },
            "responses - {email}email_validation_error, ",
        ),
        (
            "verification before the past",
            {"requiresBookerEmailVerification": True},
            {"start": "2020-01-01T00:00:00Z"},
            "email_verification_required",
        ),
        (
            "time bounds before availability",
            {"minimumBookingNotice": 30000},
            {"start": "2025-10-19T12:00:00Z"},
            "The event type can't be booked at the",
        ),
    )

    @pytest.mark.parametrize(
        ("kind", "wish", "text"), [case[1:] for case in CASES], ids=[c[0] for c in CASES]
    )
    def test_the_earlier_one_answers(
        self, bench: Bench, kind: dict[str, Any], wish: dict[str, Any], text: str
    ) -> None:
        salon = bench.set_up(**kind)
        answer = salon.call("POST", "/v2/bookings", json={**salon.wish(), **wish})
        assert words(answer).startswith(text)

    def test_limits_come_before_availability(self, bench: Bench) -> None:
        salon = bench.set_up(bookingLimitsCount={"month": 1})
        salon.book()
        answer = salon.book()
        assert answer.json == {"statusCode": 401, "message": "booking_limit_reached"}


class TestService:
    """§7 answers of the booking service."""

    def test_beyond_the_booking_window(self, bench: Bench) -> None:
        salon = bench.set_up(bookingWindow={"type": "calendarDays", "value": 3})
        answer = salon.book()
        assert answer.status_code == 400
        assert "outside the event's scheduling window" in words(answer)

    def test_a_rolling_window_is_not_checked(self, bench: Bench) -> None:
        salon = bench.set_up(bookingWindow={"type": "calendarDays", "value": 3, "rolling": True})
        assert salon.starts() == []
        assert salon.book().status_code == 201

    def test_the_duration_limit_is_a_bare_403(self, bench: Bench) -> None:
        salon = bench.set_up(bookingLimitsDuration={"year": 40})
        salon.book()
        answer = salon.book("2025-10-20T14:00:00Z")
        assert (answer.status_code, answer.json) == (
            403,
            {"statusCode": 403, "message": "duration_limit_reached"},
        )

    def test_an_attendee_has_a_maximum_of_active_bookings(self, bench: Bench) -> None:
        salon = bench.set_up(bookerActiveBookingsLimit={"maximumActiveBookings": 1})
        salon.book()
        assert words(salon.book("2025-10-20T14:00:00Z")) == (
            "Attendee with this email can't book because the maximum number of active bookings has been reached."
        )
        assert hans(salon, "2025-10-20T14:00:00Z").status_code == 201

    def test_and_may_be_offered_to_move_one(self, bench: Bench) -> None:
        salon = bench.set_up(bookerActiveBookingsLimit={"maximumActiveBookings": 1, "offerReschedule": True})
        uid = salon.book().json["data"]["uid"]
        assert words(salon.book("2025-10-20T14:00:00Z")).endswith(
            f" You can reschedule your existing booking ({uid}) to a new timeslot instead."
        )

    def test_a_wrong_verification_code_and_the_right_one(self, bench: Bench) -> None:
        salon = bench.set_up(requiresBookerEmailVerification=True)
        wrong = salon.book(emailVerificationCode="000000")
        assert wrong.json == {"statusCode": 400, "message": "invalid_verification_code"}
        assert salon.book(emailVerificationCode="123456").status_code == 201

    def test_confirmation_on_short_notice_only(self, bench: Bench) -> None:
        threshold = {"unit": "hours", "count": 24}
        salon = bench.set_up(
            confirmationPolicy={
                "type": "time",
                "noticeThreshold": threshold,
                "blockUnconfirmedBookingsInBooker": False,
            }
        )
        soon, later = salon.book("2025-10-13T12:00:00Z"), salon.book()
        assert [answer.json["data"]["status"] for answer in (soon, later)] == ["pending", "accepted"]


class TestTeams:
    """§7 teams: round robin, collective and instant bookings."""

    def test_round_robin_takes_turns(self, bench: Bench) -> None:
        salon = team(bench, "roundRobin")
        starts = [NOON, "2025-10-20T13:00:00Z", "2025-10-20T14:00:00Z"]
        hosts = [hans(salon, start).json["data"]["hosts"][0]["id"] for start in starts]
        assert hosts == [11, 12, 11]

    def test_round_robin_takes_the_free_one(self, bench: Bench) -> None:
        bench.state["event_types"][1]["hostIds"] = [11]
        salon = team(bench, "roundRobin")
        salon.book(eventTypeId=101)
        assert hans(salon).json["data"]["hosts"][0]["id"] == 12

    def test_all_hosts_busy_has_a_text_of_its_own(self, bench: Bench) -> None:
        salon = team(bench, "roundRobin")
        salon.book()
        hans(salon)
        attendee = {"name": "Grete", "email": "grete@example.test", "timeZone": "Europe/Berlin"}
        answer = salon.book(attendee=attendee)
        assert (answer.status_code, words(answer)) == (400, HOSTS_BUSY)

    def test_collective_lists_the_other_hosts_after_the_booker(self, bench: Bench) -> None:
        data = team(bench, "collective").book().json["data"]
        assert [host["id"] for host in data["hosts"]] == [11]
        assert [one["name"] for one in data["attendees"]] == ["Erika Muster", "Mehmet"]

    def test_collective_takes_everybodys_time(self, bench: Bench) -> None:
        bench.state["event_types"][1]["hostIds"] = [12]
        salon = team(bench, "collective")
        salon.book()
        assert words(hans(salon, eventTypeId=101)) == BUSY

    def test_instant_is_for_teams_and_waits_for_a_host(self, bench: Bench) -> None:
        assert team(bench, "roundRobin").book(instant=True).json["data"]["status"] == "awaiting_host"

    def test_instant_false_is_an_unknown_property(self, salon: Salon) -> None:
        assert words(salon.book(instant=False)) == (
            "instant property is wrong,property instant should not exist "
        )


class TestPending:
    """§7.1: a pending booking does not block, and confirming does not look for overlaps."""

    def test_two_people_can_wait_for_and_get_the_same_time(self, bench: Bench) -> None:
        salon = bench.set_up(requiresConfirmation=True)
        uids = [answer.json["data"]["uid"] for answer in (salon.book(), hans(salon))]
        for uid in uids:
            confirmed = salon.call("POST", f"/v2/bookings/{uid}/confirm")
            assert confirmed.json["data"]["status"] == "accepted"

    def test_the_repeat_of_a_pending_wish_gives_the_old_one(self, bench: Bench) -> None:
        salon = bench.set_up(requiresConfirmation=True)
        first = salon.book().json["data"]
        bench.clock.advance(600)
        again = salon.book()
        assert (again.status_code, again.json["data"]) == (201, first)


class TestHoles:
    """§3 C holes in the validation: what passes although it should not."""

    @pytest.mark.parametrize(
        "change",
        [
            lambda wish: wish["attendee"].update(phoneNumber="no number"),
            lambda wish: wish.update(metadata={"number": 5, "list": []}),
            lambda wish: wish.update(guests=["no address"]),
            lambda wish: wish.update(start="2025-10-20T14:00:00+02:00"),
        ],
        ids=["a phone number", "metadata that is no text", "a guest's address", "an offset"],
    )
    def test_it_passes(self, salon: Salon, change: Callable[[dict[str, Any]], None]) -> None:
        wish = salon.wish()
        change(wish)
        answer = salon.call("POST", "/v2/bookings", json=wish)
        assert answer.status_code == 201
        assert answer.json["data"]["start"] == "2025-10-20T12:00:00.000Z"

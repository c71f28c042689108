"""Cal.com API v2 behaviour, §6: slot reservations."""

from __future__ import annotations

import uuid
from typing import Any

import pytest

from tests.simulator.conformance.conftest import Bench, rules_of, words
from tests.simulator.conformance.test_slots_reference import TEAM, TWO_HOSTS
from tests.simulator.conftest import NOON, Salon

AT_NOON = "2025-10-20T12:00:00.000Z"
OVER_NOON = "2025-10-20T11:30:00.000Z"  # a start of the 90 minutes of event type 101
RESERVED = "This time slot is already reserved by another user. Please choose a different time."
BOOKED = "Can't reserve a slot if the event is already booked."


def reserve(salon: Salon, start: str = NOON, *, auth: bool = True, **more: Any) -> Any:
    body = {"eventTypeId": 100, "slotStart": start, **more}
    return salon.call("POST", "/v2/slots/reservations", version="2024-09-04", json=body, auth=auth)


def one(salon: Salon, method: str, uid: str, **options: Any) -> Any:
    return salon.call(method, f"/v2/slots/reservations/{uid}", version="2024-09-04", auth=False, **options)


class TestReserve:
    """§6 POST: the answer and its checks in their order."""

    def test_the_answer_tells_when_it_ends(self, salon: Salon) -> None:
        answer = reserve(salon)
        data = answer.json["data"]
        assert answer.status_code == 201
        assert uuid.UUID(data.pop("reservationUid")).version == 4
        assert data == {
            "eventTypeId": 100,
            "slotStart": AT_NOON,
            "slotEnd": "2025-10-20T12:30:00.000Z",
            "slotDuration": 30,
            "reservationDuration": 5,
            "reservationUntil": "2025-10-13T08:05:00.000Z",
        }

    def test_a_duration_of_its_own_needs_credentials(self, salon: Salon) -> None:
        assert reserve(salon, reservationDuration=20).json["data"]["reservationDuration"] == 20
        stranger = reserve(salon, "2025-10-20T14:00:00Z", auth=False, reservationDuration=20)
        assert (stranger.status_code, words(stranger)) == (
            401,
            (
                "reservationDuration can only be used for authenticated requests - use access token, api key or OAuth "
                "credentials"
            ),
        )

    def test_without_credentials_it_is_five_minutes(self, salon: Salon) -> None:
        assert reserve(salon, auth=False).json["data"]["reservationDuration"] == 5

    def test_an_unknown_event_type(self, salon: Salon) -> None:
        answer = reserve(salon, eventTypeId=999)
        assert (answer.status_code, words(answer)) == (404, "Event Type with ID=999 not found")

    def test_a_length_for_a_type_of_one_length(self, salon: Salon) -> None:
        answer = reserve(salon, slotDuration=30)
        assert (answer.status_code, words(answer)) == (
            400,
            "You passed 'slotDuration' but this event type is not a variable length event type.",
        )

    def test_a_length_that_the_type_has_not(self, bench: Bench) -> None:
        salon = bench.set_up(lengthInMinutesOptions=[15, 30, 45])
        assert reserve(salon, slotDuration=45).json["data"]["slotEnd"] == "2025-10-20T12:45:00.000Z"
        assert words(reserve(salon, "2025-10-20T15:00:00Z", slotDuration=20)) == (
            "Provided 'slotDuration' is not one of the possible lengths for the event type. The possible lengths for "
            "this variable length event type are: 15, 30, 45"
        )

    def test_a_team_without_hosts(self, bench: Bench) -> None:
        salon = bench.set_up(more=TEAM, teamId=7, schedulingType="collective", hostIds=[])
        answer = reserve(salon)
        assert (answer.status_code, words(answer)) == (
            400,
            "Cannot reserve a slot for a team event without any hosts",
        )

    def test_schedule_and_past_are_not_looked_at(self, salon: Salon) -> None:
        assert reserve(salon, "2025-10-19T03:07:00Z").status_code == 201
        assert reserve(salon, "2020-01-01T00:00:00Z").status_code == 201

    def test_a_wrong_body_has_the_envelope_of_the_validation_pipe(self, salon: Salon) -> None:
        answer = reserve(salon, "soon", eventTypeId="100", unknown="dropped")
        assert rules_of(answer) == {
            "eventTypeId": ["eventTypeId must be an integer number"],
            "slotStart": ["slotStart must be a valid ISO 8601 date string"],
        }


class TestOverlap:
    """§6 "already booked" and "already reserved": the same event type only, half open."""

    @pytest.mark.parametrize(
        ("start", "status"),
        [
            ("2025-10-20T11:30:00Z", 201),
            ("2025-10-20T11:45:00Z", 422),
            (NOON, 422),
            ("2025-10-20T12:15:00Z", 422),
            ("2025-10-20T12:30:00Z", 201),
        ],
        ids=["back to back before", "into its beginning", "the same", "into its end", "back to back after"],
    )
    def test_another_reservation(self, salon: Salon, start: str, status: int) -> None:
        reserve(salon)
        answer = reserve(salon, start)
        assert answer.status_code == status
        assert status == 201 or words(answer) == RESERVED

    def test_a_booking_is_told_first(self, salon: Salon) -> None:
        reserve(salon)
        salon.book()
        assert words(reserve(salon)) == BOOKED

    def test_a_pending_booking_counts_and_a_cancelled_one_does_not(self, bench: Bench) -> None:
        salon = bench.set_up(requiresConfirmation=True)
        uid = salon.book().json["data"]["uid"]
        assert words(reserve(salon)) == BOOKED
        salon.call("POST", f"/v2/bookings/{uid}/cancel", json={"cancellationReason": "r"})
        assert reserve(salon).status_code == 201

    def test_another_event_type_of_the_host_does_not_count(self, salon: Salon) -> None:
        reserve(salon)
        assert reserve(salon, eventTypeId=101).status_code == 201

    def test_an_expired_one_does_not_count(self, bench: Bench) -> None:
        reserve(bench.salon)
        bench.clock.advance(5 * 60)
        assert reserve(bench.salon).status_code == 201

    def test_round_robin_is_booked_when_no_host_is_left(self, bench: Bench) -> None:
        salon = bench.set_up(
            more={**TWO_HOSTS, **TEAM}, hostIds=[11, 12], schedulingType="roundRobin", teamId=7
        )
        salon.book()
        salon.book(attendee={**salon.wish()["attendee"], "email": "hans@example.test"})
        answer = reserve(salon)
        assert (answer.status_code, words(answer)) == (
            422,
            (
                "Can't reserve the slot because the round robin event type has no available hosts left at this time "
                "slot."
            ),
        )

    def test_a_seated_type_is_refused_when_it_is_full(self, bench: Bench) -> None:
        salon = bench.set_up(seats={"seatsPerTimeSlot": 1})
        salon.book()
        answer = reserve(salon)
        assert (answer.status_code, words(answer)) == (
            422,
            f"Booking with id=100 at {AT_NOON} has no more seats left.",
        )


class TestEffect:
    """§6 and §5: it hides the slot and protects nothing."""

    def test_the_slot_is_hidden_from_all_event_types_of_the_host(self, salon: Salon) -> None:
        reserve(salon)
        assert AT_NOON not in salon.starts()
        assert OVER_NOON not in salon.starts(eventTypeId=101)

    def test_until_it_ends(self, bench: Bench) -> None:
        reserve(bench.salon)
        bench.clock.advance(5 * 60 - 1)
        assert AT_NOON not in bench.salon.starts()
        bench.clock.advance(1)
        assert AT_NOON in bench.salon.starts()

    def test_anybody_may_book_the_slot_and_the_reservation_stays(self, salon: Salon) -> None:
        uid = reserve(salon).json["data"]["reservationUid"]
        assert salon.book().status_code == 201
        assert one(salon, "GET", uid).json["data"]["reservationUid"] == uid

    def test_a_booking_takes_no_reservation(self, salon: Salon) -> None:
        uid = reserve(salon).json["data"]["reservationUid"]
        assert words(salon.book(reservationUid=uid)) == (
            "reservationUid property is wrong,property reservationUid should not exist "
        )


class TestReadMoveDelete:
    """§6 GET, PATCH and DELETE: none needs credentials."""

    def test_reading_does_not_tell_its_duration(self, salon: Salon) -> None:
        made = reserve(salon).json["data"]
        found = one(salon, "GET", made["reservationUid"])
        del made["reservationDuration"]
        assert (found.status_code, found.json["data"]) == (200, made)

    def test_an_unknown_one_is_null(self, salon: Salon) -> None:
        assert one(salon, "GET", "nobody").json == {"status": "success", "data": None}

    def test_an_expired_one_is_there_until_slots_are_listed(self, bench: Bench) -> None:
        salon = bench.salon
        uid = reserve(salon).json["data"]["reservationUid"]
        bench.clock.advance(3600)
        assert one(salon, "GET", uid).json["data"] is not None
        salon.starts(eventTypeId=101)
        assert one(salon, "GET", uid).json["data"] is not None
        salon.starts()
        assert one(salon, "GET", uid).json["data"] is None

    def test_moving_keeps_the_uid_and_starts_the_clock_again(self, bench: Bench) -> None:
        salon = bench.salon
        made = reserve(salon).json["data"]
        bench.clock.advance(60)
        body = {"eventTypeId": 100, "slotStart": "2025-10-20T14:00:00Z"}
        moved = one(salon, "PATCH", made["reservationUid"], json=body)
        assert moved.status_code == 200
        assert moved.json["data"] == {
            **made,
            "slotStart": "2025-10-20T14:00:00.000Z",
            "slotEnd": "2025-10-20T14:30:00.000Z",
            "reservationUntil": "2025-10-13T08:06:00.000Z",
        }
        assert AT_NOON in salon.starts()

    def test_a_move_may_last_as_long_as_anybody_likes(self, salon: Salon) -> None:
        uid = reserve(salon).json["data"]["reservationUid"]
        body = {"eventTypeId": 100, "slotStart": "2025-10-20T14:00:00Z", "reservationDuration": 45}
        assert one(salon, "PATCH", uid, json=body).json["data"]["reservationDuration"] == 45

    def test_a_move_onto_itself_is_in_its_own_way(self, salon: Salon) -> None:
        uid = reserve(salon).json["data"]["reservationUid"]
        body = {"eventTypeId": 100, "slotStart": "2025-10-20T12:15:00Z"}
        answer = one(salon, "PATCH", uid, json=body)
        assert (answer.status_code, words(answer)) == (422, RESERVED)

    def test_moving_an_unknown_one(self, salon: Salon) -> None:
        answer = one(salon, "PATCH", "nobody", json={"eventTypeId": 100, "slotStart": NOON})
        assert (answer.status_code, words(answer)) == (404, "Slot with uid=nobody not found")

    def test_deleting_frees_the_slot_and_has_no_data(self, salon: Salon) -> None:
        uid = reserve(salon).json["data"]["reservationUid"]
        gone = one(salon, "DELETE", uid)
        assert (gone.status_code, gone.json) == (200, {"status": "success"})
        assert AT_NOON in salon.starts()

    def test_deleting_an_unknown_one_succeeds(self, salon: Salon) -> None:
        assert one(salon, "DELETE", "nobody").json == {"status": "success"}

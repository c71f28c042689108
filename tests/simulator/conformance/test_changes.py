"""Cal.com API v2 behaviour, §9: changing bookings, and the table of states."""

from __future__ import annotations

from typing import Any

import pytest

from tests.simulator.conformance.conftest import Bench, rules_of, words
from tests.simulator.conformance.test_create_reference import BUSY, hans, team
from tests.simulator.conftest import NOON, Salon

LATER = "2025-10-20T14:00:00Z"
BODIES: dict[str, dict[str, Any]] = {
    "confirm": {},
    "decline": {"reason": "voll"},
    "cancel": {"cancellationReason": "krank"},
    "reschedule": {"start": LATER},
}


def act(salon: Salon, uid: str, action: str, *, auth: bool = True, **body: Any) -> Any:
    body = body or BODIES[action]
    return salon.call("POST", f"/v2/bookings/{uid}/{action}", json=body, auth=auth)


def brought_to(salon: Salon, status: str) -> str:
    """A booking of a type with confirmation, in a state."""
    uid = str(salon.book().json["data"]["uid"])
    action = {"accepted": "confirm", "rejected": "decline", "cancelled": "cancel"}.get(status)
    if action:
        assert act(salon, uid, action).status_code == 200
    return uid


class TestStateTable:
    """§9 state table: every state with every action."""

    @pytest.fixture
    def confirming(self, bench: Bench) -> Salon:
        return bench.set_up(requiresConfirmation=True)

    @pytest.mark.parametrize(
        ("status", "action", "result"),
        [
            ("pending", "confirm", "accepted"),
            ("pending", "decline", "rejected"),
            ("pending", "cancel", "cancelled"),
            ("accepted", "cancel", "cancelled"),
            ("rejected", "confirm", "accepted"),
            ("rejected", "decline", "rejected"),
            ("rejected", "cancel", "cancelled"),
            ("cancelled", "confirm", "accepted"),
            ("cancelled", "decline", "rejected"),
        ],
    )
    def test_what_is_allowed(self, confirming: Salon, status: str, action: str, result: str) -> None:
        uid = brought_to(confirming, status)
        answer = act(confirming, uid, action)
        assert (answer.status_code, answer.json["data"]["status"]) == (200, result)
        assert answer.json["data"]["uid"] == uid

    @pytest.mark.parametrize("action", ["confirm", "decline"])
    def test_an_accepted_one_is_neither_confirmed_nor_declined(self, confirming: Salon, action: str) -> None:
        answer = act(confirming, brought_to(confirming, "accepted"), action)
        assert answer.status_code == 400
        assert answer.json["error"] == {
            "code": "TRPCError",
            "message": "Bad request: Please check your request data and try again",
        }

    @pytest.mark.parametrize("status", ["pending", "accepted", "rejected"])
    def test_what_is_not_cancelled_can_be_moved(self, confirming: Salon, status: str) -> None:
        uid = brought_to(confirming, status)
        assert act(confirming, uid, "reschedule").status_code == 201
        old = confirming.call("GET", f"/v2/bookings/{uid}").json["data"]
        assert old["status"] == "cancelled"

    @pytest.mark.parametrize("action", ["confirm", "decline"])
    def test_an_unknown_uid(self, salon: Salon, action: str) -> None:
        answer = act(salon, "nobody", action)
        assert (answer.status_code, words(answer)) == (
            404,
            "Booking with uid=nobody was not found in the database",
        )

    @pytest.mark.parametrize("action", ["confirm", "decline", "mark-absent"])
    def test_without_credentials_it_is_403(self, salon: Salon, action: str) -> None:
        uid = salon.book().json["data"]["uid"]
        answer = salon.call("POST", f"/v2/bookings/{uid}/{action}", json={}, auth=False)
        assert answer.status_code == 403
        assert words(answer).startswith("PermissionsGuard - no authentication provided.")

    def test_a_reason_for_declining_is_a_text(self, confirming: Salon) -> None:
        answer = act(confirming, brought_to(confirming, "pending"), "decline", reason=5)
        assert rules_of(answer) == {"reason": ["reason must be a string"]}

    def test_a_revived_booking_takes_its_time_again(self, bench: Bench) -> None:
        uid = bench.salon.book().json["data"]["uid"]
        act(bench.salon, uid, "cancel")
        act(bench.salon, uid, "confirm")
        assert words(hans(bench.salon)) == BUSY


class TestReschedule:
    """§9 reschedule."""

    def test_a_confirmation_type_waits_again_if_a_stranger_moves_it(self, bench: Bench) -> None:
        salon = bench.set_up(requiresConfirmation=True)
        uid = brought_to(salon, "accepted")
        assert act(salon, uid, "reschedule", auth=False).json["data"]["status"] == "pending"

    def test_but_not_if_the_owner_does(self, bench: Bench) -> None:
        salon = bench.set_up(requiresConfirmation=True)
        uid = brought_to(salon, "accepted")
        data = act(
            salon, uid, "reschedule", auth=False, start=LATER, rescheduledBy="salon@example.test"
        ).json["data"]
        assert (data["status"], data["rescheduledByEmail"]) == ("accepted", "salon@example.test")

    def test_who_moved_it_is_on_both(self, salon: Salon) -> None:
        uid = salon.book().json["data"]["uid"]
        act(salon, uid, "reschedule", start=LATER, rescheduledBy="erika@example.test")
        old = salon.call("GET", f"/v2/bookings/{uid}").json["data"]
        assert old["rescheduledByEmail"] == "erika@example.test"

    def test_the_length_is_the_types(self, bench: Bench) -> None:
        salon = bench.set_up(lengthInMinutesOptions=[30, 60])
        uid = salon.book(lengthInMinutes=60).json["data"]["uid"]
        assert act(salon, uid, "reschedule").json["data"]["duration"] == 30

    def test_an_unknown_uid(self, salon: Salon) -> None:
        answer = act(salon, "nobody", "reschedule")
        assert (answer.status_code, words(answer)) == (
            404,
            "Booking with uid=nobody was not found in the database",
        )

    def test_into_the_past(self, salon: Salon) -> None:
        uid = salon.book().json["data"]["uid"]
        answer = act(salon, uid, "reschedule", start="2025-10-01T12:00:00Z")
        assert words(answer) == "Attempting to book a meeting in the past."

    def test_within_the_notice_before_the_event(self, bench: Bench) -> None:
        salon = bench.set_up(minimumRescheduleNotice=60)
        uid = salon.book().json["data"]["uid"]
        bench.clock.advance(7 * 86400 + 3 * 3600 + 1)
        answer = act(salon, uid, "reschedule")
        assert (answer.status_code, answer.json) == (
            403,
            {
                "statusCode": 403,
                "message": "Rescheduling is not allowed within the minimum notice period before the event",
            },
        )

    def test_its_own_time_does_not_count_against_a_limit(self, bench: Bench) -> None:
        salon = bench.set_up(bookingLimitsCount={"day": 1})
        uid = salon.book().json["data"]["uid"]
        assert act(salon, uid, "reschedule").status_code == 201

    def test_a_team_that_is_busy_has_the_text_of_a_user(self, bench: Bench) -> None:
        salon = team(bench, "collective")
        uid = salon.book().json["data"]["uid"]
        hans(salon, LATER)
        assert words(act(salon, uid, "reschedule")) == BUSY

    def test_round_robin_keeps_the_host_if_he_is_free(self, bench: Bench) -> None:
        salon = team(bench, "roundRobin")
        salon.book()
        second = hans(salon).json["data"]
        moved = act(salon, second["uid"], "reschedule").json["data"]
        assert moved["hosts"] == second["hosts"]


class TestCancel:
    """§9 cancel."""

    def test_what_has_ended(self, bench: Bench) -> None:
        uid = bench.salon.book().json["data"]["uid"]
        bench.clock.advance(8 * 86400)
        answer = act(bench.salon, uid, "cancel")
        assert answer.json == {
            "statusCode": 400,
            "message": "Cannot cancel a booking that has already ended",
        }

    def test_a_type_that_does_not_allow_it(self, bench: Bench) -> None:
        salon = bench.set_up(disableCancelling=True)
        uid = salon.book().json["data"]["uid"]
        assert act(salon, uid, "cancel").json == {
            "statusCode": 400,
            "message": "This event type does not allow cancellations",
        }

    def test_what_was_moved_away(self, salon: Salon) -> None:
        uid = salon.book().json["data"]["uid"]
        act(salon, uid, "reschedule")
        assert words(act(salon, uid, "cancel")).startswith(
            f"Can't cancel booking with uid={uid} because it has been cancelled already."
        )

    def test_a_reason_is_a_text(self, salon: Salon) -> None:
        uid = salon.book().json["data"]["uid"]
        assert words(act(salon, uid, "cancel", cancellationReason=5)) == (
            "cancellationReason property is wrong,cancellationReason must be a string "
        )

    def test_later_ones_of_a_single_booking_are_none(self, salon: Salon) -> None:
        uid = salon.book().json["data"]["uid"]
        answer = act(salon, uid, "cancel", cancellationReason="r", cancelSubsequentBookings=True)
        assert answer.json["data"]["status"] == "cancelled"


class TestMarkAbsent:
    """§9 mark-absent."""

    def mark(self, salon: Salon, uid: str, **body: Any) -> Any:
        return salon.call("POST", f"/v2/bookings/{uid}/mark-absent", json=body)

    @pytest.fixture
    def begun(self, bench: Bench) -> tuple[Salon, str]:
        uid = bench.salon.book(NOON).json["data"]["uid"]
        bench.clock.advance(7 * 86400 + 4 * 3600)
        return bench.salon, uid

    def test_an_attendee(self, begun: tuple[Salon, str]) -> None:
        salon, uid = begun
        answer = self.mark(salon, uid, attendees=[{"email": "erika@example.test", "absent": True}])
        assert (answer.status_code, answer.json["data"]["attendees"][0]["absent"]) == (200, True)
        assert answer.json["data"]["absentHost"] is False

    def test_the_host_is_marked_and_never_unmarked(self, begun: tuple[Salon, str]) -> None:
        salon, uid = begun
        assert self.mark(salon, uid, host=True).json["data"]["absentHost"] is True
        assert self.mark(salon, uid, host=False).json["data"]["absentHost"] is True

    def test_before_the_start(self, salon: Salon) -> None:
        uid = salon.book().json["data"]["uid"]
        answer = self.mark(salon, uid, host=True)
        assert (answer.status_code, words(answer)) == (
            400,
            (
                "Bookings can only be marked as absent after their scheduled start time. Current time in UTC+0: "
                "2025-10-13T08:00:00.000Z, Booking start time in UTC+0: 2025-10-20T12:00:00.000Z"
            ),
        )

    def test_an_unknown_uid_ends_in_a_full_stop(self, salon: Salon) -> None:
        answer = self.mark(salon, "nobody", host=True)
        assert (answer.status_code, words(answer)) == (404, "Booking with uid=nobody not found.")

    def test_a_wrong_attendee_is_told_under_its_place(self, begun: tuple[Salon, str]) -> None:
        salon, uid = begun
        answer = self.mark(salon, uid, attendees=[{"email": "erika@example.test"}])
        (error,) = answer.json["error"]["details"]["errors"]
        assert (error["property"], error["children"][0]["property"]) == ("attendees", "0")
        (inner,) = error["children"][0]["children"]
        assert inner["constraints"] == {"isBoolean": "absent must be a boolean value"}

    def test_a_cancelled_one_too(self, bench: Bench) -> None:
        uid = bench.salon.book().json["data"]["uid"]
        act(bench.salon, uid, "cancel")
        bench.clock.advance(8 * 86400)
        assert self.mark(bench.salon, uid, host=True).json["data"]["status"] == "cancelled"

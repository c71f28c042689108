"""What the journal says of a client: one that behaves, and one for each way of not doing so."""

from __future__ import annotations

from typing import Any

import pytest

from tests.simulator.conftest import Salon, SteppedClock

LIST = "/v2/bookings?afterStart=2025-10-20T00:00:00Z"


def check(salon: Salon, name: str, **query: Any) -> dict[str, Any]:
    answer = salon.admin("GET", "/checks", **query)
    assert answer.status_code == 200, answer.text
    return next(one for one in answer.json["checks"] if one["name"] == name)


class TestQuiet:
    def test_a_client_that_did_nothing_wrong_holds_all(self, salon: Salon) -> None:
        salon.slots()
        salon.book()
        answer = salon.admin("GET", "/checks").json
        assert (answer["held"], answer["of"], answer["complete"]) == (5, 5, True)

    def test_an_incomplete_journal_proves_nothing(self, salon: Salon, app: Any) -> None:
        app.extensions["simulator"].get(salon.key).journal._max_entries = 1
        salon.slots()
        salon.slots()
        answer = salon.admin("GET", "/checks").json
        assert (answer["held"], answer["complete"]) == (0, False)
        assert {one["state"] for one in answer["checks"]} == {"unchecked"}


class TestUnknownOutcomes:
    @pytest.mark.parametrize(
        "effect", [{"status": 500}, "malformed", {"latency": 6}, {"status": 504}], ids=str
    )
    def test_a_second_post_without_a_look_is_blamed(self, salon: Salon, effect: Any) -> None:
        salon.fault(on="create_booking", when="after", effect=effect)
        salon.book()
        salon.book()
        for name in ("looked_before_repeating", "one_post_per_wish"):
            found = check(salon, name)
            assert (found["state"], len(found["offences"])) == ("broken", 1)
            assert found["offences"][0]["requests"] == [entry["id"] for entry in salon.requests()]

    def test_with_a_look_between_it_is_in_order(self, salon: Salon, clock: SteppedClock) -> None:
        salon.fault(on="create_booking", effect={"status": 500})
        salon.book()
        clock.advance(2)
        salon.call("GET", LIST)
        salon.book()
        looked = check(salon, "looked_before_repeating")
        assert (looked["state"], looked["counts"]) == ("holds", {"unknown": 1, "looked": 1})
        assert check(salon, "one_post_per_wish")["state"] == "open"

    def test_until_somebody_looks_it_is_open(self, salon: Salon) -> None:
        salon.fault(on="create_booking", effect={"status": 500})
        salon.book()
        assert check(salon, "looked_before_repeating")["state"] == "open"
        salon.call("GET", LIST)
        assert check(salon, "looked_before_repeating")["state"] == "holds"

    def test_a_refusal_is_no_unknown_outcome(self, salon: Salon) -> None:
        salon.book("2025-10-19T12:00:00Z")
        salon.book("2025-10-19T12:00:00Z")
        assert check(salon, "one_post_per_wish")["state"] == "holds"

    def test_two_wishes_are_not_one(self, salon: Salon) -> None:
        salon.book(metadata={"attempt_id": "a"})
        salon.book("2025-10-20T13:00:00Z", metadata={"attempt_id": "b"})
        found = check(salon, "one_post_per_wish")
        assert (found["state"], found["counts"]["wishes"]) == ("holds", 2)

    def test_how_patient_the_client_is_can_be_told(self, salon: Salon) -> None:
        salon.fault(on="create_booking", effect={"latency": 6})
        salon.book()
        assert check(salon, "looked_before_repeating")["counts"]["unknown"] == 1
        assert check(salon, "looked_before_repeating", patience=10)["counts"]["unknown"] == 0
        assert salon.admin("GET", "/checks", patience="x").status_code == 400


class TestWaits:
    def seen(self, salon: Salon, clock: SteppedClock, waits: list[float]) -> dict[str, Any]:
        salon.fault(on="get_me", effect={"status": 503}, times=len(waits))
        salon.call("GET", "/v2/me")
        for wait in waits:
            clock.advance(wait)
            salon.call("GET", "/v2/me")
        return check(salon, "waits_between_attempts")

    def test_waits_that_grow_hold(self, salon: Salon, clock: SteppedClock) -> None:
        found = self.seen(salon, clock, [1, 2, 4])
        assert (found["state"], found["counts"]["waits"]) == ("holds", [1.0, 2.0, 4.0])

    def test_hammering_is_blamed(self, salon: Salon, clock: SteppedClock) -> None:
        assert self.seen(salon, clock, [1, 0.1])["state"] == "broken"

    def test_shrinking_is_blamed(self, salon: Salon, clock: SteppedClock) -> None:
        assert self.seen(salon, clock, [8, 2])["state"] == "broken"

    def test_polling_after_good_answers_is_no_retry(self, salon: Salon) -> None:
        for _ in range(3):
            salon.call("GET", "/v2/me")
        assert check(salon, "waits_between_attempts")["counts"]["attempts"] == 0


class TestRateLimit:
    @pytest.mark.parametrize(("wait", "state"), [(3, "broken"), (7, "holds")])
    def test_nothing_is_asked_before_the_reset(
        self, salon: Salon, clock: SteppedClock, wait: float, state: str
    ) -> None:
        salon.fault(on="get_me", effect={"rate_limit": 7})
        salon.call("GET", "/v2/me")
        clock.advance(wait)
        salon.slots()
        found = check(salon, "rate_limit_obeyed")
        assert (found["state"], found["counts"]["asked"]) == (state, 1)


class TestForeignBookings:
    def cancel(self, salon: Salon, uid: str) -> str:
        salon.call("POST", f"/v2/bookings/{uid}/cancel", json={"cancellationReason": "r"})
        return str(check(salon, "foreign_never_cancelled")["state"])

    def test_ones_own_may_be_cancelled(self, salon: Salon) -> None:
        assert self.cancel(salon, salon.book().json["data"]["uid"]) == "holds"

    def test_a_rivals_may_not(self, salon: Salon) -> None:
        body = {"start": "2025-10-20T08:00:00Z", "event_type_id": 100}
        assert self.cancel(salon, salon.admin("POST", "/take-slot", body).json["booking"]["uid"]) == "broken"

    @pytest.mark.parametrize("effect", ["foreign_booking", "stale_booking"])
    def test_nor_what_a_fault_passed_off_as_ones_own(self, salon: Salon, effect: str) -> None:
        salon.fault(on="create_booking", effect=effect)
        assert self.cancel(salon, salon.book().json["data"]["uid"]) == "broken"

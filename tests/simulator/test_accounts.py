from __future__ import annotations

from typing import Any

import pytest

from simulator import create_app
from tests.simulator.conftest import MONDAY, NOON, Salon, SteppedClock


class TestIsolation:
    def test_one_event_type_id_has_a_calendar_in_each_account(
        self, salon: Salon, second_salon: Salon
    ) -> None:
        salon.book()
        assert "2025-10-20T12:00:00.000Z" in second_salon.starts()
        assert second_salon.book().status_code == 201
        assert [len(account.bookings()) for account in (salon, second_salon)] == [1, 1]

    def test_a_reset_touches_one(self, salon: Salon, second_salon: Salon) -> None:
        salon.book()
        second_salon.book()
        salon.admin("POST", "/reset")
        assert (salon.bookings(), len(second_salon.bookings())) == ([], 1)

    def test_uids_and_ids_differ_between_accounts(self, salon: Salon, second_salon: Salon) -> None:
        first, second = salon.book().json["data"], second_salon.book().json["data"]
        assert first["uid"] != second["uid"]
        assert first["id"] != second["id"]


class TestCallsWithoutAKey:
    def slots(self, salon: Salon, prefix: str = "") -> Any:
        query = {"eventTypeId": 100, "start": MONDAY, "end": MONDAY}
        return salon.call("GET", f"{prefix}/v2/slots", version="2024-09-04", query_string=query, auth=False)

    def test_the_only_owner_of_an_id_answers(self, salon: Salon) -> None:
        assert self.slots(salon).status_code == 200
        uid = salon.book().json["data"]["uid"]
        assert salon.call("GET", f"/v2/bookings/{uid}", auth=False).status_code == 200

    def test_an_id_of_two_owners_is_nobodys(self, salon: Salon, second_salon: Salon) -> None:
        assert self.slots(salon).status_code == 404

    def test_the_address_names_the_account(self, salon: Salon, second_salon: Salon) -> None:
        salon.book()
        free = {
            name: [s["start"] for s in self.slots(salon, f"/a/{name}").json["data"][MONDAY]]
            for name in ("salon", "praxis")
        }
        assert "2025-10-20T12:00:00.000Z" not in free["salon"]
        assert "2025-10-20T12:00:00.000Z" in free["praxis"]

    def test_the_error_names_upstreams_path(self, salon: Salon) -> None:
        answer = salon.call("GET", "/a/salon/v2/nothing")
        assert answer.json["path"] == "/v2/nothing"

    def test_an_address_is_no_credential(self, salon: Salon) -> None:
        assert salon.call("GET", "/a/salon/v2/me", auth=False).status_code == 401

    def test_an_unknown_address_has_nothing(self, salon: Salon) -> None:
        assert self.slots(salon, "/a/nobody").status_code == 404


class TestState:
    def test_what_comes_out_goes_in_and_comes_out_the_same(
        self, salon: Salon, second_salon: Salon, clock: SteppedClock
    ) -> None:
        uid = salon.book().json["data"]["uid"]
        salon.call("POST", f"/v2/bookings/{uid}/reschedule", json={"start": "2025-10-20T14:00:00Z"})
        salon.admin("POST", "/take-slot", {"start": NOON, "event_type_id": 100})
        salon.admin("PUT", "/slots", {"event_type_id": 101, "starts": ["2025-10-20T16:00:00+02:00"]})
        state = salon.admin("GET", "/state").json
        slots = salon.slots().json
        again = salon.admin("PUT", "/state", state).json
        assert again == state == salon.admin("GET", "/state").json
        assert salon.slots().json == slots

    def test_a_new_key_makes_the_account(self, salon: Salon) -> None:
        assert salon.admin("GET", "/accounts").json["accounts"][-1] == {
            "name": "salon",
            "key": salon.key,
            "base_path": "/a/salon/v2",
            "event_types": 2,
            "bookings": 0,
        }

    def test_little_is_needed(self, salon: Salon) -> None:
        salon.admin("PUT", "/state", {"event_types": [{}], "schedules": [{"availability": [{}]}]})
        answer = salon.book(eventTypeId=1, start="2025-10-20T08:00:00Z")
        assert answer.status_code == 201

    def test_the_accounts_pace_delays_each_operation(
        self, salon: Salon, clock: SteppedClock, salon_state: dict[str, Any]
    ) -> None:
        salon_state["latency"] = {"create_booking": 0.6, "*": 0.2}
        salon.admin("PUT", "/state", salon_state)
        salon.slots()
        salon.book()
        assert clock.slept == [0.2, 0.6]

    @pytest.mark.parametrize(
        ("state", "words"),
        [
            ({"event_type": []}, "'event_types'"),
            ({"account": {"nmae": "x"}}, "'name'"),
            ({"event_types": [{"lengthInMinute": 30}]}, "'lengthInMinutes'"),
            ({"event_types": [{"hostIds": [99]}]}, "hostIds"),
            ({"event_types": {}}, "event_types"),
            ({"schedules": [{"availability": [{"days": ["Montag"]}]}]}, "'Monday'"),
            ({"schedules": [{"timeZone": "Berlin"}]}, "time zone"),
            ({"schedules": [{"availability": [{"startTime": "neun"}]}]}, "HH:MM"),
            ({"webhooks": [{"triggers": []}]}, "subscriberUrl"),
            ({"bookings": [{"eventTypeId": 9, "start": NOON}]}, "event type 9"),
            ({"account": {"webhook_delivery": "snyc"}}, "'sync'"),
            ({"event_types": [{"lengthInMinutes": "x", "hostIds": 7}]}, "state"),
            (
                {
                    "bookings": [{"eventTypeId": 100, "start": NOON, "status": "x"}],
                    "event_types": [{"id": 100}],
                },
                "x",
            ),
            ({"account": {"race_answer": "conflic"}}, "'conflict'"),
        ],
    )
    def test_a_wrong_document_names_the_place_and_changes_nothing(
        self, salon: Salon, state: dict[str, Any], words: str
    ) -> None:
        before = salon.admin("GET", "/state").json
        answer = salon.admin("PUT", "/state", state)
        assert answer.status_code == 400
        assert words in answer.json["error"]["message"]
        assert salon.admin("GET", "/state").json == before

    def test_seeded_bookings_block_their_time(self, salon: Salon, salon_state: dict[str, Any]) -> None:
        salon_state["bookings"] = [{"eventTypeId": 100, "start": NOON, "metadata": {"call_id": "old"}}]
        salon.admin("PUT", "/state", salon_state)
        (booking,) = salon.bookings()
        assert (booking["origin"], booking["hostId"], booking["end"]) == (
            "seed",
            11,
            "2025-10-20T12:30:00.000Z",
        )
        assert salon.book().status_code == 400


class TestAdmin:
    def test_a_rival_takes_a_slot_once(self, salon: Salon) -> None:
        body = {"start": "2025-10-20T14:00:00+02:00", "event_type_id": 100}
        taken = salon.admin("POST", "/take-slot", body)
        assert (taken.status_code, taken.json["booking"]["origin"]) == (201, "rival")
        again = salon.admin("POST", "/take-slot", body)
        assert (again.status_code, again.json["error"]["code"]) == (409, "slot_taken")

    @pytest.mark.parametrize(
        ("path", "body", "status"),
        [
            ("/take-slot", {"start": "2025-10-20T14:00:00"}, 400),
            ("/take-slot", {"start": "soon"}, 400),
            ("/take-slot", {"start": NOON, "event_type_id": 9}, 404),
            ("/take-slot", {"start": NOON, "typ": 9}, 400),
        ],
    )
    def test_what_a_rival_cannot_take(
        self, salon: Salon, path: str, body: dict[str, Any], status: int
    ) -> None:
        assert salon.admin("POST", path, body).status_code == status

    def test_starts_need_an_offset(self, salon: Salon) -> None:
        answer = salon.admin("PUT", "/slots", {"event_type_id": 100, "starts": ["2025-10-20T14:00:00"]})
        assert answer.status_code == 400
        assert "offset" in answer.json["error"]["message"]

    def test_an_unknown_account_is_a_404(self, salon: Salon) -> None:
        answer = salon.admin("GET", "/bookings", account="cal_test_nobody")
        assert (answer.status_code, answer.json["error"]["code"]) == (404, "unknown_account")

    def test_accounts_are_made_once(self, salon: Salon) -> None:
        made = salon.admin("POST", "/accounts", {"name": "third"})
        assert (made.status_code, made.json["key"]) == (201, "cal_test_third")
        assert salon.admin("POST", "/accounts", {"name": "third"}).status_code == 409

    def test_a_body_that_is_no_object_is_a_400(self, salon: Salon) -> None:
        assert salon.web.post("/__admin/faults", data=b"[1]").status_code == 400

    def test_health(self, salon: Salon) -> None:
        assert salon.admin("GET", "/health").json["status"] == "ok"

    def test_reset_brings_the_demo_account_back_with_its_event_types(self, app: Any) -> None:
        demo = Salon(app.test_client(), "cal_test_demo")
        demo.admin("PUT", "/state", {})
        demo.admin("POST", "/reset")
        assert [kind["id"] for kind in demo.admin("GET", "/state").json["event_types"]] == [1, 2]


class TestRepeatability:
    def test_two_apps_with_one_seed_make_the_same_ids(self, salon_state: dict[str, Any]) -> None:
        def story(seed: int) -> tuple[Any, Any]:
            account = Salon(create_app(clock=SteppedClock(), seed=seed).test_client())
            account.admin("PUT", "/state", salon_state)
            answer = account.book()
            return answer.json, answer.headers["X-Request-Id"]

        assert story(1) == story(1)
        assert story(1) != story(2)

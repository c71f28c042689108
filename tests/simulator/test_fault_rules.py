from __future__ import annotations

from typing import Any

import pytest

from tests.simulator.conftest import ACCOUNT, Salon

FREE = [f"2025-10-20T{hour:02d}:{minute:02d}:00Z" for hour in range(7, 16) for minute in (0, 30)]


def statuses(salon: Salon, count: int, **more: Any) -> list[int]:
    return [salon.book(FREE[n], **more).status_code for n in range(count)]


class TestHowOften:
    def test_once_unless_said(self, salon: Salon) -> None:
        salon.fault(on="create_booking", effect={"status": 500})
        assert statuses(salon, 3) == [500, 201, 201]

    def test_times_and_skip(self, salon: Salon) -> None:
        salon.fault(on="create_booking", effect={"status": 500}, times=2, skip=1)
        assert statuses(salon, 5) == [201, 500, 500, 201, 201]

    def test_rules_in_a_row_make_a_sequence(self, salon: Salon) -> None:
        salon.fault(on="create_booking", effect={"status": 500}, times=2)
        salon.fault(on="create_booking", effect={"status": 429})
        assert statuses(salon, 4) == [500, 500, 429, 201]

    def test_null_times_never_ends(self, salon: Salon) -> None:
        salon.fault(on="create_booking", effect={"status": 500}, times=None)
        assert set(statuses(salon, 10)) == {500}

    def test_a_share_is_exact_by_arrival_and_evenly_spread(self, salon: Salon) -> None:
        salon.fault(on="get_me", effect={"status": 500}, share="3/10")
        seen = [salon.call("GET", "/v2/me").status_code for _ in range(20)]
        assert seen[:10].count(500) == seen[10:].count(500) == 3
        assert seen[:10] == seen[10:]

    def test_a_probability_is_fate_by_wish_not_by_order(self, app: Any, salon: Salon) -> None:
        def fates(order: list[int]) -> dict[int, int]:
            salon.admin("DELETE", "/faults")
            salon.admin("POST", "/reset")
            salon.admin("PUT", "/state", state)
            salon.fault(on="create_booking", effect={"status": 500}, probability=0.5, seed=3)
            return {
                n: salon.book(FREE[n], metadata={"attempt_id": f"attempt_{n}"}).status_code for n in order
            }

        state = salon.admin("GET", "/state").json
        forward = fates(list(range(12)))
        assert forward == fates(list(reversed(range(12))))
        assert set(forward.values()) == {201, 500}

    def test_the_counters_tell_a_fault_that_never_fired(self, salon: Salon) -> None:
        fired = salon.fault(on="create_booking", effect={"status": 500})
        never = salon.fault(on="cancel_booking", effect={"status": 500})
        salon.book()
        rules = {rule["id"]: rule["fired"] for rule in salon.admin("GET", "/faults").json["faults"]}
        assert rules == {fired: 1, never: 0}


class TestMatch:
    @pytest.mark.parametrize(
        ("match", "struck"),
        [
            ({"event_type_id": 100}, True),
            ({"event_type_id": 101}, False),
            ({"start": "2025-10-20T14:00:00+02:00"}, True),
            ({"start": "2025-10-20T14:00:00Z"}, False),
            ({"attendee": "erika@example.test"}, True),
            ({"attendee": "Erika Muster"}, True),
            ({"attendee": "hans@example.test"}, False),
            ({"metadata": {"call_id": "call_1"}}, True),
            ({"metadata": {"call_id": "call_2"}}, False),
        ],
    )
    def test_a_rule_strikes_only_what_it_speaks_of(
        self, salon: Salon, match: dict[str, Any], struck: bool
    ) -> None:
        salon.fault(on="create_booking", effect={"status": 500}, match=match)
        assert (salon.book().status_code == 500) is struck

    def test_by_uid_and_by_what_the_booking_says(self, salon: Salon) -> None:
        uid = salon.book().json["data"]["uid"]
        salon.fault(on="get_booking", effect={"status": 500}, match={"uid": uid})
        salon.fault(on="get_booking", effect={"status": 502}, match={"metadata": {"call_id": "call_1"}})
        seen = [salon.call("GET", f"/v2/bookings/{uid}").status_code for _ in range(3)]
        assert seen == [500, 502, 200]

    def test_a_star_strikes_any_operation_that_can_show_the_effect(self, salon: Salon) -> None:
        salon.fault(on="*", effect="thin")
        assert salon.slots().status_code == 200
        assert set(salon.book().json["data"]) == {"id", "uid", "status"}


class TestRefusedRules:
    @pytest.mark.parametrize(
        ("rule", "words"),
        [
            ({"on": "create_bookin", "effect": "reset"}, ["create_bookin'", "'create_booking'"]),
            ({"on": "create_booking", "effect": "resett"}, ["resett", "'reset'"]),
            ({"on": "create_booking", "effect": {"statuss": 500}}, ["statuss", "'status'"]),
            ({"on": "create_booking", "efect": "reset"}, ["efect", "'effect'"]),
            ({"on": "create_booking", "when": "befor", "effect": "reset"}, ["befor", "'before'"]),
            (
                {"on": "create_booking", "effect": "reset", "match": {"atendee": "x"}},
                ["atendee", "'attendee'"],
            ),
            ({"on": "create_booking", "effect": {"stale_booking": {"agee": 3}}}, ["agee", "'age'"]),
            ({"on": "create_booking", "effect": {"status": "five"}}, ["effect.code"]),
            ({"on": "create_booking", "effect": {"reset": True, "html": True}}, ["effect", "more than one"]),
            ({"on": "create_booking"}, ["effect", "missing"]),
            ({"on": "list_slots", "effect": "stale_booking"}, ["stale_booking", "list_slots"]),
            ({"on": "create_booking", "effect": "reset", "times": -1}, ["times"]),
            ({"on": "create_booking", "effect": "reset", "probability": 1.5}, ["probability"]),
            ({"on": "create_booking", "effect": "reset", "share": "120/100"}, ["share"]),
            (
                {"on": "create_booking", "effect": "reset", "match": {"start": "2025-10-20 14:00"}},
                ["match.start", "offset"],
            ),
        ],
    )
    def test_the_error_names_the_field_and_the_nearest_right_word(
        self, salon: Salon, rule: dict[str, Any], words: list[str]
    ) -> None:
        answer = salon.admin("POST", "/faults", rule)
        assert answer.status_code == 400
        assert all(word in answer.json["error"]["message"] for word in words), answer.json

    def test_removing_an_unknown_fault_is_a_404(self, salon: Salon) -> None:
        assert salon.admin("DELETE", "/faults/f9").status_code == 404

    def test_a_removed_fault_does_not_strike(self, salon: Salon) -> None:
        first = salon.fault(on="create_booking", effect={"status": 500})
        salon.fault(on="create_booking", effect={"status": 502})
        salon.admin("DELETE", f"/faults/{first}")
        assert salon.book().status_code == 502

    def test_faults_of_one_account_leave_the_others_alone(self, salon: Salon, second_salon: Salon) -> None:
        salon.fault(on="create_booking", effect={"status": 500})
        assert second_salon.book().status_code == 201
        assert salon.key == ACCOUNT
        assert salon.book().status_code == 500

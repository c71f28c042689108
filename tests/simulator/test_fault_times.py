"""Which attempts a rule means, sequences, and when a fault is on in the fake's own time."""

from __future__ import annotations

from typing import Any

import pytest

from tests.simulator.conftest import Salon, SteppedClock

FREE = [f"2025-10-20T{hour:02d}:{minute:02d}:00Z" for hour in range(7, 16) for minute in (0, 30)]


def book(salon: Salon, wish: int) -> int:
    answer = salon.book(FREE[wish], metadata={"attempt_id": f"attempt_{wish}"})
    return int(answer.status_code)


class TestAttempts:
    def test_the_nth_call_is_counted_for_each_wish(self, salon: Salon) -> None:
        salon.fault(on="create_booking", effect={"status": 500}, match={"nth": [1, 2]})
        assert [book(salon, wish) for wish in (0, 1, 0, 1, 0, 1)] == [500, 500, 500, 500, 201, 201]

    def test_a_sequence_goes_by_wish(self, salon: Salon) -> None:
        salon.fault(on="create_booking", sequence=[500, {"rate_limit": 5}, 200])
        assert [book(salon, wish) for wish in (0, 0, 1, 0, 1)] == [500, 429, 500, 201, 429]

    def test_or_by_account(self, salon: Salon) -> None:
        salon.fault(on="create_booking", sequence=[500, None, 503], per="account")
        assert [book(salon, wish) for wish in (0, 1, 2, 3)] == [500, 201, 503, 201]

    def test_in_a_sequence_each_step_may_bend_the_answer(self, salon: Salon) -> None:
        salon.fault(on="create_booking", sequence=["thin", "foreign_booking"], per="account", when="after")
        assert set(salon.book(FREE[0]).json["data"]) == {"id", "uid", "status"}
        assert salon.book(FREE[1]).json["data"]["metadata"]["call_id"] == "call_id_of_somebody_else"


class TestWindows:
    def test_an_outage_lasts_as_long_as_it_says(self, salon: Salon, clock: SteppedClock) -> None:
        salon.fault(on="*", effect={"status": 500}, window={"after": 10, "for": 60})
        seen = []
        for _ in range(4):
            seen.append(salon.call("GET", "/v2/me").status_code)
            clock.advance(25)
        assert seen == [200, 500, 500, 200]

    def test_it_may_come_again(self, salon: Salon, clock: SteppedClock) -> None:
        salon.fault(on="*", effect={"status": 500}, window={"for": 10, "every": 30})
        seen = []
        for _ in range(6):
            seen.append(salon.call("GET", "/v2/me").status_code)
            clock.advance(15)
        assert seen == [500, 200, 500, 200, 500, 200]

    def test_between_two_instants(self, salon: Salon, clock: SteppedClock) -> None:
        window = {"from": "2025-10-13T10:01:00+02:00", "until": "2025-10-13T10:02:00+02:00"}
        salon.fault(on="*", effect={"status": 500}, window=window)
        seen = []
        for _ in range(4):
            seen.append(salon.call("GET", "/v2/me").status_code)
            clock.advance(40)
        assert seen == [200, 200, 500, 200]

    def test_a_ramp_strikes_ever_more(self, salon: Salon, clock: SteppedClock) -> None:
        salon.fault(on="list_slots", effect={"status": 500}, ramp={"over": 100})
        struck = []
        for n in range(100):
            day = f"2026-{n % 12 + 1:02d}-{n // 12 + 1:02d}"
            struck.append(salon.slots(day, day).status_code == 500)
            clock.advance(1)
        quarters = [sum(struck[at : at + 25]) for at in (0, 25, 50, 75)]
        assert quarters[0] < 8
        assert quarters == sorted(quarters)
        assert quarters[3] > 17


class TestLateAnswers:
    def test_the_client_may_hear_at_once_of_what_is_written_later(
        self, salon: Salon, clock: SteppedClock
    ) -> None:
        salon.fault(on="create_booking", when="late", delay=20, effect={"status": 504}, answer_first=True)
        assert salon.book().status_code == 504
        assert (clock.slept, salon.bookings()) == ([], [])
        clock.run_spawned()
        assert clock.slept == [20.0]
        assert [booking["status"] for booking in salon.bookings()] == ["accepted"]


class TestRefusing:
    def test_who_is_refused_at_the_door_needs_no_key_and_spends_no_limit(
        self, salon: Salon, salon_state: dict[str, Any]
    ) -> None:
        salon_state["account"]["rate_limit"] = {"limit": 1}
        salon.admin("PUT", "/state", salon_state)
        salon.fault(on="*", when="refuse", effect={"html": 503}, times=3)
        for _ in range(3):
            answer = salon.call("GET", "/v2/me")
            assert answer.status_code == 503
            assert "X-RateLimit-Limit-Default" not in answer.headers
        assert salon.call("GET", "/v2/me").status_code == 200


class TestRivals:
    def test_a_rival_gets_in_just_before(self, salon: Salon) -> None:
        salon.fault(on="create_booking", effect="rival")
        assert salon.book().status_code == 400
        (booking,) = salon.bookings()
        assert (booking["origin"], booking["start"]) == ("rival", "2025-10-20T12:00:00.000Z")

    def test_or_some_time_after_somebody_looked(self, salon: Salon, clock: SteppedClock) -> None:
        salon.admin("POST", "/presets/lost-slot", {"start": "2025-10-20T12:00:00Z", "event_type_id": 100})
        assert "2025-10-20T12:00:00.000Z" in salon.starts()
        clock.run_spawned()
        assert clock.slept == [8.0]
        assert "2025-10-20T12:00:00.000Z" not in salon.starts()


class TestNeverFired:
    def test_a_trap_that_nobody_walked_into_is_told(self, salon: Salon) -> None:
        fired = salon.fault(on="create_booking", effect={"status": 500})
        never = salon.fault(on="cancel_booking", effect={"status": 500})
        salon.book()
        assert salon.admin("GET", "/faults").json["never_fired"] == [never]
        removed = salon.admin("DELETE", f"/faults/{fired}").json["removed"]
        assert [(rule["id"], rule["fired"]) for rule in removed] == [(fired, 1)]
        assert salon.admin("POST", "/reset").json["never_fired"] == {salon.key: [never]}


class TestRefusedRules:
    @pytest.mark.parametrize(
        ("rule", "words"),
        [
            ({"sequence": []}, "sequence"),
            ({"sequence": [500], "effect": "reset"}, "in place of"),
            ({"sequence": ["resett"]}, "'reset'"),
            ({"sequence": [{}]}, "null"),
            ({"effect": "reset", "window": {"for": 5, "until": "2025-10-13T08:00:00Z"}}, "not both"),
            ({"effect": "reset", "window": {"frmo": "2025-10-13T08:00:00Z"}}, "'from'"),
            ({"effect": "reset", "window": {"every": 5}}, "window.every"),
            ({"effect": "reset", "ramp": {"to": 2}}, "ramp.to"),
            ({"effect": "reset", "match": {"nth": 0}}, "match.nth"),
            ({"effect": "reset", "match": {"metadata": [1]}}, "match.metadata"),
            ({"effect": "reset", "match": {"event_type_id": "x"}}, "match.event_type_id"),
            ({"effect": "reset", "per": "server"}, "account, wish"),
            ({"when": "refuse", "effect": "thin"}, "can't refuse"),
            ({"when": "refuse", "effect": {"latency": 1}}, "how to refuse"),
            ({"when": "half", "effect": "reset"}, "half of"),
            ({"when": "after", "effect": {"status": 500}, "answer_first": True}, "late"),
            ({"when": "late", "effect": "thin", "answer_first": True}, "answers by itself"),
            ({"effect": {"status": 42}}, "HTTP status"),
            ({"effect": {"status": {"code": 500, "headers": {"a b": "c"}}}}, "effect.headers"),
            ({"effect": {"status": {"code": 500, "headers": {"a": "b\nc"}}}}, "effect.headers"),
            ({"effect": {"truncate": 2}}, "fraction"),
            ({"effect": "reset", "times": 1e99}, "times"),
            ({"on": ["create_booking"], "effect": "reset"}, "operation"),
        ],
    )
    def test_the_refusal_names_the_cure(self, salon: Salon, rule: dict[str, Any], words: str) -> None:
        answer = salon.admin("POST", "/faults", {"on": "create_booking", **rule})
        assert answer.status_code == 400, answer.text
        assert words in answer.json["error"]["message"]

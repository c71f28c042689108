"""Each effect in each phase: what the client saw, and what the world kept."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import datetime
from typing import Any

import pytest

from simulator.calcom.effect_specs import EFFECTS
from tests.simulator.conftest import NOON, Salon, SteppedClock

PHASES = ("before", "after", "late", "twice")
RIVAL_START = "2025-10-20T08:00:00Z"

Check = Callable[[Any, dict[str, Any]], bool]


def _data(answer: Any) -> dict[str, Any]:
    return answer.json["data"]


def _age(answer: Any) -> float:
    created = datetime.fromisoformat(_data(answer)["createdAt"])
    return (datetime.fromisoformat("2025-10-13T08:00:00Z") - created).total_seconds()


def _is_json(answer: Any) -> bool:
    try:
        json.loads(answer.data)
    except ValueError:
        return False
    return True


SEEN: dict[str, tuple[Any, Check]] = {
    "status": ({"status": 503}, lambda a, _: a.status_code == 503),
    "hang": ({"hang": 20}, lambda a, _: a.status_code == 504),
    "reset": ("reset", lambda a, _: a.data == b""),
    "truncate": ("truncate", lambda a, _: len(a.data) < int(a.headers["Content-Length"])),
    "malformed": ("malformed", lambda a, _: a.status_code == 201 and not _is_json(a)),
    "html": ("html", lambda a, _: a.status_code == 502 and a.data.startswith(b"<html>")),
    "rate_limit": (
        {"rate_limit": 7},
        lambda a, _: a.status_code == 429 and a.headers["X-RateLimit-Reset-Default"] == "7",
    ),
    "thin": ("thin", lambda a, _: set(_data(a)) == {"id", "uid", "status"}),
    "missing_created_at": ("missing_created_at", lambda a, _: "createdAt" not in _data(a)),
    "stale_booking": ({"stale_booking": True, "age": 2100}, lambda a, _: _age(a) >= 2100 - 10),
    "foreign_booking": (
        "foreign_booking",
        lambda a, _: _data(a)["metadata"]["call_id"] != "call_1" and _age(a) <= 0,
    ),
    "known_uid": (
        "known_uid",
        lambda a, rival: _data(a)["uid"] == rival["uid"] and _data(a)["metadata"]["call_id"] == "call_1",
    ),
    "moved_start": ({"moved_start": 60}, lambda a, _: _data(a)["start"] == "2025-10-20T13:00:00.000Z"),
}


@pytest.fixture
def rival(salon: Salon) -> dict[str, Any]:
    """A booking that was there before."""
    body = {"start": RIVAL_START, "event_type_id": 100}
    return salon.admin("POST", "/take-slot", body).json["booking"]


def kept_by(salon: Salon, rival: dict[str, Any]) -> list[str]:
    return [b["start"] for b in salon.bookings() if b["uid"] != rival["uid"] and b["status"] == "accepted"]


class TestCreateBooking:
    @pytest.mark.parametrize("phase", PHASES)
    @pytest.mark.parametrize("effect", sorted(SEEN))
    def test_each_effect_shows_and_the_phase_decides_what_is_kept(
        self, salon: Salon, clock: SteppedClock, rival: dict[str, Any], effect: str, phase: str
    ) -> None:
        cuts: list[str] = []
        salon.environ["askpro.cut"] = lambda: cuts.append("cut")
        raw, seen = SEEN[effect]
        fault = salon.fault(on="create_booking", when=phase, effect=raw)

        answer = salon.book()

        assert seen(answer, rival), answer.text
        moved = effect == "moved_start"
        writes = {"before": int(moved), "after": 1, "late": 1, "twice": 2}[phase]
        kept = kept_by(salon, rival)
        assert len(kept) == writes
        if not moved:
            assert set(kept) <= {"2025-10-20T12:00:00.000Z"}
        assert cuts == (["cut"] if effect in ("reset", "truncate") else [])
        entry = salon.requests()[-1]
        assert (entry["fault"], entry["fault_effect"], entry["cut"]) == (fault, effect, bool(cuts))
        assert (10.0 in clock.slept) == (phase == "late")

    def test_the_table_above_leaves_no_effect_out(self) -> None:
        elsewhere = {"stale_slots", "empty_slots", "outside_slots", "lost_write", "rival"}
        assert set(SEEN) == set(EFFECTS) - elsewhere

    @pytest.mark.parametrize("phase", PHASES)
    def test_latency_delays_and_the_answer_is_good(
        self, salon: Salon, clock: SteppedClock, phase: str
    ) -> None:
        salon.fault(on="create_booking", when=phase, effect={"latency": 3})
        assert salon.book().status_code == 201
        assert sum(clock.slept) == 3
        assert len(salon.bookings()) == (2 if phase == "twice" else 1)

    def test_late_alone_writes_after_its_delay_and_answers_normally(
        self, salon: Salon, clock: SteppedClock
    ) -> None:
        salon.fault(on="create_booking", when="late", delay=12)
        answer = salon.book()
        assert answer.status_code == 201
        assert clock.slept == [12]
        assert _data(answer)["createdAt"] == "2025-10-13T08:00:12.000Z"

    def test_twice_alone_leaves_two_bookings_of_one_wish(self, salon: Salon) -> None:
        salon.fault(on="create_booking", when="twice")
        uid = _data(salon.book())["uid"]
        bookings = salon.bookings()
        assert bookings[0]["uid"] == uid
        assert [b["metadata"]["attempt_id"] for b in bookings] == ["attempt_1", "attempt_1"]
        assert {b["start"] for b in bookings} == {"2025-10-20T12:00:00.000Z"}


class TestPretendedBookings:
    def test_a_stale_one_is_made_up_when_there_is_none(self, salon: Salon) -> None:
        salon.fault(on="create_booking", effect={"stale_booking": {"age": 35 * 60}})
        data = _data(salon.book())
        assert data["createdAt"] == "2025-10-13T07:25:00.000Z"
        assert data["metadata"]["call_id"] != "call_1"
        assert data["start"] == "2025-10-20T12:00:00.000Z"
        assert salon.bookings() == []

    def test_a_stale_one_is_the_earlier_booking_of_that_slot_if_it_is_taken(self, salon: Salon) -> None:
        rival = salon.admin("POST", "/take-slot", {"start": NOON, "event_type_id": 100}).json["booking"]
        salon.fault(on="create_booking", effect="stale_booking")
        answer = salon.book()
        assert answer.status_code == 201
        assert _data(answer)["uid"] == rival["uid"]

    def test_a_stale_one_with_own_metadata_is_given_away_by_its_age_alone(self, salon: Salon) -> None:
        salon.fault(on="create_booking", effect={"stale_booking": {"age": 31, "metadata": "own"}})
        data = _data(salon.book())
        assert data["metadata"] == {"call_id": "call_1", "attempt_id": "attempt_1"}
        assert data["createdAt"] == "2025-10-13T07:59:29.000Z"

    def test_a_known_uid_needs_a_booking_to_be_known(self, salon: Salon) -> None:
        salon.fault(on="create_booking", effect="known_uid")
        answer = salon.book()
        assert answer.status_code == 501
        assert "known_uid" in answer.json["error"]["message"]

    def test_a_moved_start_is_really_booked_there_with_our_metadata(self, salon: Salon) -> None:
        salon.fault(on="create_booking", effect="moved_start")
        data = _data(salon.book())
        assert data["start"] == "2025-10-20T12:55:00.000Z"
        (booking,) = salon.bookings()
        assert (booking["uid"], booking["start"]) == (data["uid"], data["start"])
        assert booking["metadata"]["attempt_id"] == "attempt_1"

    def test_refusals_stay_refusals_where_the_effect_bends_good_answers(self, salon: Salon) -> None:
        salon.fault(on="create_booking", effect="thin")
        assert salon.book("2025-10-19T12:00:00Z").status_code == 400


class TestOtherWrites:
    def book(self, salon: Salon) -> str:
        return _data(salon.book())["uid"]

    @pytest.mark.parametrize("phase", PHASES)
    @pytest.mark.parametrize("effect", [{"status": 500}, "html", "malformed"])
    def test_a_cancellation(self, salon: Salon, effect: Any, phase: str) -> None:
        uid = self.book(salon)
        salon.fault(on="cancel_booking", when=phase, effect=effect)
        salon.call("POST", f"/v2/bookings/{uid}/cancel", json={"cancellationReason": "r"})
        (booking,) = salon.bookings()
        assert booking["status"] == ("accepted" if phase == "before" else "cancelled")

    @pytest.mark.parametrize(("phase", "kept"), [("before", 1), ("after", 2), ("late", 2), ("twice", 3)])
    def test_a_reschedule(self, salon: Salon, phase: str, kept: int) -> None:
        uid = self.book(salon)
        salon.fault(on="reschedule_booking", when=phase, effect={"status": 502})
        answer = salon.call("POST", f"/v2/bookings/{uid}/reschedule", json={"start": "2025-10-20T14:00:00Z"})
        assert answer.status_code == 502
        assert len(salon.bookings()) == kept


class TestReads:
    @pytest.mark.parametrize("phase", PHASES)
    @pytest.mark.parametrize("effect", ["html", {"status": 500}, "malformed", {"latency": 1}])
    def test_every_phase_of_a_read_shows_the_effect_and_keeps_the_world(
        self, salon: Salon, effect: Any, phase: str
    ) -> None:
        salon.book()
        before = salon.admin("GET", "/state").json
        salon.fault(on="list_bookings", when=phase, effect=effect)
        answer = salon.call("GET", "/v2/bookings")
        assert "X-Simulator-Fault" in answer.headers
        assert salon.admin("GET", "/state").json == before

    def test_stale_slots_show_what_was_free_then(self, salon: Salon, clock: SteppedClock) -> None:
        clock.advance(60)
        salon.book()
        salon.fault(on="list_slots", effect={"stale_slots": {"since": 30}})
        clock.advance(10)
        assert "2025-10-20T12:00:00.000Z" in salon.starts()
        assert "2025-10-20T12:00:00.000Z" not in salon.starts()

    def test_stale_slots_also_hide_what_was_taken_then(self, salon: Salon, clock: SteppedClock) -> None:
        uid = _data(salon.book())["uid"]
        clock.advance(60)
        salon.call("POST", f"/v2/bookings/{uid}/cancel", json={"cancellationReason": "r"})
        salon.fault(on="list_slots", effect={"stale_slots": {"since": "2025-10-13T08:00:30Z"}})
        assert "2025-10-20T12:00:00.000Z" not in salon.starts()
        assert "2025-10-20T12:00:00.000Z" in salon.starts()


class TestImpossibleEffects:
    @pytest.mark.parametrize("effect", ["reset", "truncate"])
    def test_a_cut_under_a_server_that_cannot_is_an_error_and_nothing_is_written(
        self, salon: Salon, effect: str
    ) -> None:
        salon.fault(on="create_booking", when="after", effect=effect)
        answer = salon.book()
        assert answer.status_code == 501
        assert effect in answer.json["error"]["message"]
        assert salon.bookings() == []


class TestHanging:
    def test_it_ends_as_a_proxy_would_end_it(self, salon: Salon, clock: SteppedClock) -> None:
        salon.fault(on="create_booking", effect="hang")
        assert salon.book().status_code == 504
        assert clock.slept == [300.0]

    def test_a_late_write_does_not_reach_a_world_that_was_reset_meanwhile(
        self, salon: Salon, clock: SteppedClock, salon_state: dict[str, Any]
    ) -> None:
        salon.fault(on="create_booking", when="late", delay=5)
        sleep = clock.sleep

        def reset_meanwhile(seconds: float) -> None:
            salon.admin("POST", "/reset")
            salon.admin("PUT", "/state", salon_state)
            sleep(seconds)

        clock.sleep = reset_meanwhile  # type: ignore[method-assign]
        salon.book()
        assert salon.bookings() == []
        assert salon.requests() == []


class TestMovedBookings:
    def test_a_reschedule_too_may_land_elsewhere(self, salon: Salon) -> None:
        uid = _data(salon.book())["uid"]
        salon.fault(on="reschedule_booking", effect={"moved_start": 90})
        answer = salon.call("POST", f"/v2/bookings/{uid}/reschedule", json={"start": "2025-10-20T13:00:00Z"})
        assert _data(answer)["start"] == "2025-10-20T14:30:00.000Z"
        assert salon.bookings()[-1]["start"] == "2025-10-20T14:30:00.000Z"

    def test_it_lands_on_a_free_start(self, salon: Salon) -> None:
        salon.admin("POST", "/take-slot", {"start": "2025-10-20T13:00:00Z", "event_type_id": 100})
        salon.fault(on="create_booking", effect={"moved_start": 60})
        assert _data(salon.book())["start"] == "2025-10-20T14:00:00.000Z"

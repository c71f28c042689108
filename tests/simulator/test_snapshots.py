"""What ``GET /state`` hands out, ``PUT /state`` makes again: the same document, and a world that answers the same."""

from __future__ import annotations

import copy
from collections.abc import Callable
from typing import Any

from flask import Flask
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from simulator import create_app
from tests.simulator.conftest import MONDAY, SALON, Mailbox, Salon, SteppedClock

STARTS = [f"2025-10-20T{hour:02d}:{minute:02d}:00Z" for hour in range(7, 16) for minute in (0, 30)]
KINDS = st.sampled_from([100, 101])
Step = Callable[[Salon], Any]


def uid_at(salon: Salon, place: int) -> str:
    uids = [booking["uid"] for booking in salon.bookings()]
    return uids[place % len(uids)] if uids else "none"


def booked(start: str, kind: int, name: str) -> Step:
    attendee = {"name": name, "email": "e@example.test", "timeZone": "Europe/Berlin", "language": "de"}
    return lambda salon: salon.book(start, eventTypeId=kind, attendee=attendee, metadata={"note": name})


def cancelled(place: int, reason: str) -> Step:
    return lambda salon: salon.call(
        "POST", f"/v2/bookings/{uid_at(salon, place)}/cancel", json={"cancellationReason": reason}
    )


def moved(place: int, start: str) -> Step:
    return lambda salon: salon.call(
        "POST", f"/v2/bookings/{uid_at(salon, place)}/reschedule", json={"start": start}
    )


def taken(start: str, kind: int) -> Step:
    return lambda salon: salon.admin("POST", "/take-slot", {"start": start, "event_type_id": kind})


def opened(kind: int, starts: list[str]) -> Step:
    return lambda salon: salon.admin("PUT", "/slots", {"event_type_id": kind, "starts": starts})


def reserved(start: str, kind: int) -> Step:
    body = {"eventTypeId": kind, "slotStart": start}
    return lambda salon: salon.call("POST", "/v2/slots/reservations", version="2024-09-04", json=body)


def subscribed(number: int) -> Step:
    body = {"subscriberUrl": f"http://nobody.test/{number}", "triggers": ["BOOKING_PAID"], "active": True}
    return lambda salon: salon.call("POST", "/v2/webhooks", json=body)


STEPS = st.one_of(
    st.builds(booked, st.sampled_from(STARTS), KINDS, st.text(min_size=1, max_size=8)),
    st.builds(cancelled, st.integers(0, 9), st.text(min_size=1, max_size=8)),
    st.builds(moved, st.integers(0, 9), st.sampled_from(STARTS)),
    st.builds(taken, st.sampled_from(STARTS), KINDS),
    st.builds(opened, KINDS, st.lists(st.sampled_from(STARTS), max_size=4, unique=True)),
    st.builds(reserved, st.sampled_from(STARTS), KINDS),
    st.builds(subscribed, st.integers(0, 3)),
)


def fresh() -> tuple[Flask, SteppedClock, Salon]:
    clock = SteppedClock()
    app = create_app(clock=clock, http=Mailbox().session)
    salon = Salon(app.test_client())
    salon.admin("PUT", "/state", copy.deepcopy(SALON))
    return app, clock, salon


def seen(salon: Salon) -> dict[str, Any]:
    """What a client can read of the world."""
    return {
        "slots": [salon.slots(MONDAY, "2025-10-24", eventTypeId=kind).json["data"] for kind in (100, 101)],
        "bookings": salon.call("GET", "/v2/bookings").json["data"],
        "event types": salon.call("GET", "/v2/event-types", version="2024-06-14").json["data"],
        "schedules": salon.call("GET", "/v2/schedules", version="2024-06-11").json["data"],
        "webhooks": salon.call("GET", "/v2/webhooks").json["data"],
        "me": salon.call("GET", "/v2/me").json["data"],
    }


class TestSnapshots:
    @given(st.lists(STEPS, max_size=12))
    @settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.too_slow])
    def test_a_world_put_elsewhere_is_the_same_world(self, steps: list[Step]) -> None:
        _, clock, salon = fresh()
        for step in steps:
            step(salon)
            clock.advance(1)
        state, before = salon.admin("GET", "/state").json, seen(salon)

        _, other_clock, other = fresh()
        other_clock.set(clock.now())
        assert other.admin("PUT", "/state", copy.deepcopy(state)).json == state
        assert other.admin("GET", "/state").json == state
        assert seen(other) == before

    @given(st.lists(STEPS, max_size=6), st.sampled_from(STARTS))
    @settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.too_slow])
    def test_life_goes_on_in_it_without_confusing_old_and_new(self, steps: list[Step], start: str) -> None:
        _, _, salon = fresh()
        for step in steps:
            step(salon)
        salon.admin("PUT", "/state", salon.admin("GET", "/state").json)
        known = {booking["uid"] for booking in salon.bookings()}
        numbers = {booking["id"] for booking in salon.bookings()}
        answer = salon.book(start, metadata={"attempt_id": "new"})
        if answer.status_code == 201:
            assert answer.json["data"]["uid"] not in known
            assert answer.json["data"]["id"] not in numbers
        assert known <= {booking["uid"] for booking in salon.bookings()}

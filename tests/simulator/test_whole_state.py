"""A snapshot of everything an account can have goes back in and is the identical world."""

from __future__ import annotations

from typing import Any

import pytest

from tests.simulator.conftest import MONDAY, NOON, Salon, SteppedClock

HANS = {"name": "Hans", "email": "hans@example.test", "timeZone": "Europe/Berlin"}


@pytest.fixture
def full(salon: Salon, salon_state: dict[str, Any]) -> Salon:
    """An account with one of each: a team, an absence, seats, a series, a reservation, webhooks."""
    salon_state["account"] |= {
        "organization": {"id": 3, "slug": "org"},
        "profile": {"bio": "Seit 1990", "timeFormat": 12},
        "rate_limit": [{"name": "Short", "limit": 500}, {"name": "Long", "limit": 900}],
    }
    salon_state["hosts"].append({"id": 12, "name": "Mehmet"})
    salon_state["teams"] = [{"id": 7, "slug": "team", "name": "Team"}]
    salon_state["absences"] = [{"hostId": 12, "start": NOON, "end": "2025-10-20T13:00:00Z"}]
    salon_state["event_types"] += [
        {"id": 102, "slug": "kurs", "hostIds": [12], "seats": {"seatsPerTimeSlot": 3}},
        {
            "id": 103,
            "slug": "serie",
            "hostIds": [12],
            "recurrence": {"interval": 1, "occurrences": 3, "frequency": "weekly"},
        },
        {
            "id": 104,
            "slug": "runde",
            "hostIds": [11, 12],
            "teamId": 7,
            "schedulingType": "roundRobin",
            "bookingWindow": {"type": "range", "value": ["2025-10-01", "2025-12-31"]},
            "confirmationPolicy": {
                "type": "time",
                "noticeThreshold": {"unit": "days", "count": 2},
                "blockUnconfirmedBookingsInBooker": True,
            },
            "bookingFields": [{"type": "select", "slug": "x", "options": ["a"]}],
            "locations": [{"type": "phone", "phone": "+4930123456", "public": True}],
            "bookerActiveBookingsLimit": {"maximumActiveBookings": 5, "offerReschedule": True},
        },
    ]
    assert salon.admin("PUT", "/state", salon_state).status_code == 200
    salon.book("2025-10-21T08:00:00Z", eventTypeId=102)
    salon.book("2025-10-21T08:00:00Z", eventTypeId=102, attendee=HANS, metadata={"call_id": "h"})
    salon.book("2025-10-22T08:00:00Z", eventTypeId=103)
    declined = salon.book("2025-10-14T08:00:00Z", eventTypeId=104).json["data"]["uid"]
    salon.call("POST", f"/v2/bookings/{declined}/decline", json={"reason": "voll"})
    reservation = {"eventTypeId": 100, "slotStart": NOON}
    salon.call("POST", "/v2/slots/reservations", version="2024-09-04", json=reservation)
    hook = {"subscriberUrl": "http://gateway.test/hook", "triggers": ["FORM_SUBMITTED"], "active": True}
    for path in ("/v2/webhooks", "/v2/event-types/100/webhooks"):
        assert salon.call("POST", path, json=hook).status_code == 201
    changes = {"color": {"lightThemeHex": "#fff", "darkThemeHex": "#000"}, "customName": "X"}
    salon.call("PATCH", "/v2/event-types/100", version="2024-06-14", json=changes)
    return salon


def seen(salon: Salon) -> list[Any]:
    """What clients see of the account."""
    calls = [
        ("/v2/bookings", "2024-08-13"),
        ("/v2/event-types", "2024-06-14"),
        ("/v2/schedules", "2024-06-11"),
        ("/v2/webhooks", "any"),
        ("/v2/event-types/100/webhooks", "any"),
        ("/v2/me", "any"),
    ]
    answers = [salon.call("GET", path, version=version).json for path, version in calls]
    days = [salon.slots(MONDAY, "2025-10-31", eventTypeId=kind).json for kind in (100, 102, 103, 104)]
    return [*answers, *days]


class TestSnapshot:
    def test_what_comes_out_goes_in_and_is_the_same_world(self, full: Salon, clock: SteppedClock) -> None:
        state, before = full.admin("GET", "/state").json, seen(full)
        assert full.admin("PUT", "/state", state).json == state
        assert seen(full) == before

    def test_it_goes_into_another_account(self, full: Salon, second_salon: Salon) -> None:
        state = full.admin("GET", "/state").json
        state["account"] |= {"name": "praxis", "key": second_salon.key}
        second_salon.admin("PUT", "/state", state)
        assert seen(second_salon) == seen(full)

    def test_the_copied_seat_can_be_given_up(self, full: Salon) -> None:
        full.admin("PUT", "/state", full.admin("GET", "/state").json)
        (seated,) = [b for b in full.call("GET", "/v2/bookings").json["data"] if b["eventTypeId"] == 102]
        seat = seated["attendees"][1]["seatUid"]
        body = {"seatUid": seat, "cancellationReason": "r"}
        answer = full.call("POST", f"/v2/bookings/{seated['uid']}/cancel", json=body)
        assert [one["name"] for one in answer.json["data"]["attendees"]] == ["Erika Muster"]

"""Cal.com API v2 behaviour, §10: profile and schedules."""

from __future__ import annotations

from typing import Any

import pytest

from tests.simulator.conformance.conftest import Bench, rules_of, words
from tests.simulator.conformance.test_slots_reference import ORGANIZATION
from tests.simulator.conftest import MONDAY, Salon

WEEK = ["Monday", "Tuesday", "Wednesday", "Thursday", "Friday"]


def me(salon: Salon, method: str = "GET", **options: Any) -> Any:
    return salon.call(method, "/v2/me", **options)


def call(salon: Salon, method: str, path: str = "", **options: Any) -> Any:
    return salon.call(method, f"/v2/schedules{path}", version="2024-06-11", **options)


def make(salon: Salon, **more: Any) -> Any:
    body = {"name": "Abends", "timeZone": "Europe/Berlin", "isDefault": False, **more}
    return call(salon, "POST", json=body)


class TestMe:
    """§10 GET and PATCH /v2/me."""

    def test_what_is_not_set_is_null(self, salon: Salon) -> None:
        assert me(salon).json["data"] == {
            "id": 1,
            "email": "salon@example.test",
            "name": "Salon",
            "avatarUrl": None,
            "bio": None,
            "timeFormat": 24,
            "defaultScheduleId": 1,
            "weekStart": "Monday",
            "timeZone": "Europe/Berlin",
            "username": "salon",
            "organizationId": None,
        }

    def test_an_organization_is_shown(self, bench: Bench) -> None:
        data = me(bench.set_up(more=ORGANIZATION)).json["data"]
        assert (data["organizationId"], data["organization"]) == (3, {"id": 3, "isPlatform": False})

    def test_a_change_stays(self, salon: Salon) -> None:
        other = make(salon).json["data"]["id"]
        change = {"bio": "Seit 1990", "timeFormat": 12, "weekStart": "Sunday", "defaultScheduleId": other}
        answer = me(salon, "PATCH", json=change)
        assert answer.status_code == 200
        assert answer.json["data"] == me(salon).json["data"] == {**answer.json["data"], **change}

    def test_a_wrong_one_is_told(self, salon: Salon) -> None:
        answer = me(salon, "PATCH", json={"timeZone": "Mars", "timeFormat": 13})
        assert rules_of(answer) == {
            "timeFormat": ["timeFormat must be one of the following values: 12, 24"],
            "timeZone": ["timeZone must be a valid IANA time-zone"],
        }

    def test_it_needs_credentials(self, salon: Salon) -> None:
        assert me(salon, auth=False).status_code == 401


class TestSchedules:
    """§10 /v2/schedules."""

    def test_without_hours_it_has_office_hours(self, salon: Salon) -> None:
        answer = make(salon)
        assert (answer.status_code, answer.json["data"]) == (
            201,
            {
                "id": 2,
                "ownerId": 1,
                "name": "Abends",
                "timeZone": "Europe/Berlin",
                "availability": [{"days": WEEK, "startTime": "09:00", "endTime": "17:00"}],
                "isDefault": False,
                "overrides": [],
            },
        )

    def test_hours_and_overrides_decide_the_slots(self, salon: Salon) -> None:
        hours = [{"days": ["Monday"], "startTime": "18:00", "endTime": "19:00"}]
        overrides = [{"date": "2025-10-27", "startTime": "20:00", "endTime": "20:30"}]
        made = make(salon, availability=hours, overrides=overrides).json["data"]["id"]
        salon.call("PATCH", "/v2/event-types/100", version="2024-06-14", json={"scheduleId": made})
        assert salon.starts() == ["2025-10-20T16:00:00.000Z", "2025-10-20T16:30:00.000Z"]
        assert salon.starts(start="2025-10-27", end="2025-10-27") == ["2025-10-27T19:00:00.000Z"]

    def test_a_new_default_takes_the_place_of_the_old(self, salon: Salon) -> None:
        made = make(salon, isDefault=True).json["data"]["id"]
        assert call(salon, "GET", "/default").json["data"]["id"] == made
        assert call(salon, "GET", "/1").json["data"]["isDefault"] is False

    def test_without_a_default_it_is_null(self, bench: Bench) -> None:
        bench.state["schedules"][0]["isDefault"] = False
        assert call(bench.set_up(), "GET", "/default").json == {"status": "success", "data": None}

    def test_a_change_replaces_the_lists_it_gives(self, bench: Bench) -> None:
        override = {"date": MONDAY, "startTime": "10:00", "endTime": "11:00"}
        bench.state["schedules"][0]["overrides"] = [override]
        salon = bench.set_up()
        hours = [{"days": ["Friday"], "startTime": "08:00", "endTime": "12:00"}]
        after = call(salon, "PATCH", "/1", json={"availability": hours}).json["data"]
        assert (after["availability"], after["overrides"]) == (hours, [override])

    def test_an_empty_list_empties(self, salon: Salon) -> None:
        after = call(salon, "PATCH", "/1", json={"availability": []}).json["data"]
        assert after["availability"] == []
        assert salon.starts() == []

    def test_deleting_has_no_data_and_leaves_nothing(self, salon: Salon) -> None:
        gone = call(salon, "DELETE", "/1")
        assert (gone.status_code, gone.json) == (200, {"status": "success"})
        assert call(salon, "GET").json["data"] == []
        assert salon.starts() == []

    @pytest.mark.parametrize(("method", "status"), [("GET", 404), ("PATCH", 404), ("DELETE", 400)])
    def test_an_unknown_one(self, salon: Salon, method: str, status: int) -> None:
        assert call(salon, method, "/9", json={}).status_code == status

    def test_a_wrong_body_is_told_place_by_place(self, salon: Salon) -> None:
        answer = make(salon, timeZone="Berlin", availability=[{"days": ["Montag"], "startTime": "9"}])
        assert words(answer) == "Bad Request Exception"
        zone, hours = answer.json["error"]["details"]["errors"]
        assert zone["constraints"] == {"isTimeZone": "timeZone must be a valid IANA time-zone"}
        broken = {one["property"]: list(one["constraints"]) for one in hours["children"][0]["children"]}
        assert broken == {"days": ["isEnum"], "startTime": ["matches"], "endTime": ["matches"]}

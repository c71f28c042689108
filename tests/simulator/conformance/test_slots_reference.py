"""Cal.com API v2 behaviour, §5: every way to ask for slots, and what makes one disappear."""

from __future__ import annotations

from typing import Any

import pytest

from tests.simulator.conformance.conftest import Bench, words
from tests.simulator.conftest import MONDAY, NOON, Salon

AT_NOON = "2025-10-20T12:00:00.000Z"
OVER_NOON = "2025-10-20T11:30:00.000Z"  # a start of the 90 minutes of event type 101
TEAM = {"teams": [{"id": 7, "slug": "team", "name": "Team"}]}
TWO_HOSTS = {
    "hosts": [
        {"id": 11, "name": "Jana", "email": "jana@example.test", "username": "jana"},
        {"id": 12, "name": "Mehmet", "email": "mehmet@example.test", "username": "mehmet"},
    ]
}
ORGANIZATION = {"account": {"organization": {"id": 3, "slug": "org"}}}


def ask(salon: Salon, start: str = MONDAY, end: str = MONDAY, **query: Any) -> Any:
    return salon.call(
        "GET", "/v2/slots", version="2024-09-04", query_string={"start": start, "end": end, **query}
    )


def starts(answer: Any) -> list[str]:
    assert answer.status_code == 200, answer.text
    return [slot["start"] for day in answer.json["data"].values() for slot in day]


class TestAddressing:
    """§5 query: one of four ways to name an event type."""

    def test_by_a_hosts_own_name(self, salon: Salon) -> None:
        assert AT_NOON in starts(ask(salon, eventTypeSlug="schnitt", username="jana"))

    def test_by_team(self, bench: Bench) -> None:
        salon = bench.set_up(more=TEAM, teamId=7, schedulingType="collective")
        assert AT_NOON in starts(ask(salon, eventTypeSlug="schnitt", teamSlug="team"))

    def test_a_teams_event_type_is_no_users(self, bench: Bench) -> None:
        salon = bench.set_up(more=TEAM, teamId=7, schedulingType="collective")
        answer = ask(salon, eventTypeSlug="schnitt", username="jana")
        assert (answer.status_code, words(answer)) == (404, "Event Type not found")

    def test_an_unknown_team_is_named(self, salon: Salon) -> None:
        answer = ask(salon, eventTypeSlug="schnitt", teamSlug="nobody")
        assert (answer.status_code, words(answer)) == (404, "Team with slug nobody not found")

    def test_by_several_users_all_must_be_free(self, bench: Bench) -> None:
        salon = bench.set_up(more={**TWO_HOSTS, **ORGANIZATION}, hostIds=[12])
        users = {"usernames": "jana,mehmet", "organizationSlug": "org"}
        assert AT_NOON in starts(ask(salon, **users))
        salon.book()
        assert AT_NOON not in starts(ask(salon, **users))

    def test_several_users_are_at_least_two_and_in_an_organization(self, salon: Salon) -> None:
        assert words(ask(salon, usernames="jana")) == (
            "usernames property is wrong,The array must contain at least 2 elements. , organizationSlug "
            "property is wrong,organizationSlug must be a string "
        )

    def test_another_organization_has_nobody_of_that_name(self, bench: Bench) -> None:
        salon = bench.set_up(more=ORGANIZATION)
        inside = ask(salon, eventTypeSlug="schnitt", username="jana", organizationSlug="org")
        outside = ask(salon, eventTypeSlug="schnitt", username="jana", organizationSlug="elsewhere")
        assert (inside.status_code, words(outside)) == (200, "User with username jana not found")


class TestRange:
    """§5 start, end and format."""

    def test_only_starts_whose_end_lies_in_the_range(self, salon: Salon) -> None:
        found = starts(
            ask(salon, "2025-10-20T12:10:00Z", "2025-10-20T13:45:00Z", eventTypeId=100),
        )
        assert found == ["2025-10-20T12:30:00.000Z", "2025-10-20T13:00:00.000Z"]

    def test_a_range_in_a_zone_spells_both_ends_in_it(self, salon: Salon) -> None:
        answer = ask(salon, eventTypeId=100, format="range", timeZone="America/New_York")
        assert answer.json["data"][MONDAY][0] == {
            "start": "2025-10-20T03:00:00.000-04:00",
            "end": "2025-10-20T03:30:00.000-04:00",
        }


class TestClockChanges:
    """§5 answer: days keyed in the asked zone, on the days of both clock changes."""

    @pytest.fixture
    def always_open(self, bench: Bench) -> Salon:
        week = ["Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday"]
        hours = {"days": week, "startTime": "00:00", "endTime": "24:00"}
        schedule = {"id": 1, "ownerId": 11, "timeZone": "Europe/Berlin", "availability": [hours]}
        return bench.set_up(more={"schedules": [schedule]}, lengthInMinutes=60)

    def day(self, salon: Salon, date: str) -> list[str]:
        answer = ask(salon, date, date, eventTypeId=100, timeZone="Europe/Berlin")
        return [slot["start"] for slot in answer.json["data"][date]]

    def test_in_autumn_an_hour_comes_twice(self, always_open: Salon) -> None:
        found = self.day(always_open, "2025-10-26")
        assert "2025-10-26T02:00:00.000+02:00" in found
        assert "2025-10-26T02:00:00.000+01:00" in found

    def test_in_spring_an_hour_is_missing(self, always_open: Salon) -> None:
        found = self.day(always_open, "2026-03-29")
        assert not [start for start in found if start.startswith("2026-03-29T02")]
        assert "2026-03-29T03:00:00.000+02:00" in found


class TestDisappearing:
    """§5 what makes a slot disappear."""

    def test_a_date_override_wins_over_the_week(self, bench: Bench) -> None:
        salon = bench.set_up()
        bench.state["schedules"][0]["overrides"] = [
            {"date": MONDAY, "startTime": "10:00", "endTime": "11:00"}
        ]
        salon.admin("PUT", "/state", bench.state)
        assert salon.starts() == ["2025-10-20T08:00:00.000Z", "2025-10-20T08:30:00.000Z"]

    def test_out_of_office(self, bench: Bench) -> None:
        away = {"hostId": 11, "start": "2025-10-20T11:00:00Z", "end": "2025-10-20T13:00:00Z"}
        salon = bench.set_up(more={"absences": [away]})
        assert AT_NOON not in salon.starts()
        assert words(salon.book()).startswith("User either already has booking")

    def test_the_host_is_busy_where_he_is_a_guest(self, bench: Bench) -> None:
        salon = bench.set_up(more=TWO_HOSTS, hostIds=[12])
        assert salon.book(guests=["jana@example.test"]).status_code == 201
        assert OVER_NOON not in salon.starts(eventTypeId=101)

    def test_buffers_of_both_event_types(self, bench: Bench) -> None:
        bench.state["event_types"][1].update(beforeEventBuffer=30)
        salon = bench.set_up(afterEventBuffer=30)
        salon.book()
        found = ask(salon, eventTypeId=101, format="range").json["data"][MONDAY]
        after = min(slot["start"] for slot in found if slot["start"] >= AT_NOON)
        assert after == "2025-10-20T13:30:00.000Z"

    def test_a_pending_booking_blocks_only_where_the_type_says_so(self, bench: Bench) -> None:
        blocking = {"type": "always", "blockUnconfirmedBookingsInBooker": True}
        salon = bench.set_up(confirmationPolicy=blocking)
        salon.book()
        assert AT_NOON not in salon.starts()
        assert OVER_NOON in salon.starts(eventTypeId=101)

    def test_the_minimum_notice(self, bench: Bench) -> None:
        salon = bench.set_up(minimumBookingNotice=8 * 24 * 60)
        assert salon.starts() == []
        assert salon.starts(start="2025-10-21", end="2025-10-21")[0] == "2025-10-21T08:00:00.000Z"

    def test_nothing_in_the_past(self, salon: Salon) -> None:
        found = salon.starts(start="2025-10-13", end="2025-10-13")
        assert found[0] == "2025-10-13T08:00:00.000Z"

    def test_calendar_days_ahead(self, bench: Bench) -> None:
        salon = bench.set_up(bookingWindow={"type": "calendarDays", "value": 2, "rolling": False})
        days = ask(salon, "2025-10-13", "2025-10-20", eventTypeId=100).json["data"]
        assert list(days) == ["2025-10-13", "2025-10-14", "2025-10-15"]

    def test_business_days_ahead_skip_the_weekend(self, bench: Bench) -> None:
        salon = bench.set_up(bookingWindow={"type": "businessDays", "value": 5, "rolling": False})
        days = ask(salon, "2025-10-13", "2025-10-24", eventTypeId=100).json["data"]
        assert list(days)[-1] == MONDAY

    def test_a_range_of_dates(self, bench: Bench) -> None:
        salon = bench.set_up(bookingWindow={"type": "range", "value": ["2025-10-21", "2025-10-22"]})
        days = ask(salon, "2025-10-13", "2025-10-30", eventTypeId=100).json["data"]
        assert list(days) == ["2025-10-21", "2025-10-22"]

    def test_a_rolling_window_rolls_on_as_days_fill(self, bench: Bench) -> None:
        salon = bench.set_up(
            bookingWindow={"type": "calendarDays", "value": 2, "rolling": True}, lengthInMinutes=540
        )
        week = {"start": "2025-10-14", "end": "2025-10-24"}
        assert [start[:10] for start in salon.starts(**week)] == ["2025-10-14", "2025-10-15"]
        assert salon.book("2025-10-14T07:00:00Z").status_code == 201
        assert [start[:10] for start in salon.starts(**week)] == ["2025-10-15", "2025-10-16"]

    def test_a_count_limit_closes_the_rest_of_its_period(self, bench: Bench) -> None:
        salon = bench.set_up(bookingLimitsCount={"day": 1})
        salon.book()
        assert salon.starts() == []
        assert salon.starts(start="2025-10-21", end="2025-10-21") != []

    def test_a_duration_limit_counts_minutes(self, bench: Bench) -> None:
        salon = bench.set_up(bookingLimitsDuration={"week": 60})
        salon.book()
        assert salon.starts(start="2025-10-21", end="2025-10-21") != []
        salon.book("2025-10-20T13:00:00Z")
        assert salon.starts(start="2025-10-21", end="2025-10-21") == []

    def test_rejected_bookings_block_nothing(self, bench: Bench) -> None:
        salon = bench.set_up(confirmationPolicy={"type": "always", "blockUnconfirmedBookingsInBooker": True})
        uid = salon.book().json["data"]["uid"]
        salon.call("POST", f"/v2/bookings/{uid}/decline", json={})
        assert AT_NOON in salon.starts()


class TestGrid:
    """§5 grid: the step, and the marks to which the first start of a window is rounded."""

    def test_the_step_is_the_slot_interval(self, bench: Bench) -> None:
        salon = bench.set_up(slotInterval=10)
        assert salon.starts()[:2] == ["2025-10-20T07:00:00.000Z", "2025-10-20T07:10:00.000Z"]

    def test_after_a_booking_the_grid_begins_at_the_next_mark(self, salon: Salon) -> None:
        salon.book("2025-10-20T12:10:00Z")
        found = [start for start in salon.starts() if start > AT_NOON]
        assert found[0] == "2025-10-20T13:00:00.000Z"

    def test_marks_are_taken_in_the_askers_zone(self, bench: Bench) -> None:
        salon = bench.set_up(lengthInMinutes=60)
        found = starts(ask(salon, eventTypeId=100, timeZone="Asia/Kathmandu"))
        assert found[0] == "2025-10-20T13:00:00.000+05:45"


class TestTeams:
    """§5 and §7: round robin needs one free host, collective all."""

    def both(self, bench: Bench, kind: str) -> Salon:
        bench.state["event_types"][1]["hostIds"] = [11]
        salon = bench.set_up(more={**TWO_HOSTS, **TEAM}, hostIds=[11, 12], schedulingType=kind, teamId=7)
        salon.book(eventTypeId=101)
        return salon

    def test_round_robin_lists_what_one_host_has(self, bench: Bench) -> None:
        assert AT_NOON in self.both(bench, "roundRobin").starts()

    def test_collective_lists_what_all_have(self, bench: Bench) -> None:
        assert AT_NOON not in self.both(bench, "collective").starts()

    def test_each_host_keeps_his_own_hours(self, bench: Bench) -> None:
        later = {
            "id": 2,
            "ownerId": 12,
            "timeZone": "Europe/Berlin",
            "isDefault": True,
            "availability": [{"days": ["Monday"], "startTime": "18:00", "endTime": "20:00"}],
        }
        schedules = [*bench.state["schedules"], later]
        salon = bench.set_up(
            more={**TWO_HOSTS, **TEAM, "schedules": schedules},
            hostIds=[11, 12],
            schedulingType="roundRobin",
            teamId=7,
        )
        assert len(salon.starts()) == 18 + 4
        assert salon.book("2025-10-20T17:00:00Z").json["data"]["hosts"][0]["id"] == 12


class TestVariableLength:
    """§5 duration of a type with several lengths."""

    def test_the_asked_duration_decides_what_fits(self, bench: Bench) -> None:
        salon = bench.set_up(lengthInMinutesOptions=[30, 60])
        salon.book("2025-10-20T12:30:00Z")
        assert AT_NOON in salon.starts()
        assert AT_NOON not in salon.starts(duration=60)

    def test_a_duration_that_is_no_number_is_refused(self, salon: Salon) -> None:
        assert words(ask(salon, eventTypeId=100, duration="half")) == (
            "duration property is wrong,duration must be a number conforming to the specified constraints "
        )


class TestNoCredentials:
    """§2: slots need none, and a booking seen by its slot is found by NOON."""

    def test_by_username_without_a_key(self, salon: Salon) -> None:
        salon.book(NOON)
        query = {"start": MONDAY, "end": MONDAY, "eventTypeSlug": "schnitt", "username": "jana"}
        answer = salon.call("GET", "/v2/slots", version="2024-09-04", query_string=query, auth=False)
        assert AT_NOON not in starts(answer)
        assert len(starts(answer)) == 17

"""Cal.com API v2 behaviour, §10: event types."""

from __future__ import annotations

from typing import Any

import pytest

from tests.simulator.conformance.conftest import Bench, rules_of, words
from tests.simulator.conformance.test_slots_reference import ORGANIZATION, TEAM, TWO_HOSTS
from tests.simulator.conftest import NOON, Salon

WASH = {"lengthInMinutes": 20, "title": "Waschen", "slug": "waschen"}


def call(salon: Salon, method: str, path: str = "", *, auth: bool = True, **options: Any) -> Any:
    return salon.call(method, f"/v2/event-types{path}", version="2024-06-14", auth=auth, **options)


def make(salon: Salon, **more: Any) -> Any:
    return call(salon, "POST", json={**WASH, **more})


def ids(answer: Any) -> list[int]:
    assert answer.status_code == 200, answer.text
    return [kind["id"] for kind in answer.json["data"]]


class TestList:
    """§10 GET: one's own, or a named user's."""

    def test_a_strangers_view_leaves_hidden_ones_out(self, bench: Bench) -> None:
        salon = bench.set_up(hidden=True)
        query = {"username": "salon"}
        assert ids(call(salon, "GET", query_string=query)) == [100, 101]
        assert ids(call(salon, "GET", auth=False, query_string=query)) == [101]

    def test_a_hosts_are_those_he_takes_part_in(self, bench: Bench) -> None:
        salon = bench.set_up(more=TWO_HOSTS, hostIds=[12])
        assert ids(call(salon, "GET", auth=False, query_string={"username": "mehmet"})) == [100]

    def test_several_users_share_some(self, bench: Bench) -> None:
        salon = bench.set_up(more=TWO_HOSTS, hostIds=[11, 12])
        assert ids(call(salon, "GET", query_string={"usernames": "jana,mehmet"})) == [100]

    def test_an_unknown_user_has_none(self, salon: Salon) -> None:
        assert ids(call(salon, "GET", query_string={"username": "nobody"})) == []

    def test_within_an_organization(self, bench: Bench) -> None:
        salon = bench.set_up(more=ORGANIZATION)
        assert ids(call(salon, "GET", query_string={"username": "salon", "orgSlug": "org"})) == [100, 101]
        assert ids(call(salon, "GET", query_string={"username": "salon", "orgId": 9})) == []

    def test_newest_first(self, salon: Salon) -> None:
        assert ids(call(salon, "GET", query_string={"sortCreatedAt": "desc"})) == [101, 100]


class TestOlderList:
    """§1 versions: without one, and up to 2024-06-11, an older controller lists groups."""

    def groups(self, salon: Salon, version: str) -> Any:
        answer = salon.call("GET", "/v2/event-types", version=version)
        assert answer.status_code == 200, answer.text
        return answer.json["data"]["eventTypeGroups"]

    @pytest.mark.parametrize("version", ["2024-04-15", "2024-06-11", "2030-01-01"])
    def test_the_owners_are_one_group(self, bench: Bench, version: str) -> None:
        salon = bench.set_up(requiresConfirmation=True, locations=[{"type": "address", "address": "Gasse 1"}])
        (group,) = self.groups(salon, version)
        assert (group["profile"]["slug"], group["teamId"]) == ("salon", None)
        cut, colour = group["eventTypes"]
        assert (cut["slug"], cut["length"], cut["requiresConfirmation"]) == ("schnitt", 30, True)
        assert cut["locations"] == [{"type": "inPerson", "address": "Gasse 1"}]
        assert colour["locations"] == [{"type": "integrations:daily"}]

    def test_a_teams_are_another(self, bench: Bench) -> None:
        salon = bench.set_up(more={**TWO_HOSTS, **TEAM}, schedulingType="roundRobin", teamId=7)
        own, teams = self.groups(salon, "2024-04-15")
        assert [kind["id"] for kind in own["eventTypes"]] == [101]
        assert [(kind["id"], kind["userId"]) for kind in teams["eventTypes"]] == [(100, None)]
        assert teams["profile"]["slug"] == "team"

    def test_a_stranger_sees_none(self, salon: Salon) -> None:
        answer = salon.call("GET", "/a/salon/v2/event-types", version="2024-04-15", auth=False)
        assert [group["eventTypes"] for group in answer.json["data"]["eventTypeGroups"]] == [[]]


class TestRead:
    """§10 fields: what is configured is shown."""

    def test_all_traits(self, bench: Bench) -> None:
        traits = {
            "seats": {"seatsPerTimeSlot": 4, "showAttendeeInfo": True, "showAvailabilityCount": False},
            "confirmationPolicy": {"type": "always", "blockUnconfirmedBookingsInBooker": True},
            "bookingLimitsCount": {"day": 3},
            "bookingLimitsDuration": {"week": 600},
            "bookerActiveBookingsLimit": {"maximumActiveBookings": 2, "offerReschedule": True},
            "lengthInMinutesOptions": [30, 60],
        }
        data = call(bench.set_up(**traits), "GET", "/100").json["data"]
        assert {name: data[name] for name in traits} == traits
        assert data["seatsPerTimeSlot"] == 4

    def test_default_fields_come_before_those_of_its_own(self, bench: Bench) -> None:
        field = {"type": "select", "slug": "x", "label": "X", "required": True, "options": ["a"]}
        data = call(bench.set_up(bookingFields=[field]), "GET", "/100").json["data"]
        slugs = [one["slug"] for one in data["bookingFields"]]
        assert slugs == ["name", "email", "location", "title", "notes", "guests", "rescheduleReason", "x"]
        assert data["bookingFields"][-1]["isDefault"] is False

    def test_a_field_has_a_placeholder_unless_its_kind_shows_none(self, bench: Bench) -> None:
        plain = {"slug": "x", "label": "X", "required": True}
        fields = [{**plain, "type": "text"}, {**plain, "slug": "y", "type": "boolean"}]
        data = call(bench.set_up(bookingFields=fields), "GET", "/100").json["data"]
        assert [field.get("placeholder") for field in data["bookingFields"][-2:]] == ["", None]

    def test_one_of_a_team_names_it_and_its_hosts(self, bench: Bench) -> None:
        salon = bench.set_up(
            more={**TWO_HOSTS, **TEAM}, hostIds=[11, 12], schedulingType="roundRobin", teamId=7
        )
        data = call(salon, "GET", "/100").json["data"]
        assert (data["teamId"], data["schedulingType"], data["team"]["slug"]) == (7, "roundRobin", "team")
        assert [host["userId"] for host in data["hosts"]] == [11, 12]

    def test_anothers_is_not_found(self, salon: Salon, second_salon: Salon) -> None:
        made = make(salon).json["data"]["id"]
        answer = call(second_salon, "GET", f"/{made}")
        assert (answer.status_code, words(answer)) == (404, f"Event type with id {made} not found")

    def test_it_needs_credentials(self, salon: Salon) -> None:
        assert call(salon, "GET", "/100", auth=False).status_code == 401


class TestWrite:
    """§10 POST, PATCH and DELETE."""

    def test_a_new_one_can_be_booked_after_the_default_notice(self, salon: Salon) -> None:
        made = make(salon)
        data = made.json["data"]
        assert (made.status_code, data["minimumBookingNotice"], data["ownerId"]) == (201, 120, 1)
        assert salon.book("2025-10-13T09:30:00Z", eventTypeId=data["id"]).status_code == 400
        assert salon.book("2025-10-13T10:30:00Z", eventTypeId=data["id"]).json["data"]["duration"] == 20

    def test_a_slug_only_once(self, salon: Salon) -> None:
        make(salon)
        answer = make(salon)
        assert (answer.status_code, words(answer)) == (400, "User already has an event type with this slug.")

    def test_what_is_missing_or_wrong_is_told_by_property(self, salon: Salon) -> None:
        answer = call(salon, "POST", json={"lengthInMinutes": 0, "title": "", "hidden": "no"})
        assert rules_of(answer) == {
            "lengthInMinutes": ["lengthInMinutes must not be less than 1"],
            "title": ["title should not be empty"],
            "slug": ["slug should not be empty", "slug must be a string"],
            "hidden": ["hidden must be a boolean value"],
        }

    def test_unknown_properties_are_dropped(self, salon: Salon) -> None:
        assert "foo" not in make(salon, foo=1).json["data"]

    @pytest.mark.parametrize(
        ("name", "value"),
        [
            ("recurrence", {"interval": 1, "occurrences": 2, "frequency": "daily"}),
            ("bookingWindow", {"type": "range", "value": ["2025-10-21"]}),
            ("seats", {"showAttendeeInfo": True}),
            ("confirmationPolicy", {"type": "time"}),
            ("locations", [{"type": "link"}]),
            ("bookingFields", [{"type": "text"}]),
            ("bookingLimitsCount", {"day": 0}),
        ],
        ids=lambda value: value if isinstance(value, str) else "",
    )
    def test_a_trait_out_of_its_form(self, salon: Salon, name: str, value: Any) -> None:
        assert list(rules_of(make(salon, **{name: value}))) == [name]

    def test_lengths_must_include_the_length(self, salon: Salon) -> None:
        assert make(salon, lengthInMinutesOptions=[30, 60]).status_code == 400

    def test_a_schedule_that_is_not_there(self, salon: Salon) -> None:
        answer = make(salon, scheduleId=99)
        assert (answer.status_code, words(answer)) == (404, "Schedule with ID=99 does not exist.")

    def test_a_change_keeps_what_it_does_not_name(self, salon: Salon) -> None:
        before = call(salon, "GET", "/100").json["data"]
        after = call(salon, "PATCH", "/100", json={"title": "Neu", "successRedirectUrl": "https://x.test"})
        assert after.json["data"] == {**before, "title": "Neu", "successRedirectUrl": "https://x.test"}

    def test_a_trait_is_switched_on_and_off(self, salon: Salon) -> None:
        weekly = {"interval": 1, "occurrences": 2, "frequency": "weekly"}
        on = call(salon, "PATCH", "/100", json={"recurrence": weekly}).json["data"]
        off = call(salon, "PATCH", "/100", json={"recurrence": {"disabled": True}}).json["data"]
        assert (on["recurrence"], off["recurrence"]) == (weekly, None)

    def test_new_buffers_count_for_old_bookings(self, salon: Salon) -> None:
        salon.book(NOON)
        call(salon, "PATCH", "/100", json={"afterEventBuffer": 30})
        assert salon.book("2025-10-20T12:30:00Z").status_code == 400
        call(salon, "PATCH", "/100", json={"afterEventBuffer": 0})
        assert salon.book("2025-10-20T12:30:00Z").status_code == 201

    def test_its_own_name_for_bookings(self, salon: Salon) -> None:
        call(salon, "PATCH", "/100", json={"customName": "{Event type title} für {Scheduler}"})
        assert salon.book().json["data"]["title"] == "Schnitt für Erika Muster"

    def test_deleting_tells_what_it_was(self, salon: Salon) -> None:
        made = make(salon).json["data"]["id"]
        answer = call(salon, "DELETE", f"/{made}")
        assert (answer.status_code, answer.json["data"]) == (200, {"id": made, **WASH})
        assert call(salon, "GET", f"/{made}").status_code == 404

    @pytest.mark.parametrize("method", ["PATCH", "DELETE"])
    def test_an_unknown_one_is_not_changed(self, salon: Salon, method: str) -> None:
        answer = call(salon, method, "/999", json={})
        assert (answer.status_code, words(answer)) == (404, "Event type with id 999 not found")

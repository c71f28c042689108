"""The functions about times, services and hours over HTTP: one answer for every name and route."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta

import pytest

from app.storage.models import Service
from tests.integration.bench import CALL, CALLER, MITTE, MITTE_BRANCH, SALON_KEY, WISHED

HALF = timedelta(minutes=30)


@pytest.fixture
def ask(bench):
    """Call a function by its route and return the JSON it answers."""

    def ask(function, route=None, **args):
        body = {
            "name": function,
            "args": args,
            "call": {"call_id": CALL, "from_number": CALLER, "to_number": MITTE},
        }
        response = bench.call_function(route or function, body)
        assert response.status_code == 200
        assert len(response.get_data(as_text=True)) <= 15_000
        return response.get_json()

    return ask


class TestCheckAvailability:
    def test_the_free_times_of_the_day_are_listed(self, ask):
        answer = ask("check-availability", datum="20.10.2025", uhrzeit="14:00")
        assert answer["status"] == "available"
        assert answer["available_slots"] == ["14:00", "14:30", "15:00", "15:30", "16:00"]
        assert (answer["date"], answer["formatted_date"]) == ("20.10.2025", "Montag, 20. Oktober")

    def test_every_alternative_has_its_date_and_its_words(self, bench, ask):
        bench.calendar.accounts[SALON_KEY].free.discard(WISHED)
        answer = ask("check-availability", datum="20.10.2025", uhrzeit="14:00")
        assert answer["alternatives"][0] == {
            "time": "2025-10-20 14:30",
            "date": "20.10.2025",
            "description": "am gleichen Tag, Montag, 20. Oktober um 14:30 Uhr",
            "spoken": "am gleichen Tag, Montag, 20. Oktober um 14:30 Uhr",
            "verified": True,
        }
        assert len(answer["alternatives"]) == 2
        assert "14:00" not in answer["available_slots"]

    def test_what_was_offered_can_be_said_back(self, bench, ask):
        """Incident 1.41: the words of an offer, repeated, are the same time."""
        bench.calendar.accounts[SALON_KEY].free = {
            datetime(2025, 10, 14, 7, 30, tzinfo=UTC),
            datetime(2025, 10, 27, 9, tzinfo=UTC),
        }
        for words in ("14.10.2025", "26.10.2025"):
            for offer in ask("get-alternatives", datum=words, uhrzeit="15:00")["alternatives"]:
                again = ask("check-availability", datum=offer["spoken"], uhrzeit="")
                assert (again["status"], again["requested_time"]) == ("available", offer["time"])

    def test_too_soon_is_said_with_the_earliest_time(self, bench, ask):
        answer = ask("check-availability", datum="heute", uhrzeit="10:10")
        assert (answer["status"], answer["reason"]) == (
            "booking_notice_violation",
            "booking_notice_violation",
        )
        assert (answer["minimum_notice_minutes"], answer["earliest_bookable"]) == (15, "2025-10-13 10:15")
        assert [offer["time"] for offer in answer["alternatives"]] == ["2025-10-20 14:00", "2025-10-20 14:30"]

    def test_closed_comes_with_the_next_opening(self, ask):
        answer = ask("check-availability", datum="Samstag", uhrzeit="15 Uhr")
        assert (answer["status"], answer["reason"]) == ("closed", "closed_day")
        assert answer["next_opening"] == "2025-10-20 09:00"

    def test_a_part_of_a_day_gets_two_times(self, bench, ask):
        answer = ask("check-availability", datum="20. Oktober", uhrzeit="nachmittags")
        assert [offer["time"] for offer in answer["alternatives"]] == ["2025-10-20 14:00", "2025-10-20 14:30"]


class TestOtherFunctions:
    @pytest.mark.parametrize("name", ["get_alternatives", "get-alternatives", "get_alternatives_v17"])
    def test_alternatives_by_every_name(self, ask, name):
        answer = ask(name, "get-alternatives", datum="20.10.2025", uhrzeit="14:00")
        assert (answer["success"], answer["status"]) == (True, "alternatives")
        assert [offer["time"] for offer in answer["alternatives"]] == ["2025-10-20 14:30", "2025-10-20 15:00"]

    def test_the_next_free_time(self, ask):
        answer = ask("find-next-available", dienstleistung="Haarschnitt", after="2025-10-20", search_days=14)
        assert answer["next_available"] == "2025-10-20T14:00:00+02:00"
        assert answer["formatted"] == "Montag, 20. Oktober um 14:00 Uhr"
        assert answer["formatted"] in answer["message"]

    def test_services(self, ask):
        answer = ask("list-services")
        assert [service["name"] for service in answer["services"]][:2] == ["Haarschnitt", "Beratung"]

    def test_a_service(self, ask):
        answer = ask("get-service-info", service="Färben")
        assert (answer["duration_minutes"], answer["staff"]) == (90, ["Mehmet"])
        assert "price" not in answer

    def test_opening_hours(self, ask):
        answer = ask("get-opening-hours")
        assert "Montag bis Freitag von 9 bis 18 Uhr" in answer["message"]
        assert answer["opening_hours"]["Montag"] == [["09:00", "18:00"]]

    @pytest.mark.parametrize(
        "function",
        [
            "list-services",
            "get-service-info",
            "get-alternatives",
            "find-next-available",
            "check-availability",
        ],
    )
    def test_three_hundred_services_stay_within_an_answer(self, bench, ask, function):
        with bench.parts.transactions.transaction(1, "add") as session:
            session.add_all(
                Service(
                    company_id=1,
                    branch_id=MITTE_BRANCH,
                    name=f"Eine besonders ausführlich benannte Behandlung Nummer {number}",
                    slug=f"behandlung-{number}",
                    duration_minutes=30,
                    calcom_event_type_id=2_800_000 + number,
                )
                for number in range(300)
            )
        answer = ask(function, dienstleistung="Behandlung", datum="20.10.2025", uhrzeit="14:00")
        assert len(answer["message"]) < 1_000
        assert re.fullmatch(r".+[.?]", answer["message"], re.DOTALL)

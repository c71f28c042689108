"""Services, who performs them, and opening hours: told without a call upstream."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import pytest

from app.domain.speech import VoiceStatus
from app.storage.models import Branch, Service
from app.usecases.commands import AppointmentWish
from app.usecases.information import get_opening_hours, get_service_info, list_services
from tests.integration.bench import LINDENHOF


def ask(bench, function, **said):
    answer = function(bench.parts, bench.context(), AppointmentWish(**said))
    assert bench.calendar.asked == []
    return answer


def change(bench, model, **fields):
    with bench.parts.transactions.transaction(1, "change") as session:
        for row in session.query(model):
            for name, value in fields.items():
                setattr(row, name, value)


class TestListServices:
    def test_the_branchs_services_are_told_by_priority(self, bench):
        answer = ask(bench, list_services)
        assert answer.message == "Wir bieten an: Haarschnitt, Beratung, Färben, Bartpflege und Föhnen."
        assert answer.details["services"][2] == {
            "id": 3,
            "name": "Färben",
            "slug": "faerben",
            "duration_minutes": 90,
            "is_default": False,
            "staff": ["Mehmet"],
        }

    def test_six_names_at_most_are_spoken_and_all_are_told(self, bench):
        with bench.parts.transactions.transaction(1, "add") as session:
            for number in range(4):
                session.add(_service(session, number))
        answer = ask(bench, list_services)
        assert answer.message.startswith("Wir bieten unter anderem an:")
        assert len(answer.details["services"]) == 9
        assert "Kur 2" not in answer.message

    def test_nothing_to_book_is_said(self, bench):
        change(bench, Service, is_active=False)
        assert "nichts buchen" in ask(bench, list_services).message

    def test_another_company_has_its_own(self, bench):
        answer = list_services(bench.parts, bench.context(dialled=LINDENHOF), AppointmentWish())
        assert answer.options == ("Erstgespräch", "Kontrolle", "Therapie")


def _service(session, number):
    like = session.get(Service, 5)
    return Service(
        company_id=1,
        branch_id=like.branch_id,
        staff_id=like.staff_id,
        name=f"Kur {number}",
        slug=f"kur-{number}",
        priority=100,
        duration_minutes=30,
        calcom_event_type_id=2700000 + number,
    )


class TestGetServiceInfo:
    def test_length_and_staff_are_told(self, bench):
        answer = ask(bench, get_service_info, dienstleistung="Färben")
        assert answer.status is VoiceStatus.SERVICE_INFO
        assert answer.message == "Färben dauert 90 Minuten. Das machen bei uns: Mehmet."

    def test_an_unknown_one_is_asked_about(self, bench):
        assert (
            ask(bench, get_service_info, dienstleistung="Maniküre").status is VoiceStatus.NEEDS_CLARIFICATION
        )


class TestGetOpeningHours:
    def test_a_week_is_told_in_ranges(self, bench):
        answer = ask(bench, get_opening_hours)
        assert answer.message.startswith("Unsere Öffnungszeiten: Montag bis Freitag von 9 bis 18 Uhr.")
        assert answer.details["opening_hours"]["Sonntag"] == []

    def test_a_day_is_told_by_its_date(self, bench):
        answer = ask(bench, get_opening_hours, datum="morgen")
        assert answer.message == "Am Dienstag, 14. Oktober haben wir von 9 bis 18 Uhr geöffnet."

    def test_a_closed_day_is_closed(self, bench):
        answer = ask(bench, get_opening_hours, datum="Samstag")
        assert answer.status is VoiceStatus.CLOSED
        assert "Montag, 20. Oktober um 09:00 Uhr" in answer.message

    def test_a_holiday_soon_is_told(self, bench):
        bench.parts = replace(bench.parts, holiday_on={date(2025, 10, 20): "Tag der Probe"}.get)
        answer = ask(bench, get_opening_hours)
        assert "Montag, 20. Oktober ist ein Feiertag, Tag der Probe" in answer.message
        assert answer.details["holidays"][0]["date"] == "20.10.2025"

    def test_a_holiday_on_a_closed_day_is_listed_only(self, bench):
        bench.parts = replace(bench.parts, holiday_on={date(2025, 10, 18): "Tag der Probe"}.get)
        answer = ask(bench, get_opening_hours)
        assert "Feiertag" not in answer.message
        assert len(answer.details["holidays"]) == 1

    @pytest.mark.parametrize(
        ("hours", "words"),
        [
            (
                {"1": [["09:00", "12:30"], ["14:00", "18:00"]]},
                "Montag von 09:00 Uhr bis 12:30 Uhr und von 14:00 Uhr bis 18:00 Uhr",
            ),
            (
                {"2": [["09:00", "18:00"]], "3": [["09:00", "18:00"]], "6": [["10:00", "14:00"]]},
                "Dienstag und Mittwoch von 9 bis 18 Uhr und Samstag von 10 bis 14 Uhr",
            ),
            ({}, "liegen mir leider nicht vor"),
        ],
    )
    def test_any_week_can_be_told(self, bench, hours, words):
        change(bench, Branch, opening_hours=hours)
        assert words in ask(bench, get_opening_hours).message

"""Which service is meant, and by whom: what is not sure is asked with the names there are (incident 1.14)."""

from __future__ import annotations

from dataclasses import replace

import pytest

from app.domain.speech import VoiceStatus
from app.storage.models import Service, StaffMember, StaffService
from app.usecases.commands import AppointmentWish
from tests.integration.bench import MITTE_BRANCH, WISH

CHECK = replace(WISH, confirmed=False)
JANA, MEHMET = "5a1c0e5e-1f0b-4a52-8d5a-0c5a0d7a0011", "5a1c0e5e-1f0b-4a52-8d5a-0c5a0d7a0012"


def change(bench, service_id, **fields):
    with bench.parts.transactions.transaction(1, "change") as session:
        for name, value in fields.items():
            setattr(session.get(Service, service_id), name, value)


def add_service(bench, **fields):
    with bench.parts.transactions.transaction(1, "add") as session:
        service = Service(
            **{
                "company_id": 1,
                "branch_id": MITTE_BRANCH,
                "duration_minutes": 30,
                "priority": 50,
                "is_default": False,
            }
            | fields
        )
        session.add(service)
        session.flush()
        return service.id


def check(bench, service=None, staff=None, call_id="call_9f8e7d6c5b4a39281706f5e4d3c"):
    return bench.check(replace(CHECK, dienstleistung=service, mitarbeiter=staff), call_id)


@pytest.fixture
def mehmets_cut(bench):
    """A second row of the same name: the haircut by Mehmet."""
    return add_service(
        bench, name="Haarschnitt", slug="haarschnitt-mehmet", staff_id=MEHMET, calcom_event_type_id=2563198
    )


class TestByName:
    @pytest.mark.parametrize("words", ["Schneiden", "Haarschnit", "einmal Haarschnitt bitte", "Harschnitt"])
    def test_synonym_part_and_likeness(self, bench, words):
        change(bench, 1, synonyms=["Schneiden"])
        assert check(bench, words).service == "Haarschnitt"

    def test_a_synonym_of_two_services_is_asked_about(self, bench):
        change(bench, 1, synonyms=["Das Übliche"])
        change(bench, 5, synonyms=["das Übliche"])
        answer = check(bench, "das übliche")
        assert (answer.status, answer.options) == (VoiceStatus.NEEDS_CLARIFICATION, ("Haarschnitt", "Föhnen"))

    def test_an_unknown_one_is_asked_about_and_never_the_default(self, bench):
        answer = check(bench, "Dauerwelle")
        assert (answer.status, answer.reason) == (VoiceStatus.NEEDS_CLARIFICATION, "dienstleistung")
        assert "Haarschnitt" in answer.message
        assert bench.calendar.asked == []

    def test_without_a_default_it_is_asked(self, bench):
        change(bench, 1, is_default=False)
        assert check(bench).reason == "dienstleistung"

    def test_a_question_about_the_day_keeps_the_service_for_the_next_turn(self, bench):
        call = "call_4f5e6d7c8b9a0f1e2d3c4b5a697"
        closed = bench.check(replace(CHECK, dienstleistung="Beratung", datum="18.10.2025"), call)
        assert (closed.status, closed.service) == (VoiceStatus.CLOSED, "Beratung")
        assert bench.check(CHECK, call).service == "Beratung"


class TestByPerson:
    def test_the_row_of_the_named_person_is_meant(self, bench, mehmets_cut):
        assert check(bench, "Haarschnitt", "Mehmet").service_id == mehmets_cut
        assert check(bench, "Haarschnitt", "bei Jana").service_id == 1

    def test_without_a_wish_the_first_by_priority_is(self, bench, mehmets_cut):
        assert check(bench, "Haarschnitt").service_id == 1

    @pytest.mark.parametrize("words", ["egal", "Keine Präferenz", " "])
    def test_no_preference_is_no_wish(self, bench, mehmets_cut, words):
        assert check(bench, "Haarschnitt", words).service_id == 1

    def test_the_person_of_the_check_stays_for_the_booking(self, bench, mehmets_cut):
        check(bench, "Haarschnitt", "Mehmet")
        assert check(bench, "Haarschnitt").service_id == mehmets_cut
        assert check(bench).service_id == mehmets_cut

    def test_nobody_of_that_name_is_asked_about_with_the_names(self, bench):
        answer = check(bench, "Haarschnitt", "Ludwig")
        assert (answer.reason, answer.options) == ("mitarbeiter", ("Jana",))
        assert "Ludwig" not in answer.message

    def test_one_who_does_not_do_it_is_said_with_who_does(self, bench):
        answer = check(bench, "Haarschnitt", "Mehmet")
        assert answer.status is VoiceStatus.NEEDS_CLARIFICATION
        assert (
            answer.message
            == "Haarschnitt macht Mehmet leider nicht. Das machen bei uns: Jana. Zu wem möchten Sie?"
        )

    def test_a_person_alone_is_asked_what_for(self, bench):
        answer = check(bench, staff="Mehmet")
        assert (answer.reason, answer.options) == ("dienstleistung", ("Beratung", "Färben", "Bartpflege"))

    def test_a_person_who_does_the_default_is_enough(self, bench):
        assert check(bench, staff="Jana").service == "Haarschnitt"

    def test_two_of_one_name_are_asked_about(self, bench):
        with bench.parts.transactions.transaction(1, "add") as session:
            session.add(
                StaffMember(id="5a1c0e5e-0000", company_id=1, branch_id=MITTE_BRANCH, name="Jana Klein")
            )
        answer = check(bench, "Haarschnitt", "Frau Jana K")
        assert (answer.reason, answer.options) == ("mitarbeiter", ("Jana", "Jana Klein"))

    def test_nobody_of_another_branch_is_offered(self, bench):
        assert check(bench, "Haarschnitt", "Leyla").options == ("Jana",)

    def test_where_cal_com_picks_the_host_nobody_is_promised(self, bench):
        change(bench, 1, staff_id=None)
        with bench.parts.transactions.transaction(1, "add") as session:
            session.add(StaffService(company_id=1, staff_id=MEHMET, service_id=1))
        answer = check(bench, "Haarschnitt", "Mehmet")
        assert "niemanden fest zusagen" in answer.message

    def test_the_only_one_who_performs_it_is_sure(self, bench):
        change(bench, 1, staff_id=None)
        assert check(bench, "Haarschnitt", "Jana").service == "Haarschnitt"

    def test_a_name_tie_is_settled_by_the_person(self, bench):
        add_service(
            bench, name="Kinderhaarschnitt", slug="kinder", staff_id=MEHMET, calcom_event_type_id=2563199
        )
        change(bench, 1, name="Damenhaarschnitt", slug="damen")
        assert check(bench, "Haarschnitt", "Mehmet").service == "Kinderhaarschnitt"

    def test_the_booking_takes_that_persons_event_type(self, bench, mehmets_cut):
        bench.book(replace(WISH, dienstleistung="Haarschnitt", mitarbeiter="Mehmet"))
        (asked,) = [asked for asked in bench.calendar.asked if asked.operation == "create_booking"]
        assert asked.about.event_type_id == 2563198


class TestWithoutAnything:
    def test_a_wish_without_time_asks_for_the_time_first(self, bench):
        answer = bench.check(AppointmentWish(dienstleistung="Maniküre"))
        assert answer.status is VoiceStatus.MISSING_REQUIRED_FIELD

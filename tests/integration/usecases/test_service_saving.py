"""A service is saved only where Cal.com confirms what it says, and the stored ones can be checked (1.15, 1.34)."""

from __future__ import annotations

from dataclasses import replace

import pytest

from app.domain.event_types import EventTypeSeen
from app.domain.outcomes import CheckFailed
from app.domain.service_rules import ServiceDraft, ServiceRefused
from app.domain.services import Segment
from app.storage.models import Service
from app.usecases.service_saving import check_services, save_service
from tests.integration.bench import MITTE_BRANCH, PRAXIS, PRAXIS_KEY, SALON, SALON_KEY
from tests.integration.fakes import unreadable

JANA = "5a1c0e5e-1f0b-4a52-8d5a-0c5a0d7a0011"
LEYLA_OF_NORD = "5a1c0e5e-1f0b-4a52-8d5a-0c5a0d7a0013"
SOMMER_OF_THE_PRAXIS = "5a1c0e5e-1f0b-4a52-8d5a-0c5a0d7a0021"
PERM = (Segment(50, 15), Segment(5, 10), Segment(15), Segment(40))
DRAFT = ServiceDraft(name="Kur", slug="kur", event_type_id=7, duration_minutes=30, branch_id=MITTE_BRANCH)


@pytest.fixture(autouse=True)
def at_calcom(bench):
    """Event type 7 of the salon: half an hour, Jana is its host."""
    bench.calendar.accounts[SALON_KEY].event_types[7] = EventTypeSeen(7, 30, host_ids=(11,))


def seen(bench, **fields):
    bench.calendar.accounts[SALON_KEY].event_types[7] = replace(
        EventTypeSeen(7, 30, host_ids=(11,)), **fields
    )


def saved(bench, **fields):
    service_id = save_service(bench.parts, SALON, replace(DRAFT, **fields))
    assert not isinstance(service_id, ServiceRefused), [str(problem) for problem in service_id.problems]
    return next(row for row in bench.rows(Service) if row.id == service_id)


def refused(bench, **fields):
    before = len(bench.rows(Service))
    outcome = save_service(bench.parts, SALON, replace(DRAFT, **fields))
    assert isinstance(outcome, ServiceRefused)
    assert len(bench.rows(Service)) == before
    assert all(problem.cure for problem in outcome.problems)
    return [problem.field for problem in outcome.problems]


class TestSaveService:
    def test_one_that_fits_is_stored(self, bench):
        service = saved(bench, staff_id=JANA, synonyms=(" Haarkur ", ""))
        assert (service.name, service.calcom_event_type_id, service.duration_minutes) == ("Kur", 7, 30)
        assert (service.synonyms, service.is_composite) == (["Haarkur"], False)
        assert bench.calendar.count("find_event_type") == 1

    def test_a_composite_one_is_as_long_as_its_segments(self, bench):
        seen(bench, length_minutes=135)
        service = saved(bench, segments=PERM, duration_minutes=None)
        assert (service.duration_minutes, service.is_composite, len(service.segments)) == (135, True, 4)

    def test_a_change_keeps_its_id(self, bench):
        first = saved(bench)
        assert saved(bench, service_id=first.id, name="Große Kur").id == first.id

    def test_there_is_one_default_in_a_branch(self, bench):
        service = saved(bench, is_default=True)
        defaults = [row.id for row in bench.rows(Service) if row.is_default and row.branch_id == MITTE_BRANCH]
        assert defaults == [service.id]

    @pytest.mark.parametrize(
        ("fields", "field"),
        [
            ({"is_seated": True}, "event_type_id"),
            ({"is_recurring": True}, "event_type_id"),
            ({"is_managed": True}, "event_type_id"),
            ({"length_minutes": 60}, "duration_minutes"),
            ({"length_minutes": None}, "duration_minutes"),
        ],
    )
    def test_an_event_type_that_does_not_fit_is_named(self, bench, fields, field):
        seen(bench, **fields)
        assert refused(bench) == [field]

    @pytest.mark.parametrize(
        ("fields", "field"),
        [
            ({"event_type_id": 8}, "event_type_id"),  # not in this account
            ({"event_type_id": 2563193}, "event_type_id"),  # booked by Haarschnitt
            ({"slug": "haarschnitt"}, "slug"),
            ({"slug": "Kur!"}, "slug"),
            ({"name": " "}, "name"),
            ({"duration_minutes": None}, "duration_minutes"),
            ({"duration_minutes": 0}, "duration_minutes"),
            ({"buffer_after_minutes": -5}, "buffer_after_minutes"),
            ({"minimum_notice_minutes": -1}, "minimum_notice_minutes"),
            ({"staff_id": SOMMER_OF_THE_PRAXIS}, "staff_id"),  # of another company
            ({"staff_id": LEYLA_OF_NORD}, "staff_id"),  # not a host of the event type
            ({"branch_id": "7c1de1f0-58f2-4f0b-9a36-5d6fd8c0a2b4"}, "branch_id"),  # of another company
            ({"service_id": 9}, "service_id"),  # of another company
            ({"segments": (Segment(30, 5),)}, "segments"),
            ({"segments": (Segment(0), Segment(30))}, "segments"),
            ({"segments": PERM}, "duration_minutes"),
        ],
    )
    def test_what_is_wrong_is_named_by_its_field(self, bench, fields, field):
        assert field in refused(bench, **fields)

    def test_the_same_event_type_at_another_company_is_no_hindrance(self, bench):
        bench.calendar.accounts[PRAXIS_KEY].event_types[7] = EventTypeSeen(7, 30)
        saved(bench)
        draft = replace(DRAFT, branch_id=None)
        assert not isinstance(save_service(bench.parts, PRAXIS, draft), ServiceRefused)

    def test_what_could_not_be_asked_is_not_saved(self, bench):
        bench.calendar.script("find_event_type", unreadable)
        assert refused(bench) == ["event_type_id"]

    def test_a_wrong_key_is_named_as_the_cure(self, bench):
        bench.calendar.script(
            "find_event_type", lambda _about, _do: CheckFailed("status 401", is_misconfigured=True)
        )
        (problem,) = save_service(bench.parts, SALON, DRAFT).problems
        assert "API key" in str(problem)

    def test_a_draft_that_is_wrong_in_itself_costs_no_request(self, bench):
        refused(bench, slug="")
        assert bench.calendar.asked == []


class TestCheckServices:
    @pytest.fixture(autouse=True)
    def as_seeded(self, bench):
        for service in bench.rows(Service):
            key = SALON_KEY if service.company_id == SALON else PRAXIS_KEY
            event_type_id = service.calcom_event_type_id
            bench.calendar.accounts[key].event_types[event_type_id] = EventTypeSeen(
                event_type_id, service.duration_minutes
            )

    def test_all_that_fit_have_no_problems(self, bench):
        checked = check_services(bench.parts)
        assert {service.company_id for service in checked} == {SALON, PRAXIS}
        assert len(checked) == 11
        assert [service for service in checked if service.problems] == []

    def test_one_company_alone(self, bench):
        assert {service.company_id for service in check_services(bench.parts, PRAXIS)} == {PRAXIS}

    def test_one_that_was_taken_out_of_the_account_is_found(self, bench):
        del bench.calendar.accounts[SALON_KEY].event_types[2563195]
        (wrong,) = [service for service in check_services(bench.parts) if service.problems]
        assert (wrong.company_id, wrong.name) == (SALON, "Färben")
        assert "2563195 is not in this company" in str(wrong.problems[0])

    def test_a_retired_one_may_be_gone(self, bench):
        del bench.calendar.accounts[SALON_KEY].event_types[2563195]
        with bench.parts.transactions.transaction(1, "change") as session:
            session.get(Service, 3).is_active = False
        assert [service for service in check_services(bench.parts) if service.problems] == []

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import delete, insert, select, update
from sqlalchemy.orm import Session

from app.domain.statuses import AppointmentStatus, AuditEvent
from app.storage.models import Appointment, AuditEntry, Company
from app.storage.scope import AuditBypassed
from fixtures.factories import NOW, AppointmentFactory, AuditEntryFactory, bound
from tests.databases import OURS


@pytest.fixture
def appointment_id(database) -> int:
    with database.transaction(OURS, "arrange", actor="retell") as session, bound(session):
        return AppointmentFactory.create(company=session.get(Company, OURS)).id


def trail(database) -> list[AuditEntry]:
    with database.transaction(OURS, "look") as session:
        return list(session.scalars(select(AuditEntry).order_by(AuditEntry.id)))


class TestTrail:
    def test_tells_who_made_an_appointment_and_with_what(self, database, appointment_id):
        [entry] = trail(database)
        assert (entry.event, entry.actor, entry.made_at) == (AuditEvent.CREATED, "retell", NOW)
        assert entry.appointment_id == appointment_id
        assert entry.changes["status"] == [None, "confirmed"]

    def test_tells_from_what_to_what_a_field_changed(self, database, appointment_id):
        with database.transaction(OURS, "move", actor="worker") as session:
            appointment = session.get(Appointment, appointment_id)
            before = appointment.starts_at
            appointment.starts_at = before + timedelta(hours=1)
            appointment.status = AppointmentStatus.CANCELLED
            after = appointment.starts_at
        entry = trail(database)[-1]
        assert (entry.event, entry.actor) == (AuditEvent.UPDATED, "worker")
        assert entry.changes == {
            "starts_at": [before.isoformat(), after.isoformat()],
            "status": ["confirmed", "cancelled"],
        }

    def test_keeps_what_a_deleted_appointment_was(self, database, appointment_id):
        with database.transaction(OURS, "delete") as session:
            session.delete(session.get(Appointment, appointment_id))
        entry = trail(database)[-1]
        assert (entry.event, entry.appointment_id) == (AuditEvent.DELETED, appointment_id)
        assert entry.changes["status"] == ["confirmed", None]

    def test_says_nothing_when_nothing_changed(self, database, appointment_id):
        with database.transaction(OURS, "touch") as session:
            appointment = session.get(Appointment, appointment_id)
            appointment.status = AppointmentStatus.CONFIRMED
        assert len(trail(database)) == 1

    def test_goes_with_a_change_that_is_rolled_back(self, database, appointment_id):
        with database.transaction(OURS, "cancel") as session:
            session.get(Appointment, appointment_id).status = AppointmentStatus.CANCELLED
            session.flush()
            session.rollback()
        assert len(trail(database)) == 1

    def test_has_an_entry_for_each_flush(self, database, appointment_id):
        with database.transaction(OURS, "twice") as session:
            appointment = session.get(Appointment, appointment_id)
            for status in (AppointmentStatus.PENDING, AppointmentStatus.CANCELLED):
                appointment.status = status
                session.flush()
        assert [entry.changes["status"][1] for entry in trail(database)] == [
            "confirmed",
            "pending",
            "cancelled",
        ]


class TestNoWayRound:
    @pytest.mark.parametrize(
        "statement",
        [
            update(Appointment).values(status=AppointmentStatus.CANCELLED),
            delete(Appointment),
            insert(Appointment).values(company_id=OURS),
            update(AuditEntry).values(actor="nobody"),
            delete(AuditEntry),
        ],
        ids=["update", "delete", "insert", "rewrite the trail", "delete the trail"],
    )
    @pytest.mark.parametrize("sweeping", [False, True], ids=["one company", "sweep"])
    def test_statements_on_audited_rows_are_refused(self, database, statement, sweeping):
        opened = database.sweep("try", "try") if sweeping else database.transaction(OURS, "try")
        with pytest.raises(AuditBypassed), opened as session:
            session.execute(statement)

    @pytest.mark.parametrize("change", ["update", "delete"])
    def test_an_entry_is_never_touched_again(self, database, appointment_id, change):
        def tamper(session: Session) -> None:
            entry = session.scalars(select(AuditEntry)).one()
            if change == "update":
                entry.actor = "nobody"
            else:
                session.delete(entry)

        with pytest.raises(AuditBypassed), database.transaction(OURS, "tamper") as session:
            tamper(session)
        assert [entry.actor for entry in trail(database)] == ["retell"]

    def test_an_entry_can_be_added(self, database, appointment_id):
        with database.transaction(OURS, "add") as session, bound(session):
            company = session.get(Company, OURS)
            AuditEntryFactory.create(company=company, appointment=session.get(Appointment, appointment_id))
        assert len(trail(database)) == 2

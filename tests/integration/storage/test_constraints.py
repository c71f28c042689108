"""What the database refuses by itself, whatever code writes to it: tried with the bare driver."""

from __future__ import annotations

import sqlite3

import pytest
from sqlalchemy import ForeignKeyConstraint

from app.storage.models import Base
from tests.databases import OURS, THEIRS, fill_with_two_companies, open_database

REFERENCES = [
    (table, constraint)
    for table in Base.metadata.sorted_tables
    for constraint in sorted(table.foreign_key_constraints, key=lambda constraint: constraint.column_keys)
    if constraint.referred_table.name != "companies"
]


def column_of(constraint: ForeignKeyConstraint) -> str:
    return next(name for name in constraint.column_keys if name != "company_id")


def id_of(reference) -> str:
    table, constraint = reference
    return f"{table.name}.{column_of(constraint)}"


@pytest.fixture(scope="module")
def file(tmp_path_factory):
    """A database file with rows of every class for each of two companies."""
    path = tmp_path_factory.mktemp("constraints") / "gateway.sqlite3"
    database = open_database(f"sqlite:///{path}")
    database.create_all()
    fill_with_two_companies(database)
    database.close()
    return path


@pytest.fixture
def bare(file):
    """The bare driver; what a test wrote is rolled back."""
    connection = sqlite3.connect(file)
    connection.execute("PRAGMA foreign_keys=ON")
    yield connection
    connection.rollback()
    connection.close()


class TestReferences:
    @pytest.mark.parametrize("reference", REFERENCES, ids=id_of)
    def test_the_database_refuses_a_reference_into_another_company(self, bare, reference):
        table, constraint = reference
        theirs = bare.execute(
            f"SELECT id FROM {constraint.referred_table.name} WHERE company_id = ?", (THEIRS,)
        ).fetchone()[0]
        with pytest.raises(sqlite3.IntegrityError, match="FOREIGN KEY"):
            bare.execute(
                f"UPDATE {table.name} SET {column_of(constraint)} = ?"
                f" WHERE rowid = (SELECT min(rowid) FROM {table.name} WHERE company_id = ?)",
                (theirs, OURS),
            )

    @pytest.mark.parametrize("reference", REFERENCES, ids=id_of)
    def test_every_reference_carries_the_company(self, reference):
        _, constraint = reference
        assert constraint.column_keys[0] == "company_id"
        assert [element.column.name for element in constraint.elements] == ["company_id", "id"]

    @pytest.mark.parametrize("table", Base.metadata.sorted_tables, ids=lambda table: table.name)
    def test_every_table_belongs_to_a_company(self, table):
        assert table.name == "companies" or not table.c.company_id.nullable


class TestUniqueness:
    def test_one_appointment_for_each_booking(self, bare):
        with pytest.raises(sqlite3.IntegrityError, match="calcom_booking_uid"):
            bare.execute(
                "INSERT INTO appointments SELECT id + 100, branch_id, service_id, staff_id, customer_id, call_id,"
                " NULL, starts_at, ends_at, status, calcom_booking_uid, calcom_booking_id, sync_origin,"
                " previous_starts_at, rescheduled_count, reconciliation_status, reconciliation_notes,"
                " has_data_mismatch, requires_manual_review, booking_details, created_at, updated_at, version,"
                " company_id FROM appointments WHERE company_id = ?",
                (OURS,),
            )

    @pytest.mark.parametrize(
        ("table", "column", "value"),
        [
            ("appointments", "calcom_booking_uid", "sameUidInTwoAccounts00"),
            ("services", "calcom_event_type_id", 2563193),
            ("webhook_events", "event_key", "same key"),
            ("calls", "retell_call_id", "call_1"),
        ],
    )
    def test_two_companies_may_hold_the_same_foreign_id(self, bare, table, column, value):
        one_each = f"id IN (SELECT min(id) FROM {table} GROUP BY company_id)"
        assert bare.execute(f"UPDATE {table} SET {column} = ? WHERE {one_each}", (value,)).rowcount == 2

    def test_uids_that_differ_in_case_only_are_two(self, bare):
        first = bare.execute("SELECT min(id) FROM webhook_events").fetchone()[0]
        bare.execute("UPDATE webhook_events SET calcom_booking_uid = 'aBc' WHERE id = ?", (first,))
        assert bare.execute(
            "SELECT count(*) FROM webhook_events WHERE calcom_booking_uid = 'abc'"
        ).fetchone() == (0,)

    def test_a_held_cell_has_one_holder_and_a_released_one_any_number(self, bare):
        row = bare.execute(
            "SELECT attempt_id, calendar, cell_at FROM claim_cells WHERE company_id = 1"
        ).fetchone()
        insert = "INSERT INTO claim_cells (company_id, attempt_id, calendar, cell_at, active) VALUES (1, ?, ?, ?, ?)"
        with pytest.raises(sqlite3.IntegrityError, match="UNIQUE"):
            bare.execute(insert, (*row, 1))
        for _ in range(3):
            bare.execute(insert, (*row, None))

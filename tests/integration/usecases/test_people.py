from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import timedelta

import pytest
from sqlalchemy import event

from app.domain.phonetics import name_key
from app.domain.speech import VoiceStatus
from app.domain.statuses import AppointmentStatus, SyncOrigin
from app.storage import customers
from app.storage.models import Appointment, StaffMember
from app.usecases.commands import AppointmentWish
from app.usecases.people import check_customer, get_customer_appointments
from tests.integration.bench import CALL, CALLER, LINDENHOF, RIVAL_CALL, SALON, WISH

CUT, ADVICE, DYE = 1, 2, 3
"""Services of the seeded branch."""
MOST_STATEMENTS = 4
MANY = 20_000


@pytest.fixture
def knows(bench):
    """Adds a customer the company knows, with appointments at these days from now; returns his id."""

    def knows(name="Erika Muster", phone=CALLER, *visits: tuple[int, int], **fields) -> int:
        parts, branch_id = bench.parts, bench.context(None).branch_id
        with parts.transactions.transaction(SALON, "know") as session:
            staff = {row.name: row.id for row in session.query(StaffMember)}
            row = customers.add(
                session,
                parts.vault,
                company_id=SALON,
                name=name,
                phone=phone,
                email="erika@example.com",
                source=SyncOrigin.SYSTEM,
                now=bench.clock.now(),
            )
            row.note_ciphertext = parts.vault.seal("mag keinen Föhn")
            session.flush()
            for number, (days, service) in enumerate(visits):
                starts_at = bench.clock.now() + timedelta(days=days)
                session.add(
                    Appointment(
                        **{
                            "company_id": SALON,
                            "branch_id": branch_id,
                            "service_id": service,
                            "staff_id": staff["Jana"],
                            "customer_id": row.id,
                            "starts_at": starts_at,
                            "ends_at": starts_at + timedelta(minutes=30),
                            "status": AppointmentStatus.CONFIRMED,
                            "calcom_booking_uid": f"{name}-{number}",
                            "sync_origin": SyncOrigin.SYSTEM,
                            "created_at": bench.clock.now(),
                            "updated_at": bench.clock.now(),
                        }
                        | fields
                    )
                )
            return row.id

    return knows


@pytest.fixture
def check(bench):
    def check(name=None, call_id=CALL, **call):
        return check_customer(bench.parts, bench.context(call_id, **call), AppointmentWish(name=name))

    return check


@pytest.fixture
def theirs(bench):
    def theirs(name=None, call_id=CALL, **call):
        context = bench.context(call_id, **call)
        return get_customer_appointments(bench.parts, context, AppointmentWish(name=name))

    return theirs


@contextmanager
def statements_of(bench) -> Iterator[list[str]]:
    """Collect the statements that are sent meanwhile."""
    sent: list[str] = []

    def note(_connection, _cursor, statement, *_):
        sent.append(statement)

    engine = bench.gateway.database._engine
    event.listen(engine, "before_cursor_execute", note)
    yield sent
    event.remove(engine, "before_cursor_execute", note)


class TestCheckCustomer:
    def test_a_known_number_is_greeted_by_name(self, knows, check):
        erika = knows()
        answer = check()
        assert (answer.status, answer.success, answer.reason) == (VoiceStatus.FOUND, True, "known")
        assert answer.message == "Schön, dass Sie wieder anrufen, Erika Muster."
        assert answer.details["customer_exists"] is answer.details["customer_found"] is True
        assert answer.details["customer"]["id"] == erika

    def test_the_agent_gets_every_field_and_no_stored_contact(self, knows, check):
        knows("Erika Muster", CALLER, (-30, CUT), (-60, CUT), (-90, CUT), (7, ADVICE))
        customer = check().details["customer"]
        assert {key: value for key, value in customer.items() if key not in {"id", "preferred_staff_id"}} == {
            "name": "Erika Muster",
            "phone": CALLER,
            "email": None,
            "has_email": True,
            "notes": "mag keinen Föhn",
            "last_visit": "2025-09-13",
            "predicted_service": "Haarschnitt",
            "service_confidence": 0.75,
            "preferred_staff": "Jana",
            "appointment_history": customer["appointment_history"],
        }
        assert [entry["date"] for entry in customer["appointment_history"]][:2] == [
            "2025-10-20",
            "2025-09-13",
        ]
        assert "example.com" not in json.dumps(customer)

    def test_what_was_cancelled_predicts_nothing(self, knows, check):
        knows("Erika Muster", CALLER, (-30, CUT), status=AppointmentStatus.CANCELLED)
        customer = check().details["customer"]
        assert (customer["predicted_service"], customer["last_visit"]) == (None, None)

    def test_a_prediction_never_beats_what_is_said(self, bench, knows, check):
        knows("Erika Muster", CALLER, *[(-30 * n, DYE) for n in range(1, 9)])
        assert check().details["customer"]["predicted_service"] == "Färben"
        assert bench.check(replace(WISH, dienstleistung="Beratung")).service == "Beratung"
        assert bench.check(WISH, RIVAL_CALL).service == "Haarschnitt"

    def test_several_people_on_a_number_are_asked_who_it_is(self, knows, check):
        knows("Axel Klein")
        petra = knows("Petra Klein")
        answer = check()
        assert (answer.status, answer.details["customer"]) == (VoiceStatus.FOUND, None)
        assert answer.message == "Schön, dass Sie wieder anrufen. Mit wem spreche ich bitte?"
        assert check("Petra Klein").details["customer"]["id"] == petra

    @pytest.mark.parametrize(
        ("name", "message"),
        [
            (None, "Schön, dass Sie anrufen. Auf welchen Namen darf ich Sie eintragen?"),
            ("guten Tag", "Schön, dass Sie anrufen. Auf welchen Namen darf ich Sie eintragen?"),
            ("Hans Schuster", "Schön, dass Sie anrufen, Hans Schuster. Was kann ich für Sie tun?"),
        ],
    )
    def test_an_unknown_number_is_a_new_customer(self, check, name, message):
        answer = check(name)
        assert (answer.status, answer.message) == (VoiceStatus.NEW_CUSTOMER, message)
        assert answer.details == {"customer_exists": False, "customer_found": False, "customer": None}

    def test_another_name_on_a_known_number_learns_nothing_of_it(self, knows, check):
        knows()
        answer = check("Hans Schuster")
        assert (answer.status, answer.details["customer"]) == (VoiceStatus.NEW_CUSTOMER, None)
        assert "Erika" not in answer.message

    @pytest.mark.parametrize("name", [None, "Erika Muster"])
    def test_a_hidden_number_is_anonymous(self, knows, check, name):
        knows()
        answer = check(name, caller=None)
        assert (answer.status, answer.details["customer"]) == (VoiceStatus.ANONYMOUS, None)

    def test_another_companys_customer_is_new_here(self, knows, check):
        knows()
        assert check(dialled=LINDENHOF).status is VoiceStatus.NEW_CUSTOMER


class TestAmongManyCustomers:
    """100 seconds of the original went into comparing one name after the other (incidents, section 6)."""

    @pytest.fixture
    def crowd(self, bench):
        index, key, now = (
            bench.parts.vault.phone_index,
            name_key("Hans Schuster"),
            "2025-10-13 08:00:00.000000",
        )
        rows = (
            (SALON, "Hans Schuster", key, index(f"+49151{number:08}"), f"{number:064x}", "system", now)
            for number in range(MANY)
        )
        raw = bench.gateway.database._engine.raw_connection()  # a session would look at each of the rows
        raw.driver_connection.execute("BEGIN")
        raw.driver_connection.executemany(
            "INSERT INTO customers (company_id, name, name_key, phone_index, phone_tail_index, source, created_at)"
            " VALUES (?, ?, ?, ?, ?, ?, ?)",
            rows,
        )
        raw.commit()
        raw.close()

    def test_a_few_statements_find_one_each_by_an_index(self, bench, knows, crowd):
        knows("Hansi Sputer", CALLER, (-30, CUT), (-60, CUT))
        for name in (None, "Hansi Sputa"):
            context = bench.context()
            with statements_of(bench) as sent:
                answer = check_customer(bench.parts, context, AppointmentWish(name=name))
            assert answer.options == ("Hansi Sputer",)
            assert len([each for each in sent if each.startswith("SELECT")]) <= MOST_STATEMENTS
            self.assert_indexed(bench, context, name)
        with statements_of(bench) as sent:
            stranger = bench.context(RIVAL_CALL, caller="+4917199999999")
            sent.clear()
            answer = check_customer(bench.parts, stranger, AppointmentWish(name="Hans Schuster"))
        assert answer.status is VoiceStatus.NEW_CUSTOMER
        assert len([each for each in sent if each.startswith("SELECT")]) <= MOST_STATEMENTS

    def assert_indexed(self, bench, context, name):
        plans = []
        engine = bench.gateway.database._engine

        def explain(connection, _cursor, statement, parameters, *_):
            if statement.startswith("SELECT"):
                raw = connection.connection.dbapi_connection
                plans.extend(row[3] for row in raw.execute(f"EXPLAIN QUERY PLAN {statement}", parameters))

        event.listen(engine, "before_cursor_execute", explain)
        check_customer(bench.parts, context, AppointmentWish(name=name))
        event.remove(engine, "before_cursor_execute", explain)
        assert plans
        assert [plan for plan in plans if plan.startswith("SCAN")] == []


class TestGetCustomerAppointments:
    def test_one_to_come_is_said_with_service_and_full_date(self, knows, theirs):
        knows("Erika Muster", CALLER, (7, CUT))
        answer = theirs()
        assert answer.message == "Sie haben einen Termin: Haarschnitt am Montag, 20. Oktober um 10:00 Uhr."
        assert answer.details["appointments"] == [
            {
                "appointment_id": "Erika Muster-0",
                "date": "2025-10-20",
                "time": "10:00",
                "service": "Haarschnitt",
                "staff": "Jana",
                "status": "confirmed",
            }
        ]

    def test_five_are_spoken_ten_are_listed_those_to_come_first(self, knows, theirs):
        days = [-3, -2, *range(1, 10)]
        knows("Erika Muster", CALLER, *[(day, CUT) for day in days])
        answer = theirs()
        assert answer.message.startswith("Sie haben 9 Termine. Die nächsten 5 sind: ")
        assert len(answer.options) == 5
        dates = [entry["date"] for entry in answer.details["appointments"]]
        assert dates == [*(f"2025-10-{13 + day}" for day in range(1, 10)), "2025-10-11"]

    def test_only_past_ones_are_none_to_come(self, knows, theirs):
        knows("Erika Muster", CALLER, (-3, CUT))
        answer = theirs()
        assert (answer.status, len(answer.details["appointments"])) == (VoiceStatus.NO_APPOINTMENTS, 1)

    def test_a_stranger_gets_none_and_no_word_of_whose_they_are(self, knows, theirs):
        knows("Erika Muster", CALLER, (7, CUT))
        for who in ({"caller": "+4915199999999"}, {"caller": None}):
            answer = theirs("Erika Muster", **who)
            assert answer.status in {VoiceStatus.NO_CUSTOMER, VoiceStatus.UNAUTHORIZED}
            assert "appointments" not in answer.details
            assert "Oktober" not in answer.message

    def test_a_hidden_caller_gets_what_his_call_made(self, bench, theirs):
        bench.book(caller=None)
        assert theirs(caller=None).message == (
            "Sie haben einen Termin: Haarschnitt am Montag, 20. Oktober um 14:00 Uhr."
        )
        assert theirs("Erika Muster", caller=None).status is VoiceStatus.APPOINTMENTS
        assert theirs(call_id=RIVAL_CALL, caller=None).status is VoiceStatus.UNAUTHORIZED
        bench.clock.advance(minutes=31)
        assert theirs(caller=None).status is VoiceStatus.UNAUTHORIZED

    def test_another_companys_are_not_told(self, bench, knows, theirs):
        knows("Erika Muster", CALLER, (7, CUT))
        bench.book(dialled=LINDENHOF)
        assert [entry["service"] for entry in theirs().details["appointments"]] == ["Haarschnitt"]
        assert [entry["service"] for entry in theirs(dialled=LINDENHOF).details["appointments"]] == [
            "Erstgespräch"
        ]

    def test_the_fourth_guess_is_not_answered(self, theirs):
        told = [theirs("Erika Muster", caller=None).status for _ in range(4)]
        assert told == [VoiceStatus.UNAUTHORIZED] * 3 + [VoiceStatus.RATE_LIMIT_EXCEEDED]

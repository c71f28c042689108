"""What has to hold on a database server as it does on a file: migrations, scope, references, races."""

from __future__ import annotations

import contextvars
import threading
from datetime import UTC, datetime
from itertools import count

import greenlet
import pytest
from sqlalchemy import create_engine, func, insert, select, text
from sqlalchemy.exc import IntegrityError

from app.storage import migrate
from app.storage.models import Appointment, AuditEntry, ClaimCell, Company, Customer, WebhookEvent
from fixtures.factories import NOW, BookingAttemptFactory, CompanyFactory, CustomerFactory, bound
from tests.databases import OURS, OWNED, THEIRS, fill_with_two_companies, open_database
from tests.integration.storage import postgres

pytestmark = pytest.mark.skipif(not postgres.is_installed(), reason=postgres.ABSENT)

_numbers = count()


@pytest.fixture(scope="module")
def server():
    with postgres.running_server() as server:
        yield server


def _new_database(server: str, name: str) -> str:
    engine = create_engine(f"{server}/postgres", isolation_level="AUTOCOMMIT")
    with engine.connect() as connection:
        connection.exec_driver_sql(f"CREATE DATABASE {name}")
    engine.dispose()
    return f"{server}/{name}"


@pytest.fixture
def url(server):
    """An empty database of its own."""
    return _new_database(server, f"askpro_{next(_numbers)}")


@pytest.fixture
def filled(url):
    migrate.upgrade(url)
    database = open_database(url)
    fill_with_two_companies(database)
    yield database
    database.close()


class TestMigrations:
    def test_from_nothing_make_what_the_models_say(self, url):
        migrate.upgrade(url)
        assert migrate.differences(url) == []
        migrate.downgrade(url)
        assert migrate.current(url) is None


class TestTransactions:
    def test_run_at_read_committed(self, filled):
        with filled.sweep("look at settings", "look") as session:
            assert session.scalar(text("SHOW transaction_isolation")) == "read committed"

    def test_keep_microseconds_and_utc(self, filled):
        instant = datetime(2025, 10, 26, 0, 30, 0, 123456, tzinfo=UTC)
        with filled.transaction(OURS, "write") as session, bound(session):
            customer = CustomerFactory.create(company=session.get(Company, OURS), created_at=instant)
        with filled.transaction(OURS, "look") as session:
            assert session.get(Customer, customer.id).created_at == instant

    def test_tell_uids_apart_by_case(self, filled):
        with filled.transaction(OURS, "look") as session:
            event = session.scalars(select(WebhookEvent)).first()
            event.calcom_booking_uid = "aBc"
            session.flush()
            assert (
                session.scalars(select(WebhookEvent).where(WebhookEvent.calcom_booking_uid == "abc")).all()
                == []
            )


@pytest.fixture(scope="module")
def attacked(server):
    """A row of every class for each of two companies."""
    url = _new_database(server, "attacked")
    database = open_database(url)
    database.create_all()
    fill_with_two_companies(database)
    yield database
    database.close()


class TestNumbers:
    def test_go_on_after_rows_that_came_with_ids(self, filled):
        filled.number_after_given_ids()
        with filled.sweep("a new company", "write") as session, bound(session):
            assert CompanyFactory.create().id == THEIRS + 1


class TestScope:
    @pytest.mark.parametrize("model", OWNED, ids=lambda model: model.__name__)
    def test_shows_one_company(self, attacked, model):
        with attacked.transaction(OURS, "look") as session:
            assert {row.company_id for row in session.scalars(select(model))} == {OURS}

    def test_a_reference_into_another_company_is_refused_by_the_server(self, attacked):
        bare = create_engine(attacked.url)
        try:
            with bare.begin() as connection, pytest.raises(IntegrityError, match="foreign key"):
                connection.exec_driver_sql(
                    f"UPDATE appointments SET customer_id ="
                    f" (SELECT min(id) FROM customers WHERE company_id = {THEIRS}) WHERE company_id = {OURS}"
                )
        finally:
            bare.dispose()

    def test_changes_are_audited(self, attacked):
        with attacked.transaction(OURS, "change", actor="worker") as session:
            appointment = session.scalars(select(Appointment)).first()
            appointment.requires_manual_review = True
        with attacked.transaction(OURS, "look") as session:
            entry = session.scalars(select(AuditEntry).order_by(AuditEntry.id.desc())).first()
        assert entry.changes == {"requires_manual_review": [False, True]}


class TestRace:
    """Nothing yields inside a transaction of the virtual world, so races in a database need threads here."""

    CALLERS = 12
    ROUNDS = 5

    def test_one_of_many_claims_wins_each_round(self, filled):
        with filled.transaction(OURS, "arrange") as session, bound(session):
            company = session.get(Company, OURS)
            attempts = [BookingAttemptFactory.create(company=company).id for _ in range(self.CALLERS)]
        for round_number in range(self.ROUNDS):
            won, lost = self._race(filled, attempts, f"calendar-{round_number}")
            assert (won, lost) == (1, self.CALLERS - 1)

    def _race(self, database, attempts, calendar: str) -> tuple[int, int]:
        barrier, outcomes = threading.Barrier(len(attempts)), []

        def claim(attempt_id: str) -> None:
            try:
                with database.transaction(OURS, "claim") as session:
                    barrier.wait(30)
                    row = {"company_id": OURS, "attempt_id": attempt_id, "calendar": calendar}
                    session.execute(insert(ClaimCell), [row | {"cell_at": NOW, "active": 1}])
                outcomes.append("won")
            except IntegrityError:
                outcomes.append("lost")

        threads = [threading.Thread(target=claim, args=(attempt,)) for attempt in attempts]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join(60)
        with database.transaction(OURS, "look") as session:
            held = select(func.count()).select_from(ClaimCell).where(ClaimCell.calendar == calendar)
            assert session.scalar(held) == 1
        return outcomes.count("won"), outcomes.count("lost")


class TestAbandon:
    def test_ends_what_a_crashed_gateway_left_open(self, filled, url):
        def doomed() -> None:
            with filled.transaction(OURS, "settle") as session:
                session.add(Customer(company_id=OURS, name="never settled", created_at=NOW))
                session.flush()
                greenlet.getcurrent().parent.switch()

        stopped = greenlet.greenlet(doomed)
        stopped.gr_context = contextvars.Context()
        stopped.switch()
        filled.abandon()
        successor = open_database(url)
        with successor.transaction(OURS, "look") as look:
            assert look.scalars(select(Customer).where(Customer.name == "never settled")).all() == []
            assert look.scalar(text("SELECT count(*) FROM pg_stat_activity WHERE state LIKE 'idle in%'")) == 0
        assert not stopped.dead
        successor.close()

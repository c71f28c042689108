from __future__ import annotations

import contextvars
import threading

import greenlet
import pytest
from sqlalchemy import func, select, text

from app.storage.database import DatabaseAbandoned, ReadOnlyTransaction, TransactionOpen, assert_idle
from app.storage.models import Branch, Company, Customer, SharedValue
from fixtures.factories import NOW
from tests.databases import OURS, THEIRS, open_database


def customer(name: str, company_id: int = OURS) -> Customer:
    return Customer(company_id=company_id, name=name, created_at=NOW)


def names(database) -> list[str]:
    with database.transaction(OURS, "look") as session:
        return list(session.scalars(select(Customer.name).order_by(Customer.id)))


class Boom(Exception):
    pass


class TestTransaction:
    def test_commits_at_the_end(self, database):
        with database.transaction(OURS, "write") as session:
            session.add(customer("Erika"))
        assert names(database) == ["Erika"]

    @pytest.mark.parametrize("error", [Boom, KeyboardInterrupt, greenlet.GreenletExit])
    def test_rolls_back_on_any_exception(self, database, error):
        def fail_after_a_write() -> None:
            with database.transaction(OURS, "write") as session:
                session.add(customer("Erika"))
                session.flush()
                raise error

        with pytest.raises(error):
            fail_after_a_write()
        assert names(database) == []

    def test_leaves_objects_readable_after_it(self, database):
        with database.transaction(OURS, "write") as session:
            row = customer("Erika")
            session.add(row)
        assert (row.id, row.name) == (1, "Erika")

    def test_carries_what_storage_needs(self, database):
        with database.transaction(OURS, "settle", actor="worker-1") as session:
            assert {"vault", "scope", "label", "actor", "now"} <= set(session.info)
            assert (session.info["label"], session.info["actor"]) == ("settle", "worker-1")

    def test_refuses_to_nest_instead_of_waiting_for_itself(self, database):
        outer, inner = database.transaction(OURS, "outer"), database.transaction(OURS, "inner")
        with outer, pytest.raises(TransactionOpen, match="outer"), inner:
            pass
        assert names(database) == []

    def test_a_failed_flush_frees_the_lock(self, database):
        with pytest.raises(Exception), database.transaction(OURS, "write") as session:  # noqa: B017, PT011
            session.add(Customer(company_id=OURS, created_at=NOW))  # no name
        assert names(database) == []


class TestSweep:
    def test_sees_every_company(self, database):
        with database.sweep("count companies", "look") as session:
            assert session.scalar(select(func.count()).select_from(Company)) == 2

    def test_needs_a_reason(self, database):
        with pytest.raises(ValueError, match="why"), database.sweep("", "look"):
            pass


class TestReadOnly:
    def test_reads(self, database):
        with database.transaction(OURS, "look", read_only=True) as session:
            assert session.scalar(select(Company.id)) == OURS

    def test_refuses_objects(self, database):
        with pytest.raises(ReadOnlyTransaction), database.transaction(OURS, "x", read_only=True) as session:
            session.add(customer("Erika"))

    def test_refuses_statements(self, database):
        with pytest.raises(ReadOnlyTransaction), database.transaction(OURS, "x", read_only=True) as session:
            session.query(Customer).delete()

    def test_reads_while_another_thread_writes(self, database):
        seen = []
        with database.transaction(OURS, "write") as session:
            session.add(customer("Erika"))
            session.flush()
            reader = threading.Thread(target=lambda: seen.append(_count(database, read_only=True)))
            reader.start()
            reader.join(10)
        assert seen == [0]


def _count(database, *, read_only: bool = False) -> int:
    with database.transaction(OURS, "count", read_only=read_only) as session:
        return session.scalar(select(func.count()).select_from(Customer))


class TestIdle:
    def test_holds_outside_a_transaction(self, database):
        database.assert_idle()

    def test_is_broken_inside_one(self, database):
        with database.transaction(OURS, "claim"), pytest.raises(TransactionOpen, match="claim"):
            assert_idle()
        assert_idle()

    def test_holds_again_after_an_error(self, database):
        with pytest.raises(Boom), database.transaction(OURS, "claim"):
            raise Boom
        database.assert_idle()

    def test_is_a_matter_of_each_thread(self, database):
        errors = []

        def elsewhere():
            try:
                database.assert_idle()
            except TransactionOpen as error:
                errors.append(error)

        with database.transaction(OURS, "claim"):
            thread = threading.Thread(target=elsewhere)
            thread.start()
            thread.join(10)
        assert errors == []

    def test_is_a_matter_of_each_greenlet(self, database):
        other = greenlet.greenlet(database.assert_idle)
        other.gr_context = contextvars.Context()
        with database.transaction(OURS, "claim"):
            other.switch()


class TestAbandon:
    def crash_inside_a_transaction(self, database):
        def doomed():
            with database.transaction(OURS, "settle") as session:
                session.add(customer("never settled"))
                session.flush()
                greenlet.getcurrent().parent.switch()

        stopped = greenlet.greenlet(doomed)
        stopped.gr_context = contextvars.Context()
        stopped.switch()
        return stopped

    def test_rolls_back_and_frees_the_lock_for_the_next_gateway(self, database, url):
        stopped = self.crash_inside_a_transaction(database)
        database.abandon()
        successor = open_database(url)
        assert names(successor) == []
        successor.close()
        assert not stopped.dead

    def test_runs_harmlessly_when_the_dead_code_is_collected(self, database, url):
        stopped = self.crash_inside_a_transaction(database)
        database.abandon()
        successor = open_database(url)
        with successor.transaction(OURS, "write") as session:
            session.add(customer("Erika"))
            session.flush()
            stopped.throw(greenlet.GreenletExit)
        assert names(successor) == ["Erika"]
        successor.close()

    def test_a_dead_gateway_opens_nothing_any_more(self, database):
        database.abandon()
        with pytest.raises(DatabaseAbandoned), database.transaction(OURS, "late"):
            pass


class TestSqlite:
    @pytest.mark.parametrize(
        ("pragma", "value"), [("journal_mode", "wal"), ("synchronous", 2), ("foreign_keys", 1)]
    )
    def test_is_set_up_for_safety(self, database, pragma, value):
        with database.sweep("look at settings", "look") as session:
            assert session.scalar(text(f"PRAGMA {pragma}")) == value

    def test_only_values_of_a_minute_do_not_wait_for_the_disk(self, database):
        with database.volatile_transaction(OURS, "a value") as session:
            assert session.scalar(text("PRAGMA synchronous")) == 1
        with database.transaction(OURS, "a record") as session:
            assert session.scalar(text("PRAGMA synchronous")) == 2

    def test_they_are_confined_and_kept_like_records(self, database):
        with database.volatile_transaction(OURS, "write") as session:
            session.add(SharedValue(company_id=OURS, name="a", value="1", expires_at=NOW))
        with database.volatile_transaction(THEIRS, "read") as session:
            assert session.scalars(select(SharedValue)).all() == []
        with database.transaction(OURS, "read", read_only=True) as session:
            assert session.scalars(select(SharedValue)).one().version == 1

    def test_many_threads_lose_no_write(self, database):
        barrier = threading.Barrier(20)
        errors = []

        def write(number: int) -> None:
            try:
                barrier.wait(10)
                for turn in range(10):
                    with database.transaction(OURS, "write") as session:
                        session.add(customer(f"{number}-{turn}"))
            except Exception as error:  # noqa: BLE001 - shown by the assertion
                errors.append(error)

        threads = [threading.Thread(target=write, args=(number,)) for number in range(20)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join(60)
        assert errors == []
        assert len(names(database)) == 200

    def test_two_processes_databases_wait_for_each_other(self, database, url):
        other = open_database(url)
        done = threading.Event()

        def write_elsewhere() -> None:
            with other.transaction(OURS, "write") as session:
                session.add(customer("second"))
            done.set()

        with database.transaction(OURS, "write") as session:
            thread = threading.Thread(target=write_elsewhere)
            thread.start()
            session.add(customer("first"))
        assert done.wait(20)
        thread.join(10)
        other.close()
        assert names(database) == ["first", "second"]

    def test_works_in_memory(self):
        database = open_database("sqlite://")
        database.create_all()
        with database.sweep("a company", "arrange") as session:
            session.add(Company(id=OURS, name="Salon", mailbox="a@salon.example"))
        assert _count(database, read_only=True) == 0
        database.close()


class TestTheDatabaseItself:
    def test_knows_both_companies(self, filled):
        for company_id in (OURS, THEIRS):
            with filled.transaction(company_id, "look") as session:
                assert {branch.company_id for branch in session.scalars(select(Branch))} == {company_id}

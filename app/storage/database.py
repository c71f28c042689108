"""Engine, transactions and the rule that nothing waits inside one. Dialects differ here and nowhere else."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from sqlalchemy import Engine, create_engine, event, func, select
from sqlalchemy.engine import Connection, ExecutionContext, make_url
from sqlalchemy.orm import ORMExecuteState, Session
from sqlalchemy.pool import ConnectionPoolEntry, QueuePool, StaticPool

from app.domain.identifiers import CompanyId
from app.storage import audit, scope
from app.storage.encryption import Vault
from app.storage.models import Base

GATEWAY: Final = "gateway"
"""Who changes rows unless a transaction names somebody else."""

BUSY_SECONDS: Final = 30
"""How long SQLite waits for another process's write."""

_POOL: Final = {"pool_size": 16, "max_overflow": 48}
"""Together more than the threads of one gateway process, so that a thread never waits for a connection."""

READ_ONLY: Final = "askpro_read_only"
VOLATILE: Final = "askpro_volatile"
"""Execution option of a transaction that a power failure may undo."""

_open_transaction: ContextVar[str | None] = ContextVar("open_transaction", default=None)


class TransactionOpen(Exception):
    """Something that may wait was about to begin inside a transaction (design, section 2)."""


class DatabaseAbandoned(Exception):
    """The gateway that this database belonged to has crashed."""


class ReadOnlyTransaction(Exception):
    """A row was about to be written in a transaction that only reads."""


class ScopedSession(Session):
    """A session of one scope; `session.info` has "vault", "scope", "label", "actor" and "now"."""

    def flush(self, objects: Any = None) -> None:
        """Write what changed; its statements were checked object by object, so the connection trusts them."""
        if not self._is_clean():
            info = self.connection().info
            outer = info.get(scope.CONFINED, False)
            info[scope.CONFINED] = True
            try:
                super().flush(objects)
            finally:
                info[scope.CONFINED] = outer


@dataclass(slots=True, eq=False)
class _Ticket:
    """One running transaction, so that a crash can end it from outside."""

    session: Session
    connection: Connection
    holds_lock: bool
    ended: bool = False


class Database:
    """Transactions on one database, each confined to one company unless it is a sweep.

    Args:
        url: SQLAlchemy URL. SQLite files run in WAL with one writer at a time.
        vault: Opens personal fields; sessions carry it.
        now: Returns the current instant, for audit entries.
    """

    def __init__(self, url: str, vault: Vault, *, now: Callable[[], datetime]) -> None:
        self.url = url
        self._vault = vault
        self._now = now
        self._engine = _engine(url)
        self._readers = self._engine.execution_options(**{READ_ONLY: True})
        self._volatile = self._engine.execution_options(**{VOLATILE: True})
        self._sqlite = self._engine.dialect.name == "sqlite"
        self._shares_connection = isinstance(self._engine.pool, StaticPool)
        self._write_lock = threading.Lock()
        self._tickets: set[_Ticket] = set()
        self._abandoned = False

    @contextmanager
    def transaction(
        self, company_id: CompanyId, label: str, *, actor: str = GATEWAY, read_only: bool = False
    ) -> Iterator[Session]:
        """Run one transaction on one company's rows: commits at the end, rolls back on any exception.

        Args:
            company_id: The only company whose rows are seen and written.
            label: Names the step in logs and in tests that inject errors.
            actor: Who changes appointments, for the audit trail.
            read_only: Nothing is written, so no write lock is taken.

        Raises:
            TransactionOpen: If this context holds a transaction already.
        """
        with self._session(scope.CompanyScope(company_id), label, actor, read_only) as session:
            yield session

    @contextmanager
    def volatile_transaction(self, company_id: CompanyId, label: str) -> Iterator[Session]:
        """Run one writing transaction that need not outlive a power failure; else as `transaction`.

        It does not wait for the disk. For values that mean nothing a minute later, never for records.
        """
        with self._session(scope.CompanyScope(company_id), label, GATEWAY, False, self._volatile) as session:
            yield session

    @contextmanager
    def sweep(
        self, reason: str, label: str, *, actor: str = GATEWAY, read_only: bool = False
    ) -> Iterator[Session]:
        """Run one transaction across companies, for a stated reason; else as `transaction`."""
        if not reason:
            raise ValueError("a sweep across companies says why")
        with self._session(scope.SweepScope(reason), label, actor, read_only) as session:
            yield session

    def assert_idle(self) -> None:
        """Raise TransactionOpen if the current context holds a transaction. In front of whatever may wait."""
        assert_idle()

    def create_all(self) -> None:
        """Create all tables; for tests, since migrations make them elsewhere."""
        Base.metadata.create_all(self._engine)

    def number_after_given_ids(self) -> None:
        """Let new rows be numbered after rows that came with ids of their own, as seeded ones do.

        Only PostgreSQL has to be told: its counters know nothing of given ids.
        """
        if self._engine.dialect.name != "postgresql":
            return
        with self._engine.begin() as connection:
            trusted = connection.execution_options(**{scope.CONFINED: True})
            for table in Base.metadata.sorted_tables:
                column = table.autoincrement_column
                if column is not None:
                    counter = func.pg_get_serial_sequence(table.name, column.name)
                    highest = select(func.coalesce(func.max(column), 0) + 1).scalar_subquery()
                    trusted.execute(select(func.setval(counter, highest, False)))

    def abandon(self) -> None:
        """End what a crashed gateway left open, running none of its code: roll back, close, free the lock."""
        self._abandoned = True
        for ticket in list(self._tickets):
            ticket.ended = True
            self._tickets.discard(ticket)
            ticket.connection.invalidate()
            if ticket.holds_lock:
                self._write_lock.release()
        self._engine.dispose()

    def close(self) -> None:
        """Close all connections."""
        self._engine.dispose()

    @contextmanager
    def _session(
        self, seen: scope.Scope, label: str, actor: str, read_only: bool, engine: Engine | None = None
    ) -> Iterator[Session]:
        assert_idle()
        if self._abandoned:
            raise DatabaseAbandoned(label)
        engine = engine or (self._readers if read_only else self._engine)
        ticket = self._begin(seen, label, actor, read_only, engine)
        token = _open_transaction.set(label)
        try:
            yield ticket.session
            ticket.session.commit()
        except BaseException:
            ticket.session.rollback()
            raise
        finally:
            _open_transaction.reset(token)
            self._end(ticket)

    def _begin(self, seen: scope.Scope, label: str, actor: str, read_only: bool, engine: Engine) -> _Ticket:
        info = {"vault": self._vault, "scope": seen, "label": label, "actor": actor, "now": self._now}
        session = ScopedSession(bind=engine, expire_on_commit=False, info=info | {READ_ONLY: read_only})
        holds_lock = self._sqlite and (not read_only or self._shares_connection)
        if holds_lock:
            self._write_lock.acquire()
        try:
            ticket = _Ticket(session, session.connection(), holds_lock)
        except BaseException:
            if holds_lock:
                self._write_lock.release()
            raise
        self._tickets.add(ticket)
        return ticket

    def _end(self, ticket: _Ticket) -> None:
        if ticket.ended:  # the gateway was declared dead meanwhile
            return
        ticket.ended = True
        self._tickets.discard(ticket)
        try:
            ticket.session.close()
        finally:
            if ticket.holds_lock:
                self._write_lock.release()


def assert_idle() -> None:
    """Raise TransactionOpen if the current context holds a transaction of any database."""
    label = _open_transaction.get()
    if label is not None:
        raise TransactionOpen(f"the transaction {label!r} is open; nothing may wait or nest inside it")


def _engine(url: str) -> Engine:
    dialect = make_url(url).get_backend_name()
    options: dict[str, Any] = {"pool_pre_ping": dialect != "sqlite"}
    if dialect == "sqlite":
        options |= _sqlite_options(url)
    else:
        options |= _POOL | {"isolation_level": "READ COMMITTED"}
    engine = create_engine(url, **options)
    event.listen(engine, "before_cursor_execute", _refuse_unchecked)
    if dialect == "sqlite":
        event.listen(engine, "connect", _prepare_sqlite)
        event.listen(engine, "begin", _begin_sqlite)
    elif dialect == "postgresql":
        event.listen(engine, "begin", _begin_postgres)
    return engine


def _sqlite_options(url: str) -> dict[str, Any]:
    arguments = {"check_same_thread": False, "timeout": BUSY_SECONDS}
    if make_url(url).database in (None, "", ":memory:"):
        return {"poolclass": StaticPool, "connect_args": arguments}
    return {"poolclass": QueuePool, "connect_args": arguments} | _POOL


def _prepare_sqlite(connection: Any, _entry: ConnectionPoolEntry) -> None:
    connection.isolation_level = None  # the driver must not begin transactions of its own
    cursor = connection.cursor()
    cursor.execute("PRAGMA journal_mode=WAL")
    cursor.execute("PRAGMA synchronous=FULL")
    cursor.execute("PRAGMA foreign_keys=ON")
    cursor.close()


def _begin_sqlite(connection: Connection) -> None:
    """Begin as a writer at once: a reader that becomes one later fails when another wrote in between."""
    options = connection.get_execution_options()
    if options.get(
        VOLATILE, False
    ):  # WAL: a crash of ours loses nothing, one of the machine the last commits
        connection.exec_driver_sql("PRAGMA synchronous=NORMAL")
    elif not options.get(READ_ONLY, False):
        connection.exec_driver_sql("PRAGMA synchronous=FULL")
    connection.exec_driver_sql("BEGIN" if options.get(READ_ONLY, False) else "BEGIN IMMEDIATE")


def _begin_postgres(connection: Connection) -> None:
    if connection.get_execution_options().get(VOLATILE, False):
        connection.exec_driver_sql("SET LOCAL synchronous_commit TO OFF")


def _refuse_unchecked(
    connection: Connection,
    _cursor: Any,
    statement: str,
    _parameters: Any,
    context: ExecutionContext | None,
    _executemany: bool,
) -> None:
    options = {} if context is None else context.execution_options
    scope.refuse_unchecked(connection, statement, options)


@event.listens_for(ScopedSession, "do_orm_execute")
def _confine(state: ORMExecuteState) -> None:
    if not state.is_select and state.session.info.get(READ_ONLY):
        raise ReadOnlyTransaction(state.session.info["label"])
    scope.confine(state)


@event.listens_for(ScopedSession, "before_attach")
def _refuse_stranger(session: Session, instance: object) -> None:
    scope.refuse_stranger(session, instance)


@event.listens_for(ScopedSession, "before_flush")
def _refuse_foreign_flush(session: Session, _context: Any, _instances: Any) -> None:
    if session.info.get(READ_ONLY):
        raise ReadOnlyTransaction(session.info["label"])
    scope.refuse_foreign_flush(session)


@event.listens_for(ScopedSession, "after_flush")
def _record_changes(session: Session, _context: Any) -> None:
    audit.record_changes(session)

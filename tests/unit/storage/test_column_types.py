from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone
from enum import StrEnum

import pytest
from sqlalchemy import Column, Integer, MetaData, Table, create_engine, insert, select
from sqlalchemy.dialects import mysql, postgresql, sqlite
from sqlalchemy.exc import StatementError
from sqlalchemy.schema import CreateTable

from app.storage.models import Base
from app.storage.models.base import ForeignUid, UtcDateTime, one_of

BERLIN_SUMMER = timezone(timedelta(hours=2))


class Colour(StrEnum):
    RED = "red"


@pytest.fixture
def table():
    return Table(
        "things",
        MetaData(),
        Column("id", Integer, primary_key=True),
        Column("at", UtcDateTime),
        Column("uid", ForeignUid),
        Column("colour", one_of(Colour)),
    )


@pytest.fixture
def connection(table):
    engine = create_engine("sqlite://")
    with engine.connect() as connection:
        table.create(connection)
        yield connection
    engine.dispose()


class TestUtcDateTime:
    def test_gives_back_the_same_instant_in_utc_with_microseconds(self, connection, table):
        instant = datetime(2025, 10, 20, 14, 0, 0, 123456, tzinfo=BERLIN_SUMMER)
        connection.execute(insert(table).values(at=instant))
        stored = connection.scalar(select(table.c.at))
        assert stored == instant
        assert (stored.tzinfo, stored.hour, stored.microsecond) == (UTC, 12, 123456)

    def test_refuses_a_naive_instant(self, connection, table):
        with pytest.raises(StatementError, match="no time zone"):
            connection.execute(insert(table).values(at=datetime(2025, 10, 20, 14)))  # noqa: DTZ001

    def test_refuses_a_naive_instant_in_a_question_too(self, connection, table):
        with pytest.raises(StatementError, match="no time zone"):
            connection.execute(select(table).where(table.c.at > datetime(2025, 10, 20)))  # noqa: DTZ001

    def test_keeps_none(self, connection, table):
        connection.execute(insert(table).values(at=None))
        assert connection.scalar(select(table.c.at)) is None

    def test_tells_apart_the_two_half_past_two_of_the_change_over_day(self, connection, table):
        first = datetime(2025, 10, 26, 0, 30, tzinfo=UTC)
        connection.execute(insert(table), [{"at": first}, {"at": first + timedelta(hours=1)}])
        assert len(set(connection.scalars(select(table.c.at)))) == 2


class TestOneOf:
    def test_gives_back_the_enums_member(self, connection, table):
        connection.execute(insert(table).values(colour=Colour.RED))
        assert connection.scalar(select(table.c.colour)) is Colour.RED

    def test_refuses_a_value_that_is_none_of_them(self, connection, table):
        with pytest.raises(StatementError):
            connection.execute(insert(table).values(colour="green"))


class TestDialects:
    @pytest.mark.parametrize("table", Base.metadata.sorted_tables, ids=lambda table: table.name)
    @pytest.mark.parametrize("dialect", [sqlite, postgresql, mysql], ids=lambda module: module.__name__[20:])
    def test_every_table_can_be_written_in_every_dialect(self, table, dialect):
        assert "CREATE TABLE" in str(CreateTable(table).compile(dialect=dialect.dialect()))

    def test_mysql_keeps_microseconds_and_the_case_of_uids(self, table):
        text = str(CreateTable(table).compile(dialect=mysql.dialect()))
        assert "DATETIME(6)" in text
        assert "utf8mb4_bin" in text

    @pytest.mark.parametrize("table", Base.metadata.sorted_tables, ids=lambda table: table.name)
    def test_every_instant_is_stored_as_utc(self, table):
        kinds = {type(column.type) for column in table.columns if column.name.endswith(("_at", "_until"))}
        assert kinds <= {UtcDateTime}

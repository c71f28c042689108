"""One suite for every store of shared values: what a gateway relies on, whichever it is given."""

from __future__ import annotations

import itertools
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

import pytest
from sqlalchemy import create_engine

from app.domain.errors import SharedValuesUnavailable
from app.storage.database import TransactionOpen
from app.storage.models.shared import NAME_LENGTH, VALUE_LENGTH
from app.storage.redis_values import RedisValues
from app.storage.shared_values import DatabaseValues
from app.usecases.ports import SharedValues
from fixtures.factories import CompanyFactory, bound
from tests.contract import redis_server
from tests.databases import OURS, THEIRS, open_database
from tests.integration.fakes import ManualClock, MemoryValues
from tests.integration.storage import postgres

NAME = "calcom.line"
THREADS = 16
TURNS = 5


@dataclass
class Shop:
    """A store, opened as often as there are processes, and the clock they share."""

    clock: ManualClock
    open: Callable[[], SharedValues]


def _companies(url: str, clock: ManualClock) -> Iterator[Shop]:
    opened = []

    def open_values() -> DatabaseValues:
        opened.append(open_database(url))
        return DatabaseValues(opened[-1], clock.now)

    open_values()
    opened[0].create_all()
    with opened[0].sweep("two companies", "arrange") as session, bound(session):
        CompanyFactory.create(id=OURS)
        CompanyFactory.create(id=THEIRS)
    yield Shop(clock, open_values)
    for database in opened:
        database.close()


@pytest.fixture(scope="module")
def postgres_server():
    with postgres.running_server() as server:
        yield server


@pytest.fixture(scope="module")
def redis_url():
    with redis_server.running_server() as url:
        yield url


_numbers = itertools.count()


@pytest.fixture(
    params=[
        "memory",
        "sqlite",
        pytest.param(
            "postgres", marks=pytest.mark.skipif(not postgres.is_installed(), reason=postgres.ABSENT)
        ),
        pytest.param(
            "redis", marks=pytest.mark.skipif(not redis_server.is_installed(), reason=redis_server.ABSENT)
        ),
    ]
)
def shop(request, tmp_path) -> Iterator[Shop]:
    clock = ManualClock()
    if request.param == "memory":
        values = MemoryValues(clock.now)
        yield Shop(clock, lambda: values)
    elif request.param == "sqlite":
        yield from _companies(f"sqlite:///{tmp_path / 'shared.sqlite3'}", clock)
    elif request.param == "postgres":
        yield from _companies(_new_database(request.getfixturevalue("postgres_server")), clock)
    else:
        yield from _redis(request.getfixturevalue("redis_url"), clock)


def _new_database(server: str) -> str:
    name = f"shared_{next(_numbers)}"
    engine = create_engine(f"{server}/postgres", isolation_level="AUTOCOMMIT")
    with engine.connect() as connection:
        connection.exec_driver_sql(f"CREATE DATABASE {name}")
    engine.dispose()
    return f"{server}/{name}"


def _redis(url: str, clock: ManualClock) -> Iterator[Shop]:
    opened: list[RedisValues] = []

    def open_values() -> RedisValues:
        opened.append(RedisValues(url, clock.now))
        return opened[-1]

    open_values()._client.flushdb()
    yield Shop(clock, open_values)
    for values in opened:
        values.close()


@pytest.fixture
def values(shop) -> SharedValues:
    return shop.open()


def put(values, text, *, company=OURS, name=NAME, keep_seconds=60.0):
    return values.change(company, name, lambda _: (text, text), keep_seconds=keep_seconds)


def one_more(text: str | None) -> tuple[str, int]:
    number = int(text or 0) + 1
    return str(number), number


class TestOneValue:
    def test_there_is_none_at_first(self, values):
        assert values.read(OURS, NAME) is None

    def test_what_was_written_is_read(self, values):
        put(values, "a")
        assert values.read(OURS, NAME) == "a"
        put(values, "b")
        assert values.read(OURS, NAME) == "b"

    def test_a_step_sees_what_there_is_and_its_tale_comes_back(self, values):
        seen = []

        def step(text):
            seen.append(text)
            return "new", ("told", text)

        assert values.change(OURS, NAME, step, keep_seconds=60) == ("told", None)
        assert values.change(OURS, NAME, step, keep_seconds=60) == ("told", "new")
        assert seen == [None, "new"]

    def test_a_step_that_gives_nothing_leaves_it(self, values):
        put(values, "a")
        assert values.change(OURS, NAME, lambda text: (None, text), keep_seconds=0) == "a"
        assert values.read(OURS, NAME) == "a"

    def test_a_step_that_raises_changes_nothing(self, values):
        put(values, "a")

        def broken(_text):
            raise RuntimeError("a bug of ours")

        with pytest.raises(RuntimeError):
            values.change(OURS, NAME, broken, keep_seconds=60)
        assert values.read(OURS, NAME) == "a"

    def test_the_same_text_may_be_written_again(self, values):
        assert [put(values, "a") for _ in range(3)] == ["a"] * 3

    def test_the_longest_fits(self, values):
        put(values, "ä" * VALUE_LENGTH, name="n" * NAME_LENGTH)
        assert values.read(OURS, "n" * NAME_LENGTH) == "ä" * VALUE_LENGTH


class TestKeepingApart:
    def test_companies(self, values):
        put(values, "ours")
        put(values, "theirs", company=THEIRS)
        assert (values.read(OURS, NAME), values.read(THEIRS, NAME)) == ("ours", "theirs")

    def test_names(self, values):
        put(values, "7", name="slots.7")
        assert values.read(OURS, "slots.70") is None


class TestExpiry:
    def test_a_value_is_there_until_its_time_is_over(self, shop, values):
        put(values, "a", keep_seconds=60)
        shop.clock.advance(seconds=59.9)
        assert values.read(OURS, NAME) == "a"
        shop.clock.advance(seconds=0.1)
        assert values.read(OURS, NAME) is None

    def test_a_step_does_not_see_one_that_is_over_and_may_write_anew(self, shop, values):
        put(values, "a", keep_seconds=60)
        shop.clock.advance(seconds=60)
        assert values.change(OURS, NAME, one_more, keep_seconds=60) == 1
        assert values.read(OURS, NAME) == "1"

    def test_writing_again_keeps_it_longer(self, shop, values):
        put(values, "a", keep_seconds=60)
        shop.clock.advance(seconds=50)
        put(values, "a", keep_seconds=60)
        shop.clock.advance(seconds=50)
        assert values.read(OURS, NAME) == "a"


class TestProcesses:
    def test_one_sees_at_once_what_another_wrote(self, shop):
        one, other = shop.open(), shop.open()
        put(one, "a")
        assert other.read(OURS, NAME) == "a"
        put(other, "b")
        assert one.read(OURS, NAME) == "b"

    def test_of_many_changes_at_once_none_is_lost_and_no_two_see_the_same(self, shop):
        stores = [shop.open() for _ in range(4)]
        barrier = threading.Barrier(THREADS, timeout=60)

        def count(number: int) -> list[int]:
            values = stores[number % len(stores)]
            barrier.wait()
            return [values.change(OURS, NAME, one_more, keep_seconds=60) for _ in range(TURNS)]

        with ThreadPoolExecutor(THREADS) as pool:
            seen = sorted(itertools.chain.from_iterable(pool.map(count, range(THREADS))))
        assert seen == list(range(1, THREADS * TURNS + 1))
        assert stores[0].read(OURS, NAME) == str(THREADS * TURNS)

    def test_of_many_first_ones_at_once_one_comes_first(self, shop):
        stores = [shop.open() for _ in range(4)]
        barrier = threading.Barrier(8, timeout=60)

        def be_first(number: int) -> bool:
            barrier.wait()
            return stores[number % 4].change(
                OURS, NAME, lambda text: ("taken", text is None), keep_seconds=60
            )

        with ThreadPoolExecutor(8) as pool:
            assert sum(pool.map(be_first, range(8))) == 1


class TestDatabaseRows:
    @pytest.fixture
    def database(self, tmp_path):
        database = open_database(f"sqlite:///{tmp_path / 'shared.sqlite3'}")
        yield database
        database.close()

    def test_without_its_table_it_says_that_it_is_out_of_reach(self, database):
        values = DatabaseValues(database, ManualClock().now)
        with pytest.raises(SharedValuesUnavailable):
            values.read(OURS, NAME)
        with pytest.raises(SharedValuesUnavailable):
            put(values, "a")

    def test_it_is_never_used_inside_a_transaction(self, database):
        values = DatabaseValues(database, ManualClock().now)
        with database.transaction(OURS, "outer", read_only=True), pytest.raises(TransactionOpen):
            values.read(OURS, NAME)


@pytest.mark.skipif(not redis_server.is_installed(), reason=redis_server.ABSENT)
class TestRedis:
    def test_out_of_reach_it_says_so(self):
        values = RedisValues(f"redis://127.0.0.1:{redis_server._free_port()}/0", ManualClock().now)
        with pytest.raises(SharedValuesUnavailable):
            values.read(OURS, NAME)
        with pytest.raises(SharedValuesUnavailable):
            put(values, "a")
        values.close()

    def test_it_cleans_up_after_itself(self, redis_url):
        values = RedisValues(redis_url, ManualClock().now)
        put(values, "a", keep_seconds=60)
        assert 60 < values._client.ttl("askpro:1:calcom.line") <= 60 + 3600
        values.close()

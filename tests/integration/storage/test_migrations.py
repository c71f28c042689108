from __future__ import annotations

import pytest
from sqlalchemy import create_engine, inspect

from app.storage import migrate
from app.storage.models import Base
from tests.databases import fill_with_two_companies, open_database


class TestUpgrade:
    def test_from_nothing_makes_what_the_models_say(self, url):
        assert migrate.is_empty(url)
        migrate.upgrade(url)
        assert migrate.differences(url) == []

    def test_ends_at_the_newest_revision(self, url):
        migrate.upgrade(url)
        assert migrate.current(url) == migrate.newest()

    def test_twice_changes_nothing(self, url):
        migrate.upgrade(url)
        migrate.upgrade(url)
        assert migrate.differences(url) == []

    def test_makes_the_folder_of_a_file(self, tmp_path):
        migrate.upgrade(f"sqlite:///{tmp_path / 'var' / 'new.sqlite3'}")
        assert (tmp_path / "var" / "new.sqlite3").exists()

    def test_makes_tables_that_the_gateway_can_use(self, url):
        migrate.upgrade(url)
        database = open_database(url)
        fill_with_two_companies(database)
        database.close()

    def test_makes_the_same_constraints_as_the_models(self, url, tmp_path):
        migrate.upgrade(url)
        made = f"sqlite:///{tmp_path / 'made.sqlite3'}"
        engine = create_engine(made)
        Base.metadata.create_all(engine)
        engine.dispose()
        assert _constraints(url) == _constraints(made)


class TestDowngrade:
    def test_leaves_no_table_of_ours(self, url):
        migrate.upgrade(url)
        migrate.downgrade(url)
        engine = create_engine(url)
        assert inspect(engine).get_table_names() == ["alembic_version"]
        engine.dispose()


class TestDifferences:
    def test_are_seen(self, url):
        migrate.upgrade(url)
        engine = create_engine(url)
        with engine.begin() as connection:
            connection.exec_driver_sql("DROP TABLE tool_calls")
        engine.dispose()
        assert ("add_table", "tool_calls") in [
            (entry[0], entry[1].name) for entry in migrate.differences(url)
        ]


def _constraints(url: str) -> dict[str, object]:
    engine = create_engine(url)
    seen = inspect(engine)
    found = {
        table: (
            sorted(map(str, seen.get_foreign_keys(table))),
            sorted(map(str, seen.get_unique_constraints(table))),
            sorted(map(str, seen.get_indexes(table))),
        )
        for table in Base.metadata.tables
    }
    engine.dispose()
    return found


@pytest.fixture(autouse=True)
def _no_files_of_ours(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)

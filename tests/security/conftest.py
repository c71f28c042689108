from __future__ import annotations

import pytest

from tests.databases import fill_with_two_companies, open_database


@pytest.fixture
def url(tmp_path):
    return f"sqlite:///{tmp_path / 'gateway.sqlite3'}"


@pytest.fixture(scope="module")
def attacked(tmp_path_factory):
    """Rows of two companies that no attack of a module is able to change."""
    database = open_database(f"sqlite:///{tmp_path_factory.mktemp('attacked') / 'gateway.sqlite3'}")
    database.create_all()
    fill_with_two_companies(database)
    yield database
    database.close()

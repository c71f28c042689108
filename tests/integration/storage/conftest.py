from __future__ import annotations

import pytest

from fixtures.factories import CompanyFactory, bound
from tests.databases import OURS, THEIRS, fill_with_two_companies, open_database


@pytest.fixture
def url(tmp_path):
    return f"sqlite:///{tmp_path / 'gateway.sqlite3'}"


@pytest.fixture
def database(url):
    """A database with two companies that own nothing yet."""
    database = open_database(url)
    database.create_all()
    with database.sweep("two companies", "arrange") as session, bound(session):
        CompanyFactory.create(id=OURS)
        CompanyFactory.create(id=THEIRS)
    yield database
    database.close()


@pytest.fixture
def filled(url):
    """A database with a row of every class for each of two companies."""
    database = open_database(url)
    database.create_all()
    fill_with_two_companies(database)
    yield database
    database.close()

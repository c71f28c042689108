from __future__ import annotations

import os

import pytest
from hypothesis import HealthCheck, settings

from tests.databases import fill_with_two_companies, open_database

_SLOW = [HealthCheck.too_slow, HealthCheck.function_scoped_fixture]
settings.register_profile(
    "askpro", deadline=None, derandomize=True, database=None, max_examples=60, suppress_health_check=_SLOW
)
settings.register_profile(
    "deep", deadline=None, database=None, max_examples=1500, suppress_health_check=_SLOW
)
settings.load_profile("deep" if os.environ.get("HYPOTHESIS_PROFILE") == "deep" else "askpro")


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

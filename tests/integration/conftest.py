"""A gateway over a real SQLite database with the seeded catalogue, a clock set by hand and Cal.com in memory."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest

from app.settings import Environment, Settings
from app.storage.database import Database
from app.storage.encryption import Vault
from fixtures.seed import load_catalogue
from tests.integration.bench import Bench, settings_for
from tests.integration.fakes import NOW


@pytest.fixture(scope="session")
def seeded_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A database file with tables and the demonstration catalogue, to be copied."""
    path = tmp_path_factory.mktemp("seeded") / "gateway.sqlite3"
    settings = Settings(environment=Environment.TEST)
    database = Database(
        f"sqlite:///{path}", Vault(settings.encryption_keys, settings.index_key), now=lambda: NOW
    )
    database.create_all()
    load_catalogue(database, settings)
    database.close()  # the last connection writes the log of changes back into the file
    return path


@pytest.fixture
def quick_folder() -> Iterator[Path]:
    """A folder in memory where there is one: each commit of the gateway waits for its file (synchronous=FULL)."""
    memory = Path("/dev/shm")
    with TemporaryDirectory(dir=memory if os.access(memory, os.W_OK) else None) as folder:
        yield Path(folder)


@pytest.fixture
def settings(seeded_file: Path, quick_folder: Path) -> Settings:
    """Settings of a gateway with a seeded database of its own."""
    path = quick_folder / "gateway.sqlite3"
    shutil.copy(seeded_file, path)
    return settings_for(path)


@pytest.fixture
def bench(settings: Settings):
    """A gateway on the bench: see `tests/integration/bench.py`."""
    bench = Bench(settings)
    yield bench
    bench.close()

"""Brings a database's tables to the models' state; Alembic without an ini file."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, create_engine, inspect, make_url

from app.storage.models import Base

SCRIPTS = Path(__file__).with_name("migrations")
BEGINNING = "base"


def upgrade(url: str, revision: str = "head") -> None:
    """Apply every migration up to `revision` that the database has not seen; make a SQLite file's folder."""
    _make_folder(url)
    with _configured(url) as (config, _):
        command.upgrade(config, revision)


def downgrade(url: str, revision: str = BEGINNING) -> None:
    """Take migrations back down to `revision`; to the beginning this drops every table, data included."""
    with _configured(url) as (config, _):
        command.downgrade(config, revision)


def current(url: str) -> str | None:
    """Return the revision a database is at; None for an empty one."""
    with _configured(url) as (_, connection):
        return MigrationContext.configure(connection).get_current_revision()


def newest() -> str | None:
    """Return the revision the models stand for."""
    return ScriptDirectory(str(SCRIPTS)).get_current_head()


def differences(url: str) -> list[Any]:
    """Return what Alembic would change to make the database equal to the models; empty when it is."""
    with _configured(url) as (_, connection):
        context = MigrationContext.configure(connection, opts={"compare_type": True})
        return list(compare_metadata(context, Base.metadata))


def is_empty(url: str) -> bool:
    """Return whether a database has no table at all."""
    with _configured(url) as (_, connection):
        return not inspect(connection).get_table_names()


def add_revision(url: str, message: str, number: str) -> None:
    """Write a new migration: what the models have and the migrated database lacks. Read it before use."""
    with _configured(url) as (config, _):
        command.revision(config, message, autogenerate=True, rev_id=number)


def _make_folder(url: str) -> None:
    parts = make_url(url)
    if parts.get_backend_name() == "sqlite" and parts.database not in (None, "", ":memory:"):
        Path(str(parts.database)).parent.mkdir(parents=True, exist_ok=True)


@contextmanager
def _configured(url: str) -> Iterator[tuple[Config, Connection]]:
    config = Config()
    config.set_main_option("script_location", str(SCRIPTS))
    engine = create_engine(url)
    try:
        with engine.connect() as connection:
            config.attributes["connection"] = connection
            yield config, connection
            connection.commit()
    finally:
        engine.dispose()

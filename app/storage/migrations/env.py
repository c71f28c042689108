"""Runs migrations on the connection that `app.storage.migrate` hands over. Alembic executes this file."""

from __future__ import annotations

from typing import Any, Literal

from alembic import context
from alembic.autogenerate.api import AutogenContext
from sqlalchemy import Enum

from app.storage.models import Base
from app.storage.models.base import ForeignUid, UtcDateTime


def render_item(kind: str, item: Any, autogen: AutogenContext) -> str | Literal[False]:
    """Return how a new migration writes our column types; a status is plain text to the database."""
    if kind != "type":
        return False
    if isinstance(item, Enum):
        return f"sa.String(length={item.length})"
    if isinstance(item, UtcDateTime | ForeignUid):
        autogen.imports.add("from app.storage.models.base import ForeignUid, UtcDateTime")
        return f"{type(item).__name__}()"
    return False


context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=Base.metadata,
    render_as_batch=True,  # SQLite changes a table by making it anew
    render_item=render_item,
    compare_type=True,
)
with context.begin_transaction():
    context.run_migrations()

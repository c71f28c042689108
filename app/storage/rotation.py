"""Seals what is stored anew with the newest key, so that an old key can be dropped."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Mapper, Session

from app.storage.encryption import Vault
from app.storage.models import Base

SEALED_SUFFIX = "_ciphertext"
"""How an attribute that holds a token is named in every model."""

BATCH = 500


def rotate_sealed_fields(session: Session) -> int:
    """Return how many rows were sealed anew; raises VaultError if a value opens with none of the keys.

    Runs in a sweep: every company's rows. Blind indexes stay as they are.
    """
    vault: Vault = session.info["vault"]
    return sum(_rotate_table(session, vault, mapper, names) for mapper, names in sealed_attributes())


def sealed_attributes() -> Iterator[tuple[Mapper[Any], list[str]]]:
    """Yield each mapped class with its attributes that hold sealed values."""
    for mapper in sorted(Base.registry.mappers, key=lambda mapper: mapper.class_.__name__):
        names = sorted(name for name in mapper.column_attrs.keys() if name.endswith(SEALED_SUFFIX))  # noqa: SIM118
        if names:
            yield mapper, names


def _rotate_table(session: Session, vault: Vault, mapper: Mapper[Any], names: list[str]) -> int:
    count = 0
    for row in session.scalars(select(mapper).execution_options(yield_per=BATCH)):
        for name in names:
            token = getattr(row, name)
            if token is not None:
                setattr(row, name, vault.rotate(token))
        count += 1
    session.flush()
    return count

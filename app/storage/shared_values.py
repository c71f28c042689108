"""Values that processes share, as rows of the database."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Final, TypeVar

from sqlalchemy import Select, insert, select, update
from sqlalchemy.exc import IntegrityError, SQLAlchemyError
from sqlalchemy.orm import Session

from app.domain.errors import SharedValuesUnavailable
from app.domain.identifiers import CompanyId
from app.storage.database import Database
from app.storage.models import SharedValue
from app.storage.results import changed_rows

T = TypeVar("T")

READ: Final = "read_shared_value"
CHANGE: Final = "change_shared_value"
ROUNDS = 100
"""How often a change is begun anew because somebody was quicker; the row's lock makes the second one rare."""


class Overtaken(Exception):
    """Another process wrote the value in between: nothing is kept, the change begins anew."""


class DatabaseValues:
    """One row for each company and name; a change is one transaction that does not wait for the disk."""

    def __init__(self, database: Database, now: Callable[[], datetime]) -> None:
        self._database = database
        self._now = now

    def read(self, company_id: CompanyId, name: str) -> str | None:
        """Return the text, None when there is none or its time is over."""
        try:
            with self._database.transaction(company_id, READ, read_only=True) as session:
                row = session.execute(_row(name)).one_or_none()
        except SQLAlchemyError as error:
            raise SharedValuesUnavailable(type(error).__name__) from error
        return row.value if row is not None and self._now() < row.expires_at else None

    def change(
        self,
        company_id: CompanyId,
        name: str,
        step: Callable[[str | None], tuple[str | None, T]],
        *,
        keep_seconds: float,
    ) -> T:
        """Replace a text as one act and return what `step` told; see the port."""
        for _ in range(ROUNDS):
            try:
                with self._database.volatile_transaction(company_id, CHANGE) as session:
                    return self._change(session, company_id, name, step, keep_seconds)
            except (IntegrityError, Overtaken):
                continue  # a transaction after a lost race is a new one
            except SQLAlchemyError as error:
                raise SharedValuesUnavailable(type(error).__name__) from error
        raise SharedValuesUnavailable(f"{name} was never left alone")

    def close(self) -> None:
        """Do nothing: the connections are the database's."""

    def _change(
        self,
        session: Session,
        company_id: CompanyId,
        name: str,
        step: Callable[[str | None], tuple[str | None, T]],
        keep_seconds: float,
    ) -> T:
        row = session.execute(_row(name).with_for_update()).one_or_none()
        now = self._now()
        value, told = step(row.value if row is not None and now < row.expires_at else None)
        if value is None:
            return told
        expires_at = now + timedelta(seconds=keep_seconds)
        if row is None:
            session.execute(
                insert(SharedValue).values(
                    company_id=company_id, name=name, value=value, version=1, expires_at=expires_at
                )
            )
        elif not changed_rows(
            session.execute(
                update(SharedValue)
                .where(SharedValue.name == name, SharedValue.version == row.version)
                .values(value=value, version=row.version + 1, expires_at=expires_at)
                .execution_options(synchronize_session=False)
            )
        ):
            raise Overtaken
        return told


def _row(name: str) -> Select[str, int, datetime]:
    return select(SharedValue.value, SharedValue.version, SharedValue.expires_at).where(
        SharedValue.name == name
    )

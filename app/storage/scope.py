"""Each session sees one company; whatever is not confined to it is refused (incident 1.37).

How far this goes:

* ORM statements (select, update, delete, `get`, `Query`, loads of relationships, aliases, joins, subqueries)
  get the company as a criterion on every owned entity in them.
* ORM and Core inserts must carry the company in each row. No update may write a company.
* Core statements on owned tables must compare the table's company with the session's (once for each table:
  a second, unconfined use of the same table inside one statement is not seen); text that names an owned
  table must bind `:company_id` to it. Text is searched for names, not parsed: a bound company says that its
  author thought of it, not that every part of the text uses it.
* Objects of another company can be neither attached nor flushed.
* On connections of our engine a statement on an owned table that came round all of this is refused.
* What the database itself refuses (composite foreign keys) holds even for a raw driver.

A sweep sees all companies; it has a reason, and sweeps are few enough to list.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any, Final

from sqlalchemy import Column, Table, inspect
from sqlalchemy.engine import Connection
from sqlalchemy.orm import InstanceState, ORMExecuteState, Session, with_loader_criteria
from sqlalchemy.sql import operators, visitors
from sqlalchemy.sql.elements import BinaryExpression, BindParameter, ColumnClause, TextClause

from app.domain.identifiers import CompanyId
from app.storage.models import Appointment, AuditEntry, Base, Company, CompanyOwned

CONFINED: Final = "askpro_confined"
"""Execution option of a statement that was checked or confined."""


class TenantScopeMissing(Exception):
    """A statement or an object came without a company to confine it to."""


class CrossCompanyWrite(Exception):
    """A row of another company was about to be written or attached."""


class AuditBypassed(Exception):
    """Audited rows change as objects, one by one; the trail itself never changes."""


@dataclass(frozen=True, slots=True)
class CompanyScope:
    """One company's rows."""

    company_id: CompanyId


@dataclass(frozen=True, slots=True)
class SweepScope:
    """All companies' rows, for a stated reason."""

    reason: str


Scope = CompanyScope | SweepScope


def scope_of(session: Session) -> Scope:
    """Return what the session may see; raises TenantScopeMissing when nobody said."""
    scope = session.info.get("scope")
    if not isinstance(scope, CompanyScope | SweepScope):
        raise TenantScopeMissing("this session belongs to no company; use Database.transaction or .sweep")
    return scope


def confine(state: ORMExecuteState) -> None:
    """Confine a statement to the session's company, or refuse it (listener of do_orm_execute)."""
    scope = scope_of(state.session)
    _refuse_unaudited(state)
    if isinstance(scope, CompanyScope):
        _refuse_foreign_rows(state, scope.company_id)
        if not state.is_relationship_load and not state.is_column_load:
            _refuse_unconfined_tables(state, scope.company_id)
        if not state.is_column_load and not state.is_insert and state.is_orm_statement:
            state.statement = state.statement.options(*_criteria(scope.company_id))
    state.update_execution_options(**{CONFINED: True})


def _criteria(company_id: CompanyId) -> tuple[Any, ...]:
    """Return what every owned entity, and the company itself, is filtered by in one statement.

    They travel on to later loads of the same objects: joined loading takes only criteria that do.
    """
    return (
        with_loader_criteria(
            CompanyOwned, lambda entity: entity.company_id == company_id, include_aliases=True
        ),
        with_loader_criteria(Company, lambda entity: entity.id == company_id, include_aliases=True),
    )


def _refuse_unaudited(state: ORMExecuteState) -> None:
    if not (state.is_insert or state.is_update or state.is_delete):
        return
    table = getattr(state.statement, "table", None)
    if table is not None and table.name in {Appointment.__tablename__, AuditEntry.__tablename__}:
        raise AuditBypassed(f"change {table.name} as objects, so that each change leaves an audit entry")


def _refuse_foreign_rows(state: ORMExecuteState, company_id: CompanyId) -> None:
    """Refuse inserts of other companies' rows and updates that hand a row over."""
    owner = owner_column(getattr(state.statement, "table", None))
    if owner is None:
        return
    if state.is_insert:
        _refuse_foreign_inserts(state, owner, company_id)
    elif state.is_update:
        if isinstance(state.parameters, list):
            raise TenantScopeMissing("an update by primary keys can't be confined to a company")
        if list(_values_of(state.statement, owner)):
            raise CrossCompanyWrite(f"{owner} is never updated")


def _refuse_foreign_inserts(state: ORMExecuteState, owner: Column[Any], company_id: CompanyId) -> None:
    if getattr(state.statement, "select", None) is not None:
        raise TenantScopeMissing("an insert from a select can't be confined to a company")
    companies = [*_values_of(state.statement, owner)]
    companies += [row[owner.name] for row in _rows(state.parameters) if owner.name in row]
    if set(companies) != {company_id}:
        raise CrossCompanyWrite(f"rows of {owner.table.name} must belong to company {company_id}")


def _rows(parameters: object) -> Iterable[Mapping[str, Any]]:
    if isinstance(parameters, Mapping):
        return [parameters]
    return parameters if isinstance(parameters, list | tuple) else ()


def _values_of(statement: Any, owner: Column[Any]) -> Iterator[object]:
    """Return what a statement's values write into the owner's column; an expression as itself."""
    rows = [dict(getattr(statement, name, None) or {}) for name in ("_values", "_ordered_values")]
    for several in getattr(statement, "_multi_values", ()):
        rows.extend(several)
    for row in rows:
        if not isinstance(row, Mapping):
            raise TenantScopeMissing("give rows as dictionaries, so that their company can be read")
        for column, value in row.items():
            if getattr(column, "name", column) == owner.name:
                yield value.effective_value if isinstance(value, BindParameter) else value


def _refuse_unconfined_tables(state: ORMExecuteState, company_id: CompanyId) -> None:
    """Refuse text and Core tables that no criterion of the ORM confines."""
    statement: Any = state.statement
    elements = list(visitors.iterate(statement))
    for element in elements:
        if isinstance(element, TextClause):
            _refuse_unconfined_text(element, state.parameters, company_id)
        elif isinstance(element, ColumnClause) and element.is_literal and names_owned_table(element.name):
            raise TenantScopeMissing("a literal column can't look into a company's tables")
    if state.is_insert:
        return
    plain = {_plain_table(element) for element in elements} - {None}
    entities = {_entity_table(element) for element in elements}
    confined = {_confined_table(element, company_id) for element in elements}
    for table in plain - entities - confined:
        raise TenantScopeMissing(f"compare {owner_column(table)} with the session's company")


def _entity_table(element: Any) -> Any:
    """Return the table of the ORM entity that an element stands for."""
    entity = _entity(element)
    return None if entity is None else entity.mapper.local_table


def _entity(element: Any) -> Any:
    """Return the entity or mapper that an element was made from; the ORM confines those."""
    annotations = getattr(element, "_annotations", {})
    return annotations.get("parententity") or annotations.get("parentmapper")


def _plain_table(element: Any) -> Table | None:
    """Return the owned table that an element names without an ORM entity."""
    if _entity(element) is not None:
        return None
    table = element.table if isinstance(element, Column) else element
    return table if isinstance(table, Table) and owner_column(table) is not None else None


def _confined_table(element: Any, company_id: CompanyId) -> Any:
    """Return the table whose company an expression compares with the session's."""
    if not isinstance(element, BinaryExpression) or element.operator is not operators.eq:
        return None
    column, bound = element.left, element.right
    if not isinstance(bound, BindParameter) or bound.effective_value != company_id:
        return None
    table = getattr(column, "table", None)
    table = getattr(table, "element", table)  # of an alias
    owner = owner_column(table)
    return table if owner is not None and owner.name == getattr(column, "name", None) else None


def _refuse_unconfined_text(text: TextClause, parameters: object, company_id: CompanyId) -> None:
    if not names_owned_table(text.text):
        return
    bound = text.compile().params.get("company_id")
    given = {row.get("company_id", bound) for row in _rows(parameters)} or {bound}
    if given != {company_id}:
        raise TenantScopeMissing("text on a company's tables must bind :company_id to the session's company")


def refuse_stranger(session: Session, instance: object) -> None:
    """Refuse to attach an object known to be another company's (listener of before_attach)."""
    scope = session.info.get("scope")
    owner = _owner_name(instance)
    if not isinstance(scope, CompanyScope) or owner is None:
        return
    state: InstanceState[Any] = inspect(instance)
    known = state.dict.get(owner)
    if known not in (None, scope.company_id) or (known is None and state.has_identity):
        raise CrossCompanyWrite(
            f"{type(instance).__name__} is not known to belong to company {scope.company_id}"
        )


def refuse_foreign_flush(session: Session) -> None:
    """Refuse a flush with another company's rows in it, or with a changed audit trail (before_flush)."""
    changed = [item for item in session.dirty if session.is_modified(item)]
    for item in (*session.new, *changed, *session.deleted):
        if isinstance(item, AuditEntry) and item not in session.new:
            raise AuditBypassed("audit entries are only ever added")
        _refuse_foreign_object(scope_of(session), item)


def _refuse_foreign_object(scope: Scope, item: object) -> None:
    owner = _owner_name(item)
    if owner is None:
        return
    state: InstanceState[Any] = inspect(item)
    if state.has_identity and state.attrs[owner].history.has_changes():
        raise CrossCompanyWrite(f"{type(item).__name__} can't be handed to another company")
    if isinstance(scope, CompanyScope) and getattr(item, owner) != scope.company_id:
        raise CrossCompanyWrite(f"{type(item).__name__} must belong to company {scope.company_id}")


def _owner_name(item: object) -> str | None:
    if isinstance(item, CompanyOwned):
        return "company_id"
    return "id" if isinstance(item, Company) else None


def owner_column(table: object) -> Column[Any] | None:
    """Return the column that says whose rows a table's rows are; None for a table without owner."""
    if not isinstance(table, Table):
        return None
    name = "id" if table.name == Company.__tablename__ else "company_id"
    column: Column[Any] | None = table.c.get(name)
    return column


@cache
def names_owned_table(sql: str) -> bool:
    """Return whether a text names a table with an owner. Found by name, so a string may look like one."""
    return any(re.search(rf"\b{table}\b", sql, re.IGNORECASE) for table in _owned_tables())


def _owned_tables() -> Iterator[str]:
    return (table.name for table in Base.metadata.tables.values() if owner_column(table) is not None)


_ROWS = re.compile(r"\s*(select|insert|update|delete|with|replace|merge)\b", re.IGNORECASE)


def refuse_unchecked(connection: Connection, statement: str, options: Mapping[str, Any]) -> None:
    """Refuse a statement on owned rows that came round the session (before_cursor_execute).

    Raises:
        TenantScopeMissing: If neither the session checked it nor its connection is in a flush.
    """
    if options.get(CONFINED) or connection.info.get(CONFINED) or not _ROWS.match(statement):
        return
    if names_owned_table(statement):
        raise TenantScopeMissing(
            "a company's rows are reached through the session of a transaction or a sweep"
        )

"""Attacks on the wall between two companies (incidents 1.17 and 1.37), one for each class of row.

Every attack runs in our company's session and returns the rows it got hold of, or raises. Ours must be among
them, so that a statement that finds nothing at all proves nothing.
"""

from __future__ import annotations

import pytest
from sqlalchemy import (
    Integer,
    and_,
    create_engine,
    delete,
    exists,
    func,
    insert,
    inspect,
    literal_column,
    or_,
    select,
    text,
    true,
    update,
)
from sqlalchemy.orm import Session, aliased, defer, load_only

from app.storage.database import ScopedSession
from app.storage.models import Appointment, AuditEntry, Company
from app.storage.scope import AuditBypassed, CompanyScope, CrossCompanyWrite, SweepScope, TenantScopeMissing
from fixtures.factories import CompanyFactory, CustomerFactory, bound
from tests.databases import OURS, OWNED, THEIRS, factory_of

AUDITED = (Appointment, AuditEntry)
UNAUDITED = [model for model in OWNED if model not in AUDITED]

every_class = pytest.mark.parametrize("model", OWNED, ids=lambda model: model.__name__)
every_unaudited_class = pytest.mark.parametrize("model", UNAUDITED, ids=lambda model: model.__name__)


@pytest.fixture
def session(attacked):
    with attacked.transaction(OURS, "attack") as session:
        yield session
        session.rollback()


@pytest.fixture(scope="module")
def their_keys(attacked):
    """What an attacker may guess: the primary key of one of their rows, by class."""
    with attacked.sweep("what the attacker guesses", "arrange") as session:
        rows = [session.scalars(select(model).where(model.company_id == THEIRS)).first() for model in OWNED]
        return {type(row): inspect(row).identity for row in rows}


def is_their_row(model, their_keys):
    """The condition that names their row by its key."""
    keys = zip(inspect(model).primary_key, their_keys[model], strict=True)
    return and_(*(column == value for column, value in keys))


def union(session, model):
    columns = select(model.company_id)
    return session.scalars(columns.union_all(columns))


def pairs(session, model):
    one, other = aliased(model), aliased(model)
    rows = session.execute(select(one.company_id, other.company_id).join(other, true())).all()
    return [company for row in rows for company in row]


def recursive(session, model):
    found = select(model.company_id).cte("found", recursive=True)
    return session.scalars(select(found.union(select(model.company_id)).c.company_id))


READS = {
    "select": lambda session, model: session.scalars(select(model)),
    "legacy query": lambda session, model: session.query(model),
    "one column": lambda session, model: session.scalars(select(model.company_id)),
    "some columns": lambda session, model: session.scalars(
        select(model).options(load_only(model.company_id))
    ),
    "a deferred column": lambda session, model: session.scalars(
        select(model).options(defer(model.company_id))
    ),
    "alias": lambda session, model: session.scalars(select(aliased(model))),
    "their own filter": lambda session, model: session.scalars(
        select(model).where(or_(model.company_id == THEIRS, true()))
    ),
    "join": lambda session, model: session.scalars(
        select(model.company_id).join(Company, Company.id == model.company_id)
    ),
    "join on anything": lambda session, model: session.scalars(
        select(model.company_id).join(Company, true())
    ),
    "outer join": lambda session, model: session.scalars(
        select(model.company_id).select_from(Company).outerjoin(model, model.company_id != 0)
    ),
    "alias in an outer join": lambda session, model: session.scalars(
        select((other := aliased(model)).company_id).select_from(Company).outerjoin(other, true())
    ),
    "all pairs": pairs,
    "subquery": lambda session, model: session.scalars(
        select(select(model.company_id).subquery().c.company_id)
    ),
    "entity over a subquery": lambda session, model: session.scalars(
        select(aliased(model, select(model).subquery()))
    ),
    "cte": lambda session, model: session.scalars(select(select(model.company_id).cte().c.company_id)),
    "recursive cte": recursive,
    "in": lambda session, model: session.scalars(
        select(Company.id).where(Company.id.in_(select(model.company_id)))
    ),
    "exists": lambda session, model: session.scalars(
        select(Company.id).where(exists(select(model.company_id).where(model.company_id == Company.id)))
    ),
    "scalar subquery": lambda session, model: session.scalars(
        select(select(func.max(model.company_id)).scalar_subquery())
    ),
    "aggregate": lambda session, model: session.scalars(select(func.max(model.company_id))),
    "union": union,
    "locking read": lambda session, model: session.scalars(select(model).with_for_update()),
    "in portions": lambda session, model: session.scalars(select(model).execution_options(yield_per=1)),
}


def companies_of(rows) -> set[int]:
    return {row if isinstance(row, int) else row.company_id for row in rows}


class TestReading:
    @pytest.mark.parametrize("attack", READS.values(), ids=READS)
    @every_class
    def test_finds_our_rows_and_none_of_theirs(self, session, model, attack):
        assert companies_of(attack(session, model)) == {OURS}

    @every_class
    def test_their_key_opens_nothing(self, session, model, their_keys):
        assert session.get(model, their_keys[model]) is None

    @every_class
    def test_asking_for_their_company_finds_nothing(self, session, model):
        assert session.scalars(select(model).where(model.company_id == THEIRS)).all() == []

    @every_class
    def test_counts_ours_alone(self, session, attacked, model):
        ours = session.scalar(select(func.count()).select_from(model))
        session.rollback()
        session.close()
        assert ours == _count_everywhere(attacked, model) / 2

    def test_the_company_itself_is_scoped_too(self, session):
        assert session.scalars(select(Company.id)).all() == [OURS]
        assert session.get(Company, THEIRS) is None

    @every_class
    def test_the_scope_changes_with_the_session(self, attacked, model):
        for company in (OURS, THEIRS, OURS):
            with attacked.transaction(company, "look") as session:
                assert companies_of(session.scalars(select(model))) == {company}


def _count_everywhere(database, model) -> int:
    bare = create_engine(database.url)
    with bare.connect() as connection:
        count = connection.scalar(select(func.count()).select_from(model.__table__))
    bare.dispose()
    return count


def harmless_column(model):
    """A column that an update may set to itself."""
    return next(column for column in inspect(model).local_table.columns if column.name != "company_id")


class TestWriting:
    @every_unaudited_class
    def test_an_update_of_everything_changes_ours_alone(self, session, model):
        column = harmless_column(model)
        result = session.execute(update(model).values({column: column}))
        assert result.rowcount == session.scalar(select(func.count()).select_from(model)) > 0

    @every_unaudited_class
    def test_an_update_by_their_key_changes_nothing(self, session, model, their_keys):
        column = harmless_column(model)
        statement = update(model).where(is_their_row(model, their_keys)).values({column: column})
        assert session.execute(statement).rowcount == 0

    @every_unaudited_class
    def test_a_delete_by_their_key_deletes_nothing(self, session, model, their_keys):
        assert session.execute(delete(model).where(is_their_row(model, their_keys))).rowcount == 0

    @every_unaudited_class
    def test_a_legacy_delete_is_confined(self, session, model):
        assert session.query(model).filter(model.company_id == THEIRS).delete() == 0

    @every_unaudited_class
    def test_no_row_can_be_handed_over(self, session, model):
        with pytest.raises(CrossCompanyWrite):
            session.execute(update(model).values(company_id=THEIRS))

    @every_class
    def test_an_object_cannot_be_handed_over(self, session, model):
        row = session.scalars(select(model)).first()
        row.company_id = THEIRS
        with pytest.raises((CrossCompanyWrite, AuditBypassed)):
            session.flush()

    @every_unaudited_class
    @pytest.mark.parametrize("shape", ["values", "many values", "parameters", "one parameter"])
    def test_their_rows_cannot_be_inserted(self, session, model, shape):
        statements = {
            "values": (insert(model).values(company_id=THEIRS),),
            "many values": (insert(model).values([{"company_id": OURS}, {"company_id": THEIRS}]),),
            "parameters": (insert(model), [{"company_id": OURS}, {"company_id": THEIRS}]),
            "one parameter": (insert(model), {"company_id": THEIRS}),
        }
        with pytest.raises(CrossCompanyWrite):
            session.execute(*statements[shape])

    @every_unaudited_class
    def test_rows_of_no_company_cannot_be_inserted(self, session, model):
        with pytest.raises(CrossCompanyWrite):
            session.execute(insert(model).values({}))

    @every_unaudited_class
    def test_an_insert_from_a_select_is_refused(self, session, model):
        with pytest.raises(TenantScopeMissing):
            session.execute(insert(model).from_select(["company_id"], select(model.company_id)))

    @every_unaudited_class
    def test_an_update_by_primary_keys_is_refused(self, session, model, their_keys):
        names = [column.name for column in inspect(model).primary_key]
        with pytest.raises((TenantScopeMissing, CrossCompanyWrite)):
            session.execute(update(model), [dict(zip(names, their_keys[model], strict=True))])

    @every_class
    def test_their_new_object_cannot_be_added(self, session, model):
        with pytest.raises(CrossCompanyWrite):
            session.add(model(company_id=THEIRS))

    @every_class
    def test_an_object_of_no_company_cannot_be_written(self, session, model):
        session.add(model())
        with pytest.raises(CrossCompanyWrite):
            session.flush()

    @every_class
    def test_their_loaded_object_cannot_be_brought_in(self, attacked, model):
        with attacked.sweep("an object that leaks", "arrange") as sweep:
            row = sweep.scalars(select(model).where(model.company_id == THEIRS)).first()
        with attacked.transaction(OURS, "attack") as session, pytest.raises(CrossCompanyWrite):
            session.add(row)

    @every_class
    def test_merging_their_object_reaches_no_row(self, attacked, model):
        with attacked.sweep("an object that leaks", "arrange") as sweep:
            row = sweep.scalars(select(model).where(model.company_id == THEIRS)).first()

        def attack() -> None:
            with attacked.transaction(OURS, "attack") as session:
                session.merge(row)

        with pytest.raises(CrossCompanyWrite):
            attack()

    def test_a_company_cannot_be_made_from_inside_another(self, session):
        with pytest.raises(CrossCompanyWrite):
            session.add(Company(id=3, name="Neu", mailbox="a@b.example"))

    def test_rows_of_ours_can_be_written_in_every_way(self, session):
        with bound(session):
            CustomerFactory.create(company=session.get(Company, OURS))
        model = next(model for model in OWNED if model.__name__ == "Policy")
        row = {"company_id": OURS, "kind": "cancellation"}
        session.execute(insert(model).values(**row))
        session.execute(insert(model), [row, row])
        assert session.execute(delete(model)).rowcount == 4


class TestGoingRound:
    """What does not come as an ORM statement."""

    @every_class
    def test_a_bare_table_is_refused(self, session, model):
        with pytest.raises(TenantScopeMissing):
            session.execute(select(model.__table__))

    @every_class
    def test_an_alias_of_a_bare_table_is_refused(self, session, model):
        with pytest.raises(TenantScopeMissing):
            session.execute(select(model.__table__.alias()))

    @every_class
    def test_a_bare_table_of_their_company_is_refused(self, session, model):
        table = model.__table__
        with pytest.raises(TenantScopeMissing):
            session.execute(select(table).where(table.c.company_id == THEIRS))

    @every_class
    def test_a_bare_table_that_asks_for_our_company_is_let_through(self, session, model):
        table = model.__table__
        rows = session.execute(select(table.c.company_id).where(table.c.company_id == OURS)).scalars()
        assert companies_of(rows) == {OURS}

    @every_unaudited_class
    @pytest.mark.parametrize("statement", [update, delete])
    def test_a_bare_write_is_refused(self, session, model, statement):
        with pytest.raises(TenantScopeMissing):
            session.execute(statement(model.__table__))

    @every_class
    def test_text_is_refused(self, session, model):
        with pytest.raises(TenantScopeMissing):
            session.execute(text(f"SELECT * FROM {model.__tablename__}"))

    @every_class
    def test_text_for_their_company_is_refused(self, session, model):
        asked = text(f"SELECT company_id FROM {model.__tablename__} WHERE company_id = :company_id")
        with pytest.raises(TenantScopeMissing):
            session.execute(asked, {"company_id": THEIRS})

    @every_class
    def test_text_for_our_company_is_let_through(self, session, model):
        asked = text(f"SELECT company_id FROM {model.__tablename__} WHERE company_id = :company_id")
        assert companies_of(session.scalars(asked, {"company_id": OURS})) == {OURS}

    @every_class
    def test_an_entity_from_text_is_refused(self, session, model):
        with pytest.raises(TenantScopeMissing):
            session.scalars(select(model).from_statement(text(f"SELECT * FROM {model.__tablename__}")))

    @every_class
    def test_the_sessions_connection_is_no_way_out(self, session, model):
        with pytest.raises(TenantScopeMissing):
            session.connection().execute(select(model.__table__))

    @every_class
    def test_a_driver_statement_on_the_connection_is_no_way_out(self, session, model):
        with pytest.raises(TenantScopeMissing):
            session.connection().exec_driver_sql(f"SELECT * FROM {model.__tablename__}")

    def test_unchecked_bulk_methods_are_no_way_out(self, session):
        model = next(model for model in OWNED if model.__name__ == "Policy")
        with pytest.raises(TenantScopeMissing):
            session.bulk_insert_mappings(inspect(model), [{"company_id": THEIRS, "kind": "x", "rules": {}}])

    def test_text_hidden_in_an_orm_statement_is_seen(self, session):
        model = OWNED[0]
        hidden = literal_column("(SELECT max(company_id) FROM customers)", Integer)
        with pytest.raises(TenantScopeMissing):
            session.scalars(select(model.company_id).where(hidden == THEIRS)).all()

    def test_a_statement_without_our_tables_is_let_through(self, session):
        assert session.scalar(text("SELECT 1")) == 1


class TestFailingClosed:
    def test_a_session_without_a_scope_reads_nothing(self, attacked):
        with ScopedSession(attacked._engine) as session, pytest.raises(TenantScopeMissing):
            session.scalars(select(Company)).all()

    def test_a_session_without_a_scope_writes_nothing(self, attacked):
        with ScopedSession(attacked._engine) as session:
            session.add(Company(id=3, name="Neu", mailbox="a@b.example"))
            with pytest.raises(TenantScopeMissing):
                session.flush()

    @every_class
    def test_a_plain_session_on_the_gateways_engine_reads_nothing(self, attacked, model):
        with Session(attacked._engine) as session, pytest.raises(TenantScopeMissing):
            session.scalars(select(model)).all()

    def test_a_bare_connection_of_the_gateways_engine_reads_nothing(self, attacked):
        with attacked._engine.connect() as connection, pytest.raises(TenantScopeMissing):
            connection.execute(select(Company.__table__))

    @pytest.mark.parametrize("scope", [None, OURS, "all"])
    def test_a_scope_is_nothing_but_a_scope(self, attacked, scope):
        session = ScopedSession(attacked._engine, info={"scope": scope})
        with session, pytest.raises(TenantScopeMissing):
            session.scalars(select(Company)).all()


class TestSweeps:
    @every_class
    def test_a_sweep_sees_both(self, attacked, model):
        with attacked.sweep("look at everybody", "look") as session:
            assert companies_of(session.scalars(select(model))) == {OURS, THEIRS}

    def test_scopes_cannot_be_changed(self):
        with pytest.raises(AttributeError):
            CompanyScope(OURS).company_id = THEIRS
        assert SweepScope("why").reason == "why"


class TestTheWholeWall:
    def test_every_class_has_a_factory_and_stands_in_these_tests(self):
        assert len(OWNED) >= 19
        assert all(factory_of(model) for model in OWNED)

    def test_without_the_scope_the_same_select_sees_both(self, attacked):
        """The attacks above would succeed on these rows: it is the scope that stops them."""
        bare = create_engine(attacked.url)
        with Session(bare) as session:
            seen = {model: companies_of(session.scalars(select(model.company_id))) for model in OWNED}
        bare.dispose()
        assert set(map(frozenset, seen.values())) == {frozenset({OURS, THEIRS})}

    def test_a_company_made_later_is_walled_in_too(self, attacked):
        with attacked.sweep("a third company", "arrange") as session, bound(session):
            company = CompanyFactory.create(id=77)
        with attacked.transaction(company.id, "look") as session:
            assert all(session.scalars(select(model)).all() == [] for model in OWNED)
        with attacked.sweep("take it away", "clean") as session:
            session.delete(session.get(Company, 77))

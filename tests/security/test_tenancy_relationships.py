"""Loads of relationships are confined too. No class has one today; these stand for the first that gets one."""

from __future__ import annotations

import pytest
from sqlalchemy import Column, ForeignKey, Integer, MetaData, Table, create_engine, event, select
from sqlalchemy.orm import (
    DeclarativeBase,
    Mapped,
    aliased,
    contains_eager,
    joinedload,
    mapped_column,
    relationship,
    selectinload,
    subqueryload,
)

from app.domain.identifiers import CompanyId
from app.storage.database import ScopedSession
from app.storage.models import CompanyOwned
from app.storage.scope import CompanyScope, SweepScope
from tests.databases import OURS, THEIRS


class ShopBase(DeclarativeBase):
    metadata = MetaData()
    type_annotation_map = {CompanyId: Integer}  # noqa: RUF012


Table("companies", ShopBase.metadata, Column("id", Integer, primary_key=True))


class Shelf(CompanyOwned, ShopBase):
    __tablename__ = "shelves"

    id: Mapped[int] = mapped_column(primary_key=True)
    books: Mapped[list[Book]] = relationship(back_populates="shelf")


class Book(CompanyOwned, ShopBase):
    """Its foreign key has no company, so that the database allows the mix that loading must hide."""

    __tablename__ = "books"

    id: Mapped[int] = mapped_column(primary_key=True)
    shelf_id: Mapped[int] = mapped_column(ForeignKey("shelves.id"))
    shelf: Mapped[Shelf] = relationship(back_populates="books")


@pytest.fixture
def engine():
    engine = create_engine("sqlite://")
    ShopBase.metadata.create_all(engine)
    with engine.begin() as connection:
        connection.exec_driver_sql("INSERT INTO shelves (id, company_id) VALUES (1, 1), (2, 2)")
        connection.exec_driver_sql(
            "INSERT INTO books (id, shelf_id, company_id) VALUES (1, 1, 1), (2, 1, 2), (3, 2, 1), (4, 2, 2)"
        )
    yield engine
    engine.dispose()


@pytest.fixture
def session(engine):
    with ScopedSession(engine, info={"scope": CompanyScope(OURS)}) as session:
        yield session


LOADERS = {"select in": selectinload, "joined": joinedload, "subquery": subqueryload}


class TestRelationships:
    def test_a_lazy_collection_holds_ours_alone(self, session):
        assert [book.id for book in session.get(Shelf, 1).books] == [1]

    @pytest.mark.parametrize("loader", LOADERS.values(), ids=LOADERS)
    def test_an_eager_collection_holds_ours_alone(self, session, loader):
        shelf = session.scalars(select(Shelf).options(loader(Shelf.books))).unique().one()
        assert [book.id for book in shelf.books] == [1]

    def test_a_parent_of_theirs_is_not_followed(self, session):
        assert session.get(Book, 3).shelf is None

    @pytest.mark.parametrize("loader", LOADERS.values(), ids=LOADERS)
    def test_a_parent_of_theirs_is_not_loaded_eagerly(self, session, loader):
        books = session.scalars(select(Book).options(loader(Book.shelf)).order_by(Book.id)).all()
        assert [(book.id, book.shelf and book.shelf.id) for book in books] == [(1, 1), (3, None)]

    def test_a_join_along_a_relationship_finds_ours_alone(self, session):
        other = aliased(Book)
        rows = session.execute(select(Shelf.id, other.id).join(other, Shelf.books.of_type(other))).all()
        assert rows == [(1, 1)]

    def test_a_join_that_fills_the_collection_is_confined(self, session):
        asked = select(Shelf).join(Shelf.books).options(contains_eager(Shelf.books))
        assert [[book.id for book in shelf.books] for shelf in session.scalars(asked).unique()] == [[1]]

    def test_an_exists_along_a_relationship_is_confined(self, session):
        assert session.scalars(select(Shelf.id).where(Shelf.books.any(Book.company_id == THEIRS))).all() == []

    def test_a_refreshed_collection_is_confined(self, session):
        shelf = session.get(Shelf, 1)
        session.refresh(shelf, ["books"])
        session.expire(shelf)
        assert [book.id for book in shelf.books] == [1]

    def test_a_sweep_follows_everything(self, engine):
        with ScopedSession(engine, info={"scope": SweepScope("why not")}) as session:
            assert [book.id for book in session.get(Shelf, 1).books] == [1, 2]

    def test_the_listeners_of_the_session_are_in_place(self):
        assert event.contains(ScopedSession, "do_orm_execute", _listener("do_orm_execute"))


def _listener(name: str) -> object:
    from app.storage import database  # noqa: PLC0415

    return {"do_orm_execute": database._confine}[name]

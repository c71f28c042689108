"""Databases for tests: fresh, with the invented keys, and rows of two companies."""

from __future__ import annotations

from app.domain.identifiers import CompanyId
from app.storage.database import Database
from app.storage.encryption import Vault
from app.storage.models import Base, CompanyOwned
from fixtures import factories
from fixtures.factories import NOW, CompanyFactory, bound

OURS = CompanyId(1)
THEIRS = CompanyId(2)

OWNED = sorted(
    (mapper.class_ for mapper in Base.registry.mappers if issubclass(mapper.class_, CompanyOwned)),
    key=lambda model: model.__name__,
)


def new_vault(*encryption_keys: str) -> Vault:
    return Vault(encryption_keys or ("encryption-key",), "index-key")


def open_database(url: str, vault: Vault | None = None) -> Database:
    return Database(url, vault or new_vault(), now=lambda: NOW)


def factory_of(model: type) -> type[factories.base.RowFactory]:
    found = [
        factory
        for name in factories.__all__
        if getattr(factory := getattr(factories, name), "_meta", None) and factory._meta.model is model
    ]
    assert len(found) == 1, f"{model.__name__} needs exactly one factory"
    return found[0]


def fill_with_two_companies(database: Database) -> None:
    """One tree of rows of every class for each company, ids 1 and 2."""
    with database.sweep("two companies side by side", "arrange") as session, bound(session):
        for company_id in (OURS, THEIRS):
            company = CompanyFactory.create(id=company_id)
            for model in OWNED:
                factory_of(model).create(company=company)

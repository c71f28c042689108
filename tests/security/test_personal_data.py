from __future__ import annotations

import sqlite3

import pytest
from sqlalchemy import select

from app.storage.encryption import VaultError
from app.storage.models import Base, Company, Customer
from app.storage.rotation import rotate_sealed_fields, sealed_attributes
from fixtures.factories import CompanyFactory, CustomerFactory, bound
from tests.databases import OURS, THEIRS, fill_with_two_companies, new_vault, open_database

PHONE = "+4915112345678"
EMAIL = "max.mustermann@example.com"


@pytest.fixture
def database(url):
    database = open_database(url)
    database.create_all()
    with database.sweep("two companies", "arrange") as session, bound(session):
        for company_id in (OURS, THEIRS):
            company = CompanyFactory.create(id=company_id)
            CustomerFactory.create(company=company, name="Max Mustermann", phone=PHONE, email=EMAIL)
    yield database
    database.close()


def find_by_phone(database, phone: str) -> list[int]:
    with database.transaction(OURS, "look") as session:
        index = session.info["vault"].phone_index(phone)
        return [
            row.company_id for row in session.scalars(select(Customer).where(Customer.phone_index == index))
        ]


class TestAtRest:
    @pytest.mark.parametrize("secret", [PHONE, PHONE[3:], "15112345678", EMAIL, "mustermann@"])
    def test_no_file_of_the_database_holds_a_contact_in_clear(self, database, tmp_path, secret):
        database.close()
        files = [path.read_bytes() for path in tmp_path.iterdir()]
        assert any(b"Max Mustermann" in content for content in files)  # names are in clear, to be searched
        assert not any(secret.encode() in content for content in files)

    def test_the_row_opens_in_the_session_that_loaded_it(self, database):
        with database.transaction(OURS, "look") as session:
            customer = session.scalars(select(Customer)).one()
            assert (customer.phone, customer.email) == (PHONE, EMAIL)

    def test_the_row_does_not_open_outside(self, database):
        with database.transaction(OURS, "look") as session:
            customer = session.scalars(select(Customer)).one()
        with pytest.raises(RuntimeError, match="inside the transaction"):
            _ = customer.phone

    def test_a_printed_row_tells_nothing(self, database):
        with database.transaction(OURS, "look") as session:
            assert PHONE not in repr(session.scalars(select(Customer)).one())

    def test_secrets_of_companies_are_sealed(self, database, tmp_path):
        with database.transaction(OURS, "look") as session:
            company = session.get(Company, OURS)
            key = session.info["vault"].open(company.calcom_api_key_ciphertext)
        assert key.startswith("cal_test_")
        bare = sqlite3.connect(tmp_path / "gateway.sqlite3")
        assert key not in str(bare.execute("SELECT * FROM companies").fetchall())
        bare.close()

    def test_two_rows_of_one_number_have_different_tokens(self, database):
        with database.sweep("compare", "look") as session:
            tokens = set(session.scalars(select(Customer.phone_ciphertext)))
        assert len(tokens) == 2

    @pytest.mark.parametrize("table", Base.metadata.sorted_tables, ids=lambda table: table.name)
    def test_no_column_for_a_contact_is_in_clear(self, table):
        """A new column for a contact is sealed: its attribute ends in _ciphertext, or it is an index."""
        mapper = next(m for m in Base.registry.mappers if m.local_table is table)
        sealed = {name for other, names in sealed_attributes() if other is mapper for name in names}
        contacts = {
            "phone",
            "email",
            "caller_number",
            "recipient",
            "body",
            "calcom_api_key",
            "calcom_webhook_secret",
        }
        in_clear = {
            attribute.key for attribute in mapper.column_attrs if attribute.columns[0].name in contacts
        } - sealed
        # a company's own number, and the text of a mail, which names the customer and never the number
        assert in_clear <= {"phone"} if table.name == "companies" else in_clear <= {"body"}


class TestBlindIndex:
    @pytest.mark.parametrize("written", [PHONE, "0151 12345678", "0049 151 12345678"])
    def test_finds_the_customer_however_the_number_is_written(self, database, written):
        assert find_by_phone(database, written) == [OURS]

    def test_finds_nobody_for_another_number(self, database):
        assert find_by_phone(database, "+4915112345679") == []


class TestRotation:
    @pytest.fixture
    def rotated(self, database, url):
        database.close()
        rotating = open_database(url, new_vault("newer-key", "encryption-key"))
        with rotating.sweep("a new key", "rotate") as session:
            rotate_sealed_fields(session)
        rotating.close()
        after = open_database(url, new_vault("newer-key"))
        yield after
        after.close()

    def test_rows_open_with_the_new_key_alone(self, rotated):
        with rotated.transaction(OURS, "look") as session:
            assert session.scalars(select(Customer)).one().phone == PHONE

    def test_rows_do_not_open_with_the_old_key_any_more(self, rotated, url):
        before = open_database(url)
        with before.transaction(OURS, "look") as session, pytest.raises(VaultError):
            _ = session.scalars(select(Customer)).one().phone
        before.close()

    def test_the_blind_index_still_finds_the_customer(self, rotated):
        assert find_by_phone(rotated, "0151 12345678") == [OURS]

    def test_covers_every_sealed_column(self, url):
        database = open_database(url)
        database.create_all()
        fill_with_two_companies(database)
        database.close()
        rotating = open_database(url, new_vault("newer-key", "encryption-key"))
        with rotating.sweep("a new key", "rotate") as session:
            assert rotate_sealed_fields(session) > 0
        with rotating.sweep("look at all", "look") as session:
            newest = new_vault("newer-key")
            for mapper, names in sealed_attributes():
                rows = session.scalars(select(mapper)).all()
                assert rows
                for token in [getattr(row, name) for row in rows for name in names]:
                    newest.open_optional(token)
        rotating.close()

    def test_a_row_that_no_key_opens_stops_the_rotation(self, database, url):
        database.close()
        foreign = open_database(url, new_vault("some", "other"))
        with pytest.raises(VaultError), foreign.sweep("a wrong key", "rotate") as session:
            rotate_sealed_fields(session)
        foreign.close()

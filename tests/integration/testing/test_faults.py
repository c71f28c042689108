from __future__ import annotations

import pytest

from app.storage import customers
from app.storage.models import BookingAttempt, Customer
from tests.integration.bench import SALON, ProcessDied


class TestEffects:
    def test_an_error_keeps_nothing_of_its_transaction(self, bench):
        bench.faults.arm("here", "db_error", 1)
        with (
            pytest.raises(Exception, match="injected"),
            bench.parts.transactions.transaction(SALON, "here") as session,
        ):
            session.add(Customer(company_id=SALON, name="Erika", created_at=bench.clock.now()))
        assert bench.rows(Customer) == []

    def test_a_crash_comes_before_anything_is_written(self, bench):
        bench.faults.arm("claim", "crash", 1)
        with pytest.raises(ProcessDied):
            bench.book()
        assert bench.rows(BookingAttempt) == []

    def test_other_labels_are_not_touched(self, bench):
        bench.faults.arm("elsewhere", "db_error", 1)
        with bench.parts.transactions.transaction(SALON, "here") as session:
            assert customers.list_by_email(session, bench.parts.vault, "nobody@example.com") == []

    def test_a_sweep_has_a_label_too(self, bench):
        bench.faults.arm("find_number", "db_error", 1)
        with pytest.raises(Exception, match="injected at find_number"):
            bench.context()

from __future__ import annotations

from typing import Any

import pytest

from harness.invariants import CalcomBooks, Ledger
from loadtests.books import HEARD, balance

APPOINTMENT = {
    "id": 1,
    "company_id": 1,
    "service_id": 1,
    "customer_id": 1,
    "starts_at": "2025-10-20T12:00:00Z",
    "ends_at": "2025-10-20T12:30:00Z",
    "status": "confirmed",
    "calcom_booking_uid": "u1",
    "attempt_id": None,
}
BOOKING = {
    "uid": "u1",
    "status": "accepted",
    "start": "2025-10-20T12:00:00Z",
    "end": "2025-10-20T12:30:00Z",
    "hostId": 11,
    "origin": "api",
    "metadata": {},
}


def books(*bookings: dict[str, Any]) -> CalcomBooks:
    return CalcomBooks(bookings={1: tuple(bookings)}, requests={1: ()})


def states(found) -> dict[str, str]:
    return {each["words"]: each["state"] for each in found.invariants}


class TestTheBooks:
    def test_balance_when_callers_gateway_and_cal_com_hold_the_same(self):
        found = balance(Ledger(appointments=(APPOINTMENT,)), books(BOOKING), [], ["u1"])

        assert (found.told, found.ours, found.calcom) == (1, 1, 1)
        assert found.broken == []
        assert states(found)[HEARD] == "holds"

    def test_a_booking_that_only_cal_com_holds_breaks_them(self):
        found = balance(Ledger(), books(BOOKING), [], [])

        assert any("both ledgers agree" in each for each in found.broken)

    @pytest.mark.parametrize(
        ("ledger", "calcom"), [(Ledger(), books(BOOKING)), (Ledger(appointments=(APPOINTMENT,)), books())]
    )
    def test_what_a_caller_heard_must_stand_in_both(self, ledger, calcom):
        assert states(balance(ledger, calcom, [], ["u1"]))[HEARD] == "broken"

    def test_one_booking_told_to_two_callers_breaks_them(self):
        found = balance(Ledger(appointments=(APPOINTMENT,)), books(BOOKING), [], ["u1", "u1"])

        assert states(found)[HEARD] == "broken"

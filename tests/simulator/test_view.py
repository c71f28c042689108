"""The books as the call simulator's page asks for them, in the same process."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from flask import Flask

from simulator.calcom.view import AccountsView
from simulator.retell.ports import CalcomRefusedError
from tests.simulator.conftest import ACCOUNT, Salon, SteppedClock

NOON = datetime(2025, 10, 20, 12, tzinfo=UTC)


@pytest.fixture
def view(app: Flask, clock: SteppedClock, salon: Salon) -> AccountsView:
    return AccountsView(app.extensions["simulator"], clock)


class TestAccountsView:
    def test_a_rivals_slot_is_taken_once_and_can_be_released(self, view: AccountsView) -> None:
        def free() -> bool:
            return NOON in view.free_starts(ACCOUNT, 100, NOON.replace(hour=0), NOON.replace(hour=23))

        assert free()
        rival = view.take_slot(ACCOUNT, NOON, 100)
        assert not free()
        with pytest.raises(CalcomRefusedError) as refusal:
            view.take_slot(ACCOUNT, NOON, 100)
        assert (refusal.value.code, refusal.value.status) == ("slot_taken", 409)
        view.release_slot(ACCOUNT, rival["uid"])
        assert free()
        assert [booking["status"] for booking in view.list_bookings(ACCOUNT)] == ["cancelled"]
        with pytest.raises(CalcomRefusedError):
            view.release_slot(ACCOUNT, rival["uid"])

    def test_event_types_name_their_hosts(self, view: AccountsView) -> None:
        assert [kind["hosts"] for kind in view.event_types(ACCOUNT)] == [["Jana"], ["Jana"]]

    def test_faults_come_and_go(self, view: AccountsView) -> None:
        rule = view.add_fault(ACCOUNT, {"on": "get_me", "effect": "html"})
        assert [fault["id"] for fault in view.list_faults(ACCOUNT)] == [rule["id"]]
        view.remove_fault(ACCOUNT, rule["id"])
        assert view.list_faults(ACCOUNT) == []
        with pytest.raises(CalcomRefusedError):
            view.add_fault(ACCOUNT, {"on": "nothing"})

    def test_the_journal_and_an_unknown_account(self, view: AccountsView, salon: Salon) -> None:
        salon.slots()
        assert [entry["operation"] for entry in view.list_requests(ACCOUNT)] == ["list_slots"]
        with pytest.raises(CalcomRefusedError):
            view.list_bookings("cal_test_nobody")

"""Two gateways on one store behave as one: what one of them learned of Cal.com, the other knows."""

from __future__ import annotations

import json
from itertools import pairwise

from app.calcom.breaker import FAULTS_TO_OPEN
from app.domain.outcomes import CheckFailed, RefusalKind, Refused, Replied, SlotList
from tests.integration.calcom.conftest import Street
from tests.integration.calcom.windows import most_in_a_minute


def events(gateway) -> list[str]:
    return [record["event"] for record in gateway.log_tail.records]


class TestBreaker:
    def fail(self, street: Street, gateway) -> None:
        street.calcom.add_fault({"on": "*", "effect": {"status": 503}, "times": FAULTS_TO_OPEN})
        for _ in range(FAULTS_TO_OPEN):
            assert street.list_slots(gateway, timeout=1.0) == CheckFailed("status 503")

    def test_opened_by_one_it_is_open_for_the_other(self, each_store):
        one, other = each_store.gateway(), each_store.gateway()
        self.fail(each_store, one)
        before = len(each_store.sent())
        kept_out = CheckFailed("circuit_open", kind=RefusalKind.CIRCUIT_OPEN)
        assert each_store.list_slots(other) == kept_out
        (start,) = each_store.open_slots(1)
        assert each_store.book(other, start) == Refused(RefusalKind.CIRCUIT_OPEN, "circuit_open")
        assert len(each_store.sent()) == before
        assert "breaker.opened" in events(one)

    def test_closed_by_one_it_is_closed_for_the_other(self, each_store):
        one, other = each_store.gateway(), each_store.gateway()
        self.fail(each_store, one)
        each_store.world.sleep(60)
        for _ in range(2):
            assert isinstance(each_store.list_slots(other, uncached=True), SlotList)
        assert isinstance(each_store.list_slots(one), SlotList)
        assert events(other).count("breaker.closed") == 1

    def test_of_many_who_come_when_its_minute_is_over_one_is_the_probe(self, each_store):
        processes = [each_store.gateway() for _ in range(3)]
        self.fail(each_store, processes[0])
        each_store.world.sleep(60)
        before, got = len(each_store.sent()), []
        each_store.side_by_side(
            *[
                lambda gateway=gateway: got.append(each_store.list_slots(gateway, uncached=True))
                for gateway in processes * 2
            ]
        )
        assert len([each for each in got if isinstance(each, SlotList)]) == 1
        assert len(each_store.sent()) == before + 1

    def test_the_other_company_is_not_concerned(self, each_store):
        gateway = each_store.gateway()
        self.fail(each_store, gateway)
        found = gateway.parts.calendar.find_booking(each_store.account(tenant=1), "uid-1", timeout=1.0)
        assert found is None


class TestPace:
    def test_it_holds_across_processes(self, each_store):
        one, other = each_store.gateway(), each_store.gateway()
        starts = each_store.open_slots(60)
        seconds = each_store.side_by_side(
            lambda: each_store.sync(one, starts[::2]), lambda: each_store.sync(other, starts[1::2])
        )
        sent = sorted(each_store.sent("create_booking"))
        assert 59 * 0.61 <= seconds < 59 * 0.61 + 2
        assert min((later - earlier).total_seconds() for earlier, later in pairwise(sent)) >= 0.61
        assert most_in_a_minute(sent) <= 100


class TestSlotLists:
    def test_a_write_through_one_makes_the_others_list_worthless(self, each_store):
        one, other = each_store.gateway(), each_store.gateway()
        first, second = each_store.open_slots(2)
        assert each_store.list_slots(other) == SlotList((first, second))
        assert isinstance(each_store.book(one, first), Replied)
        assert each_store.list_slots(other) == SlotList((second,))

    def test_nothing_personal_stands_in_the_store(self, each_store):
        gateway = each_store.gateway()
        (start,) = each_store.open_slots(1)
        each_store.book(gateway, start)
        values = gateway.parts.calendar._line._values
        line = json.loads(values.read(1, "calcom.line"))
        assert set(line) == {
            "mode",
            "faults",
            "successes",
            "until",
            "epoch",
            "next_free_at",
            "background_at",
            "blocked_until",
        }
        assert values.read(1, "slots.2563193").isdigit()

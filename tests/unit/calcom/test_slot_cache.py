from __future__ import annotations

import threading
from datetime import timedelta

import pytest

from app.calcom.slot_cache import EMPTY_KEPT_FOR, KEPT_FOR, MOST_ENTRIES, SlotCache
from app.clock import SystemClock
from app.domain.outcomes import CheckFailed, SlotList
from app.domain.timespan import span_of
from app.usecases.ports import SlotQuery
from harness.clock import Scheduler, VirtualClock
from tests.integration.fakes import ManualClock, MemoryValues
from tests.unit.builders import NOW, WISHED
from tests.unit.calcom.conftest import ListLog

HAIRCUT = 2563193
OURS, THEIRS = 1, 2
FREE = SlotList((WISHED,))
OTHER = SlotList((WISHED + timedelta(hours=1),))
FAILED = CheckFailed("status 500")


def query(*, event_type=HAIRCUT, branch="mitte", days=7) -> SlotQuery:
    return SlotQuery(branch, event_type, span_of(NOW, days * 24 * 60))


def nobody(_seconds: float) -> SlotList:
    raise AssertionError("this was to be remembered")


class Shelf:
    """A cache with its clock and store in hand."""

    def __init__(self, values: MemoryValues | None = None, clock=None) -> None:
        self.clock = clock or ManualClock()
        self.values = values or MemoryValues(self.clock.now)
        self.log = ListLog()
        self.cache = SlotCache(self.values, clock=self.clock, log=self.log)

    def ask(self, ask=nobody, *, company=OURS, asked=None, timeout=3.0):
        return self.cache.find_or_ask(company, asked or query(), ask, timeout=timeout)

    def keep(self, slots=FREE, *, company=OURS, asked=None):
        assert self.ask(lambda _: slots, company=company, asked=asked) == slots
        return self

    def knows(self, *, company=OURS, asked=None) -> bool:
        unknown = CheckFailed("asked Cal.com")
        return self.ask(lambda _: unknown, company=company, asked=asked) != unknown


@pytest.fixture
def shelf() -> Shelf:
    return Shelf()


class TestRemembering:
    def test_a_list_is_found_again(self, shelf):
        assert shelf.keep().ask() == FREE

    def test_an_empty_list_is_an_answer_too_and_kept_for_less(self, shelf):
        shelf.keep(SlotList(()))
        assert shelf.ask() == SlotList(())
        shelf.clock.set(NOW + EMPTY_KEPT_FOR)
        assert not shelf.knows()

    def test_it_is_good_for_a_minute_and_not_longer(self, shelf):
        shelf.keep()
        shelf.clock.set(NOW + KEPT_FOR - timedelta(microseconds=1))
        assert shelf.knows()
        shelf.clock.set(NOW + KEPT_FOR)
        assert not shelf.knows()

    def test_the_minute_begins_when_it_was_asked_for(self, shelf):
        def slow(_seconds):
            shelf.clock.advance(seconds=20)
            return FREE

        shelf.ask(slow)
        shelf.clock.set(NOW + KEPT_FOR)
        assert not shelf.knows()

    def test_a_failure_is_not_remembered(self, shelf):
        assert shelf.keep(FAILED).keep(FREE).knows()

    def test_another_window_branch_or_event_type_is_another_question(self, shelf):
        shelf.keep()
        for other in (query(days=8), query(branch="nord"), query(event_type=7)):
            assert not shelf.knows(asked=other)

    def test_the_oldest_leaves_a_full_store(self, shelf):
        for branch in range(MOST_ENTRIES + 1):
            shelf.keep(asked=query(branch=str(branch)))
        assert not shelf.knows(asked=query(branch="0"))
        assert shelf.knows(asked=query(branch="1"))


class TestAskingAnew:
    def test_nothing_remembered_will_do(self, shelf):
        shelf.keep(FREE)
        assert shelf.cache.ask_anew(OURS, query(), lambda _: OTHER, timeout=1) == OTHER

    def test_what_came_is_remembered_for_others(self, shelf):
        shelf.cache.ask_anew(OURS, query(), lambda _: OTHER, timeout=1)
        assert shelf.ask() == OTHER


class TestCompanies:
    def test_one_event_type_id_of_two_companies_is_two_calendars(self, shelf):
        assert not shelf.keep().knows(company=THEIRS)

    def test_forgetting_one_does_not_touch_the_other(self, shelf):
        shelf.keep().keep(OTHER, company=THEIRS)
        shelf.cache.forget(THEIRS, HAIRCUT)
        assert shelf.ask() == FREE
        assert not shelf.knows(company=THEIRS)


class TestGenerations:
    def test_a_write_makes_every_window_of_its_event_type_worthless(self, shelf):
        shelf.keep().keep(asked=query(days=3))
        shelf.cache.forget(OURS, HAIRCUT)
        assert not shelf.knows()
        assert not shelf.knows(asked=query(days=3))

    def test_another_event_type_is_kept(self, shelf):
        shelf.keep(asked=query(event_type=7))
        shelf.cache.forget(OURS, HAIRCUT)
        assert shelf.knows(asked=query(event_type=7))

    @pytest.mark.parametrize("look", ["find_or_ask", "ask_anew"])
    def test_a_fetch_begun_before_a_write_never_stores_its_answer(self, shelf, look):
        def overtaken(_seconds):
            shelf.cache.forget(OURS, HAIRCUT)
            return FREE

        getattr(shelf.cache, look)(OURS, query(), overtaken, timeout=1)
        assert not shelf.knows()

    def test_nor_does_it_push_out_what_was_asked_after_the_write(self, shelf):
        def overtaken(_seconds):
            shelf.cache.forget(OURS, HAIRCUT)
            shelf.keep(OTHER)
            return FREE

        shelf.cache.ask_anew(OURS, query(), overtaken, timeout=1)
        assert shelf.ask() == OTHER

    def test_one_begun_after_it_does(self, shelf):
        shelf.cache.forget(OURS, HAIRCUT)
        assert shelf.keep().knows()

    def test_a_write_through_one_process_reaches_the_others(self, shelf):
        other = Shelf(shelf.values, shelf.clock).keep()
        shelf.cache.forget(OURS, HAIRCUT)
        assert not other.knows()

    def test_a_store_that_lost_the_generation_brings_no_old_list_back(self, shelf):
        shelf.cache.forget(OURS, HAIRCUT)
        shelf.keep()
        emptied = MemoryValues(shelf.clock.now)
        shelf.cache._values = emptied
        shelf.cache.forget(OURS, HAIRCUT)
        assert not shelf.knows()


class TestWithoutTheStore:
    def test_everybody_asks_and_nothing_is_remembered(self, shelf):
        shelf.keep(FREE)
        shelf.values.is_reachable = False
        assert shelf.ask(lambda _: OTHER) == OTHER
        assert shelf.cache.ask_anew(OURS, query(), lambda _: OTHER, timeout=1) == OTHER
        shelf.values.is_reachable = True
        assert shelf.ask() == FREE

    def test_forgetting_does_not_raise_and_forgets_here(self, shelf):
        shelf.keep()
        shelf.values.is_reachable = False
        shelf.cache.forget(OURS, HAIRCUT)
        shelf.values.is_reachable = True
        assert not shelf.knows()
        assert ("shared_values.unavailable", {"company_id": 1, "reason": "told so"}) in shelf.log.events


class VirtualShelf(Shelf):
    """A cache in virtual time, whose Cal.com takes two seconds."""

    def __init__(self, scheduler: Scheduler) -> None:
        super().__init__(clock=VirtualClock(scheduler))
        self.scheduler = scheduler
        self.asked: list[float] = []
        self.answers: list[object] = []

    def slow(self, seconds: float):
        self.asked.append(seconds)
        self.clock.sleep(min(seconds, 2.0))
        return CheckFailed("timeout") if seconds < 2.0 else FREE

    def together(self, *works) -> list[tuple[object, float]]:
        """What each got, and after how many seconds."""
        got: dict[int, tuple[object, float]] = {}

        def run(index, work):
            got[index] = work(), self.scheduler.elapsed_seconds

        for index, work in enumerate(works):
            self.scheduler.spawn(lambda index=index, work=work: run(index, work), name=f"caller {index}")
        self.scheduler.drain()
        assert not self.scheduler.failures
        return [got[index] for index in range(len(works))]


@pytest.fixture
def virtual():
    scheduler = Scheduler(3, choose=lambda ready: 0, start=NOW)
    yield VirtualShelf(scheduler)
    scheduler.close()


class TestSingleFlight:
    def test_five_who_ask_at_once_cost_one_request(self, virtual):
        got = virtual.together(*[lambda: virtual.ask(virtual.slow)] * 5)
        assert got == [(FREE, 2.0)] * 5
        assert len(virtual.asked) == 1

    def test_one_who_waits_stops_at_his_own_deadline(self, virtual):
        got = virtual.together(
            lambda: virtual.ask(virtual.slow), lambda: virtual.ask(virtual.slow, timeout=0.5)
        )
        assert got == [(FREE, 2.0), (CheckFailed("timeout"), 0.5)]

    def test_one_who_has_more_time_than_he_who_asked_asks_himself(self, virtual):
        got = virtual.together(
            lambda: virtual.ask(virtual.slow, timeout=0.5), lambda: virtual.ask(virtual.slow, timeout=3.0)
        )
        assert got == [(CheckFailed("timeout"), 0.5), (FREE, 2.5)]

    def test_a_failure_is_everybodys(self, virtual):
        def failing(_seconds):
            virtual.asked.append(1.0)
            virtual.clock.sleep(1.0)
            return FAILED

        assert virtual.together(*[lambda: virtual.ask(failing)] * 3) == [(FAILED, 1.0)] * 3
        assert len(virtual.asked) == 1

    def test_a_fetch_begun_before_a_write_is_not_waited_for(self, virtual):
        def later():
            virtual.clock.sleep(1.0)
            virtual.cache.forget(OURS, HAIRCUT)
            return virtual.ask(virtual.slow)

        assert virtual.together(lambda: virtual.ask(virtual.slow), later) == [(FREE, 2.0), (FREE, 3.0)]
        assert len(virtual.asked) == 2

    def test_one_that_breaks_off_frees_those_who_wait(self, virtual):
        def broken(_seconds):
            virtual.clock.sleep(1.0)
            raise RuntimeError("a bug of ours")

        def asking():
            with pytest.raises(RuntimeError):
                virtual.ask(broken)

        got = virtual.together(asking, lambda: virtual.ask(broken))
        assert got[1] == (CheckFailed("the fetch broke off"), 1.0)
        assert virtual.keep().knows()

    def test_it_holds_between_threads(self):
        shelf, gate, asked = Shelf(clock=SystemClock()), threading.Event(), []

        def ask(_seconds):
            asked.append(1)
            gate.wait(5)
            return FREE

        got: list[object] = []
        threads = [threading.Thread(target=lambda: got.append(shelf.ask(ask))) for _ in range(8)]
        for thread in threads:
            thread.start()
        gate.set()
        for thread in threads:
            thread.join(10)
        assert got == [FREE] * 8
        assert len(asked) == 1

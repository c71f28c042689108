from __future__ import annotations

from datetime import timedelta

from app.calcom.slot_cache import KEPT_FOR, MOST_ENTRIES, SlotCache
from app.domain.outcomes import SlotList
from app.domain.timespan import span_of
from app.usecases.ports import SlotQuery
from tests.unit.builders import NOW, WISHED

HAIRCUT = 2563193
OURS, THEIRS = 1, 2
FREE = SlotList((WISHED,))


def query(*, event_type=HAIRCUT, branch="mitte", days=7) -> SlotQuery:
    return SlotQuery(branch, event_type, span_of(NOW, days * 24 * 60))


def kept(cache: SlotCache, company=OURS, asked=None, slots=FREE):
    asked = asked or query()
    cache.store(company, asked, slots, generation=cache.generation(company, asked.event_type_id), now=NOW)
    return cache


class TestRemembering:
    def test_a_list_is_found_again(self):
        assert kept(SlotCache()).find(OURS, query(), NOW) == FREE

    def test_an_empty_list_is_an_answer_too(self):
        assert kept(SlotCache(), slots=SlotList(())).find(OURS, query(), NOW) == SlotList(())

    def test_it_is_good_for_a_minute_and_not_longer(self):
        cache = kept(SlotCache())
        assert cache.find(OURS, query(), NOW + KEPT_FOR - timedelta(microseconds=1)) == FREE
        assert cache.find(OURS, query(), NOW + KEPT_FOR) is None

    def test_another_window_branch_or_event_type_is_another_question(self):
        cache = kept(SlotCache())
        for other in (query(days=8), query(branch="nord"), query(event_type=7)):
            assert cache.find(OURS, other, NOW) is None

    def test_the_oldest_leaves_a_full_store(self):
        cache = SlotCache()
        for branch in range(MOST_ENTRIES + 1):
            kept(cache, asked=query(branch=str(branch)))
        assert cache.find(OURS, query(branch="0"), NOW) is None
        assert cache.find(OURS, query(branch="1"), NOW) == FREE


class TestCompanies:
    def test_one_event_type_id_of_two_companies_is_two_calendars(self):
        assert kept(SlotCache()).find(THEIRS, query(), NOW) is None

    def test_forgetting_one_does_not_touch_the_other(self):
        cache = kept(kept(SlotCache()), THEIRS)
        cache.forget(THEIRS, HAIRCUT)
        assert cache.find(OURS, query(), NOW) == FREE
        assert cache.find(THEIRS, query(), NOW) is None


class TestGenerations:
    def test_a_write_makes_every_window_of_its_event_type_worthless(self):
        cache = kept(kept(SlotCache()), asked=query(days=3))
        cache.forget(OURS, HAIRCUT)
        assert cache.find(OURS, query(), NOW) is None
        assert cache.find(OURS, query(days=3), NOW) is None

    def test_another_event_type_is_kept(self):
        cache = kept(kept(SlotCache()), asked=query(event_type=7))
        cache.forget(OURS, HAIRCUT)
        assert cache.find(OURS, query(event_type=7), NOW) == FREE

    def test_a_fetch_begun_before_a_write_never_stores_its_answer(self):
        cache = SlotCache()
        before = cache.generation(OURS, HAIRCUT)
        cache.forget(OURS, HAIRCUT)
        cache.store(OURS, query(), FREE, generation=before, now=NOW)
        assert cache.find(OURS, query(), NOW) is None

    def test_one_begun_after_it_does(self):
        cache = SlotCache()
        cache.forget(OURS, HAIRCUT)
        assert kept(cache).find(OURS, query(), NOW) == FREE

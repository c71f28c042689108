from __future__ import annotations

import contextvars
from datetime import UTC, datetime, timedelta

import pytest

from harness.clock import DeadlockError, ReplayError, Scheduler, VirtualClock, replay

START = datetime(2025, 10, 13, 8, 0, tzinfo=UTC)


@pytest.fixture
def scheduler():
    made = Scheduler(seed=1, start=START)
    yield made
    made.close()


class TestTime:
    def test_moves_only_when_nobody_is_ready(self, scheduler):
        clock = VirtualClock(scheduler)
        clock.sleep(3600)
        assert clock.now() == START + timedelta(hours=1)

    def test_actors_run_in_the_order_in_which_they_are_due(self, scheduler):
        seen = []
        for seconds in (3, 1, 2):
            scheduler.spawn(lambda s=seconds: (scheduler.sleep(s), seen.append(s)), name=f"a{seconds}")
        scheduler.drain()
        assert seen == [1, 2, 3]

    def test_microseconds_are_exact_over_many_sleeps(self, scheduler):
        for _ in range(1000):
            scheduler.sleep(0.1)
        assert scheduler.now() == START + timedelta(seconds=100)

    def test_a_jump_ahead_runs_what_fell_due_in_its_order(self, scheduler):
        seen = []
        for seconds in (20, 10):
            scheduler.spawn(lambda s=seconds: (scheduler.sleep(s), seen.append(s)), name=f"a{seconds}")
        scheduler.sleep(1)
        VirtualClock(scheduler).advance(60)
        scheduler.drain()
        assert seen == [10, 20]
        assert scheduler.now() == START + timedelta(seconds=61)

    def test_a_jump_back_leaves_sleepers_their_rest(self, scheduler):
        seen = []
        scheduler.spawn(lambda: (scheduler.sleep(10), seen.append(scheduler.now())), name="sleeper")
        scheduler.sleep(4)
        VirtualClock(scheduler).set(START - timedelta(days=1))
        scheduler.drain()
        assert seen == [START - timedelta(days=1) + timedelta(seconds=6)]


class TestEvents:
    def test_wait_ends_at_the_timeout_if_nobody_sets_it(self, scheduler):
        assert scheduler.event().wait(timeout=5) is False
        assert scheduler.elapsed_seconds == 5

    def test_wait_ends_when_it_is_set(self, scheduler):
        event = scheduler.event()
        scheduler.spawn(lambda: (scheduler.sleep(2), event.set()), name="setter")
        assert event.wait(timeout=5) is True
        assert scheduler.elapsed_seconds == 2

    def test_an_outlived_timeout_does_not_wake_a_later_wait(self, scheduler):
        first, second = scheduler.event(), scheduler.event()
        scheduler.spawn(lambda: (scheduler.sleep(1), first.set()), name="setter")
        assert first.wait(timeout=3)
        assert second.wait(timeout=10) is False
        assert scheduler.elapsed_seconds == 11

    def test_a_wait_without_hope_names_who_waits_and_where(self, scheduler):
        scheduler.spawn(lambda: scheduler.event().wait(), name="gateway worker")
        with pytest.raises(
            DeadlockError, match=r"main waits at .*test_clock\.py:\d+(.|\n)*gateway worker #1"
        ):
            scheduler.event().wait()


class TestDaemons:
    def test_do_not_keep_time_alive(self, scheduler):
        ticks = []

        def tick() -> None:
            while True:
                scheduler.sleep(5)
                ticks.append(scheduler.elapsed_seconds)

        scheduler.spawn(tick, name="ticker", daemon=True)
        scheduler.sleep(12)
        scheduler.drain()
        assert ticks == [5, 10]

    def test_a_wait_that_only_a_daemon_could_end_is_a_deadlock(self, scheduler):
        event = scheduler.event()
        scheduler.spawn(lambda: (scheduler.sleep(5), event.set()), name="ticker", daemon=True)
        with pytest.raises(DeadlockError):
            event.wait()


class TestChoices:
    @staticmethod
    def order(choose=None, seed=0):
        scheduler = Scheduler(seed=seed, choose=choose, start=START)
        seen = []
        for name in "abcde":
            scheduler.spawn(lambda n=name: seen.append(n), name=name)
        scheduler.drain()
        indexes = [each.index for each in scheduler.choices]
        scheduler.close()
        return "".join(seen), indexes

    def test_the_same_seed_gives_the_same_order(self):
        assert self.order(seed=7) == self.order(seed=7)

    def test_other_seeds_give_other_orders(self):
        assert len({self.order(seed=seed)[0] for seed in range(30)}) > 10

    def test_recorded_choices_replay_the_run(self):
        seen, indexes = self.order(seed=3)
        assert self.order(choose=replay(indexes)) == (seen, indexes)

    def test_a_list_that_does_not_fit_is_refused(self):
        with pytest.raises(ReplayError, match="only 5 are ready"):
            self.order(choose=replay([17]))


class TestCrash:
    def test_no_finally_runs_and_nothing_of_the_group_runs_again(self, scheduler):
        seen = []

        def work() -> None:
            try:
                scheduler.sleep(10)
                seen.append("went on")
            finally:
                seen.append("finally")

        scheduler.spawn(work, name="request", group="gateway")
        scheduler.spawn(lambda: (scheduler.sleep(10), seen.append("other")), name="request", group="calcom")
        scheduler.sleep(1)
        scheduler.crash("gateway")
        scheduler.drain()
        assert seen == ["other"]

    def test_an_actor_can_crash_its_own_group_and_does_not_return(self, scheduler):
        seen = []

        def work() -> None:
            scheduler.crash("gateway")
            seen.append("went on")

        scheduler.spawn(work, name="request", group="gateway")
        scheduler.drain()
        assert seen == []

    def test_what_a_dead_group_spawns_never_runs(self, scheduler):
        scheduler.crash("gateway")
        seen = []
        VirtualClock(scheduler, "gateway").spawn(lambda: seen.append(1), name="late")
        scheduler.drain()
        assert seen == []

    def test_closing_frees_the_dead_whatever_they_raise(self, scheduler):
        freed = []

        class Held:
            def __del__(self) -> None:
                freed.append(True)

        def work() -> None:
            held = Held()
            try:
                scheduler.sleep(10)
            finally:
                del held
                raise ValueError("last words")

        scheduler.spawn(work, name="request", group="gateway")
        scheduler.sleep(1)
        scheduler.crash("gateway")
        assert freed == []
        scheduler.close()
        assert freed == [True]


class TestActors:
    def test_each_has_a_fresh_context(self, scheduler):
        variable = contextvars.ContextVar("variable", default="none")
        variable.set("main")
        seen = []

        def work(mine: str) -> None:
            seen.append(variable.get())
            variable.set(mine)
            scheduler.sleep(1)
            seen.append(variable.get())

        scheduler.spawn(lambda: work("a"), name="a")
        scheduler.spawn(lambda: work("b"), name="b")
        scheduler.drain()
        assert seen[:2] == ["none", "none"]
        assert sorted(seen[2:]) == ["a", "b"]
        assert variable.get() == "main"

    def test_a_failure_is_kept_with_the_actors_name(self, scheduler):
        scheduler.spawn(lambda: 1 // 0, name="careless")
        scheduler.drain()
        assert [(each.actor, type(each.error)) for each in scheduler.failures] == [
            ("careless #1", ZeroDivisionError)
        ]

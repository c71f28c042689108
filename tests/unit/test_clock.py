from __future__ import annotations

import threading
from datetime import timedelta

from app.clock import SystemClock


class TestSystemClock:
    def test_it_is_aware_and_in_utc(self):
        assert SystemClock().now().utcoffset() == timedelta(0)

    def test_a_sleep_takes_time_and_a_negative_one_none(self):
        clock = SystemClock()
        before = clock.now()
        clock.sleep(-5)
        clock.sleep(0.01)
        assert timedelta(seconds=0.01) <= clock.now() - before < timedelta(seconds=5)

    def test_work_runs_beside_the_caller_and_says_so_by_an_event(self):
        clock = SystemClock()
        done = clock.event()
        seen: list[str] = []

        def work():
            seen.append(threading.current_thread().name)
            done.set()

        clock.spawn(work, name="beside")
        assert done.wait(10)
        assert seen == ["beside"]

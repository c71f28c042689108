from __future__ import annotations

from datetime import UTC, datetime, timedelta

from app.testing import FileSteeredClock

NEAR = timedelta(seconds=5)


class TestFileSteeredClock:
    def test_untouched_it_is_the_systems(self, tmp_path):
        assert abs(FileSteeredClock(tmp_path / "clock").now() - datetime.now(UTC)) < NEAR

    def test_a_jump_reaches_every_clock_of_the_same_file(self, tmp_path):
        path = tmp_path / "folder" / "clock"
        one, other = FileSteeredClock(path), FileSteeredClock(path)
        there = datetime(2025, 10, 26, 1, tzinfo=UTC)
        one.set(there)
        assert timedelta(0) <= other.now() - there < NEAR
        other.advance(3600)
        assert timedelta(hours=1) <= one.now() - there < timedelta(hours=1) + NEAR

    def test_it_runs_on(self, tmp_path):
        clock = FileSteeredClock(tmp_path / "clock")
        clock.set(datetime(2025, 10, 26, 1, tzinfo=UTC))
        first = clock.now()
        clock.sleep(0.01)
        assert clock.now() > first

    def test_a_process_that_comes_later_sees_the_same_time(self, tmp_path):
        FileSteeredClock(tmp_path / "clock").set(datetime(2030, 1, 1, tzinfo=UTC))
        assert FileSteeredClock(tmp_path / "clock").now().year == 2030

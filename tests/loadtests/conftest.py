from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from harness.worlds.seeding import offers, open_hours
from loadtests.brief import Bookable, Brief, Hours


@pytest.fixture
def hours() -> Hours:
    kept = open_hours()
    return Hours(kept.time_zone, kept.days, kept.opens, kept.closes)


@pytest.fixture
def bookable() -> tuple[Bookable, ...]:
    return tuple(
        Bookable(each.company_id, each.account, each.number, each.service, each.minutes, each.calendar)
        for each in offers()
    )


@pytest.fixture
def make_brief(tmp_path: Path, hours: Hours, bookable: tuple[Bookable, ...]) -> Callable[..., Brief]:
    def make(**changes: Any) -> Brief:
        values: dict[str, Any] = {
            "gateway_url": "http://127.0.0.1:9",
            "simulator_url": "http://127.0.0.1:9",
            "retell_api_key": "key_test",
            "now": "2025-10-13T08:00:00+00:00",
            "clock_ahead_seconds": 0.0,
            "users": 10,
            "ramp_seconds": 0.0,
            "duration_seconds": 30.0,
            "spawn_rate": 10.0,
            "thinking_seconds": 14.0,
            "pause_seconds": 1.0,
            "time_scale": 0.05,
            "processes": 1,
            "out": str(tmp_path / "load.json"),
            "hours": hours,
            "bookable": bookable,
        }
        return Brief(**{**values, **changes})

    return make

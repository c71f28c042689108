"""Time, chance and the environment come in by argument; the few modules that fetch them are named here."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from tests.architecture.importing import python_files
from tests.architecture.usage import KINDS, Use, allowed, uses_in

ROOT = Path(__file__).resolve().parents[2]
PARTS = ("app", "simulator", "harness", "loadtests", "fixtures")

# kind -> module (`a.*`: all below `a`) -> why it may
EXCEPTIONS: dict[str, dict[str, str]] = {
    "clock": {
        "app.clock": "the gateway's system clock",
        "simulator.control.clock": "the simulator's system clock",
        "harness.worlds.live": "waits for real processes",
        "harness.cli": "measures how long a run took, for the console",
        "loadtests.*": "makes load in real time",
    },
    "chance": {"app.wiring": "chooses the machine's chance when none is passed in"},
    "environment": {
        "app": "create_app hands the environment to the settings",
        "app.settings": "reads the settings",
        "app.wiring": "hands the environment to the settings",
        "app.cli": "hands the environment to the settings",
        "fixtures.cli": "hands the environment to the settings",
        "harness.worlds.*": "starts processes in an environment of their own",
        "harness.cli": "starts processes in an environment of their own",
        "loadtests.*": "hands its options to the load generator's process",
    },
}
Source = Callable[[str], list[Use]]


@pytest.fixture
def source(tmp_path: Path) -> Source:
    """Returns what the checker finds in a piece of source text."""

    def find(text: str) -> list[Use]:
        file = tmp_path / "app" / "module.py"
        file.parent.mkdir(exist_ok=True)
        file.write_text(text, encoding="utf-8")
        return uses_in(file, tmp_path)

    return find


class TestThisRepository:
    def test_time_chance_and_environment_come_in_by_argument(self) -> None:
        found = [use for path in python_files(ROOT, PARTS) for use in uses_in(path, ROOT)]
        assert [str(use) for use in found if not allowed(use, EXCEPTIONS)] == []


class TestTheChecker:
    @pytest.mark.parametrize("name", sorted(name for names in KINDS.values() for name in names))
    def test_every_name_is_found_by_its_full_path(self, source: Source, name: str) -> None:
        assert [use.name for use in source(f"import {name.partition('.')[0]}\n\nx = {name}\n")] == [name]

    @pytest.mark.parametrize("name", sorted(name for names in KINDS.values() for name in names))
    def test_every_name_is_found_when_imported_from(self, source: Source, name: str) -> None:
        head, _, last = name.rpartition(".")
        module, _, cls = head.rpartition(".")
        text = (
            f"from {module} import {cls} as C\n\nC.{last}\n"
            if cls in {"datetime", "date"} and module
            else f"from {head} import {last} as f\n\nf\n"
        )
        assert name in {use.name for use in source(text)}

    def test_an_alias_hides_nothing(self, source: Source) -> None:
        assert [str(use) for use in source("import datetime as dt\n\nx = dt.datetime.now(dt.UTC)\n")] == [
            "app.module:3 uses datetime.datetime.now (clock)"
        ]

    def test_a_function_hides_nothing(self, source: Source) -> None:
        assert source("def f():\n    import time as t\n    t.sleep(1)\n") != []

    def test_a_default_argument_hides_nothing(self, source: Source) -> None:
        assert source("import time\n\ndef f(now=time.time): ...\n") != []

    def test_a_generator_needs_a_seed(self, source: Source) -> None:
        assert source("import random\n\nr = random.Random()\n") != []
        assert source("import random\n\nr = random.Random(7)\n") == []

    def test_values_and_types_are_free(self, source: Source) -> None:
        text = (
            "from datetime import UTC, datetime, timedelta\nimport random\nimport uuid\n"
            "x = datetime(2025, 10, 20, tzinfo=UTC) + timedelta(1)\n"
            "def f(chance: random.Random, clock) -> uuid.UUID:\n"
            "    clock.now(); clock.sleep(1); return uuid.UUID(int=chance.getrandbits(128))\n"
        )
        assert source(text) == []

    def test_an_exception_covers_its_module_and_a_star_what_lies_below(self) -> None:
        exceptions = {"clock": {"app.clock": "the clock", "loadtests.*": "real time"}}
        assert allowed(Use("app.clock", 1, "time.time", "clock"), exceptions)
        assert allowed(Use("loadtests.users", 1, "time.time", "clock"), exceptions)
        assert not allowed(Use("app.clock.system", 1, "time.time", "clock"), exceptions)
        assert not allowed(Use("app.clockwork", 1, "time.time", "clock"), exceptions)
        assert not allowed(Use("app.clock", 1, "os.environ", "environment"), exceptions)

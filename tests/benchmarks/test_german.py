"""What the grammar costs: `make bench`. The limits are those of the voice path, where it runs in every call."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from statistics import median

import pytest

from app.domain.german import understand
from tests.unit.builders import NOW
from tests.unit.domain.german import (
    showing,
    test_phrases_of_clocks,
    test_phrases_of_days,
    test_phrases_of_people,
)

ROOT = Path(__file__).resolve().parents[2]
TABLES = (test_phrases_of_clocks.TABLES, test_phrases_of_days.TABLES, test_phrases_of_people.TABLES)
PHRASES = [row[0] for tables in TABLES for _, rows in tables.values() for row in rows]
ROUNDS = 20

MEDIAN_US, P99_US, IMPORT_MS, LONG_MS = 120, 1_000, 50, 10
LENGTH = 10_000
ADVERSARIAL = (
    "um ", "halb ", "viertel nach ", "nicht Montag ", "1.1.", "vom 3. bis ", "a", "1", "- ", "oder um drei ",
    "Montag und ", "in zwei ", "zwischen den ", "0171 ", "des 17. Juni ", ".,", "nein ", "nächste Woche ",
    "heute? nicht ", "am ersten ", "zwanzig", "20:20 ",
)  # fmt: skip

IMPORT = """
import sys, time, types
package = types.ModuleType("app")
package.__path__ = ["app"]
sys.modules["app"] = package  # the gateway's own imports are not what is measured
began = time.process_time()
import app.domain.german
print((time.process_time() - began) * 1000)
"""


def microseconds(work: Callable[[], object]) -> float:
    began = time.perf_counter()
    work()
    return (time.perf_counter() - began) * 1e6


@pytest.fixture
def report(capsys: pytest.CaptureFixture[str]) -> Iterator[Callable[[str], None]]:
    lines: list[str] = []
    yield lines.append
    with capsys.disabled():
        print("\n  " + "\n  ".join(lines))


def test_a_phrase_is_understood_in_time(report: Callable[[str], None]) -> None:
    costs = sorted(
        median(
            microseconds(lambda phrase=phrase: understand(phrase, NOW, showing.HOURS)) for _ in range(ROUNDS)
        )  # type: ignore[misc]
        for phrase in PHRASES
    )
    middle, slow = median(costs), costs[int(len(costs) * 0.99)]
    report(f"{len(PHRASES)} phrases: median {middle:.0f} µs, p99 {slow:.0f} µs, slowest {costs[-1]:.0f} µs")
    assert middle <= MEDIAN_US
    assert slow <= P99_US


def test_the_grammar_is_loaded_in_time(tmp_path: Path, report: Callable[[str], None]) -> None:
    compiled = {**os.environ, "PYTHONPYCACHEPREFIX": str(tmp_path), "PYTHONDONTWRITEBYTECODE": ""}
    command = [sys.executable, "-c", IMPORT]
    runs = [
        float(subprocess.run(command, cwd=ROOT, env=compiled, capture_output=True, check=True).stdout)
        for _ in range(6)  # the first one compiles
    ]
    report(f"import: {min(runs):.0f} to {max(runs):.0f} ms")
    assert min(runs) <= IMPORT_MS


@pytest.mark.parametrize("unit", ADVERSARIAL)
def test_a_long_text_costs_no_more_than_its_length(unit: str, report: Callable[[str], None]) -> None:
    text = (unit * (LENGTH // len(unit) + 1))[:LENGTH]
    cost = min(microseconds(lambda: understand(text, NOW, showing.HOURS)) for _ in range(5)) / 1000
    report(f"{LENGTH} characters of „{unit}“: {cost:.1f} ms")
    assert cost < LONG_MS

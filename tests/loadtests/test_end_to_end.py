"""Whole runs, each in a process of its own: Locust must never be imported here."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
QUICK = ["--users", "4", "--duration", "2", "--time-scale", "0.01"]

pytestmark = pytest.mark.timeout(300)


def askpro_load(*arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-c", "from loadtests.cli import load; load()", *arguments],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
        timeout=240,
    )


class TestAShortRun:
    @pytest.mark.parametrize("processes", ["1", "2"])
    def test_measures_every_metric_balances_the_books_and_cannot_tell(self, tmp_path: Path, processes: str):
        out, html = tmp_path / "load.json", tmp_path / "load.html"
        ended = askpro_load(
            "run", "baseline", *QUICK, "--processes", processes, "--out", str(out), "--html", str(html)
        )

        assert ended.returncode == 4, ended.stdout + ended.stderr
        assert "Inconclusive: too few samples to tell" in ended.stdout
        result = json.loads(out.read_text())
        assert result["bookings"] > 0
        assert result["books"]["told"] == result["books"]["ours"] == result["books"]["calcom"]
        assert {each["state"] for each in result["books"]["invariants"]} <= {"holds", "unchecked"}
        assert all(figures["count"] for figures in result["metrics"].values()), result["metrics"]
        assert result["unmeasured_calls"] == 0
        assert "Inconclusive" in html.read_text()

    def test_a_fault_the_fake_does_not_know_is_wrong_use(self):
        ended = askpro_load(
            "run", "baseline", *QUICK, "--fault", '{"on": "create_bookin", "effect": {"status": 500}}'
        )

        assert ended.returncode == 2
        assert "create_booking" in ended.stderr


class TestTheLocustFile:
    def test_says_how_it_is_started_when_it_has_no_brief(self):
        ended = subprocess.run(
            [sys.executable, "-m", "locust", "-f", "loadtests/locustfile.py", "--headless"],
            cwd=ROOT,
            capture_output=True,
            text=True,
            check=False,
            timeout=60,
        )

        assert ended.returncode != 0
        assert "askpro load run" in ended.stdout + ended.stderr


class TestImports:
    def test_whoever_starts_the_load_does_not_import_locust(self):
        code = "import sys, loadtests.cli; print([m for m in ('locust', 'gevent') if m in sys.modules])"
        ended = subprocess.run(
            [sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True, timeout=60
        )

        assert ended.stdout.strip() == "[]"

    def test_the_load_itself_imports_neither_gateway_nor_harness(self):
        code = (
            "import sys, locust, loadtests.users, loadtests.shapes, loadtests.gathering\n"
            "print([m for m in ('app', 'harness', 'fixtures') if m in sys.modules])"
        )
        ended = subprocess.run(
            [sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True, timeout=60
        )

        assert ended.stdout.strip() == "[]", ended.stderr

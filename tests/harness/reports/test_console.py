from __future__ import annotations

from dataclasses import replace
from io import StringIO

import pytest
from rich.console import Console

from harness.events import IncidentRow, SuiteFinished
from harness.reports.console import ConsoleReport
from harness.reports.story import last_line


@pytest.fixture
def printed(tell):
    def play(events, *, terminal: bool = False) -> str:
        out = StringIO()
        console = Console(file=out, width=120, force_terminal=terminal, no_color=True, highlight=False)
        tell(ConsoleReport(console), events)
        return out.getvalue()

    return play


class TestConsoleReport:
    def test_the_last_line_is_the_counts_and_nothing_else(self, printed, passed_run):
        assert printed(passed_run).splitlines()[-1] == "3 passed, 0 failed"

    def test_other_counts_follow_only_when_there_are_any(self, printed, run, live_run):
        assert printed(run).splitlines()[-1] == "6 passed, 2 failed, 1 error, 1 skipped"
        assert (
            printed(live_run).splitlines()[-1]
            == "1 passed, 0 failed, 1 skipped, 1 not checked, 1 inconclusive"
        )

    def test_without_a_terminal_each_scenario_gets_a_plain_line(self, printed, run):
        lines = printed(run).splitlines()

        assert "  failed       1.19  late_commit" in lines
        assert not any("\x1b" in line for line in lines)

    def test_on_a_terminal_progress_moves_and_the_last_line_stays(self, printed, run):
        text = printed(run, terminal=True)

        assert "late_commit" in text
        assert text.rstrip().endswith("6 passed, 2 failed, 1 error, 1 skipped")

    def test_a_failure_is_told_in_words_with_the_command_to_repeat_it(self, printed, run):
        text = printed(run)

        assert "  both ledgers agree does not hold. Cal.com holds bk_m3KdT8 (2025-10-20 14:00" in text
        assert "  finally: appointments: 1 does not hold: wanted 1, got 0" in text
        assert "  Again: askpro scenarios run late_commit --seed 20251013" in text.splitlines()

    def test_the_table_begins_with_the_worst(self, printed, run):
        table = printed(run).partition("What did not hold")[2]
        order = ["utc_trap", "late_commit", "half_an_answer", "clock_change", "stale_booking"]

        assert [table.index(name) for name in order] == sorted(table.index(name) for name in order)

    def test_an_incident_has_the_worst_verdict_of_its_scenarios(self, printed, run):
        table = printed(run).rpartition("Scenarios")[2]

        row = ["1.19", "failed", "late_commit,", "lost_reply", "(passed)"]
        assert any(line.split() == row for line in table.splitlines())

    def test_an_incident_without_a_scenario_is_missing(self, printed, run):
        *rest, last = run
        lost = replace(last, incidents=(IncidentRow("1.40", "Nobody could count", None, ()),))
        text = printed([*rest, lost])

        assert any(line.split() == ["1.40", "missing"] for line in text.splitlines())
        assert "1 incident without a scenario" in text.splitlines()[-1]

    def test_words_of_a_scenario_are_no_markup(self, printed, run):
        spoiled = [
            replace(event, title="[red]x[/red]") if hasattr(event, "title") else event for event in run
        ]

        assert "[red]x[/red]" in printed(spoiled)


class TestLastLine:
    def test_several_errors_are_plural(self):
        counts = {"passed": 0, "failed": 0, "errors": 2, "skipped": 0, "not_checked": 0, "inconclusive": 0}
        rest = {
            "virtual_seconds": 0.0,
            "exchanges": 0,
            "choices": 0,
            "faults_set": 0,
            "faults_fired": 0,
            "wall_seconds": 0.0,
        }

        assert last_line(SuiteFinished(**counts, **rest)) == "0 passed, 0 failed, 2 errors"

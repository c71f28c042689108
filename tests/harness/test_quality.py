"""`askpro quality coverage` counts as it says and fails below a gate."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import click
import pytest
from click.testing import CliRunner

from harness.quality import Coverage, Gates, Share, quality, read_coverage, read_gates

GATES = '[tool.askpro.coverage]\npackage = "app"\nlines = 80.0\nbranches = 75.0\nfunctions = 85.0\n'


def body(run: int, statements: int) -> dict[str, Any]:
    return {"summary": {"covered_lines": run, "num_statements": statements}}


def measured_file(lines: tuple[int, int], branches: tuple[int, int], **functions: Any) -> dict[str, Any]:
    summary = {
        "covered_lines": lines[0],
        "num_statements": lines[1],
        "covered_branches": branches[0],
        "num_branches": branches[1],
    }
    return {"summary": summary, "functions": {"": body(1, 1), **functions}}


@pytest.fixture
def project(tmp_path: Path) -> Path:
    (tmp_path / "pyproject.toml").write_text(GATES, encoding="utf-8")
    return tmp_path


def report(project: Path, files: dict[str, Any], name: str = "all.json") -> Path:
    path = project / name
    path.write_text(json.dumps({"files": files}), encoding="utf-8")
    return path


def run(project: Path, *arguments: str) -> Any:
    config = str(project / "pyproject.toml")
    return CliRunner().invoke(quality, ["coverage", *arguments, "--config", config])


class TestReadCoverage:
    def test_sums_the_files_of_the_package_only(self, project: Path) -> None:
        path = report(
            project,
            {
                "app/a.py": measured_file((8, 10), (3, 4), f=body(1, 2), g=body(0, 2)),
                "app/web/b.py": measured_file((2, 10), (1, 4), h=body(2, 2)),
                "harness/c.py": measured_file((0, 100), (0, 100), i=body(0, 5)),
            },
        )
        assert read_coverage(path, "app") == Coverage(Share(10, 20), Share(4, 8), Share(2, 3))

    def test_a_function_without_statements_does_not_count(self, project: Path) -> None:
        path = report(project, {"app/a.py": measured_file((1, 1), (0, 0), f=body(0, 0))})
        assert read_coverage(path, "app").functions == Share(0, 0)

    def test_a_report_without_the_package_is_wrong_use(self, project: Path) -> None:
        path = report(project, {"harness/a.py": measured_file((1, 1), (0, 0))})
        with pytest.raises(click.UsageError, match="no file of app"):
            read_coverage(path, "app")

    def test_nothing_to_run_is_all_of_it(self) -> None:
        assert Share(0, 0).percent == 100


class TestGates:
    def test_are_read_from_the_project_file(self, project: Path) -> None:
        assert read_gates(project / "pyproject.toml") == Gates("app", 80.0, 75.0, 85.0)

    def test_this_project_has_the_gates_of_its_plan(self) -> None:
        root = Path(__file__).resolve().parents[2]
        assert read_gates(root / "pyproject.toml") == Gates("app", 80.0, 75.0, 85.0)

    def test_are_asked_for_by_name_when_missing(self, tmp_path: Path) -> None:
        with pytest.raises(click.UsageError, match=r"tool\.askpro\.coverage"):
            read_gates(tmp_path / "pyproject.toml")

    def test_exactly_at_the_gate_holds(self) -> None:
        exact = Coverage(Share(80, 100), Share(75, 100), Share(85, 100))
        assert Gates("app", 80, 75, 85).missed(exact) == []


class TestTheCommand:
    def test_passes_above_all_gates(self, project: Path) -> None:
        path = report(project, {"app/a.py": measured_file((9, 10), (4, 4), f=body(1, 1))})
        result = run(project, str(path))
        assert result.exit_code == 0
        assert "90.0 %" in result.output

    @pytest.mark.parametrize(
        ("lines", "branches", "functions", "missed"),
        [
            ((79, 100), (80, 100), body(1, 1), "lines"),
            ((90, 100), (74, 100), body(1, 1), "branches"),
            ((90, 100), (80, 100), body(0, 1), "functions"),
        ],
    )
    def test_fails_below_one_and_names_it(
        self, project: Path, lines: Any, branches: Any, functions: Any, missed: str
    ) -> None:
        path = report(project, {"app/a.py": measured_file(lines, branches, f=functions)})
        result = run(project, str(path))
        assert result.exit_code == 1
        assert f"below the gate in: {missed}\n" in result.output

    def test_shows_another_suite_without_judging_it(self, project: Path) -> None:
        good = report(project, {"app/a.py": measured_file((9, 10), (4, 4), f=body(1, 1))})
        poor = report(project, {"app/a.py": measured_file((1, 10), (0, 4), f=body(0, 1))}, "unit.json")
        result = run(project, str(good), "--also", str(poor))
        assert result.exit_code == 0
        assert "unit" in result.output
        assert "10.0 %" in result.output

    def test_a_file_that_is_not_there_is_wrong_use(self, project: Path) -> None:
        assert run(project, "absent.json").exit_code == 2

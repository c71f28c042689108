"""Make, the workflow and the scripts fit together."""

from __future__ import annotations

import os
import re
import subprocess
from pathlib import Path
from typing import Any

import pytest
from ruamel.yaml import YAML

ROOT = Path(__file__).resolve().parents[2]
WORKFLOWS = sorted((ROOT / ".github" / "workflows").glob("*.yml"))
MAKEFILE = (ROOT / "Makefile").read_text(encoding="utf-8")
TARGETS = set(re.findall(r"^([a-z0-9-]+):", MAKEFILE, re.MULTILINE))


def workflow(path: Path) -> dict[str, Any]:
    loaded: dict[str, Any] = YAML(typ="safe").load(path)
    return loaded


def steps(path: Path) -> list[dict[str, Any]]:
    return [step for job in workflow(path)["jobs"].values() for step in job.get("steps", [])]


class TestMake:
    def test_has_every_target_that_is_promised(self) -> None:
        promised = {
            "setup",
            "up",
            "scenarios",
            "test",
            "help",
            "lint",
            "format",
            "types",
            "unit",
            "e2e",
            "load",
        }
        assert promised | {"bench", "lock"} <= TARGETS

    def test_help_lists_every_target(self) -> None:
        outside = {
            name: value for name, value in os.environ.items() if not name.startswith(("MAKE", "MFLAGS"))
        }
        shown = subprocess.run(
            ["make", "help"], cwd=ROOT, env=outside, capture_output=True, text=True, check=True
        ).stdout
        assert {line.split()[0] for line in shown.splitlines()} == TARGETS

    def test_every_target_sets_itself_up(self) -> None:
        needs = dict(re.findall(r"^([a-z0-9-]+):([^#\n]*)##", MAKEFILE, re.MULTILINE))
        of_their_own = {"help", "clean"}
        combined = {"test"}
        assert [
            name
            for name, needed in needs.items()
            if name not in of_their_own | combined and ".make/" not in needed
        ] == []

    def test_ci_runs_make_test_and_nothing_else(self) -> None:
        path = ROOT / ".ci" / "run"
        assert path.read_text(encoding="utf-8").splitlines() == ["#!/bin/sh", "exec make test"]
        assert os.access(path, os.X_OK)


class TestWorkflows:
    @pytest.mark.parametrize("path", WORKFLOWS, ids=lambda path: path.name)
    def test_give_no_permission_by_default(self, path: Path) -> None:
        assert workflow(path)["permissions"] == {}

    @pytest.mark.parametrize("path", WORKFLOWS, ids=lambda path: path.name)
    def test_pin_every_action_to_a_commit(self, path: Path) -> None:
        used = [step["uses"] for step in steps(path) if "uses" in step]
        assert [action for action in used if not re.fullmatch(r"[\w./-]+@[0-9a-f]{40}", action)] == []

    @pytest.mark.parametrize("path", WORKFLOWS, ids=lambda path: path.name)
    def test_call_only_targets_that_exist(self, path: Path) -> None:
        called = [
            target
            for step in steps(path)
            for line in str(step.get("run", "")).splitlines()
            if line.startswith("make ")
            for target in line.split()[1:]
            if "=" not in target
        ]
        assert called != []
        assert set(called) - TARGETS == set()

    def test_the_suite_has_the_jobs_of_the_plan(self) -> None:
        jobs = workflow(ROOT / ".github" / "workflows" / "test-automation.yml")["jobs"]
        assert list(jobs) == [
            "unit-tests",
            "integration-tests",
            "performance-tests",
            "e2e-tests",
            "security-tests",
            "test-summary",
        ]
        assert set(jobs["test-summary"]["needs"]) == set(jobs) - {"test-summary"}


def run_script(
    name: str, *arguments: str, path: Path, **environment: str
) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        ["/bin/sh", str(ROOT / "scripts" / name), *arguments],
        cwd=path,
        env={"PATH": str(path / "bin"), **environment},
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )


@pytest.fixture
def machine(tmp_path: Path) -> Path:
    """A folder whose `bin` is all there is on the path."""
    (tmp_path / "bin").mkdir()
    return tmp_path


def program(machine: Path, name: str, script: str) -> Path:
    path = machine / "bin" / name
    path.write_text(f"#!/bin/sh\n{script}\n", encoding="utf-8")
    path.chmod(0o755)
    return path


class TestFindPython:
    def test_takes_the_first_that_is_new_enough(self, machine: Path) -> None:
        program(machine, "python3", "exit 1")
        newer = program(machine, "python3.12", "exit 0")
        assert run_script("find-python", path=machine).stdout.strip() == str(newer)

    def test_says_what_to_do_when_there_is_none(self, machine: Path) -> None:
        result = run_script("find-python", path=machine)
        assert result.returncode == 1
        assert "Python of 3.11 or newer" in result.stderr


class TestEnsureChromium:
    def test_takes_the_one_that_is_there(self, machine: Path) -> None:
        chrome = program(machine, "google-chrome", "exit 0")
        assert run_script("ensure-chromium", "python", path=machine).stdout.strip() == str(chrome)

    def test_passes_over_one_that_does_not_run(self, machine: Path) -> None:
        program(machine, "chromium", "exit 127")
        chrome = program(machine, "google-chrome", "exit 0")
        assert run_script("ensure-chromium", "python", path=machine).stdout.strip() == str(chrome)

    def test_takes_the_one_that_is_named(self, machine: Path) -> None:
        mine = program(machine, "mine", "exit 0")
        program(machine, "chromium", "exit 0")
        result = run_script("ensure-chromium", "python", path=machine, CHROMIUM=str(mine))
        assert result.stdout.strip() == str(mine)

    def test_installs_debians_as_root(self, machine: Path) -> None:
        program(machine, "id", "echo 0")
        target = machine / "bin" / "chromium"
        program(
            machine,
            "apt-get",
            f'if [ "$1" = install ]; then printf "#!/bin/sh\\n" > {target}; /bin/chmod +x {target}; fi',
        )
        assert run_script("ensure-chromium", "python", path=machine).stdout.strip() == str(target)

    def test_installs_nothing_of_debian_as_somebody_else(self, machine: Path) -> None:
        program(machine, "id", "echo 1000")
        program(machine, "apt-get", "echo touched >&2; exit 1")
        python = program(machine, "python", "exit 1")
        result = run_script("ensure-chromium", str(python), path=machine)
        assert "touched" not in result.stderr
        assert result.returncode == 1

    def test_says_what_to_do_when_nothing_helps(self, machine: Path) -> None:
        program(machine, "id", "echo 0")
        program(machine, "apt-get", "exit 100")
        python = program(machine, "python", "exit 1")
        result = run_script("ensure-chromium", str(python), path=machine)
        assert result.returncode == 1
        assert result.stdout == ""
        assert "CHROMIUM=/path/to/chromium make e2e" in result.stderr

    def test_a_named_one_that_does_not_run_is_an_error(self, machine: Path) -> None:
        result = run_script("ensure-chromium", "python", path=machine, CHROMIUM="/nowhere/chromium")
        assert result.returncode == 1
        assert "/nowhere/chromium does not run" in result.stderr

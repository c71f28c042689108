"""Runs scenarios against a gateway in which one rule is changed: a copy of `app/` with a patch applied.

A patch is a plain unified diff under `patches/`, so that anybody can put a mutant into his own tree with
`git apply`. The mutant runs in a process of its own, which finds the changed copy first on its path.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from ruamel.yaml import YAML

ROOT = Path(__file__).resolve().parents[2]
HERE = Path(__file__).resolve().parent
PATCHES = HERE / "patches"
EXPECTED = HERE / "expected.yaml"


@dataclass(frozen=True, slots=True)
class Mutant:
    """One changed rule: its patch, the incident it brings back, and the scenarios that must fail then."""

    patch: str
    incident: str
    rule: str
    fails: tuple[str, ...]

    @property
    def path(self) -> Path:
        """Return where the patch lies."""
        return PATCHES / f"{self.patch}.patch"


class PatchRefused(Exception):
    """A patch does not fit the gateway any more: it has to be made anew."""


def expected_mutants() -> tuple[Mutant, ...]:
    """Return the list that was written down before any mutant was run."""
    rows = YAML(typ="safe", pure=True).load(EXPECTED.read_text(encoding="utf-8"))
    return tuple(Mutant(row["patch"], str(row["incident"]), row["rule"], tuple(row["fails"])) for row in rows)


def mutate(mutant: Mutant, folder: Path) -> Path:
    """Copy the gateway into `folder` and apply the patch; raise PatchRefused where it does not fit."""
    shutil.copytree(ROOT / "app", folder / "app", ignore=shutil.ignore_patterns("__pycache__"))
    command = ["git", "apply", "--unsafe-paths", "-C1", str(mutant.path)]
    environment = {**os.environ, "GIT_CEILING_DIRECTORIES": str(folder.parent), "GIT_DIR": os.devnull}
    done = subprocess.run(command, cwd=folder, env=environment, capture_output=True, text=True, check=False)
    if done.returncode:
        raise PatchRefused(f"{mutant.patch}: {done.stderr.strip()}")
    return folder


def verdicts(scenarios: Sequence[str], report: Path, mutated: Path | None = None) -> dict[str, str]:
    """Run scenarios in the virtual world, against a mutated copy if one is given; return each one's verdict."""
    path = os.pathsep.join(str(folder) for folder in (mutated, ROOT) if folder is not None)
    start = "from app.cli import main; main()"
    command = [sys.executable, "-c", start, "scenarios", "run", *scenarios, "--json", str(report)]
    environment = {**os.environ, "PYTHONPATH": path, "PYTHONDONTWRITEBYTECODE": "1"}
    done = subprocess.run(
        command, cwd=report.parent, env=environment, capture_output=True, text=True, check=False
    )
    if not report.exists():
        raise RuntimeError(f"no report was written: {done.stdout[-2000:]}{done.stderr[-2000:]}")
    events = json.loads(report.read_text(encoding="utf-8"))["events"]
    return {event["id"]: event["verdict"] for event in events if event["event"] == "ScenarioFinished"}

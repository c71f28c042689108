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

from harness.scenario import find_files

ROOT = Path(__file__).resolve().parents[2]
HERE = Path(__file__).resolve().parent
PATCHES = HERE / "patches"
EXPECTED = HERE / "expected.yaml"
PLAYER = HERE / "playing.py"


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
    """Copy the gateway into `folder` and apply the patch; raise PatchRefused where it does not fit.

    Compiled files come along: they are as good as their sources are old, so only patched ones are compiled anew.
    """
    shutil.copytree(ROOT / "app", folder / "app")
    command = ["git", "apply", "--unsafe-paths", "-C1", str(mutant.path)]
    environment = {**os.environ, "GIT_CEILING_DIRECTORIES": str(folder.parent), "GIT_DIR": os.devnull}
    done = subprocess.run(command, cwd=folder, env=environment, capture_output=True, text=True, check=False)
    if done.returncode:
        raise PatchRefused(f"{mutant.patch}: {done.stderr.strip()}")
    return folder


def verdicts(scenarios: Sequence[str], report: Path, gateway: Path = ROOT) -> dict[str, str]:
    """Play scenarios in the virtual world against the `app/` in a folder; return each one's verdict."""
    files = {path.stem: path for path in find_files()}
    path = os.pathsep.join(map(str, dict.fromkeys((gateway, ROOT))))
    command = [sys.executable, str(PLAYER), str(report), *(str(files[name]) for name in scenarios)]
    environment = {**os.environ, "PYTHONPATH": path, "PYTHONDONTWRITEBYTECODE": "1"}
    done = subprocess.run(
        command, cwd=report.parent, env=environment, capture_output=True, text=True, check=False
    )
    if not report.exists():
        raise RuntimeError(f"no report was written: {done.stdout[-2000:]}{done.stderr[-2000:]}")
    told = json.loads(report.read_text(encoding="utf-8"))
    if Path(told["gateway"]) != gateway / "app":
        raise RuntimeError(f"another gateway was played: {told['gateway']}")
    seen: dict[str, str] = told["verdicts"]
    return seen

"""The command `askpro quality`: holds measured coverage against the gates of pyproject.toml."""

from __future__ import annotations

import json
import tomllib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import click
from rich.console import Console
from rich.table import Table

DID_NOT_HOLD = 1


@dataclass(frozen=True, slots=True)
class Share:
    """How many of how many were run."""

    run: int
    all: int

    @property
    def percent(self) -> float:
        """Returns the share in per cent; nothing to run counts as all of it run."""
        return 100.0 * self.run / self.all if self.all else 100.0


@dataclass(frozen=True, slots=True)
class Coverage:
    """The three figures of one package. A function counts as run when a line of its body was."""

    lines: Share
    branches: Share
    functions: Share


@dataclass(frozen=True, slots=True)
class Gates:
    """The least share of each figure in per cent, and the package they are for."""

    package: str
    lines: float
    branches: float
    functions: float

    def missed(self, measured: Coverage) -> list[str]:
        """Returns the names of the figures that lie below their gate."""
        return [name for name in FIGURES if getattr(measured, name).percent < getattr(self, name)]


FIGURES = ("lines", "branches", "functions")


def read_gates(pyproject: Path) -> Gates:
    """Returns the gates of `[tool.askpro.coverage]`; raises click.UsageError when they are not there."""
    try:
        table = tomllib.loads(pyproject.read_text(encoding="utf-8"))["tool"]["askpro"]["coverage"]
        return Gates(**table)
    except (OSError, KeyError, TypeError) as error:
        raise click.UsageError(
            f"{pyproject}: needs a table [tool.askpro.coverage] with package and the three gates ({error!r})"
        ) from error


def read_coverage(report: Path, package: str) -> Coverage:
    """Returns the figures of `package` in a report of `coverage json`.

    Raises:
        click.UsageError: when the report holds no measured file of the package.
    """
    files = json.loads(report.read_text(encoding="utf-8"))["files"]
    mine = [entry for name, entry in files.items() if Path(name).parts[0] == package]
    if not mine:
        raise click.UsageError(f"{report}: holds no file of {package}; run the tests with --cov first")
    return Coverage(
        lines=_sum(mine, "covered_lines", "num_statements"),
        branches=_sum(mine, "covered_branches", "num_branches"),
        functions=_functions(mine),
    )


def _sum(files: Iterable[Mapping[str, Any]], run: str, of: str) -> Share:
    summaries = [entry["summary"] for entry in files]
    return Share(sum(one[run] for one in summaries), sum(one[of] for one in summaries))


def _functions(files: Iterable[Mapping[str, Any]]) -> Share:
    bodies = [
        function["summary"]
        for entry in files
        for name, function in entry["functions"].items()
        if name and function["summary"]["num_statements"]  # the nameless one is the module's own level
    ]
    return Share(sum(1 for body in bodies if body["covered_lines"]), len(bodies))


@click.group()
def quality() -> None:
    """Figures on the state of the project."""


@quality.command()
@click.argument("report", type=click.Path(path_type=Path, exists=True, dir_okay=False))
@click.option("--also", multiple=True, type=click.Path(path_type=Path, exists=True, dir_okay=False))
@click.option("--config", type=click.Path(path_type=Path), default=Path("pyproject.toml"), show_default=True)
def coverage(report: Path, also: tuple[Path, ...], config: Path) -> None:
    """Holds REPORT, made by `coverage json`, against the gates; exits 1 below one.

    A report given with --also is shown and not judged.
    """
    gates = read_gates(config)
    judged = read_coverage(report, gates.package)
    rows = {path.stem: read_coverage(path, gates.package) for path in also} | {report.stem: judged}
    Console().print(_table(rows, gates, judged=report.stem))
    missed = gates.missed(judged)
    if missed:
        click.echo(f"Coverage of {gates.package} lies below the gate in: {', '.join(missed)}")
        raise click.exceptions.Exit(DID_NOT_HOLD)


def _table(rows: Mapping[str, Coverage], gates: Gates, judged: str) -> Table:
    table = Table(title=f"Coverage of {gates.package}", title_justify="left")
    table.add_column("suite")
    for name in FIGURES:
        table.add_column(f"{name} (≥ {getattr(gates, name):g} %)", justify="right")
    for suite, measured in rows.items():
        table.add_row(suite, *(_cell(measured, gates, name, mark=suite == judged) for name in FIGURES))
    return table


def _cell(measured: Coverage, gates: Gates, name: str, *, mark: bool) -> str:
    share: Share = getattr(measured, name)
    text = f"{share.percent:.1f} %  {share.run}/{share.all}"
    if not mark:
        return text
    return f"[green]{text}[/]" if share.percent >= getattr(gates, name) else f"[red]{text}  below[/]"

"""Reads which modules a file imports, wherever in the file and however it is written."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

PARTS = ("app", "simulator", "harness", "loadtests", "e2e", "fixtures", "tests", "scripts")
DYNAMIC = {"import_module", "__import__", "import_string", "run_module"}


@dataclass(frozen=True, slots=True)
class Import:
    """`name` is imported by `module` at `line`; `a.b.c` for `from a.b import c`."""

    module: str
    name: str
    line: int


def module_name(path: Path, root: Path) -> str:
    """Returns the dotted name of the module at `path`."""
    parts = list(path.relative_to(root).with_suffix("").parts)
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


def python_files(root: Path, parts: tuple[str, ...] = PARTS) -> list[Path]:
    """Returns the Python files of our parts, sorted."""
    return sorted(
        path for part in parts for path in (root / part).rglob("*.py") if "__pycache__" not in path.parts
    )


def imports_of(path: Path, root: Path) -> list[Import]:
    """Returns every import of the file: at the top, in functions, under TYPE_CHECKING, and by name."""
    module = module_name(path, root)
    package = module if path.name == "__init__.py" else module.rpartition(".")[0]
    tree = ast.parse(path.read_text(encoding="utf-8"), filename=str(path))
    return [
        Import(module, name, node.lineno)
        for node in ast.walk(tree)
        if isinstance(node, ast.stmt | ast.expr)
        for name in _names(node, package)
    ]


def _names(node: ast.AST, package: str) -> Iterator[str]:
    match node:
        case ast.Import(names=names):
            yield from (alias.name for alias in names)
        case ast.ImportFrom(module=source, names=names, level=level):
            base = _absolute(source, package, level)
            yield from (f"{base}.{alias.name}" for alias in names)
        case ast.Call(func=function, args=[ast.Constant(value=str(name)), *_]) if (
            _last_name(function) in DYNAMIC
        ):
            yield name.replace(":", ".")


def _absolute(source: str | None, package: str, level: int) -> str:
    if level == 0:
        return source or ""
    above = package.split(".")
    base = ".".join(above[: len(above) - level + 1])
    return f"{base}.{source}" if source else base


def _last_name(function: ast.expr) -> str:
    match function:
        case ast.Attribute(attr=name) | ast.Name(id=name):
            return name
    return ""

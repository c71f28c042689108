"""Prints what the project asks for: its dependencies and those of the dependency group `dev`, a line each.

`make lock` pipes this into pip-compile, which reads no dependency groups by itself.
"""

from __future__ import annotations

import sys
import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

PYPROJECT = Path(__file__).resolve().parent.parent / "pyproject.toml"


def requirements(pyproject: dict[str, Any], group: str = "dev") -> list[str]:
    """Returns the project's own requirements and those of `group`, sorted, each once.

    Raises:
        KeyError: when a group that is included does not exist.
    """
    wanted = {*pyproject["project"]["dependencies"], *_of_group(pyproject["dependency-groups"], group)}
    return sorted(wanted, key=str.lower)


def _of_group(groups: dict[str, list[Any]], name: str) -> Iterator[str]:
    for entry in groups[name]:
        if isinstance(entry, str):
            yield entry
        else:
            yield from _of_group(groups, entry["include-group"])


if __name__ == "__main__":
    sys.stdout.write("\n".join(requirements(tomllib.loads(PYPROJECT.read_text(encoding="utf-8")))) + "\n")

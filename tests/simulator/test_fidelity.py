from __future__ import annotations

import ast
import re
from pathlib import Path

import pytest

from simulator.calcom import OPERATIONS

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "simulator" / "FIDELITY.md").read_text(encoding="utf-8")


def rows(section: str) -> list[list[str]]:
    text = PAGE.split(f"## {section}\n", 1)[1].split("\n## ", 1)[0]
    lines = [line for line in text.splitlines() if line.startswith("|")][2:]
    return [[cell.strip() for cell in line.strip("|").split("|")] for line in lines]


ENDPOINTS = rows("Endpoints")
HELD_BY = sorted({row[-1].strip("`") for row in (*ENDPOINTS, *rows("Rules"))})


class TestFidelityPage:
    def test_it_lists_exactly_the_routes_that_exist(self) -> None:
        listed = [row[0].strip("`") for row in ENDPOINTS]
        assert sorted(listed) == sorted(f"{one.method} /v2{one.path}" for one in OPERATIONS)

    def test_it_tells_the_versions_of_each(self) -> None:
        for operation in OPERATIONS:
            (row,) = [r for r in ENDPOINTS if r[0] == f"`{operation.method} /v2{operation.path}`"]
            told = set(row[1].split(", ")) if row[1] != "any" else None
            assert told == (set(operation.versions) if operation.versions else None)

    def test_every_row_says_same_simplified_left_out_or_own(self) -> None:
        for row in ENDPOINTS:
            assert re.match(r"(same|simplified|left out)\b", row[2]), row
        for row in rows("Rules"):
            assert re.match(r"(same|simplified|left out|own)\b", row[1]), row

    @pytest.mark.parametrize("test", HELD_BY)
    def test_the_tests_it_names_exist(self, test: str) -> None:
        path, _, name = test.partition("::")
        tree = ast.parse((ROOT / path).read_text(encoding="utf-8"))
        classes = {node.name for node in tree.body if isinstance(node, ast.ClassDef)}
        assert not name or name in classes

"""The conformance suite itself: every class names the section of the behaviour that it holds."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

HERE = Path(__file__).parent


def classes() -> Iterator[tuple[str, ast.ClassDef]]:
    for path in sorted(HERE.glob("test_*.py")):
        for node in ast.parse(path.read_text(encoding="utf-8")).body:
            if isinstance(node, ast.ClassDef) and node.name.startswith("Test"):
                yield path.name, node


class TestSections:
    """§0: what this page is written from."""

    def test_each_class_names_its_section(self) -> None:
        missing = [
            f"{name}::{node.name}"
            for name, node in classes()
            if not re.match(r"§\d+", ast.get_docstring(node) or "")
        ]
        assert missing == []

    def test_no_case_has_the_body_of_another(self) -> None:
        seen: dict[str, str] = {}
        for name, node in classes():
            for case in node.body:
                if isinstance(case, ast.FunctionDef) and case.name.startswith("test_"):
                    body = ast.dump(ast.Module(case.body, []))
                    place = f"{name}::{node.name}::{case.name}"
                    # the same words over a fixture of another class are another case
                    assert seen.setdefault(f"{node.name} {body}", place) == place

"""The import rules hold in this repository, and the checker fails when any of them is broken."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from tests.architecture.importing import PARTS, Import, module_name, python_files
from tests.architecture.rules import (
    IMPORTED_ONLY_BY,
    RULES,
    Rule,
    Violation,
    violations_in,
    violations_of,
    within,
)

ROOT = Path(__file__).resolve().parents[2]
OF_OURS = sorted({row.part for row in RULES})
Tree = Callable[[str, str], list[Violation]]


@pytest.fixture
def tree(tmp_path: Path) -> Tree:
    """Writes one module into an empty tree and returns what the checker has against it."""

    def check(path: str, source: str) -> list[Violation]:
        file = tmp_path / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(source, encoding="utf-8")
        return violations_in(tmp_path)

    return check


def path_of(part: str) -> str:
    return f"{part.replace('.', '/')}.py" if "." in part else f"{part}/__init__.py"


class TestThisRepository:
    def test_every_part_imports_only_what_it_may(self) -> None:
        assert [str(violation) for violation in violations_in(ROOT)] == []

    def test_every_module_of_the_gateway_has_a_row_of_its_part(self) -> None:
        composing = {"app", "app.wiring", "app.testing", "app.serving"}  # these know the whole gateway
        named = [row.part for row in RULES if row.part != "app"]
        without = {
            name
            for path in python_files(ROOT, ("app",))
            if not any(
                within(name := module_name(path, ROOT), part) for part in (*named, *composing - {"app"})
            )
        } - composing
        assert without == set()

    def test_every_folder_with_python_files_is_a_part(self) -> None:
        folders = {
            path.name
            for path in ROOT.iterdir()
            if path.is_dir() and not path.name.startswith(".") and any(path.rglob("*.py"))
        }
        assert folders - set(PARTS) - {"build", "var", "reports"} == set()


def forbidden_by(row: Rule) -> list[str]:
    """Returns a module for everything that the row forbids or does not allow."""
    others = [*OF_OURS, "tests.helper", "e2e.pages"] if row.may is not None else []
    not_allowed = [name for name in others if not any(within(name, prefix) for prefix in row.may or ())]
    not_standard = ["an_installed_package"] if row.standard_library_only else []
    return sorted({*row.never, *not_allowed, *not_standard})


def allowed_by(row: Rule) -> list[str]:
    """Returns what the row allows and no row above it forbids."""
    above = [other for other in RULES if other.holds_for(row.part)]
    return sorted(
        name
        for name in row.may or ()
        if not any(within(name, never) for other in above for never in other.never)
    )


class TestTheChecker:
    """Each row is broken in every way it can be, in a tree of its own."""

    @pytest.mark.parametrize("row", RULES, ids=lambda row: row.part)
    def test_everything_a_row_forbids_is_found(self, tree: Tree, row: Rule) -> None:
        forbidden = forbidden_by(row)
        source = "".join(f"import {name}\n" for name in forbidden)
        found = {violation.imported.name for violation in tree(path_of(row.part), source)}
        assert sorted(set(forbidden) - found) == []

    @pytest.mark.parametrize("row", RULES, ids=lambda row: row.part)
    def test_everything_a_row_allows_is_let_pass(self, tree: Tree, row: Rule) -> None:
        source = "".join(f"from {name} import something\n" for name in allowed_by(row))
        assert tree(path_of(row.part), source) == []

    def test_no_row_is_there_twice(self) -> None:
        assert len({row.part for row in RULES}) == len(RULES)

    @pytest.mark.parametrize("package", sorted(IMPORTED_ONLY_BY))
    @pytest.mark.parametrize("part", [*PARTS, "loadtests.cli", "loadtests.thresholds"])
    def test_a_package_that_patches_the_process_stays_in_its_modules(
        self, tree: Tree, part: str, package: str
    ) -> None:
        assert tree(path_of(f"{part}.somewhere" if part in PARTS else part), f"import {package}\n") != []

    @pytest.mark.parametrize("module", sorted(IMPORTED_ONLY_BY["locust"]))
    def test_those_modules_may_import_it(self, tree: Tree, module: str) -> None:
        assert tree(path_of(module), "import locust\n") == []


# The rules as sentences, apart from the table: a slip in it cannot hide in the examples made of it.
SENTENCES = {
    "the domain knows no web framework": ("app/domain/booking.py", "import flask"),
    "the domain knows no database": ("app/domain/booking.py", "from sqlalchemy import select"),
    "the domain sends nothing": ("app/domain/booking.py", "import requests"),
    "the domain knows no storage": ("app/domain/booking.py", "from app.storage import database"),
    "the domain stands on the standard library": ("app/domain/german/words.py", "import pydantic"),
    "storage knows no use case": ("app/storage/appointments.py", "from app.usecases import ports"),
    "storage knows no web framework": ("app/storage/appointments.py", "import flask"),
    "a use case knows no provider": ("app/usecases/booking.py", "from app.calcom.client import CalcomClient"),
    "a use case knows no voice agent": ("app/usecases/booking.py", "from app.retell import wire"),
    "a use case knows no web framework": ("app/usecases/booking.py", "import flask"),
    "the Cal.com client knows no table": (
        "app/calcom/client.py",
        "from app.storage.models import Appointment",
    ),
    "the Cal.com client knows only the ports": ("app/calcom/client.py", "from app.usecases import booking"),
    "Retell's wire format knows no Cal.com": ("app/retell/wire.py", "from app.calcom import wire"),
    "a view holds no query": ("app/web/voice.py", "from app.storage import appointments"),
    "a view knows no database": ("app/web/console.py", "import sqlalchemy"),
    "a view uses only the signature of Cal.com": (
        "app/web/calcom_events.py",
        "from app.calcom import client",
    ),
    "a job knows no view": ("app/jobs/loop.py", "from app.web import voice"),
    "settings know nothing of ours": ("app/settings.py", "from app.domain import identifiers"),
    "the command line knows no storage": ("app/cli.py", "from app.storage import database"),
    "the gateway knows no simulator": ("app/wiring.py", "import simulator"),
    "the gateway knows no fixture": ("app/wiring.py", "from fixtures import seed"),
    "the simulator knows no gateway": ("simulator/calcom/rules.py", "from app.domain import statuses"),
    "the simulator's rules know no web framework": ("simulator/calcom/rules.py", "import flask"),
    "the simulator's world knows no web framework": ("simulator/calcom/world.py", "from flask import Flask"),
    "the harness knows the simulator's client only": (
        "harness/runner.py",
        "from simulator.calcom import world",
    ),
    "the harness knows no gateway": ("harness/steps.py", "import app"),
    "the harness reads no database": ("harness/invariants.py", "import sqlite3"),
    "the runner knows no report": ("harness/runner.py", "from harness.reports import console"),
    "a report knows no step": ("harness/reports/html_page.py", "from harness import steps"),
    "a load test knows no gateway": ("loadtests/users.py", "import app"),
    "a load test uses only parts of the harness": ("loadtests/cli.py", "from harness import runner"),
    "a browser test knows no gateway": ("e2e/conftest.py", "from app.settings import Settings"),
    "fixtures know no view": ("fixtures/seed.py", "from app.web import voice"),
    "fixtures know no simulator": ("fixtures/seed.py", "import simulator"),
    "nothing imports tests": ("harness/worlds/live.py", "from tests.conftest import helper"),
    "locust stays in its modules": ("loadtests/cli.py", "import locust"),
}

FORMS = {
    "import": "import app.storage.database",
    "import as": "import app.storage.database as d",
    "from": "from app.storage.database import engine",
    "from its package": "from app import storage",
    "relative": "from ..storage import database",
    "relative, one dot and up": "from .. import storage",
    "in a function": "def f():\n    from app.storage import database\n",
    "in a method": "class C:\n    def f(self):\n        import app.storage\n",
    "under TYPE_CHECKING": (
        "from typing import TYPE_CHECKING\nif TYPE_CHECKING:\n    from app.storage import database\n"
    ),
    "in try": "try:\n    import app.storage\nexcept ImportError:\n    pass\n",
    "by name": 'import importlib\nimportlib.import_module("app.storage.database")',
    "by name, imported": 'from importlib import import_module\nimport_module("app.storage")',
    "by the built-in": '__import__("app.storage")',
    "everything": "from app.storage import *",
}


class TestTheSentences:
    @pytest.mark.parametrize(("path", "source"), SENTENCES.values(), ids=SENTENCES)
    def test_a_broken_sentence_is_found(self, tree: Tree, path: str, source: str) -> None:
        assert tree(path, source) != []

    @pytest.mark.parametrize("source", FORMS.values(), ids=FORMS)
    def test_an_import_is_found_however_it_is_written(self, tree: Tree, source: str) -> None:
        assert tree("app/web/voice.py", source) != []

    def test_a_package_imports_relatively_to_itself(self, tree: Tree) -> None:
        assert tree("app/domain/__init__.py", "from . import timespan\nfrom .opening import Hours\n") == []
        assert tree("app/domain/__init__.py", "from ..web import voice\n") != []

    def test_a_violation_says_where_what_and_why(self, tree: Tree) -> None:
        (found,) = tree("app/jobs/loop.py", "\n\nfrom app.web import voice\n")[1:]
        assert str(found) == "app.jobs.loop:3 imports app.web.voice: app.jobs never imports app.web"

    def test_a_module_without_a_row_is_found(self) -> None:
        orphan = Import("elsewhere.module", "app.wiring", 1)
        assert [found.why for found in violations_of(orphan, rules=())] == [
            "no row says what elsewhere.module may import"
        ]

    def test_a_more_specific_row_widens_and_lifts(self) -> None:
        rows = (
            Rule("a", frozenset({"a"}), never=frozenset({"pytest"})),
            Rule("a.plugin", frozenset({"a", "app"}), lifts=frozenset({"pytest"})),
        )
        assert violations_of(Import("a.plugin", "pytest", 1), rows) == []
        assert violations_of(Import("a.plugin", "app.wiring", 1), rows) == []
        assert violations_of(Import("a.other", "pytest", 1), rows) != []
        assert violations_of(Import("a.other", "app.wiring", 1), rows) != []

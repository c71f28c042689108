"""Who may import what: one row for each part, and the checker that holds a tree against the rows.

A row holds for every module below its part. Of the rows that match a module, the most specific one that has a
`may` says what of ours it may import; what any of them forbids adds up, unless a more specific row lifts it.
"""

from __future__ import annotations

import sys
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from tests.architecture.importing import PARTS, Import, imports_of, python_files

FLASK = frozenset({"flask", "werkzeug", "flask_login", "flask_wtf", "flask_bootstrap"})
DATABASE = frozenset({"sqlalchemy", "alembic", "sqlite3", "psycopg", "pymysql"})
HTTP = frozenset({"requests", "urllib3", "http.client", "urllib.request", "httpx"})
TEST_TOOLS = frozenset({"pytest", "hypothesis", "responses", "playwright", "time_machine"})
OUTSIDE_APP = frozenset({"simulator", "harness", "loadtests", "e2e", "fixtures", "tests", "scripts"})


@dataclass(frozen=True, slots=True)
class Rule:
    """What the modules of one part may import of ours, and what they never import, ours or not."""

    part: str
    may: frozenset[str] | None = None
    never: frozenset[str] = frozenset()
    lifts: frozenset[str] = frozenset()
    standard_library_only: bool = False

    def holds_for(self, module: str) -> bool:
        """Returns whether the module is the part or lies below it."""
        return within(module, self.part)


def rule(
    part: str,
    may: Iterable[str] | None = None,
    *,
    never: Iterable[str] = (),
    lifts: Iterable[str] = (),
    standard_library_only: bool = False,
) -> Rule:
    """Returns a row; a part may always import itself."""
    allowed = None if may is None else frozenset({part, *may})
    return Rule(part, allowed, frozenset(never), frozenset(lifts), standard_library_only)


RULES = (
    # --- the gateway
    rule("app", {"app"}, never={*OUTSIDE_APP, *TEST_TOOLS, "app.testing"}),  # a world mounts the test API
    rule("app.testing", {"app"}, lifts={"app.testing"}),
    rule("app.settings", set(), never={*FLASK, *DATABASE, *HTTP}),
    rule("app.clock", {"app.usecases.ports"}, never={*FLASK, *DATABASE, *HTTP}),
    rule("app.chance", {"app.usecases.ports"}, never={*FLASK, *DATABASE, *HTTP}),
    rule("app.holidays", set(), never={*FLASK, *DATABASE, *HTTP}),
    rule("app.german_command", {"app.clock", "app.domain"}, never={*FLASK, *DATABASE, *HTTP}),
    rule("app.http", {"app.settings"}, never={*FLASK, *DATABASE}),
    rule(
        "app.mail", {"app.domain", "app.usecases.ports"}, never={*FLASK, *DATABASE, "app.storage", "app.web"}
    ),
    rule("app.observability", {"app.domain", "app.usecases.ports"}, never={*DATABASE, *HTTP}),
    rule("app.cli", {"app"}, never={"app.storage", "sqlalchemy"}),
    rule("app.domain", set(), never={*FLASK, *DATABASE, *HTTP}, standard_library_only=True),
    rule("app.storage", {"app.domain"}, never={*FLASK, *HTTP, "app.usecases"}),
    rule(
        "app.usecases",
        {"app.domain", "app.storage"},
        never={*FLASK, *HTTP, "app.calcom", "app.retell", "app.web"},
    ),
    rule(
        "app.calcom",
        {"app.domain", "app.usecases.ports"},
        never={*FLASK, *DATABASE, "app.storage", "app.web"},
    ),
    rule(
        "app.retell",
        {"app.domain", "app.usecases.commands"},
        never={*FLASK, *DATABASE, *HTTP, "app.storage", "app.calcom"},
    ),
    rule(
        "app.web",
        {"app.usecases", "app.retell", "app.calcom.signature", "app.domain", "app.observability"},
        never={*DATABASE, *HTTP, "app.storage"},
    ),
    rule("app.web.application", {"app.web", "app.settings", "app.observability", "app.usecases"}),
    rule("app.jobs", {"app.usecases"}, never={*FLASK, *HTTP, "app.web"}),
    # --- the simulator
    rule(
        "simulator", set(), never={*DATABASE, *TEST_TOOLS, "app", "harness", "fixtures", "loadtests", "e2e"}
    ),
    rule(
        "simulator.client", set(), never={*FLASK, "simulator.calcom", "simulator.control", "simulator.retell"}
    ),
    rule("simulator.calcom.world", {"simulator"}, never=FLASK),
    rule("simulator.calcom.rules", {"simulator"}, never=FLASK),
    # --- the harness
    rule("harness", {"simulator.client"}, never={*DATABASE, *TEST_TOOLS, "loadtests", "e2e", "tests"}),
    rule("harness.worlds", {"harness", "app", "simulator", "fixtures"}),
    rule("harness.cli", {"harness", "app", "simulator", "fixtures"}),
    rule("harness.runner", {"harness", "simulator.client"}, never={"harness.reports"}),
    rule("harness.reports", {"harness"}, never={"harness.runner", "harness.steps"}),
    rule("harness.pytest_plugin", {"harness", "simulator.client"}, lifts={"pytest"}),
    # --- load and browser
    rule(
        "loadtests",
        {"harness.worlds.live", "harness.invariants", "harness.reports.load_page", "simulator.client"},
        never={"app", "fixtures", *DATABASE, *TEST_TOOLS},
    ),
    rule("e2e", {"harness.worlds.live", "simulator.client"}, never={"app", "fixtures", *DATABASE}),
    # --- data, tests, tools
    rule(
        "fixtures",
        {"app.storage", "app.domain"},
        never={"app.web", "app.usecases", "simulator", *FLASK, *HTTP, *TEST_TOOLS},
    ),
    rule("fixtures.cli", {"fixtures", "app.storage", "app.domain", "app.settings", "app.clock"}),
    rule("tests", PARTS),
    rule("scripts", set()),
)

# Packages that only the modules named may import: importing locust patches the whole process.
LOAD_MODULES = frozenset({"loadtests.locustfile", "loadtests.users", "loadtests.shapes"})
IMPORTED_ONLY_BY = {"locust": LOAD_MODULES, "gevent": LOAD_MODULES}


@dataclass(frozen=True, slots=True)
class Violation:
    """An import that a row forbids."""

    imported: Import
    why: str

    def __str__(self) -> str:
        return f"{self.imported.module}:{self.imported.line} imports {self.imported.name}: {self.why}"


def within(name: str, prefix: str) -> bool:
    """Returns whether the dotted name is the prefix or lies below it."""
    return f"{name}.".startswith(f"{prefix}.")


def violations_in(root: Path) -> list[Violation]:
    """Returns every import below `root` that a row forbids."""
    return [
        violation
        for path in python_files(root)
        for imported in imports_of(path, root)
        for violation in violations_of(imported)
    ]


def violations_of(imported: Import, rules: Iterable[Rule] = RULES) -> list[Violation]:
    """Returns what the rows have against one import."""
    matching = sorted((row for row in rules if row.holds_for(imported.module)), key=lambda row: len(row.part))
    reasons = [*_not_allowed(imported, matching), *_forbidden(imported, matching), *_reserved(imported)]
    return [Violation(imported, reason) for reason in reasons]


def _not_allowed(imported: Import, matching: list[Rule]) -> list[str]:
    top = imported.name.partition(".")[0]
    if top in PARTS:
        deciding = next((row for row in reversed(matching) if row.may is not None), None)
        if deciding is None:
            return [f"no row says what {imported.module} may import"]
        allowed = deciding.may or frozenset()
        if not any(within(imported.name, prefix) for prefix in allowed):
            return [f"{deciding.part} may import of ours only {', '.join(sorted(allowed))}"]
        return []
    outside_library = top not in sys.stdlib_module_names
    if outside_library and any(row.standard_library_only for row in matching):
        return [f"{matching[-1].part} may import the standard library only"]
    return []


def _forbidden(imported: Import, matching: list[Rule]) -> list[str]:
    reasons: list[str] = []
    for index, row in enumerate(matching):
        lifted = {name for later in matching[index:] for name in later.lifts}
        forbidden = sorted(name for name in row.never - lifted if within(imported.name, name))
        reasons.extend(f"{row.part} never imports {name}" for name in forbidden)
    return reasons


def _reserved(imported: Import) -> list[str]:
    return [
        f"only {', '.join(sorted(modules))} may import {package}"
        for package, modules in IMPORTED_ONLY_BY.items()
        if within(imported.name, package) and imported.module not in modules
    ]

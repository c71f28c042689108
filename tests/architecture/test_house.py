"""Rules of the house that no import can show."""

from __future__ import annotations

import ast
import importlib
import json
import re
import subprocess
import sys
from collections import defaultdict
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import click
import pytest

from harness.scenario import find_files, load
from tests.architecture.importing import module_name, python_files
from tests.architecture.rules import IMPORTED_ONLY_BY

ROOT = Path(__file__).resolve().parents[2]
TEXT_SUFFIXES = {
    ".py",
    ".md",
    ".toml",
    ".yml",
    ".yaml",
    ".sh",
    ".lock",
    ".txt",
    ".html",
    ".js",
    ".css",
    ".json",
    "",
}
SERVING = ("app", "simulator", "harness", "fixtures")


@cache
def tracked_texts() -> dict[str, str]:
    """Returns every text file of the repository by its path."""
    listed = subprocess.run(["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, text=True, check=True)
    paths = [ROOT / name for name in listed.stdout.split("\0") if name]
    return {
        str(path.relative_to(ROOT)): path.read_text(encoding="utf-8", errors="replace")
        for path in paths
        if path.suffix in TEXT_SUFFIXES and path.is_file()
    }


def lines_with(pattern: str, texts: dict[str, str]) -> list[str]:
    found = re.compile(pattern, re.IGNORECASE)
    return [
        f"{name}:{number}"
        for name, text in texts.items()
        for number, line in enumerate(text.splitlines(), start=1)
        if found.search(line)
    ]


# Written in two pieces, so that this file does not name what it looks for.
REGISTRIES = "|".join(
    (
        r"py" + r"pi\.org",
        r"python" + r"hosted\.org",
        r"npm" + r"js\.(org|com)",
        r"deb\." + r"debian\.org",
        r"proxy\.golang",
    )
)
MACHINE_PATHS = r"(?<![\w./$}*-])/(" + "|".join(("wo" + "rk", "ro" + "ot", "op" + "t", "ho" + "me")) + r")/"
FAULT_MARK = "x-simulator-" + "fault"


class TestFiles:
    def test_none_names_a_package_registry(self) -> None:
        assert lines_with(REGISTRIES, tracked_texts()) == []

    def test_none_names_a_path_of_one_machine(self) -> None:
        assert lines_with(MACHINE_PATHS, tracked_texts()) == []

    def test_the_patterns_find_what_they_should(self) -> None:
        bad = {
            "a": "index-url = https://" + "py" + "pi.org/simple",
            "b": "cd " + "/wo" + "rk/main",
            "c": "reports/work/x",
        }
        assert lines_with(REGISTRIES, bad) == ["a:1"]
        assert lines_with(MACHINE_PATHS, bad) == ["b:1"]

    def test_the_lock_pins_every_package_with_hashes(self) -> None:
        lock = (ROOT / "requirements.lock").read_text(encoding="utf-8")
        packages = "\n".join(line for line in lock.splitlines() if not line.startswith("#"))
        entries = re.split(r"\n+(?=\S)", packages.strip())
        assert [
            entry for entry in entries if not re.match(r"[a-z0-9.-]+==\S+ .*--hash=sha256:", entry, re.DOTALL)
        ] == []

    def test_the_lock_holds_what_the_project_asks_for(self) -> None:
        asked = subprocess.run(
            [sys.executable, "scripts/requirements.py"], cwd=ROOT, capture_output=True, text=True, check=True
        ).stdout.split()
        lock = (ROOT / "requirements.lock").read_text(encoding="utf-8")
        pinned = set(re.findall(r"^([a-z0-9.-]+)==", lock, re.MULTILINE))
        names = {
            re.split(r"[\[<>=~!;]", line)[0].lower().replace("_", "-").replace(".", "-") for line in asked
        }
        assert names - pinned == set()


class TestTheGateway:
    def test_never_reads_the_mark_of_an_injected_fault(self) -> None:
        """A gateway that knew which replies are broken on purpose would prove nothing."""
        texts = {name: text for name, text in tracked_texts().items() if name.startswith("app/")}
        assert lines_with(FAULT_MARK, texts) == []


def _probe(modules: list[str], unwanted: list[str]) -> str:
    return (
        "import importlib, json, sys\n"
        f"for name in {modules!r}: importlib.import_module(name)\n"
        f"print(json.dumps([name for name in {unwanted!r} if name in sys.modules]))\n"
    )


class TestLocust:
    """Importing locust patches sockets and threads of the whole process."""

    @pytest.mark.parametrize("part", SERVING)
    def test_is_in_no_process_that_serves_or_tests_anything_else(self, part: str) -> None:
        modules = [
            name
            for path in python_files(ROOT, (part,))
            if not (name := module_name(path, ROOT)).endswith(("__main__", "migrations.env"))
            and ".versions." not in name
        ]
        result = subprocess.run(
            [sys.executable, "-c", _probe(modules, sorted(IMPORTED_ONLY_BY))],
            cwd=ROOT,
            capture_output=True,
            text=True,
            check=False,
            timeout=60,
        )
        assert result.returncode == 0, result.stderr
        assert json.loads(result.stdout) == []

    def test_the_probe_sees_it_where_it_is(self) -> None:
        result = subprocess.run(
            [sys.executable, "-c", _probe(["gevent"], ["gevent"])], capture_output=True, text=True, check=True
        )
        assert json.loads(result.stdout) == ["gevent"]


class TestPages:
    def test_the_browser_tests_page_objects_assert_nothing(self) -> None:
        asserting = [
            f"{path.relative_to(ROOT)}:{node.lineno}"
            for path in python_files(ROOT, ("e2e",))
            if "pages" in path.parts
            for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
            if isinstance(node, ast.Assert) or (isinstance(node, ast.Name) and node.id == "expect")
        ]
        assert asserting == []


def _scenarios_on_disk() -> dict[str, set[str]]:
    """Returns the names of scenario files by the number of the incident they replay."""
    by_incident: dict[str, set[str]] = defaultdict(set)
    for path in find_files():
        incident = load(path).incident
        if incident is not None:
            by_incident[incident].add(path.stem)
    return dict(by_incident)


def _scenarios_in_docs() -> dict[str, set[str]]:
    text = (ROOT / "docs" / "incidents.md").read_text(encoding="utf-8")
    sections = re.findall(r"^## (1\.\d+) .*?\*\*Scenarios:\*\* (.*?)$", text, re.MULTILINE | re.DOTALL)
    return {number: names for number, line in sections if (names := set(re.findall(r"`(\w+)`", line)))}


def _commands(command: click.Command, path: tuple[str, ...]) -> Iterator[tuple[str, click.Command]]:
    yield " ".join(path), command
    if isinstance(command, click.Group):
        context = click.Context(command, info_name=path[-1])
        for name in command.list_commands(context):
            below = command.get_command(context, name)
            assert below is not None
            yield from _commands(below, (*path, name))


@pytest.fixture(scope="module")
def commands() -> dict[str, click.Command]:
    return dict(_commands(importlib.import_module("app.cli").main, ("askpro",)))


@pytest.fixture(scope="module")
def running() -> str:
    return (ROOT / "docs" / "running.md").read_text(encoding="utf-8")


class TestDocuments:
    def test_every_command_says_what_it_does(self, commands: dict[str, click.Command]) -> None:
        assert [name for name, command in commands.items() if not (command.help or "").strip()] == []

    def test_every_command_stands_in_the_docs(self, commands: dict[str, click.Command], running: str) -> None:
        leaves = [name for name, command in commands.items() if not isinstance(command, click.Group)]
        assert [name for name in leaves if f"`{name}" not in running] == []

    def test_the_docs_name_no_command_that_is_not_there(
        self, commands: dict[str, click.Command], running: str
    ) -> None:
        named = re.findall(r"`(askpro [a-z][a-z -]*[a-z])", running)
        assert [
            name
            for name in named
            if not any(name.startswith(known) for known in commands if known != "askpro")
        ] == []

    def test_every_setting_stands_in_the_docs(self, running: str) -> None:
        variables = importlib.import_module("app.settings").VARIABLES
        assert [variable.name for variable in variables if f"`{variable.name}`" not in running] == []

    def test_the_docs_name_no_setting_that_is_not_there(self, running: str) -> None:
        settings = importlib.import_module("app.settings")
        known = {variable.name for variable in settings.VARIABLES} | settings.STEERING_VARIABLES
        assert set(re.findall(r"ASKPRO_[A-Z_]+", running)) - known == set()

    def test_every_make_target_stands_in_the_docs(self, running: str) -> None:
        makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
        targets = re.findall(r"^([a-z0-9-]+):.*## ", makefile, re.MULTILINE)
        assert [target for target in targets if f"make {target}" not in running] == []

    def test_every_link_between_documents_leads_somewhere(self) -> None:
        dead = [
            f"{name}: {target}"
            for name, text in tracked_texts().items()
            if name.endswith(".md")
            for target in re.findall(r"\]\(([^)#\s]+)[^)]*\)", text)
            if "://" not in target and not (ROOT / name).parent.joinpath(target).exists()
        ]
        assert dead == []

    def test_every_incident_is_told(self) -> None:
        text = (ROOT / "docs" / "incidents.md").read_text(encoding="utf-8")
        told = re.findall(r"^## (1\.\d+) ", text, re.MULTILINE)
        assert told == [f"1.{number}" for number in range(1, 42)]

    def test_every_scenario_of_an_incident_is_named_there_and_no_other(self) -> None:
        assert _scenarios_in_docs() == _scenarios_on_disk()

    def test_every_dependency_has_its_reason(self) -> None:
        asked = subprocess.run(
            [sys.executable, "scripts/requirements.py"], cwd=ROOT, capture_output=True, text=True, check=True
        ).stdout.split()
        reasons = "".join(
            path.read_text(encoding="utf-8") for path in (ROOT / "docs" / "decisions").glob("*.md")
        )
        names = {re.split(r"[\[<>=~!;]", line)[0] for line in asked}
        assert {name for name in names if f"`{name}`" not in reasons} == set()

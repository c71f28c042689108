"""Scenario files: YAML 1.2 into values, every mistake named with file, line and the nearest right word."""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from pathlib import Path
from typing import Any

from ruamel.yaml import YAML
from ruamel.yaml.comments import CommentedMap, CommentedSeq
from ruamel.yaml.error import MarkedYAMLError, YAMLError
from ruamel.yaml.scalarfloat import ScalarFloat

from harness.events import StepWords
from harness.expectations import OPERATORS, unknown_operators
from harness.set_up import SECTIONS, SetUp, read_set_up
from harness.times import TimeFormatError, parse_instant
from harness.vocabulary import TABLES, VERBS, Nesting, Verb

SCENARIOS = Path(__file__).parent / "scenarios"
KEYS = (
    "title", "incident", "tags", "now", "free", "caller", "webhooks", "steps", "finally", "breaks", "pinned",
    "worlds", "why", *SECTIONS,
)  # fmt: skip
WORLDS = ("virtual", "live")
_STEP_EXTRAS = ("expect", "call")
_WORDS_CHARACTERS = 120


class ScenarioError(ValueError):
    """A scenario file that cannot be used; the message begins with file and line."""

    def __init__(self, file: str, line: int, problem: str) -> None:
        super().__init__(f"{file}:{line}: {problem}")


@dataclass(frozen=True, slots=True)
class Step:
    """One act: a verb, what it is given, what its answer must show, and nested steps if it has any.

    ``call`` names the phone call it belongs to; steps without one share the scenario's own.
    """

    verb: str
    value: Any
    line: int
    expect: Any = None
    call: str | None = None
    branches: tuple[tuple[Step, ...], ...] = ()


@dataclass(frozen=True, slots=True)
class Scenario:
    """A story as data. ``breaks`` maps an invariant's code to the reason why it must break here."""

    id: str
    suite: str
    file: str
    title: str
    now: datetime
    steps: tuple[Step, ...]
    final: Mapping[str, Any]
    incident: str | None = None
    tags: tuple[str, ...] = ()
    free: tuple[str, ...] | None = None
    caller: str | None = None
    webhooks: bool = False
    breaks: Mapping[str, str] = field(default_factory=dict)
    pinned: bool = False
    worlds: tuple[str, ...] = WORLDS
    why: str = ""
    set_up: SetUp = field(default_factory=dict)

    def words(self) -> tuple[StepWords, ...]:
        """The steps as their author wrote them."""
        return tuple(
            StepWords(number, step.verb, words_of(step.value), text_of(step), step.line)
            for number, step in enumerate(self.steps)
        )


def load(path: Path, root: Path = SCENARIOS) -> Scenario:
    """Read one file; ScenarioError names what is wrong with it."""
    shown = _shown_path(path, root)
    try:
        data = _yaml().load(path.read_text(encoding="utf-8"))
    except MarkedYAMLError as error:
        line = error.problem_mark.line + 1 if error.problem_mark else 1
        raise ScenarioError(shown, line, f"this is no YAML: {error.problem or error}") from None
    except (YAMLError, UnicodeDecodeError, OSError) as error:
        raise ScenarioError(shown, 1, f"the file cannot be read: {error}") from None
    return _Reader(shown).scenario(data, path)


def find_files(root: Path = SCENARIOS) -> list[Path]:
    """All scenario files under a folder, in a stable order."""
    return sorted([*root.rglob("*.yaml"), *root.rglob("*.yml")])


def words_of(value: Any) -> str:
    """A step's value on one line, cut where it is long."""
    text = _flow(value)
    return text if len(text) <= _WORDS_CHARACTERS else text[: _WORDS_CHARACTERS - 2] + " …"


def text_of(step: Step) -> str:
    """The nested steps of a step as indented lines; empty if it has none."""
    lines: list[str] = []
    for number, branch in enumerate(step.branches, start=1):
        if len(step.branches) > 1:
            lines.append(f"branch {number}:")
        lines += [f"- {each.verb}: {_flow(each.value)}" for each in branch]
    return "\n".join(lines)


def _flow(value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, Mapping):
        return ", ".join(f"{key}: {_flow(each)}" for key, each in value.items())
    if isinstance(value, list | tuple):
        return "[" + ", ".join(_flow(each) for each in value) + "]"
    return str(value)


def nearest(word: str, known: Iterable[str]) -> str:
    """The end of a message about an unknown word: the nearest right one, or all of them."""
    choices = list(known)
    close = difflib.get_close_matches(str(word), choices, n=1, cutoff=0.5)
    return f"did you mean “{close[0]}”?" if close else f"known are {', '.join(choices)}"


def _yaml() -> YAML:
    yaml = YAML(typ="rt", pure=True)
    yaml.version = (1, 2)  # 1.1 reads 14:00 as 840
    return yaml


def _shown_path(path: Path, root: Path) -> str:
    project = root.parent.parent if root == SCENARIOS else root
    return path.relative_to(project).as_posix() if path.is_relative_to(project) else path.name


class _Reader:
    """Turns one file's parsed YAML into a Scenario; knows the file's name for its messages."""

    def __init__(self, file: str) -> None:
        self.file = file

    def scenario(self, data: Any, path: Path) -> Scenario:
        if not isinstance(data, CommentedMap):
            raise ScenarioError(self.file, 1, "a scenario is a mapping with title, now, steps and finally")
        self._keys(data, KEYS, "a scenario has no")
        for key in ("title", "now", "steps", "finally"):
            if key not in data:
                raise ScenarioError(self.file, 1, f"“{key}” is missing")
        now = self._instant(data, "now")
        worlds = self._worlds(data)
        return Scenario(
            id=path.stem,
            suite=path.parent.name,
            file=self.file,
            title=str(data["title"]),
            now=now,
            steps=self._steps(data["steps"], _line(data, "steps")),
            final=self._final(data),
            incident=_as_written(data["incident"]) if "incident" in data else None,
            tags=tuple(str(each) for each in self._list(data, "tags")),
            free=self._free(data),
            caller=str(data["caller"]) if "caller" in data else None,
            webhooks=self._flag(data, "webhooks"),
            breaks=self._breaks(data),
            pinned=self._flag(data, "pinned"),
            worlds=worlds,
            why=str(data.get("why", "")),
            set_up=self._set_up(data),
        )

    def _set_up(self, data: CommentedMap) -> SetUp:
        line = min((_line(data, key) for key in SECTIONS if key in data), default=1)
        return read_set_up(data, _plain, self._keys, lambda problem: ScenarioError(self.file, line, problem))

    def _steps(self, data: Any, line: int) -> tuple[Step, ...]:
        if not isinstance(data, CommentedSeq) or not data:
            raise ScenarioError(self.file, line, "steps are a list, each with a verb: “- check: {…}”")
        return tuple(self._step(each, _item_line(data, number)) for number, each in enumerate(data))

    def _step(self, data: Any, line: int) -> Step:
        if isinstance(data, str):
            data = CommentedMap({data: None})
        if not isinstance(data, CommentedMap):
            raise ScenarioError(self.file, line, "a step is a mapping with one verb: “- wait: 14s”")
        verbs = [key for key in data if key not in _STEP_EXTRAS]
        for key in verbs:
            if key not in VERBS:
                where = _line(data, key) or line
                raise ScenarioError(self.file, where, f"no step is called “{key}”; {nearest(key, VERBS)}")
        if len(verbs) != 1:
            raise ScenarioError(
                self.file, line, f"a step has one verb, this one has {len(verbs)}: {', '.join(verbs)}"
            )
        verb = VERBS[verbs[0]]
        value = data[verb.name]
        if isinstance(value, CommentedMap) and verb.keys is not None:
            self._keys(value, verb.keys, f"“{verb.name}” takes no", line)
        expect = self._expect(data, line)
        call = data.get("call")
        branches = self._branches(verb, value, line)
        return Step(verb.name, _plain(value), line, expect, str(call) if call else None, branches)

    def _branches(self, verb: Verb, value: Any, line: int) -> tuple[tuple[Step, ...], ...]:
        if verb.nesting is Nesting.NONE:
            return ()
        if verb.nesting is Nesting.STEPS:
            return (self._steps(value, line),)
        if isinstance(value, CommentedMap):
            return (self._steps(value.get("each"), line),)
        if not isinstance(value, CommentedSeq):
            raise ScenarioError(
                self.file, line, "“parallel” is a list of branches, or {callers: 5, each: [steps]}"
            )
        return tuple(
            self._steps(each, line)
            if isinstance(each, CommentedSeq)
            else (self._step(each, _item_line(value, n)),)
            for n, each in enumerate(value)
        )

    def _expect(self, data: CommentedMap, line: int) -> Any:
        if "expect" not in data:
            return None
        wanted = data["expect"]
        if not isinstance(wanted, CommentedMap):
            raise ScenarioError(self.file, _line(data, "expect") or line, "“expect” is a mapping of fields")
        self._operators(wanted, _line(data, "expect") or line)
        return _plain(wanted)

    def _operators(self, wanted: Any, line: int) -> None:
        for strange, _siblings in unknown_operators(wanted):
            raise ScenarioError(self.file, line, f"“{strange}” is no operator; {nearest(strange, OPERATORS)}")

    def _final(self, data: CommentedMap) -> Mapping[str, Any]:
        final = data["finally"]
        line = _line(data, "finally")
        if not isinstance(final, CommentedMap) or "appointments" not in final or "bookings" not in final:
            problem = "“finally” says how many rows there are: at least “appointments” and “bookings”"
            raise ScenarioError(self.file, line, problem)
        self._keys(final, TABLES, "“finally” knows no")
        self._operators(final, line)
        return dict(_plain(final))

    def _free(self, data: CommentedMap) -> tuple[str, ...] | None:
        if "free" not in data:
            return None
        times = self._list(data, "free")
        for each in times:
            self._checked_instant(each, _line(data, "free"))
        return tuple(str(each) for each in times)

    def _breaks(self, data: CommentedMap) -> Mapping[str, str]:
        breaks = data.get("breaks") or {}
        if not isinstance(breaks, Mapping) or not all(isinstance(each, str) for each in breaks.values()):
            raise ScenarioError(
                self.file, _line(data, "breaks"), "“breaks” maps an invariant to the reason why"
            )
        return {str(key): str(value) for key, value in breaks.items()}

    def _worlds(self, data: CommentedMap) -> tuple[str, ...]:
        worlds = tuple(str(each) for each in self._list(data, "worlds")) or WORLDS
        line = _line(data, "worlds")
        for each in worlds:
            if each not in WORLDS:
                raise ScenarioError(self.file, line, f"no world is called “{each}”; {nearest(each, WORLDS)}")
        if worlds != WORLDS and not data.get("why"):
            raise ScenarioError(self.file, line, "say under “why” why it does not run in every world")
        return worlds

    def _flag(self, data: CommentedMap, key: str) -> bool:
        value = data.get(key, False)
        if not isinstance(value, bool):
            raise ScenarioError(self.file, _line(data, key), f"“{key}” is true or false")
        return value

    def _list(self, data: CommentedMap, key: str) -> Sequence[Any]:
        value = data.get(key, [])
        if not isinstance(value, list):
            raise ScenarioError(self.file, _line(data, key), f"“{key}” is a list: [one, two]")
        return value

    def _instant(self, data: CommentedMap, key: str) -> datetime:
        return self._checked_instant(data[key], _line(data, key))

    def _checked_instant(self, value: object, line: int) -> datetime:
        try:
            return parse_instant(value)
        except TimeFormatError as error:
            raise ScenarioError(self.file, line, str(error)) from None

    def _keys(self, data: CommentedMap, known: Iterable[str], complaint: str, line: int = 0) -> None:
        choices = list(known)
        for key in data:
            if key not in choices:
                raise ScenarioError(
                    self.file, _line(data, key) or line, f"{complaint} “{key}”; {nearest(key, choices)}"
                )


def _as_written(value: Any) -> str:
    """Return a number with all the digits of the file: incident 1.10 is not incident 1.1."""
    if not isinstance(value, ScalarFloat):
        return str(value)
    shape = vars(value)  # the parser keeps the written form here
    decimals = shape["_width"] - shape["_prec"] - 1
    return f"{value:.{decimals}f}"


def _plain(value: Any) -> Any:
    if isinstance(value, Mapping):
        return {str(key): _plain(each) for key, each in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(each) for each in value]
    if isinstance(value, bool) or value is None:
        return value
    if isinstance(value, date):  # 2025-10-20 and 2025-10-20 14:00:00 are instants to YAML, texts to us
        return value.isoformat(sep=" ") if isinstance(value, datetime) else value.isoformat()
    if isinstance(value, int):
        return int(value)
    return float(value) if isinstance(value, float) else str(value)


def _line(data: CommentedMap, key: str) -> int:
    try:
        return int(data.lc.key(key)[0]) + 1
    except (KeyError, AttributeError, TypeError):
        return 1


def _item_line(data: CommentedSeq, number: int) -> int:
    return int(data.lc.item(number)[0]) + 1

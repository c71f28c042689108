"""Load profiles: who calls, how many, for how long; read from ``profiles.toml``."""

from __future__ import annotations

import difflib
import tomllib
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, fields, replace
from pathlib import Path
from typing import Any

from loadtests.errors import WrongUse

PROFILES = Path(__file__).with_name("profiles.toml")


@dataclass(frozen=True, slots=True)
class Profile:
    """One kind of load. Times are nominal; duration, thinking and pauses are multiplied by the time scale.

    Calls that begin in the ramp are made, but not measured; the duration is counted from its end.
    """

    name: str
    about: str
    users: int
    duration_seconds: float
    thinking_seconds: float
    pause_seconds: float
    ramp_seconds: float
    calcom_seconds: Mapping[str, float] = field(default_factory=dict)
    time_scale: float = 1.0

    def changed(self, users: int | None, duration: float | None, time_scale: float | None) -> Profile:
        """The profile with what was asked for on the command line; None leaves as it is.

        The duration that is asked for is real; raises WrongUse when there is none at a time scale of 0.
        """
        scale = self.time_scale if time_scale is None else time_scale
        seconds = self.duration_seconds * scale if duration is None else duration
        if not seconds:
            raise WrongUse("--time-scale 0 leaves no time for the run; give --duration in seconds too")
        users = self.users if users is None else users
        return replace(self, users=users, duration_seconds=seconds, time_scale=scale)

    @property
    def spawn_rate(self) -> float:
        """Callers that join each second, so that all are there after the ramp."""
        return max(self.users / max(self.ramp_seconds, 1.0), 0.1)


def load_profiles(path: Path = PROFILES) -> dict[str, Profile]:
    """All profiles by name; raises WrongUse naming file, key and cure."""
    return {name: _profile(path, name, table) for name, table in read_toml(path).items()}


def get_profile(name: str, path: Path = PROFILES) -> Profile:
    """One profile; raises WrongUse with the nearest name."""
    profiles = load_profiles(path)
    if name not in profiles:
        raise WrongUse(f"there is no profile {name!r}; {one_of(name, profiles)}")
    return profiles[name]


def read_toml(path: Path) -> dict[str, Any]:
    """A TOML file; raises WrongUse with the place of the fault."""
    try:
        return tomllib.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise WrongUse(f"{path}: cannot be read ({error.strerror}); check the path") from error
    except tomllib.TOMLDecodeError as error:
        raise WrongUse(f"{path.name}: {error}; mend the TOML there") from error


def one_of(word: str, known: Iterable[str]) -> str:
    """A cure: the nearest known word, or all of them."""
    names = list(known)
    near = difflib.get_close_matches(word, names, n=1)
    return f"did you mean {near[0]!r}?" if near else f"known are {', '.join(names)}"


def _profile(path: Path, name: str, table: object) -> Profile:
    if not isinstance(table, dict):
        raise WrongUse.in_file(path, name, "is no table", f"write [{name}] above its keys")
    known = {each.name for each in fields(Profile)} - {"name", "time_scale"}
    for key in table:
        if key not in known:
            raise WrongUse.in_file(path, f"{name}.{key}", "no such key", one_of(key, sorted(known)))
    values: dict[str, Any] = {"name": name}
    for key, (is_right, cure) in _KEYS.items():
        if key not in table and key != "calcom_seconds":
            raise WrongUse.in_file(path, f"{name}.{key}", "is missing", cure)
        if key in table and not is_right(table[key]):
            raise WrongUse.in_file(path, f"{name}.{key}", f"cannot be {table[key]!r}", cure)
        if key in table:
            values[key] = table[key]
    return Profile(**values)


def _is_number(value: object, least: float = 0.0) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and value >= least


def _is_pace(value: object) -> bool:
    return isinstance(value, dict) and all(_is_number(each) for each in value.values())


_KEYS: dict[str, tuple[Callable[[object], bool], str]] = {
    "about": (lambda value: isinstance(value, str) and bool(value.strip()), "say in one line what it shows"),
    "users": (lambda value: isinstance(value, int) and _is_number(value, 1), "a whole number from 1"),
    "duration_seconds": (lambda value: _is_number(value) and value != 0, "seconds, more than 0"),
    "thinking_seconds": (_is_number, "seconds from 0"),
    "pause_seconds": (_is_number, "seconds from 0"),
    "ramp_seconds": (_is_number, "seconds from 0"),
    "calcom_seconds": (
        _is_pace,
        "operations of Cal.com and the seconds each takes, such as { list_slots = 0.2 }",
    ),
}

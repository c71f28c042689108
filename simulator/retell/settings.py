"""What the Retell side must know of the gateway it calls and of the numbers that can be dialled."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

GIVE_UP_AFTER_SECONDS = 12.0  # the gateway's own deadline of 10 s and 2 s for the line


class SettingsError(ValueError):
    """A setting that cannot be used; the message names the field and the cure."""


@dataclass(frozen=True, slots=True)
class DialledNumber:
    """A number of a branch: who answers it and which Cal.com account its calendar lies in."""

    number: str
    company: str
    branch: str = ""
    account: str | None = None
    event_type_id: int | None = None
    services: tuple[str, ...] = ()

    @property
    def title(self) -> str:
        """Company and branch as one phrase for lists."""
        return f"{self.company} · {self.branch}" if self.branch else self.company


@dataclass(frozen=True, slots=True)
class Caller:
    """A number calls come from, with the name the salon knows it by ("" when unknown)."""

    number: str
    name: str = ""


@dataclass(slots=True)
class RetellSettings:
    """Settings of the call simulator; `PUT /__admin/retell` changes them while it runs.

    `timeout_seconds` and `max_retry` are those of Retell's custom functions, `speech_seconds` is how long a
    sentence of sixty characters takes to speak (0: nobody waits for speech).
    """

    gateway_url: str = "http://127.0.0.1:8000"
    api_key: str = "key_test_retell"
    numbers: tuple[DialledNumber, ...] = ()
    callers: tuple[Caller, ...] = ()
    timeout_seconds: float = GIVE_UP_AFTER_SECONDS
    max_retry: int = 0
    speech_seconds: float = 0.0
    seed: int = 0
    agent_id: str = "agent_demo"
    agent_name: str = "Empfang"

    def update(self, changes: Mapping[str, Any]) -> None:
        """Take over the fields given, all or none.

        Raises:
            SettingsError: a field is unknown or has an unusable value.
        """
        checked = {name: _checked(name, value) for name, value in changes.items()}
        for name, value in checked.items():
            setattr(self, name, value)

    def find_number(self, number: str) -> DialledNumber | None:
        """The directory's entry for a dialled number, or None."""
        return next((entry for entry in self.numbers if entry.number == number), None)

    def find_caller(self, number: str) -> Caller | None:
        """The directory's entry for a caller's number, or None."""
        return next((entry for entry in self.callers if entry.number == number), None)

    def to_json(self) -> dict[str, Any]:
        """All settings but the key, for `GET /__admin/retell` and the page."""
        shown = asdict(self)
        shown.pop("api_key")
        return shown


def _checked(name: str, value: Any) -> Any:
    match name:
        case "numbers":
            return tuple(_number(entry) for entry in _list(name, value))
        case "callers":
            return tuple(_caller(entry) for entry in _list(name, value))
        case "timeout_seconds" | "speech_seconds":
            return _at_least(name, value, 0.0)
        case "max_retry" | "seed":
            return int(_at_least(name, value, 0))
        case "gateway_url" | "api_key" | "agent_id" | "agent_name":
            if not isinstance(value, str) or not value:
                raise SettingsError(f"{name} must be a text that is not empty")
            return value.rstrip("/") if name == "gateway_url" else value
        case _:
            raise SettingsError(
                f"{name} is no setting; known are gateway_url, api_key, numbers, callers, timeout_seconds, "
                "max_retry, speech_seconds, seed, agent_id, agent_name"
            )


def _list(name: str, value: Any) -> list[Any]:
    if not isinstance(value, list):
        raise SettingsError(f"{name} must be a list")
    return value


def _at_least(name: str, value: Any, least: float) -> float:
    if isinstance(value, bool) or not isinstance(value, (int, float)) or value < least:
        raise SettingsError(f"{name} must be a number of at least {least:g}")
    return float(value)


def _number(entry: Any) -> DialledNumber:
    if not isinstance(entry, dict) or not isinstance(entry.get("number"), str):
        raise SettingsError('numbers: each entry needs at least {"number", "company"}')
    event_type = entry.get("event_type_id")
    return DialledNumber(
        number=entry["number"],
        company=str(entry.get("company", entry["number"])),
        branch=str(entry.get("branch", "")),
        account=entry.get("account"),
        event_type_id=None if event_type is None else int(event_type),
        services=tuple(str(name) for name in entry.get("services", ())),
    )


def _caller(entry: Any) -> Caller:
    if isinstance(entry, str):
        return Caller(number=entry)
    if not isinstance(entry, dict) or not isinstance(entry.get("number"), str):
        raise SettingsError('callers: each entry is a number or {"number", "name"}')
    return Caller(number=entry["number"], name=str(entry.get("name", "")))

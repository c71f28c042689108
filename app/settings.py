"""What can be set from outside, read once; every fault of it is reported at once."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from enum import StrEnum
from typing import Any

DEVELOPMENT_ONLY = "for-development-only"
"""Stands in the defaults of secrets outside production, so that nobody takes them for real ones."""


class Environment(StrEnum):
    """Where the gateway runs."""

    PRODUCTION = "production"
    DEVELOPMENT = "development"
    TEST = "test"


class SettingsError(ValueError):
    """One or more settings are missing or wrong; the text names each variable and its cure."""


@dataclass(frozen=True, slots=True)
class Settings:
    """Everything the gateway is told from outside. Prints without its secrets."""

    environment: Environment = Environment.DEVELOPMENT
    database_url: str = field(default="sqlite:///var/askpro.sqlite3", repr=False)
    redis_url: str | None = field(default=None, repr=False)
    calcom_base_url: str = "http://127.0.0.1:8100"
    retell_api_keys: tuple[str, ...] = field(default=(f"key-{DEVELOPMENT_ONLY}",), repr=False)
    secret_key: str = field(default=f"secret-{DEVELOPMENT_ONLY}", repr=False)
    encryption_keys: tuple[str, ...] = field(default=(f"encryption-{DEVELOPMENT_ONLY}",), repr=False)
    index_key: str = field(default=f"index-{DEVELOPMENT_ONLY}", repr=False)
    smtp_url: str | None = field(default=None, repr=False)
    log_level: str = "INFO"

    @classmethod
    def from_env(cls, environ: Mapping[str, str]) -> Settings:
        """Return the settings of `environ`; raise SettingsError that names every fault at once."""
        values: dict[str, Any] = {}
        faults: list[str] = []
        for variable in VARIABLES:
            text = environ.get(variable.name, "").strip()
            if not text:
                continue
            try:
                values[variable.field] = variable.parse(text)
            except ValueError as error:
                faults.append(f"{variable.name}: {error}")
        faults += _missing_in_production(values)
        faults += _unknown(environ)
        if faults:
            raise SettingsError("These settings must be mended before the start:\n  " + "\n  ".join(faults))
        return cls(**values)


def _environment(text: str) -> Environment:
    try:
        return Environment(text)
    except ValueError:
        known = ", ".join(Environment)
        raise ValueError(f"{text!r} is none of {known}") from None


def _several(text: str) -> tuple[str, ...]:
    parts = tuple(part.strip() for part in text.split(",") if part.strip())
    if not parts:
        raise ValueError(
            "needs at least one key; several are separated by commas, the first one signs or seals"
        )
    return parts


def _url(text: str) -> str:
    if "://" not in text:
        raise ValueError(f"{text!r} is no URL; write it with its scheme, such as http://host:port")
    return text.rstrip("/") if text.startswith("http") else text


def _level(text: str) -> str:
    level = text.upper()
    if level not in {"DEBUG", "INFO", "WARNING", "ERROR"}:
        raise ValueError(f"{text!r} is none of DEBUG, INFO, WARNING, ERROR")
    return level


@dataclass(frozen=True, slots=True)
class Variable:
    """One environment variable: where it goes, how it is read, what it is for."""

    name: str
    field: str
    purpose: str
    parse: Any = str
    needed_in_production: bool = False


VARIABLES = (
    Variable("ASKPRO_ENV", "environment", "production, development or test", _environment),
    Variable("ASKPRO_DATABASE_URL", "database_url", "SQLAlchemy URL of the database", _url, True),
    Variable("ASKPRO_REDIS_URL", "redis_url", "store of breaker, pace and caches shared by processes", _url),
    Variable("ASKPRO_CALCOM_BASE_URL", "calcom_base_url", "address of Cal.com, without /v2", _url, True),
    Variable("ASKPRO_RETELL_API_KEYS", "retell_api_keys", "keys Retell may sign with", _several, True),
    Variable("ASKPRO_SECRET_KEY", "secret_key", "signs sessions and endpoint tokens", str, True),
    Variable("ASKPRO_ENCRYPTION_KEYS", "encryption_keys", "seal personal data, newest first", _several, True),
    Variable(
        "ASKPRO_INDEX_KEY", "index_key", "blind index of phone and e-mail; outlives rotation", str, True
    ),
    Variable("ASKPRO_SMTP_URL", "smtp_url", "mail server; without it mails go to the e-mail log only", _url),
    Variable("ASKPRO_LOG_LEVEL", "log_level", "DEBUG, INFO, WARNING or ERROR", _level),
)
"""The one table of settings; `docs/running.md` is compared with it."""

STEERING_VARIABLES = frozenset({"ASKPRO_CLOCK_FILE", "ASKPRO_SIMULATOR_URL"})
"""Set by the test bench for the processes it starts; the gateway itself reads none of them."""


def _missing_in_production(values: Mapping[str, Any]) -> list[str]:
    if values.get("environment") is not Environment.PRODUCTION:
        return []
    return [
        f"{variable.name}: missing, and production does not start without it ({variable.purpose})"
        for variable in VARIABLES
        if variable.needed_in_production and variable.field not in values
    ]


def _unknown(environ: Mapping[str, str]) -> list[str]:
    known = {variable.name for variable in VARIABLES} | STEERING_VARIABLES
    return [
        f"{name}: no such setting; known are {', '.join(sorted(known - STEERING_VARIABLES))}"
        for name in sorted(environ)
        if name.startswith("ASKPRO_") and name not in known
    ]


assert {variable.field for variable in VARIABLES} == {entry.name for entry in fields(Settings)}  # noqa: S101

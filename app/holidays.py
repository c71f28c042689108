"""Public holidays, from the `holidays` package: loaded once when the gateway starts, never in a call."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from importlib import import_module

COUNTRY, LANGUAGE = "DE", "de"


def load_holidays(state: str | None = None) -> Callable[[date], str | None] | None:
    """Return the function that names the public holiday on a day; None where the package is not installed.

    `state` is a German state ("BY"); without it only the holidays of all of Germany count.
    """
    try:
        package = import_module("holidays")
    except ImportError:
        return None
    calendar = package.country_holidays(COUNTRY, subdiv=state, language=LANGUAGE)

    def holiday_on(day: date) -> str | None:
        """Return the name of the public holiday on a day, or None."""
        name = calendar.get(day)
        return str(name) if name else None

    return holiday_on

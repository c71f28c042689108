"""Refusals of the control routes: one body ``{"error": {"code", "message", "details"}}`` for all."""

from __future__ import annotations

import difflib
from collections.abc import Iterable
from typing import Any


class ControlError(Exception):
    """A control request that can't be done: an HTTP status, a stable code, and a message naming the cure."""

    def __init__(self, status: int, code: str, message: str, details: dict[str, Any] | None = None) -> None:
        super().__init__(message)
        self.status = status
        self.code = code
        self.message = message
        self.details = details or {}

    def body(self) -> dict[str, Any]:
        """The error as the control routes answer it."""
        return {"error": {"code": self.code, "message": self.message, "details": self.details}}


def unknown_key(kind: str, given: str, known: Iterable[str]) -> ControlError:
    """A 400 that names the wrong word and the nearest right one."""
    choices = sorted(known)
    near = difflib.get_close_matches(given, choices, n=1, cutoff=0.4)
    hint = f"; did you mean '{near[0]}'?" if near else f"; known are: {', '.join(choices)}"
    return ControlError(
        400,
        "unknown_key",
        f"unknown {kind} '{given}'{hint}",
        {"given": given, "nearest": near[0] if near else None},
    )


def bad_value(field: str, message: str) -> ControlError:
    """A 400 about the value of one named field."""
    return ControlError(400, "bad_value", f"{field}: {message}", {"field": field})

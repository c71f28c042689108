"""Small readings of what the database answered."""

from __future__ import annotations

from typing import Any, cast

from sqlalchemy import CursorResult, Result


def changed_rows(result: Result[Any]) -> int:
    """Return how many rows a conditional UPDATE changed."""
    return cast("CursorResult[Any]", result).rowcount

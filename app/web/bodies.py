"""Reading a request's body as JSON, strictly and not too deep."""

from __future__ import annotations

import json
from typing import NoReturn

from flask import request

DEEPEST = 64
"""Levels of nesting; Retell's own call object has seven. More would end in the interpreter's recursion limit."""


class NotJson(Exception):
    """The body is not JSON that we read; the text says why."""


def json_body() -> object:
    """Return the body of the current request, whatever content type it names; raise NotJson."""
    try:
        value: object = json.loads(request.get_data(cache=True), parse_constant=_refuse)
    except (ValueError, RecursionError):
        raise NotJson("the body is not JSON") from None
    if _is_deeper_than(DEEPEST, value):
        raise NotJson(f"the body is nested deeper than {DEEPEST} levels")
    return value


def _refuse(word: str) -> NoReturn:
    raise ValueError(f"{word} is not JSON")


def _is_deeper_than(limit: int, value: object) -> bool:
    level = [value]
    for _ in range(limit):
        level = [
            inner
            for outer in level
            if isinstance(outer, dict | list)
            for inner in (outer.values() if isinstance(outer, dict) else outer)
        ]
        if not level:
            return False
    return any(isinstance(value, dict | list) for value in level)

"""How long an answer may be: Retell cuts it off after 15,000 characters, in the middle of its JSON (retell.md 3.3)."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Any

from app.domain.speech import Answer

LONGEST_ANSWER = 15_000
LONGEST_MESSAGE = 4_000
"""Nobody listens to more than some minutes; what is left of an answer is for its fields."""
SPOKEN = "message"
ESSENTIAL = frozenset({"success", "status", SPOKEN})


def sayable(answer: Answer) -> Answer:
    """Return the answer with as many of its options as a sentence can hold; the sentence is made from them."""
    while len(answer.message) > LONGEST_MESSAGE and len(answer.options) > 1:
        answer = replace(answer, options=answer.options[: len(answer.options) // 2])
    return answer


def fitted(body: Mapping[str, Any]) -> dict[str, Any]:
    """Return a body of at most 15,000 characters: its longest lists and texts are cut, never the message."""
    fitting = dict(body)
    while _length(fitting) > LONGEST_ANSWER and (places := list(_places(fitting))):
        holder, key = max(places, key=lambda place: _length(place[0][place[1]]))
        holder[key] = holder[key][: len(holder[key]) // 2]
    return fitting


def _length(value: object) -> int:
    return len(json.dumps(value, ensure_ascii=False, default=str))


def _places(body: dict[str, Any]) -> Iterator[tuple[dict[str, Any], str]]:
    """Yield every field that can be cut: lists and texts, of the body and of objects inside it."""
    for key, value in list(body.items()):
        if isinstance(value, dict):
            body[key] = dict(value)
            yield from _places(body[key])
        elif key not in ESSENTIAL and isinstance(value, list | tuple | str) and len(value) > 0:
            yield body, key

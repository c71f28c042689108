"""Payload templates of webhooks: ``{{name}}`` stands for a value of the payload."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from typing import Any
from urllib.parse import urlencode

JSON_TYPE = "application/json"
FORM_TYPE = "application/x-www-form-urlencoded"
_PLACE = re.compile(r"\{\{\s*([\w.]+)\s*\}\}")


def encode_body(body: Mapping[str, Any], template: str | None) -> tuple[bytes, str]:
    """The bytes to send and their content type; a template that is no JSON is sent as a form's fields."""
    if not template:
        return json.dumps(body, separators=(",", ":")).encode(), JSON_TYPE
    payload = body.get("payload", body)
    filled = _PLACE.sub(lambda found: _value(found[1], body, payload), template)
    try:
        return json.dumps(json.loads(filled), separators=(",", ":")).encode(), JSON_TYPE
    except ValueError:
        return urlencode({"payload": filled}).encode(), FORM_TYPE


def _value(path: str, body: Mapping[str, Any], payload: Any) -> str:
    found = _at(path, payload)
    found = _at(path, body) if found is None else found
    if found is None:
        return ""
    text = found if isinstance(found, str) else json.dumps(found, ensure_ascii=False)
    return json.dumps(text, ensure_ascii=False)[1:-1]  # as it may stand inside a JSON string


def _at(path: str, value: Any) -> Any:
    for name in path.split("."):
        if isinstance(value, Mapping):
            value = value.get(name)
        elif isinstance(value, list) and name.isdecimal() and int(name) < len(value):
            value = value[int(name)]
        else:
            return None
    return value

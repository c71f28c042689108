"""The part of JSON Schema that our OpenAPI documents use, checked without a package for it."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Any

_TYPES: Mapping[str, tuple[type, ...]] = {
    "object": (dict,),
    "array": (list,),
    "string": (str,),
    "integer": (int,),
    "number": (int, float),
    "boolean": (bool,),
    "null": (type(None),),
}


def violations(
    document: Mapping[str, Any], schema: Mapping[str, Any], value: Any, at: str = "$"
) -> Iterator[str]:
    """What of a value the schema does not allow; nothing when it fits."""
    if "$ref" in schema:
        yield from violations(document, resolve(document, schema["$ref"]), value, at)
        return
    for word in ("oneOf", "anyOf"):
        if word in schema:
            tries = [list(violations(document, one, value, at)) for one in schema[word]]
            if all(tries):
                yield f"{at}: {value!r} fits none of {word}: {tries}"
    if "type" in schema and not _has_type(schema["type"], value):
        yield f"{at}: {value!r} is not {schema['type']}"
        return
    if "enum" in schema and value not in schema["enum"]:
        yield f"{at}: {value!r} is none of {schema['enum']}"
    yield from _violations_inside(document, schema, value, at)


def _violations_inside(
    document: Mapping[str, Any], schema: Mapping[str, Any], value: Any, at: str
) -> Iterator[str]:
    if isinstance(value, dict):
        yield from _object_violations(document, schema, value, at)
    elif isinstance(value, list):
        for number, item in enumerate(value):
            yield from violations(document, schema.get("items", {}), item, f"{at}[{number}]")
    elif isinstance(value, str):
        yield from _text_violations(schema, value, at)
    elif isinstance(value, int | float) and not (
        schema.get("minimum", value) <= value <= schema.get("maximum", value)
    ):
        yield f"{at}: {value!r} is out of range"


def resolve(document: Mapping[str, Any], reference: str) -> Any:
    """What a local reference names."""
    found: Any = document
    for part in reference.removeprefix("#/").split("/"):
        found = found[part]
    return found


def _object_violations(
    document: Mapping[str, Any], schema: Mapping[str, Any], value: Mapping[str, Any], at: str
) -> Iterator[str]:
    properties, rest = schema.get("properties", {}), schema.get("additionalProperties", {})
    patterns = schema.get("patternProperties", {})
    for name in schema.get("required", ()):
        if name not in value:
            yield f"{at}: {name} is missing"
    for name, item in value.items():
        matching = [one for pattern, one in patterns.items() if re.search(pattern, name)]
        if name in properties:
            yield from violations(document, properties[name], item, f"{at}.{name}")
        elif matching:
            yield from violations(document, matching[0], item, f"{at}.{name}")
        elif rest is False:
            yield f"{at}: {name} is not known"
        elif isinstance(rest, Mapping):
            yield from violations(document, rest, item, f"{at}.{name}")


def _text_violations(schema: Mapping[str, Any], value: str, at: str) -> Iterator[str]:
    if schema.get("format") == "date-time":
        try:
            datetime.fromisoformat(value)
        except ValueError:
            yield f"{at}: {value!r} is no date-time"
    if "pattern" in schema and not re.search(schema["pattern"], value):
        yield f"{at}: {value!r} does not match {schema['pattern']}"


def _has_type(kind: str | list[str], value: Any) -> bool:
    kinds = [kind] if isinstance(kind, str) else kind
    if isinstance(value, bool):
        return "boolean" in kinds
    return any(isinstance(value, _TYPES[one]) for one in kinds)

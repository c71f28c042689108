"""What Retell's agents call our functions. One table for every route, so that no alias answers differently (1.6)."""

from __future__ import annotations

import re
from collections.abc import Mapping

SAME_FUNCTION: Mapping[str, str] = {
    "start-booking": "book-appointment",
    "query-appointment": "get-customer-appointments",
    "query-appointments": "get-customer-appointments",
    "query-appointment-by-name": "get-customer-appointments",
    "get-current-context": "initialize-call",
    "current-context": "initialize-call",
    "initialize": "initialize-call",
    "datetime": "zeitinfo",
    "current-time": "zeitinfo",
    "get-current-time": "zeitinfo",
    "get-available-services": "list-services",
    "get-alternative-slots": "get-alternatives",
    "release-slot": "release-slot-reservation",
}
"""Another name of a function to its own (incidents 2.1); all are written with hyphens."""

_SUFFIX = re.compile(r"[_-]v\d+$")


def function_name(name: str) -> str:
    """Return a function's own name: without version suffix, with hyphens, aliases resolved (incident 1.9)."""
    plain = _SUFFIX.sub("", name.strip().casefold()).replace("_", "-")
    return SAME_FUNCTION.get(plain, plain)

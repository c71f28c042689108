"""Retell's signature: HMAC-SHA256 of the raw body and a time in milliseconds, keyed with the API key.

Form `v=<ms>,d=<64 lowercase hex>`, whole string; at most five minutes early or late (Retell, secure webhooks).
"""

from __future__ import annotations

import hashlib
import hmac
import re
from collections.abc import Sequence
from datetime import datetime

SIGNATURE_HEADER = "X-Retell-Signature"
OLDEST_MS = 300_000
"""Inclusive and symmetric, as Retell's own library has it."""

_FORM = re.compile(r"v=(\d{1,16}),d=([0-9a-f]{64})")


def sign(body: bytes, key: str, at_ms: int) -> str:
    """Return the header value for a body at a time."""
    digest = hmac.new(key.encode(), body + str(at_ms).encode(), hashlib.sha256).hexdigest()
    return f"v={at_ms},d={digest}"


def is_signed(body: bytes, header: str | None, keys: Sequence[str], now: datetime) -> bool:
    """Return whether any of the keys signed exactly these bytes within five minutes of `now`."""
    match = _FORM.fullmatch(header or "")
    if match is None:
        return False
    at_ms = int(match.group(1))
    if abs(int(now.timestamp() * 1000) - at_ms) > OLDEST_MS:
        return False
    message = body + match.group(1).encode()
    return any(
        hmac.compare_digest(hmac.new(key.encode(), message, hashlib.sha256).hexdigest(), match.group(2))
        for key in keys
    )

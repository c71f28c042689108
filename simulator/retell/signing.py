"""Retell's request signature: HMAC-SHA256 over the raw body followed by the time in milliseconds."""

from __future__ import annotations

import hashlib
import hmac
import re
from dataclasses import dataclass
from datetime import datetime

HEADER = "X-Retell-Signature"
FRESH_FOR_MS = 300_000  # both ways, inclusive, as Retell's own libraries have it
_FORM = re.compile(r"v=(\d+),d=([0-9a-f]{64})")


@dataclass(frozen=True, slots=True)
class SignatureCheck:
    """Whether a header fits a body; `reason` is "" for a good one."""

    valid: bool
    reason: str
    signed_at_ms: int | None


def milliseconds(at: datetime) -> int:
    """Unix time of an aware instant in whole milliseconds."""
    return round(at.timestamp() * 1000)


def sign(body: bytes, *, api_key: str, at_ms: int) -> str:
    """The header's value for this exact body, `v=<ms>,d=<hex>`."""
    return f"v={at_ms},d={_digest(body, api_key, at_ms)}"


def check(header: str, body: bytes, *, api_key: str, now_ms: int) -> SignatureCheck:
    """Hold a header against a body, with the freshness Retell's libraries ask for."""
    form = _FORM.fullmatch(header)
    if form is None:
        return SignatureCheck(False, "form", None)
    at_ms = int(form[1])
    if abs(now_ms - at_ms) > FRESH_FOR_MS:
        return SignatureCheck(False, "stale", at_ms)
    expected = hmac.new(api_key.encode(), body + form[1].encode(), hashlib.sha256).hexdigest()
    if not hmac.compare_digest(expected, form[2]):
        return SignatureCheck(False, "digest", at_ms)
    return SignatureCheck(True, "", at_ms)


def _digest(body: bytes, api_key: str, at_ms: int) -> str:
    return hmac.new(api_key.encode(), body + str(at_ms).encode(), hashlib.sha256).hexdigest()

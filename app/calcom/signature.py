"""Cal.com's webhook signature: hex HMAC-SHA256 of the raw body bytes with the webhook's secret."""

from __future__ import annotations

import hashlib
import hmac

SIGNATURE_HEADER = "X-Cal-Signature-256"


def sign(body: bytes, secret: str) -> str:
    """Return the signature Cal.com sends for a body."""
    return hmac.new(secret.encode(), body, hashlib.sha256).hexdigest()


def is_signed_by(body: bytes, header: str | None, secret: str) -> bool:
    """Return whether the header is this secret's signature of exactly these bytes."""
    if not header or not header.isascii():
        return False
    return hmac.compare_digest(sign(body, secret), header.removeprefix("sha256=").strip())

"""The token in the address of an endpoint that takes arguments alone: it stands for one of our numbers."""

from __future__ import annotations

import hashlib


def endpoint_token_hash(token: str) -> str:
    """Return what is stored of a token. It is a long random string, so one round of SHA-256 hides it."""
    return hashlib.sha256(token.encode("utf-8", "replace")).hexdigest()

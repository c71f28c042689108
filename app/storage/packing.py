"""Long personal JSON at rest: compressed, then sealed. An hour's talk fits into a column of any database."""

from __future__ import annotations

import base64
import json
import zlib
from typing import Any

from app.storage.encryption import Vault, VaultError


def seal_json(vault: Vault, value: object) -> str:
    """Return a JSON value packed and sealed."""
    text = json.dumps(value, ensure_ascii=False).encode("utf-8", "replace")
    return vault.seal(base64.b64encode(zlib.compress(text)).decode("ascii"))


def open_json(vault: Vault, token: str) -> Any:
    """Return what `seal_json` was given; raise VaultError where no key fits or something else was sealed."""
    try:
        return json.loads(zlib.decompress(base64.b64decode(vault.open(token), validate=True)))
    except (ValueError, zlib.error) as error:
        raise VaultError("this is no packed JSON") from error

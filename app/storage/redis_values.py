"""Values that processes share, in Redis: the faster store, where there is one.

The package is asked for only here and only when a URL is set; a gateway without Redis runs without it.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import datetime
from importlib import import_module
from typing import Any, TypeVar

from app.domain.errors import SharedValuesUnavailable
from app.domain.identifiers import CompanyId

T = TypeVar("T")

SECONDS = 1.0
"""A store that answers slower is treated as absent: it serves callers who wait."""
ROUNDS = 1000
"""How often a change is begun anew because somebody was quicker."""
SPARE_SECONDS = 3600
"""Redis drops a value this long after our own clock would: the two clocks need not agree."""

SWAP = """
if (redis.call('GET', KEYS[1]) or '') ~= ARGV[1] then return 0 end
redis.call('SET', KEYS[1], ARGV[2], 'EX', ARGV[3])
return 1
"""
"""Writes only over what was seen, as one act of the server."""


class RedisValues:
    """One key for each company and name; a change is read, decided here, and swapped if nobody was quicker."""

    def __init__(self, url: str, now: Callable[[], datetime]) -> None:
        self._redis = _package()
        self._now = now
        self._client = self._redis.Redis.from_url(
            url,
            decode_responses=True,
            socket_timeout=SECONDS,
            socket_connect_timeout=SECONDS,
            retry=_no_retry(),
        )

    def read(self, company_id: CompanyId, name: str) -> str | None:
        """Return the text, None when there is none or its time is over."""
        return self._opened(self._guarded(lambda: self._client.get(_key(company_id, name))))

    def change(
        self,
        company_id: CompanyId,
        name: str,
        step: Callable[[str | None], tuple[str | None, T]],
        *,
        keep_seconds: float,
    ) -> T:
        """Replace a text as one act and return what `step` told; see the port."""
        key = _key(company_id, name)
        for _ in range(ROUNDS):
            seen = self._guarded(lambda: self._client.get(key))
            value, told = step(self._opened(seen))
            if value is None:
                return told
            until = self._now().timestamp() + keep_seconds
            sealed = json.dumps([_version(seen) + 1, until, value])
            arguments = (seen or "", sealed, int(keep_seconds) + SPARE_SECONDS)
            if self._guarded(lambda: self._client.eval(SWAP, 1, key, *arguments)):  # noqa: B023 - called at once
                return told
        raise SharedValuesUnavailable(f"{name} was never left alone")

    def close(self) -> None:
        """Close the connections."""
        self._client.close()

    def _guarded(self, work: Callable[[], Any]) -> Any:
        try:
            return work()
        except self._redis.RedisError as error:
            raise SharedValuesUnavailable(type(error).__name__) from error

    def _opened(self, sealed: str | None) -> str | None:
        if sealed is None:
            return None
        _, until, value = json.loads(sealed)
        return str(value) if self._now().timestamp() < until else None


def _package() -> Any:
    try:
        return import_module("redis")
    except ImportError as error:
        raise SharedValuesUnavailable("ASKPRO_REDIS_URL is set: install the package redis") from error


def _no_retry() -> Any:
    """Return "never again": the package's own repeats sleep for seconds while a caller waits."""
    return import_module("redis.retry").Retry(import_module("redis.backoff").NoBackoff(), 0)


def _key(company_id: CompanyId, name: str) -> str:
    return f"askpro:{company_id}:{name}"


def _version(sealed: str | None) -> int:
    return int(json.loads(sealed)[0]) if sealed else 0

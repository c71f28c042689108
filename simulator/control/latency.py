"""How long an answer takes: fixed, from a distribution, from percentiles, or from a queue that load makes longer.

A draw turns a number between 0 and 1 into seconds. The number comes from a hash of what is asked, so a parallel
run replays; only a queue depends on who came before, as a real one does.
"""

from __future__ import annotations

import hashlib
import math
import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from itertools import pairwise
from statistics import NormalDist
from typing import Any, Protocol

from simulator.control.errors import bad_value, unknown_key

MAX_SECONDS = 10 * 365 * 86_400.0
_MAX_SERVERS = 10_000
_SMALLEST, _LARGEST = 1e-9, 1 - 1e-9  # the tails of a distribution never end; a draw does
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_NORMAL = NormalDist()
_HINT = "a number of seconds, or one of fixed, uniform, lognormal, percentiles, queue"


def unit_hash(*parts: object) -> float:
    """A number in [0, 1) that depends on nothing but the parts."""
    key = "|".join(str(part) for part in parts)
    return int.from_bytes(hashlib.sha256(key.encode()).digest()[:8], "big") / 2**64


class Latency(Protocol):
    """A wait that may differ from request to request."""

    def draw(self, unit: float, now: datetime) -> float:
        """Seconds to wait for a request that comes at ``now`` and drew ``unit``, a number in [0, 1)."""
        ...

    def to_json(self) -> Any:
        """The wait as it was given."""
        ...


@dataclass(frozen=True, slots=True)
class Fixed:
    """Always the same seconds."""

    seconds: float

    def draw(self, unit: float, now: datetime) -> float:  # noqa: ARG002 (one signature for all)
        """The seconds."""
        return self.seconds

    def to_json(self) -> Any:
        """A plain number."""
        return self.seconds


@dataclass(frozen=True, slots=True)
class Drawn:
    """A quantile function: which seconds a share of the answers stays below."""

    raw: Mapping[str, Any]
    quantile: Callable[[float], float]

    def draw(self, unit: float, now: datetime) -> float:  # noqa: ARG002 (one signature for all)
        """Seconds at this share."""
        return min(self.quantile(min(max(unit, _SMALLEST), _LARGEST)), MAX_SECONDS)

    def to_json(self) -> Any:
        """The wait as it was given."""
        return dict(self.raw)


@dataclass(slots=True)
class Queue:
    """``servers`` serve one request each at a time; who finds all of them busy waits for the first that is free."""

    raw: Mapping[str, Any]
    servers: int
    service: Latency
    _free_at: list[float] = field(default_factory=list)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def draw(self, unit: float, now: datetime) -> float:
        """Seconds in the queue and in service."""
        arrived = (now - _EPOCH).total_seconds()
        service = self.service.draw(unit, now)
        with self._lock:
            busy = sorted(at for at in self._free_at if at > arrived)
            begins = busy[-self.servers] if len(busy) >= self.servers else arrived
            done = begins + service
            self._free_at = [*busy, done]
        return min(done - arrived, MAX_SECONDS)

    def to_json(self) -> Any:
        """The wait as it was given."""
        return dict(self.raw)


def parse_latency(where: str, raw: object) -> Latency:
    """A wait from its JSON; raises ControlError (400) that names the field and what it may be."""
    if isinstance(raw, int | float) and not isinstance(raw, bool):
        return Fixed(parse_seconds(where, raw))
    if not isinstance(raw, Mapping) or len(raw) != 1:
        raise bad_value(where, f"must be {_HINT}, not {raw!r}")
    ((kind, value),) = raw.items()
    make = _KINDS.get(str(kind))
    if make is None:
        raise unknown_key("kind of latency", str(kind), _KINDS)
    return make(f"{where}.{kind}", value, raw)


def parse_seconds(where: str, value: object) -> float:
    """A number of seconds from 0 up to ten years."""
    if isinstance(value, bool) or not isinstance(value, int | float) or not 0 <= value <= MAX_SECONDS:
        raise bad_value(where, f"must be a number from 0 up, not {value!r}")
    return float(value)


def _fixed(where: str, value: object, raw: Mapping[str, Any]) -> Latency:  # noqa: ARG001 (one signature for all)
    return Fixed(parse_seconds(where, value))


def _uniform(where: str, value: object, raw: Mapping[str, Any]) -> Latency:
    if not isinstance(value, list) or len(value) != 2:  # noqa: PLR2004 (a span has two ends)
        raise bad_value(where, f"must be [least, most] in seconds, not {value!r}")
    low, high = (parse_seconds(where, end) for end in value)
    if high < low:
        raise bad_value(where, f"must begin with the smaller end, not {value!r}")
    return Drawn(raw, lambda share: low + (high - low) * share)


def _lognormal(where: str, value: object, raw: Mapping[str, Any]) -> Latency:
    given = _object(where, value, ("median", "sigma"))
    median, sigma = (
        parse_seconds(f"{where}.median", given.get("median")),
        _positive(where, given.get("sigma")),
    )
    return Drawn(raw, lambda share: median * math.exp(sigma * _NORMAL.inv_cdf(share)))


def _positive(where: str, sigma: object) -> float:
    if isinstance(sigma, bool) or not isinstance(sigma, int | float) or not 0 <= sigma <= 10:  # noqa: PLR2004
        raise bad_value(f"{where}.sigma", f"must be a number from 0 to 10, not {sigma!r}")
    return float(sigma)


def _percentiles(where: str, value: object, raw: Mapping[str, Any]) -> Latency:
    """A curve through the given points, log-linear over the normal quantile; the outer pieces go on."""
    if not isinstance(value, Mapping) or len(value) < 2:  # noqa: PLR2004 (one point is no curve)
        raise bad_value(
            where, f"must be an object such as {{'p50': 0.2, 'p95': 0.6, 'p99': 2}}, not {value!r}"
        )
    points = sorted(
        (_share(where, name), max(parse_seconds(f"{where}.{name}", s), 1e-6)) for name, s in value.items()
    )
    if any(left[1] > right[1] for left, right in pairwise(points)):
        raise bad_value(where, "must not fall as the percentile grows")
    curve = [(_NORMAL.inv_cdf(share), math.log(seconds)) for share, seconds in points]

    def quantile(share: float) -> float:
        at = _NORMAL.inv_cdf(share)
        place = next((n for n in range(1, len(curve) - 1) if at <= curve[n][0]), len(curve) - 1)
        (x0, y0), (x1, y1) = curve[place - 1], curve[place]
        return math.exp(y0 + (y1 - y0) * (at - x0) / (x1 - x0))

    return Drawn(raw, quantile)


def _share(where: str, name: object) -> float:
    """0.95 of ``p95``; also ``p99.9``."""
    try:
        share = float(str(name).removeprefix("p")) / 100 if str(name).startswith("p") else 0.0
    except ValueError:
        share = 0.0
    if not 0 < share < 1:
        raise bad_value(f"{where}.{name}", "must be a percentile between p0 and p100, such as p95")
    return share


def _queue(where: str, value: object, raw: Mapping[str, Any]) -> Latency:
    given = _object(where, value, ("servers", "service"))
    servers = given.get("servers", 1)
    if isinstance(servers, bool) or not isinstance(servers, int) or not 1 <= servers <= _MAX_SERVERS:
        raise bad_value(
            f"{where}.servers", f"must be a whole number from 1 to {_MAX_SERVERS}, not {servers!r}"
        )
    service = parse_latency(f"{where}.service", given.get("service"))
    if isinstance(service, Queue):
        raise bad_value(f"{where}.service", "must not be a queue itself")
    return Queue(raw, servers, service)


def _object(where: str, value: object, known: tuple[str, ...]) -> Mapping[str, Any]:
    if not isinstance(value, Mapping):
        raise bad_value(where, f"must be an object with {' and '.join(known)}, not {value!r}")
    for key in value:
        if key not in known:
            raise unknown_key(f"key of {where}", str(key), known)
    return value


_KINDS: Mapping[str, Callable[[str, object, Mapping[str, Any]], Latency]] = {
    "fixed": _fixed,
    "uniform": _uniform,
    "lognormal": _lognormal,
    "percentiles": _percentiles,
    "queue": _queue,
}

"""One request and its answer, free of any web framework."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING, Any

import orjson

from simulator.calcom.errors import BareHttpError, HttpException
from simulator.calcom.values import value
from simulator.calcom.world import Booking, Change, World

if TYPE_CHECKING:
    from simulator.calcom.accounts import Account

V_BOOKINGS = frozenset({"2024-08-13"})
V_SLOTS = frozenset({"2024-09-04"})
V_EVENT_TYPES = frozenset({"2024-06-14"})
V_OLDER_EVENT_TYPES = frozenset({"2024-04-15", "2024-06-11"})
V_SCHEDULES = frozenset({"2024-06-11", "2024-06-14"})
MAX_BODY = 100 * 1024
KNOWN_VERSIONS = ("2024-04-15", "2024-06-11", "2024-06-14", "2024-08-13", "2024-09-04")
_ENCODER = json.JSONEncoder(ensure_ascii=False, check_circular=False, separators=(",", ":"))


@dataclass(slots=True)
class Answer:
    """Status and JSON of an answer, or a raw body; ``headers`` come on top of the usual ones."""

    status: int
    payload: Any = None
    raw: bytes | None = None
    content_type: str = "application/json; charset=utf-8"
    headers: dict[str, str] = field(default_factory=dict)

    def encode(self) -> bytes:
        """The body's bytes."""
        if self.raw is not None:
            return self.raw
        try:
            return orjson.dumps(self.payload)
        except (
            TypeError
        ):  # a number beyond 64 bits, or half of a surrogate pair: a client sent it, so it is echoed
            return _ENCODER.encode(self.payload).encode("utf-8", "backslashreplace")


@value
class Asked:
    """A request as it came: ``path`` without the account's prefix, ``target`` with its query.

    ``head`` are the headers' lines, from a server that tells them; equal ones mean equal headers.
    """

    method: str
    path: str
    target: str
    query: Mapping[str, str]
    headers: Mapping[str, str]
    body: bytes
    environ: dict[str, Any]
    account_name: str | None = None
    head: bytes | None = None


@dataclass(slots=True)
class Call:
    """A request on its way through one account, and what a fault wants of its write.

    ``world`` is the account's at arrival: a write that comes after a reset must not reach the new one.
    ``earlier`` are the bookings that were there before, where a fault is to show one of them.
    ``commit`` False rehearses: the answer is worked out and nothing is kept.
    """

    asked: Asked
    account: Account
    world: World
    authenticated: bool
    params: Mapping[str, str]
    now: datetime
    arrived_version: int
    commit: bool = True
    forced: bool = False
    move_minutes: int | None = None
    as_of: datetime | None = None
    earlier: tuple[Booking, ...] = ()
    events: list[tuple[str, Booking, Booking | None]] = field(default_factory=list)

    def json_object(self) -> dict[str, Any]:
        """The body as an object; an absent one is empty, another kind is upstream's parser error."""
        if not self.asked.body.strip():
            return {}
        if len(self.asked.body) > MAX_BODY:
            raise BareHttpError(413, "request entity too large")
        try:
            body = json.loads(self.asked.body)
        except ValueError as error:
            raise HttpException(400, _parser_text(self.asked.body, error)) from error
        if not isinstance(body, dict):
            first = self.asked.body.strip()[:1].decode("latin-1")
            raise HttpException(400, f"Unexpected token '{first}' in JSON at position 0")
        return body

    def write(self, action: Callable[[], None]) -> None:
        """Do what changes the world beyond bookings, unless this is a rehearsal; the caller holds the lock."""
        if self.commit:
            action()

    def keep(self, change: Change) -> None:
        """Make a decision true, unless this is a rehearsal; the caller holds the world's lock."""
        if self.commit:
            self.world.apply(change)
            self.events.extend(change.events)


Handler = Callable[[Call], Answer]


@dataclass(frozen=True, slots=True)
class Operation:
    """One endpoint: where it is, which versions it has, whom it lets in, and who answers."""

    name: str
    method: str
    path: str
    handler: Handler
    versions: frozenset[str] | None = None
    auth: str = "optional"  # none | optional | required
    is_booking: bool = False


def _parser_text(body: bytes, error: ValueError) -> str:
    """What upstream's parser says of a body that is no JSON."""
    position = getattr(error, "pos", 0)
    text = body.decode("utf-8", "replace")
    if position >= len(text.rstrip()):
        return "Unexpected end of JSON input"
    return f"Unexpected token '{text[position]}' in JSON at position {position}"


def success(data: Any, status: int = 200, **more: Any) -> Answer:
    """The usual envelope of a good answer."""
    return Answer(status, {"status": "success", "data": data, **more})

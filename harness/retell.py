"""The voice agent's side of a call: signed function calls as Retell sends them, and their answers."""

from __future__ import annotations

import hashlib
import hmac
import json
import random as random_module
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any

import requests

AGENT_TIMEOUT_SECONDS = 15.0  # Retell was seen to give up after about 15 s (incident 1.19)
STALE = timedelta(minutes=5, milliseconds=1)  # the first instant that Retell's own library refuses
OTHER_ROUTE = "check-availability"
AGENT_ID = "agent_bench"
_ID_CHARACTERS = "0123456789abcdef"
_ID_LENGTH = 27


class Forgery(StrEnum):
    """Ways in which a function call is not Retell's, or not for this route."""

    MISSING = "missing"
    WRONG = "wrong"
    STALE = "stale"
    OTHER_ROUTE = "other_route"


@dataclass(frozen=True, slots=True)
class PhoneCall:
    """A call in progress: who called which number."""

    call_id: str | None
    from_number: str
    to_number: str
    started_at: datetime | None = None

    def to_wire(self, now: datetime) -> dict[str, Any]:
        """The call object of a function call; without an id where the call has none."""
        wire = {
            "call_type": "phone_call",
            "call_id": self.call_id,
            "from_number": self.from_number,
            "to_number": self.to_number,
            "direction": "inbound",
            "agent_id": AGENT_ID,
            "call_status": "ongoing",
            "start_timestamp": milliseconds(self.started_at or now),
        }
        return wire if self.call_id is not None else {k: v for k, v in wire.items() if k != "call_id"}


def new_call_id(random: random_module.Random) -> str:
    """An id as Retell's are: ``call_`` and 27 hexadecimal digits."""
    return "call_" + "".join(random.choice(_ID_CHARACTERS) for _ in range(_ID_LENGTH))


def sign(body: bytes, api_key: str, now: datetime) -> str:
    """The value of ``X-Retell-Signature``: HMAC-SHA256 over body and milliseconds, no separator."""
    stamp = str(milliseconds(now))
    digest = hmac.new(api_key.encode(), body + stamp.encode(), hashlib.sha256).hexdigest()
    return f"v={stamp},d={digest}"


def sign_calcom(body: bytes, secret: str) -> str:
    """The value of ``X-Cal-Signature-256``: HMAC-SHA256 of the raw body, hexadecimal."""
    return hmac.new(secret.encode(), body, hashlib.sha256).hexdigest()


def milliseconds(now: datetime) -> int:
    """Unix time in whole milliseconds."""
    return round(now.timestamp() * 1000)


def compact(data: Mapping[str, Any]) -> bytes:
    """JSON as JavaScript writes it: no spaces, raw UTF-8, order kept."""
    return json.dumps(data, separators=(",", ":"), ensure_ascii=False).encode()


def ask(
    http: requests.Session,
    url: str,
    api_key: str,
    *,
    name: str,
    args: Mapping[str, Any],
    call: PhoneCall,
    now: datetime,
) -> requests.Response:
    """Send one function call and return the answer; raises what ``requests`` raises."""
    body = compact(envelope(name, args, call, now))
    return post_signed(http, f"{url}/api/retell/{name}", body, api_key=api_key, now=now)


def envelope(name: str, args: Mapping[str, Any], call: PhoneCall, now: datetime) -> dict[str, Any]:
    """What Retell sends for a function call."""
    return {"name": name, "call": call.to_wire(now), "args": dict(args)}


def post_signed(
    http: requests.Session,
    url: str,
    body: bytes,
    *,
    api_key: str,
    now: datetime,
    headers: Mapping[str, str] | None = None,
) -> requests.Response:
    """Send a body with Retell's signature; raises what ``requests`` raises."""
    return _post(http, url, body, sign(body, api_key, now), headers)


def forge(
    http: requests.Session,
    url: str,
    api_key: str,
    *,
    name: str,
    args: Mapping[str, Any],
    call: PhoneCall,
    now: datetime,
    forgery: Forgery,
) -> requests.Response:
    """Send a function call with a signature that must not be taken."""
    signed_name = OTHER_ROUTE if forgery is Forgery.OTHER_ROUTE else name
    body = compact(envelope(signed_name, args, call, now))
    signatures = {
        Forgery.MISSING: None,
        Forgery.WRONG: sign(body, f"{api_key}x", now),
        Forgery.STALE: sign(body, api_key, now - STALE),
        Forgery.OTHER_ROUTE: sign(body, api_key, now),
    }
    return _post(http, f"{url}/api/retell/{name}", body, signatures[forgery])


def _post(
    http: requests.Session,
    url: str,
    body: bytes,
    signature: str | None,
    more: Mapping[str, str] | None = None,
) -> requests.Response:
    headers = {"Content-Type": "application/json", **(more or {})}
    if signature is not None:
        headers["X-Retell-Signature"] = signature
    return http.post(url, data=body, headers=headers, timeout=AGENT_TIMEOUT_SECONDS)

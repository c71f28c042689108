"""The voice agent's side of a call: signed function calls as Retell sends them, and their answers."""

from __future__ import annotations

import hashlib
import hmac
import json
import random as random_module
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import requests

AGENT_TIMEOUT_SECONDS = 15.0  # Retell was seen to give up after about 15 s (incident 1.19)
_ID_CHARACTERS = "0123456789abcdef"
_ID_LENGTH = 27


@dataclass(frozen=True, slots=True)
class PhoneCall:
    """A call in progress: who called which number."""

    call_id: str
    from_number: str
    to_number: str

    def to_wire(self, now: datetime) -> dict[str, Any]:
        """The call object of a function call."""
        return {
            "call_type": "phone_call",
            "call_id": self.call_id,
            "from_number": self.from_number,
            "to_number": self.to_number,
            "direction": "inbound",
            "agent_id": "agent_bench",
            "call_status": "ongoing",
            "start_timestamp": milliseconds(now),
        }


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
    body = compact({"name": name, "call": call.to_wire(now), "args": dict(args)})
    headers = {"Content-Type": "application/json", "X-Retell-Signature": sign(body, api_key, now)}
    return http.post(f"{url}/api/retell/{name}", data=body, headers=headers, timeout=AGENT_TIMEOUT_SECONDS)

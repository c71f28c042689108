"""What comes back from Cal.com before anybody reads it: a whole HTTP answer, or none."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import requests
from urllib3.exceptions import ConnectTimeoutError, NewConnectionError

from app.domain.outcomes import CheckFailed, RefusalKind, Refused, Unknown

OK_STATUSES = range(200, 300)
NOT_FOUND = 404
TOO_MANY_REQUESTS = 429
SERVER_ERROR = 500


@dataclass(frozen=True, slots=True)
class Reply:
    """An HTTP answer, read to its end."""

    status: int
    body: object
    """Parsed JSON, or None where the body was none."""
    headers: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class NoReply:
    """No complete answer came."""

    reason: str
    was_sent: bool
    """False only when nothing left us, so nothing can have happened."""
    refusal: RefusalKind = RefusalKind.UNREACHABLE
    """Why it was not sent, where it was not."""


def unanswered(reply: NoReply) -> Refused | Unknown:
    """Return what a change without an answer came to: what never left us surely did not happen."""
    return Unknown(reply.reason) if reply.was_sent else Refused(reply.refusal, reply.reason)


def unread(reply: NoReply) -> CheckFailed:
    """Return what a read without an answer came to; it says whether Cal.com was asked at all."""
    return CheckFailed(reply.reason, kind=None if reply.was_sent else reply.refusal)


def json_of(response: requests.Response) -> object:
    """Return the parsed body, or None where it is no JSON."""
    try:
        return response.json()
    except ValueError:
        return None


def reason_of(error: requests.RequestException) -> str:
    """Return in a few words why no answer came."""
    if isinstance(error, requests.Timeout):
        return "timeout"
    if isinstance(error, requests.ConnectionError):
        return "connection lost"
    return f"unreadable: {type(error).__name__}"


def never_connected(error: requests.RequestException) -> bool:
    """Return whether no connection came about, so that no byte of the request left us."""
    if isinstance(error, requests.ConnectTimeout):
        return True
    reason = getattr(error.args[0], "reason", None) if error.args else None
    return isinstance(reason, NewConnectionError | ConnectTimeoutError)

"""Whose request it is: the account behind a key, an address or an id; and the refusals of strangers."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from simulator.calcom.accounts import Account, Accounts
from simulator.calcom.errors import HttpException
from simulator.calcom.exchange import Asked, Operation

_NO_AUTH = (
    "ApiAuthStrategy - No authentication method provided. Either pass an API key as 'Bearer' header or OAuth "
    "client credentials as 'x-cal-secret-key' and 'x-cal-client-id' headers."
)
_NO_BOOKING_AUTH = (
    "PermissionsGuard - no authentication provided. Provide either authorization bearer token containing "
    "managed user access token or oAuth client id in 'x-cal-client-id' header."
)


def identify(
    accounts: Accounts, asked: Asked, params: Mapping[str, str]
) -> tuple[Account | None, str | None]:
    """The account of a request and the token it carried; no token: by address, else by the only owner."""
    token = asked.headers.get("authorization", "").strip().removeprefix("Bearer ").strip() or None
    if token is not None:
        return accounts.find(token), token
    if asked.account_name is not None:
        return accounts.find_named(asked.account_name), None
    if "uid" in params:
        return accounts.only_owner(uid=params["uid"]), None
    if "reservation_uid" in params:  # an unknown one is no error, so somebody has to answer
        return accounts.only_owner(reservation_uid=params["reservation_uid"]) or accounts.get(None), None
    event_type_id = _event_type_id(asked)
    if event_type_id is not None:
        return accounts.only_owner(event_type_id=event_type_id), None
    return _named(accounts, asked) or accounts.get(None), None


def check_credentials(accounts: Accounts, operation: Operation, token: str | None) -> None:
    """Refuse a bad token everywhere, and a missing one where the endpoint needs it (403 before 401)."""
    if token is None:
        if operation.auth != "required":
            return
        raise HttpException(403, _NO_BOOKING_AUTH) if operation.is_booking else HttpException(401, _NO_AUTH)
    if accounts.find(token) is not None:
        return
    if operation.is_booking and operation.auth == "required" and not token.startswith("cal_"):
        raise HttpException(403, f"PermissionsGuard - no oAuth client found for access token={token}")
    raise HttpException(401, "CustomThrottlerGuard - Invalid API Key")


def tracker_of(asked: Asked, token: str | None) -> str:
    """Who is counted by the rate limit: the key, else the address that the call came from."""
    return token or asked.headers.get("cf-connecting-ip") or str(asked.environ.get("REMOTE_ADDR") or "")


def not_found(operation: Operation, asked: Asked, params: Mapping[str, str]) -> HttpException:
    """What a keyless call hears about an id that no account, or more than one, owns."""
    if "uid" in params:
        suffix = "not found" if operation.name == "cancel_booking" else "was not found in the database"
        return HttpException(404, f"Booking with uid={params['uid']} {suffix}")
    if operation.name == "list_slots":
        return HttpException(404, "Event Type not found")
    return HttpException(404, f"Event type with id {_event_type_id(asked)} not found.")


def _named(accounts: Accounts, asked: Asked) -> Account | None:
    """The only account that has the user or the team of the question."""
    said = {**_body(asked), **asked.query}
    username, team_slug = said.get("username"), said.get("teamSlug")
    if not isinstance(username, str) and not isinstance(team_slug, str):
        return None
    return accounts.only_named(username=username, team_slug=team_slug)


def _body(asked: Asked) -> dict[str, Any]:
    if not asked.body:
        return {}
    try:
        body = json.loads(asked.body)
    except ValueError:
        return {}
    return body if isinstance(body, dict) else {}


def _event_type_id(asked: Asked) -> int | None:
    value: Any = asked.query.get("eventTypeId")
    if value is None:
        value = _body(asked).get("eventTypeId")
    try:
        return int(value) if value is not None else None
    except (TypeError, ValueError):
        return None

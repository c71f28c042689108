"""The way to the gateway: signed function calls as Retell sends them, and its test surface."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import datetime
from typing import TYPE_CHECKING, Any

from simulator.control.clock import SteerableClock
from simulator.retell import signing
from simulator.retell.conversation import Exchange, iso
from simulator.retell.settings import RetellSettings

if TYPE_CHECKING:
    import requests

_LOOK_SECONDS = 5.0
_OK = range(200, 300)


class GatewayGoneError(Exception):
    """The gateway's test surface did not answer as it should; the message is for the page."""


class GatewayClient:
    """Speaks to the gateway of the settings, which may change between two requests."""

    def __init__(
        self,
        settings: RetellSettings,
        *,
        http: Callable[[], requests.Session],
        clock: SteerableClock,
    ) -> None:
        self._settings = settings
        self._http = http
        self._clock = clock

    def open_exchange(
        self, number: int, function: str, args: dict[str, Any], body: bytes, *, repeats: int | None = None
    ) -> Exchange:
        """A request, signed now and not yet sent. A repeat has the same bytes and a signature of its own."""
        now = self._clock.now()
        at_ms = signing.milliseconds(now)
        headers = {
            "Content-Type": "application/json",
            "User-Agent": "axios/1.7.9",
            signing.HEADER: signing.sign(body, api_key=self._settings.api_key, at_ms=at_ms),
        }
        url = f"{self._settings.gateway_url}/api/retell/{function}"
        return Exchange(number, function, args, url, body, headers, now, repeats)

    def send(self, exchange: Exchange) -> None:
        """Send it and write what came back, or why nothing did, into the exchange."""
        try:
            with self._http() as session:
                response = session.post(
                    exchange.url,
                    data=exchange.body,
                    headers=exchange.request_headers,
                    timeout=self._settings.timeout_seconds,
                    allow_redirects=False,
                )
        except OSError as error:  # all of requests' are
            exchange.error = "timeout" if _is_timeout(error) else "unreachable"
        else:
            exchange.status_code = response.status_code
            exchange.response_headers = dict(response.headers)
            exchange.response_body = response.text
            exchange.answer, exchange.error = _understood(response)
        exchange.answered_at = self._clock.now()

    def ledger(self, call_id: str) -> dict[str, Any]:
        """The gateway's books and log lines, narrowed to a call where it can do that.

        Raises:
            GatewayGoneError: there is no such surface, or nobody answers.
        """
        return self._ask("GET", f"/test/api/ledger?retell_call_id={call_id}")

    def set_clock(self, now: datetime) -> None:
        """Put the gateway's clock where ours is."""
        self._ask("PUT", "/test/api/clock", {"now": iso(now)})

    def run_worker(self) -> int:
        """Let the gateway's worker do what is due; returns how much that was."""
        return int(self._ask("POST", "/test/api/run-worker").get("done", 0))

    def _ask(self, method: str, path: str, body: dict[str, Any] | None = None) -> dict[str, Any]:
        try:
            with self._http() as session:
                response = session.request(
                    method, self._settings.gateway_url + path, json=body, timeout=_LOOK_SECONDS
                )
            found = response.json()
        except OSError as error:  # all of requests' are; a body that is not JSON is one of them
            raise GatewayGoneError("Gateway nicht erreichbar") from error
        if response.status_code not in _OK or not isinstance(found, dict):
            raise GatewayGoneError(
                f"Gateway antwortet auf {path.partition('?')[0]} mit {response.status_code}"
            )
        return found


def _is_timeout(error: OSError) -> bool:
    import requests  # noqa: PLC0415 (loaded by whoever made the session; our start does without)

    return isinstance(error, requests.Timeout)


def _understood(response: requests.Response) -> tuple[dict[str, Any] | None, str | None]:
    """The answer as an object, and why it is no answer an agent could use."""
    try:
        answer = json.loads(response.text)
    except ValueError:
        answer = None
    known = answer if isinstance(answer, dict) else None
    if response.status_code not in _OK:
        return known, f"http_{response.status_code}"
    return known, None if known is not None else "not_json"

"""Typed client of the simulator's control routes (``/__admin``); the only module of it that others import."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any, cast

import requests

DEMO_ACCOUNT = "cal_test_demo"
_TIMEOUT_SECONDS = 30.0

Json = dict[str, Any]


class SimulatorError(Exception):
    """The simulator refused: ``status`` (HTTP), ``code`` and ``message`` of its error body."""

    def __init__(self, status: int, code: str, message: str) -> None:
        super().__init__(f"{status} {code}: {message}")
        self.status = status
        self.code = code
        self.message = message


class SimulatorClient:
    """Control of one account of a simulator; every method raises SimulatorError when it is refused."""

    def __init__(self, base_url: str, http: requests.Session, account: str = DEMO_ACCOUNT) -> None:
        self.base_url = base_url.rstrip("/")
        self.account = account
        self._http = http

    def for_account(self, account: str) -> SimulatorClient:
        """The same simulator seen as another account."""
        return SimulatorClient(self.base_url, self._http, account)

    def health(self) -> Json:
        """What ``GET /__admin/health`` says: status, accounts, version of the control routes."""
        return self._call("GET", "/health")

    def create_account(self, name: str, key: str | None = None) -> Json:
        """Make an account; returns its ``name``, ``key`` and ``base_path``."""
        return self._call("POST", "/accounts", {"name": name, "key": key} if key else {"name": name})

    def list_accounts(self) -> list[Json]:
        """All accounts with name, key and how much they hold."""
        return cast("list[Json]", self._call("GET", "/accounts")["accounts"])

    def reset(self) -> None:
        """Put the account back to its first state; ends waiting faults, clears journal and deliveries."""
        self._call("POST", "/reset")

    def reset_all(self) -> Json:
        """Put every account back; returns their keys and the faults that were set and never fired."""
        return self._call("POST", "/reset", params={"account": "*"})

    def get_state(self) -> Json:
        """The account's whole world."""
        return self._call("GET", "/state")

    def put_state(self, state: Mapping[str, Any]) -> Json:
        """Replace the account's whole world (made if unknown); returns the world as it now is."""
        return self._call("PUT", "/state", state)

    def set_slots(self, event_type_id: int, starts: Iterable[str | datetime]) -> Json:
        """Open exactly these starts (aware or ISO with offset) for the event type, minus bookings."""
        return self._call(
            "PUT", "/slots", {"event_type_id": event_type_id, "starts": [_iso(start) for start in starts]}
        )

    def take_slot(self, start: str | datetime, event_type_id: int | None = None) -> Json:
        """Let a rival book ``start``; returns the booking, 409 when it is taken already."""
        body: Json = {"start": _iso(start)}
        if event_type_id is not None:
            body["event_type_id"] = event_type_id
        return cast("Json", self._call("POST", "/take-slot", body)["booking"])

    def free_slot(self, uid: str) -> Json:
        """Cancel a booking by hand, so that its slot is free again; returns it, 409 when it can't be."""
        return cast("Json", self._call("POST", "/free-slot", {"uid": uid})["booking"])

    def add_fault(self, rule: Mapping[str, Any]) -> str:
        """Add a fault rule; returns its id, 400 names a wrong key and the nearest right one."""
        return str(self._call("POST", "/faults", rule)["id"])

    def list_faults(self) -> list[Json]:
        """The rules with ``id``, how often each was ``seen`` and ``fired``."""
        return cast("list[Json]", self._call("GET", "/faults")["faults"])

    def never_fired(self) -> list[str]:
        """The ids of faults that were set and met no request so far."""
        return cast("list[str]", self._call("GET", "/faults")["never_fired"])

    def clear_faults(self, fault_id: str | None = None) -> list[Json]:
        """Remove one rule, or all; requests that hang in it are let go. Returns what is gone, with its counters."""
        answer = self._call("DELETE", f"/faults/{fault_id}" if fault_id else "/faults")
        return cast("list[Json]", answer.get("removed", []))

    def list_presets(self) -> list[Json]:
        """The traps that one call sets: name, incident, title, what it says, and whether it is armed."""
        return cast("list[Json]", self._call("GET", "/presets")["presets"])

    def set_preset(self, name: str, **options: Any) -> Json:
        """Set a whole trap; ``start`` and ``event_type_id`` narrow it to one wish. 404 names the nearest preset."""
        wish = {key: _iso(value) if isinstance(value, datetime) else value for key, value in options.items()}
        return self._call("POST", f"/presets/{name}", wish)

    def lift_preset(self, name: str) -> list[Json]:
        """Take a trap away again; returns its rules with their counters."""
        return cast("list[Json]", self._call("DELETE", f"/presets/{name}")["removed"])

    def list_requests(self, after: int = 0) -> list[Json]:
        """The account's journal above the given id, oldest first."""
        return cast("list[Json]", self._call("GET", "/requests", params={"after": str(after)})["requests"])

    def clear_requests(self) -> None:
        """Forget the journal."""
        self._call("DELETE", "/requests")

    def find_requests(self, **wanted: Any) -> list[Json]:
        """The journal's entries that meet all conditions (operation, method, path, status, metadata, ...)."""
        return cast("list[Json]", self._call("POST", "/requests/find", wanted)["requests"])

    def count_requests(self, **wanted: Any) -> int:
        """How many entries meet all conditions."""
        return int(self._call("POST", "/requests/find", wanted)["count"])

    def near_misses(self) -> list[Json]:
        """The requests that no route took, each with ``near_miss``: the nearest route and what differs."""
        return cast("list[Json]", self._call("GET", "/requests/near-misses")["requests"])

    def dropped_requests(self) -> int:
        """How many entries fell out of the bounded journal since it was cleared."""
        return int(self._call("GET", "/requests", params={"after": str(10**14)})["dropped"])

    def check_client(self, patience: float | None = None) -> Json:
        """What the journal says of the client: ``checks`` with their state, ``held`` of ``of``.

        ``patience`` is how many seconds the client waits for an answer; a slower one counts as unknown.
        """
        return self._call("GET", "/checks", params=None if patience is None else {"patience": str(patience)})

    def list_bookings(self) -> list[Json]:
        """All bookings of the account, whatever their status, in order of creation."""
        return cast("list[Json]", self._call("GET", "/bookings")["bookings"])

    def list_deliveries(self) -> list[Json]:
        """The webhooks sent, oldest first."""
        return cast("list[Json]", self._call("GET", "/deliveries")["deliveries"])

    def redeliver(self, delivery_id: str) -> Json:
        """Send a webhook once more, byte for byte; returns the new delivery."""
        return cast("Json", self._call("POST", f"/deliveries/{delivery_id}/redeliver")["delivery"])

    def set_delivery_policy(self, mode: str, **options: Any) -> Json:
        """How webhooks go out from now on.

        ``mode`` is normal, twice, late, out_of_order, dropped, wrongly_signed or retried; options are ``delay``
        (seconds), ``attempts`` and ``triggers``.
        """
        return self._call("PUT", "/deliveries/policy", {"mode": mode, **options})

    def get_delivery_policy(self) -> Json:
        """How webhooks go out now."""
        return self._call("GET", "/deliveries/policy")

    def emit_webhook(
        self,
        trigger: str,
        booking_uid: str | None = None,
        *,
        payload: Mapping[str, Any] | None = None,
        body: Mapping[str, Any] | None = None,
    ) -> list[Json]:
        """Send any event now, whether it happened or not; returns the deliveries.

        ``payload`` adds to what is told or replaces parts of it, ``body`` replaces everything.
        """
        given = {"trigger": trigger, "booking_uid": booking_uid, "payload": payload, "body": body}
        wish = {name: value for name, value in given.items() if value is not None}
        return cast("list[Json]", self._call("POST", "/webhooks/emit", wish)["deliveries"])

    def openapi(self) -> Json:
        """The OpenAPI document of the control routes."""
        return self._call("GET", "/openapi.json")

    def get_clock(self) -> Json:
        """``now`` (ISO, UTC) and ``mode`` of the simulator's clock."""
        return self._call("GET", "/clock")

    def set_clock(self, now: str | datetime | None = None, mode: str | None = None) -> Json:
        """Move the clock, freeze it or let it run."""
        body: Json = {}
        if now is not None:
            body["now"] = _iso(now)
        if mode is not None:
            body["mode"] = mode
        return self._call("PUT", "/clock", body)

    def advance_clock(self, seconds: float) -> Json:
        """Move the clock ahead."""
        return self._call("POST", "/clock/advance", {"seconds": seconds})

    def _call(
        self,
        method: str,
        path: str,
        body: Mapping[str, Any] | None = None,
        params: dict[str, str] | None = None,
    ) -> Json:
        response = self._http.request(
            method,
            f"{self.base_url}/__admin{path}",
            params={"account": self.account, **(params or {})},
            json=body,
            timeout=_TIMEOUT_SECONDS,
        )
        try:
            answer = response.json()
        except ValueError:
            answer = {"error": {"code": "not_json", "message": response.text[:200]}}
        if response.status_code >= requests.codes.bad_request:
            error = answer.get("error") or {}
            raise SimulatorError(
                response.status_code, str(error.get("code", "unknown")), str(error.get("message", answer))
            )
        return cast("Json", answer)


def _iso(instant: str | datetime) -> str:
    return instant if isinstance(instant, str) else instant.isoformat()

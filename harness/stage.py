"""What the steps of one scenario share: the world, who is calling, what was answered, and where events go."""

from __future__ import annotations

import random as random_module
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

import requests

from harness.books import CalcomBooks, Ledger
from harness.events import Event, Happening, HappeningKind, Lane
from harness.retell import PhoneCall, new_call_id
from harness.scenario import Scenario
from harness.worlds.world import Tenant, World, WorldError
from simulator.client import SimulatorClient

DEFAULT_CALLER = "+4917139200107"
_OK = 200
_CONTROL_TIMEOUT_SECONDS = 60.0

_SURNAMES = (
    "Albers", "Brandt", "Conrad", "Dorn", "Ebert", "Falk", "Gerlach", "Hansen", "Imhof", "Jansen", "Kramer", "Lange",
    "Martens", "Neumann", "Ohlsen", "Pohl", "Quast", "Reuter", "Sander", "Thiele", "Ullrich", "Vogt", "Weber", "Xanten",
    "York", "Ziegler",
)  # fmt: skip

Answer = dict[str, Any]


@dataclass(slots=True)
class Party:
    """One side of a conversation: whose number is dialled, by whom, and what ``{n}`` stands for."""

    tenant: Tenant
    from_number: str
    label: str = ""
    number: int = 0
    redials: int = 0
    to_number: str | None = None
    sent_call_id: str | None = None
    """What goes out as the call's id instead of a real one; empty: none at all."""

    def dialled(self) -> str:
        """The number that is called."""
        return self.to_number or self.tenant.number

    def fill(self, value: Any) -> Any:
        """The value with ``{n}`` and ``{surname}`` replaced in its texts: each branch has its own."""
        if isinstance(value, str):
            if not self.number:
                return value
            return value.replace("{n}", str(self.number)).replace("{surname}", _surname(self.number))
        if isinstance(value, Mapping):
            return {key: self.fill(each) for key, each in value.items()}
        return [self.fill(each) for each in value] if isinstance(value, list) else value


def _surname(number: int) -> str:
    """A surname for each branch: 26 of them, then pairs."""
    rounds, place = divmod(number - 1, len(_SURNAMES))
    return f"{_SURNAMES[rounds - 1]}-{_SURNAMES[place]}" if rounds else _SURNAMES[place]


@dataclass(slots=True)
class Stage:
    """The state of a scenario while it runs."""

    world: World
    scenario: Scenario
    emit: Callable[[Event], None]
    random: random_module.Random
    calls: dict[str, PhoneCall] = field(default_factory=dict)
    conversations: dict[str, str] = field(default_factory=dict)
    gateway_faults: list[dict[str, Any]] = field(default_factory=list)
    cleared_faults: list[dict[str, Any]] = field(default_factory=list)

    def tenant(self, key: str | None = None) -> Tenant:
        """The company by its key, or the first: the scenario's own."""
        tenants = self.world.tenants
        return next((each for each in tenants if each.key == key), tenants[0]) if key else tenants[0]

    def other_tenant(self, tenant: Tenant) -> Tenant:
        """The first company that is not this one."""
        return next(each for each in self.world.tenants if each.key != tenant.key)

    def names(self) -> Mapping[str, Any]:
        """What expectations may refer to by name."""
        return {"free": list(self.scenario.free or ())}

    def call(self, party: Party, name: str | None) -> PhoneCall:
        """The phone call a step belongs to; begun when first used."""
        key = f"{party.label}/{party.tenant.key}/{name or ''}/{party.redials}"
        if key not in self.calls:
            made_up = party.sent_call_id
            call_id = new_call_id(self.random) if made_up is None else (made_up or None)
            self.calls[key] = PhoneCall(call_id, party.from_number, party.dialled(), self.world.now())
        return self.calls[key]

    def event_type(self, party: Party, service: object | None) -> int:
        """A service's event type at Cal.com, the default service's if none is named; WorldError if unknown."""
        if service is None:
            return party.tenant.event_type_id
        own = {str(each["name"]): each.get("event_type") for each in self.scenario.set_up.get("services", ())}
        found = own.get(str(service)) or party.tenant.event_types.get(str(service))
        if found is None:
            raise WorldError(f"no event type is known for the service {service}")
        return int(found)

    def simulator(self, party: Party) -> SimulatorClient:
        """Control of the party's Cal.com account."""
        return self.world.simulator(party.tenant.account)

    def happen(self, kind: HappeningKind, lane: Lane, text: str, actor: str = "") -> None:
        """Tell the reports of something that is no request."""
        self.emit(Happening(self.world.elapsed_seconds(), lane, text, kind, actor=actor))

    def control(self, method: str, path: str, body: Mapping[str, Any] | None = None) -> Answer:
        """Ask the gateway's development routes; WorldError if they refuse."""
        url = self.world.gateway_url + path
        try:
            response = self.world.session(None).request(
                method, url, json=body, timeout=_CONTROL_TIMEOUT_SECONDS
            )
        except requests.RequestException as error:
            raise WorldError(f"{method} {path} of the gateway: {error}") from error
        if response.status_code >= _OK + 100:
            raise WorldError(f"{method} {path} of the gateway: {response.status_code} {response.text[:300]}")
        answer = response.json()
        return answer if isinstance(answer, dict) else {"answer": answer}

    def ledger(self) -> Ledger:
        """Our books as they are now."""
        return Ledger.from_json(self.control("GET", "/test/api/ledger"))

    def calcom_books(self) -> CalcomBooks:
        """Cal.com's books as they are now, every company's account."""
        clients = {each.company_id: self.world.simulator(each.account) for each in self.world.tenants}
        return CalcomBooks(
            bookings={company: tuple(client.list_bookings()) for company, client in clients.items()},
            requests={company: tuple(client.list_requests()) for company, client in clients.items()},
        )

    def faults(self) -> list[dict[str, Any]]:
        """Every fault set in this scenario, with how often it fired."""
        found = [rule for tenant in self.world.tenants for rule in self.calcom_faults(tenant)]
        return [*self.cleared_faults, *found, *self._own_faults()]

    def _own_faults(self) -> list[dict[str, Any]]:
        """Faults inside the gateway; one that killed it is gone with it, so its death counts as firing."""
        fired = [each["at"] for each in self.control("GET", "/test/api/faults")["fired"]]
        return [
            {**rule, "fired": self.world.deaths if rule["effect"] == "crash" else fired.count(rule["at"])}
            for rule in self.gateway_faults
        ]

    def calcom_faults(self, tenant: Tenant) -> list[dict[str, Any]]:
        """The rules that stand in one account."""
        return [{**rule, "where": "calcom"} for rule in self.world.simulator(tenant.account).list_faults()]

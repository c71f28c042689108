"""The seed's companies as scenarios know them, and what the fake is told of them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from fixtures.seed import Theirs, calcom_states, read_catalogue
from fixtures.seed.catalogue import SeedCompany
from harness.worlds.world import Tenant
from simulator.client import SimulatorClient

RETELL_API_KEY = "key_test_retell"
USUAL_LATENCY = {"list_slots": 0.21, "create_booking": 0.6, "*": 0.15}
"""Seconds. Lists took 0.2 to 0.8 s there, a booking 0.5 to 2 s (docs/incidents.md)."""
PAGES = ("/test/retell-simulator", "/test/api/retell", "/test/api/take-slot")
"""Paths that belong to the simulator although they are asked for at the gateway's address."""
CALLERS = ({"number": "+4917139200107", "name": "Erika Muster"}, {"number": "+4917139200108", "name": ""})


@dataclass(frozen=True, slots=True)
class Offer:
    """A service that can be booked by dialling a number; offers of one ``calendar`` share its time."""

    company_id: int
    account: str
    number: str
    service: str
    minutes: int
    calendar: str


@dataclass(frozen=True, slots=True)
class OpenHours:
    """When every branch of the seed is open: ISO weekdays and local times ``HH:MM``."""

    time_zone: str
    days: tuple[int, ...]
    opens: str
    closes: str


def offers() -> tuple[Offer, ...]:
    """Every service of every branch, in the catalogue's order."""
    return tuple(
        Offer(
            company_id=company.id,
            account=company.key,
            number=branch.number,
            service=service.name,
            minutes=service.minutes,
            calendar=f"{company.key}/{service.staff.host_id}",
        )
        for company in read_catalogue().companies
        for branch, service in company.offered()
    )


def open_hours() -> OpenHours:
    """The hours that all branches keep."""
    catalogue = read_catalogue()
    return OpenHours(catalogue.time_zone, catalogue.open_days, catalogue.opens, catalogue.closes)


def tenants() -> tuple[Tenant, ...]:
    """Every company of the seed; its first branch's number and its default service."""
    return tuple(_tenant(company) for company in read_catalogue().companies)


def put_states(
    client: SimulatorClient,
    webhook_url: str | None,
    *,
    latency: Mapping[str, float] | None = None,
    more: Mapping[str, Theirs] | None = None,
) -> None:
    """Give the fake Cal.com one account for each company: the seed, a story's own set-up, and a pace if given."""
    for key, state in calcom_states(webhook_url).items():
        theirs = (more or {}).get(key, Theirs())
        state["bookings"] = [*state["bookings"], *theirs.bookings]
        state["event_types"] = _merged(state["event_types"], theirs.event_types)
        client.for_account(key).put_state({**state, "latency": dict(latency)} if latency else state)


def _merged(seeded: Sequence[Mapping[str, Any]], own: Sequence[Mapping[str, Any]]) -> list[Mapping[str, Any]]:
    changed = {each["id"]: each for each in own}
    kept = [changed.pop(each["id"], each) for each in seeded]
    return [*kept, *changed.values()]


def retell_settings(gateway_url: str) -> dict[str, Any]:
    """What the Retell side must know: whom it calls, with which key, and which numbers can be dialled."""
    numbers = [
        {
            "number": branch.number,
            "company": company.name,
            "branch": branch.name,
            "account": company.key,
            "event_type_id": next((each.event_type for each in branch.services if each.is_default), None),
            "services": [service.name for service in branch.services],
        }
        for company in read_catalogue().companies
        for branch in company.branches
    ]
    return {
        "gateway_url": gateway_url,
        "api_key": RETELL_API_KEY,
        "numbers": numbers,
        "callers": list(CALLERS),
    }


def _tenant(company: SeedCompany) -> Tenant:
    branch = company.branches[0]
    default = next(service for service in branch.services if service.is_default)
    return Tenant(
        key=company.key.rpartition("_")[2],
        company_id=company.id,
        company=company.name,
        number=branch.number,
        account=company.key,
        webhook_secret=company.webhook_secret,
        event_type_id=default.event_type,
        numbers={each.name: each.number for each in company.branches},
        event_types={
            service.name: service.event_type for _branch, service in reversed(list(company.offered()))
        },
    )

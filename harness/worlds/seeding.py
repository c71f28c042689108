"""The seed's companies as scenarios know them, and what the fake is told of them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from fixtures.seed import calcom_states, read_catalogue
from fixtures.seed.catalogue import SeedCompany
from harness.worlds.world import Tenant
from simulator.client import SimulatorClient

RETELL_API_KEY = "key_test_retell"
USUAL_LATENCY = {"list_slots": 0.21, "create_booking": 0.6, "*": 0.15}
"""Seconds. Lists took 0.2 to 0.8 s there, a booking 0.5 to 2 s (docs/incidents.md)."""
PAGES = ("/test/retell-simulator", "/test/api/retell", "/test/api/take-slot")
"""Paths that belong to the simulator although they are asked for at the gateway's address."""
CALLERS = ({"number": "+4917139200107", "name": "Erika Muster"}, {"number": "+4917139200108", "name": ""})


def tenants() -> tuple[Tenant, ...]:
    """Every company of the seed; its first branch's number and its default service."""
    return tuple(_tenant(company) for company in read_catalogue().companies)


def put_states(
    client: SimulatorClient, webhook_url: str | None, *, latency: Mapping[str, float] | None = None
) -> None:
    """Give the fake Cal.com one account for each company, as the seed has it, and its pace if one is given."""
    for key, state in calcom_states(webhook_url).items():
        client.for_account(key).put_state({**state, "latency": dict(latency)} if latency else state)


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
    )

"""Gateways on a fake Cal.com in virtual time: several of them stand for several processes."""

from __future__ import annotations

import io
import itertools
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from random import Random
from typing import Any

import pytest

from app.domain.outcomes import Replied
from app.domain.timespan import Span
from app.usecases.ports import BookingRequest, CalendarAccount, SlotQuery, Urgency
from app.wiring import Gateway, build_gateway
from harness.clock import VirtualClock
from harness.events import Lane
from harness.times import parse_instant
from harness.worlds.virtual import VirtualWorld, VirtualWorldFactory
from harness.worlds.world import Setting
from tests.contract import redis_server

NOW = parse_instant("2025-10-13 10:00")
FIRST = parse_instant("2025-10-20 09:00")
HAIRCUT = 2563193


@dataclass
class Street:
    """One Cal.com, and as many gateways as are opened."""

    world: VirtualWorld
    redis_url: str | None = None
    gateways: list[Gateway] = field(default_factory=list)

    def gateway(self) -> Gateway:
        """One more process of the same gateway."""
        assert self.world.gateway is not None
        number = len(self.gateways)
        self.gateways.append(
            build_gateway(
                replace(self.world.gateway.settings, redis_url=self.redis_url),
                clock=VirtualClock(self.world.scheduler, f"process {number}"),
                chance=Random(number),
                http=lambda: self.world.session(Lane.GATEWAY),
                log_stream=io.StringIO(),
            )
        )
        return self.gateways[-1]

    @property
    def calcom(self):
        """The fake's side of the first company."""
        return self.world.simulator(self.world.tenants[0].account)

    def account(self, urgency: Urgency = Urgency.CALLER, tenant: int = 0) -> CalendarAccount:
        each = self.world.tenants[tenant]
        return CalendarAccount(each.company_id, each.account, urgency)

    def open_slots(self, number: int) -> list[datetime]:
        """Make so many half hours free, twelve a day; returns them."""
        days = itertools.count()
        starts = [
            FIRST + timedelta(days=day, minutes=30 * half)
            for day in itertools.islice(days, number // 12 + 1)
            for half in range(12)
        ][:number]
        self.calcom.set_slots(HAIRCUT, starts)
        return starts

    def list_slots(self, gateway: Gateway, *, uncached: bool = False, timeout: float = 3.0) -> Any:
        query = SlotQuery("mitte", HAIRCUT, Span(FIRST, FIRST + timedelta(days=7)))
        return gateway.parts.calendar.list_slots(self.account(), query, uncached=uncached, timeout=timeout)

    def book(self, gateway: Gateway, start: datetime, urgency: Urgency = Urgency.CALLER) -> Any:
        request = BookingRequest(
            event_type_id=HAIRCUT,
            start=start,
            attendee_name="Erika Muster",
            attendee_email="erika@example.com",
            attendee_phone=None,
            time_zone="Europe/Berlin",
            attempt_id=f"att_{start:%d%H%M}",
            retell_call_id=None,
            service="Haarschnitt",
        )
        return gateway.parts.calendar.create_booking(self.account(urgency), request, timeout=5.0)

    def sync(self, gateway: Gateway, starts: list[datetime]) -> None:
        """Write appointments over to Cal.com, as bulk work does."""
        for start in starts:
            assert isinstance(self.book(gateway, start, Urgency.BACKGROUND), Replied)

    def side_by_side(self, *works) -> float:
        """Run works as actors until all are done; returns the virtual seconds it took."""
        began = self.world.elapsed_seconds()
        self.world.together([(f"work {number}", work) for number, work in enumerate(works)])
        return self.world.elapsed_seconds() - began

    def sent(self, operation: str | None = None) -> list[datetime]:
        """When the requests came in at Cal.com."""
        return [
            datetime.fromisoformat(entry["at"])
            for entry in self.calcom.list_requests()
            if operation in {None, entry["operation"]}
        ]

    def close(self) -> None:
        for gateway in self.gateways:
            gateway.close()
        self.world.close()


@pytest.fixture(scope="session")
def worlds() -> Iterator[VirtualWorldFactory]:
    factory = VirtualWorldFactory()
    yield factory
    factory.close()


@pytest.fixture
def street(worlds) -> Iterator[Street]:
    street = Street(worlds.open(Setting(0, NOW)))
    yield street
    street.close()


@pytest.fixture(
    params=[
        "rows",
        pytest.param(
            "redis", marks=pytest.mark.skipif(not redis_server.is_installed(), reason=redis_server.ABSENT)
        ),
    ]
)
def each_store(request, worlds) -> Iterator[Street]:
    """The same, once for each store that processes can share."""
    if request.param == "rows":
        street = Street(worlds.open(Setting(0, NOW)))
        yield street
        street.close()
        return
    with redis_server.running_server() as url:
        street = Street(worlds.open(Setting(0, NOW)), url)
        yield street
        street.close()

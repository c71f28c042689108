"""150 appointments written over to Cal.com, in virtual time, with and without somebody on the phone."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest

from harness.retell import PhoneCall, ask
from harness.times import parse_instant
from tests.integration.calcom.conftest import Street
from tests.integration.calcom.windows import most_in_a_minute

APPOINTMENTS = 150
WISHED = parse_instant("2025-11-14 16:00")
WISH = {"datum": "14.11.2025", "uhrzeit": "16:00", "name": "Erika Muster"}


class Caller:
    """Somebody who asks, thinks, and books."""

    def __init__(self, street: Street, after: float) -> None:
        self.street, self.after = street, after
        self.answers: list[str] = []
        self.waited: list[float] = []

    def __call__(self) -> None:
        self.street.world.sleep(self.after)
        self._say("check-availability", WISH)
        self.street.world.sleep(14)
        self._say("collect-appointment", WISH | {"bestaetigung": True})

    def _say(self, name: str, args: dict) -> None:
        world = self.street.world
        call = PhoneCall(f"call_{round(self.after * 1000):027d}", "+4917139200107", world.tenants[0].number)
        began = world.elapsed_seconds()
        answer = ask(
            world.session(None), world.gateway_url, world.retell_api_key,
            name=name, args=args, call=call, now=world.now(),
        )  # fmt: skip
        self.waited.append(world.elapsed_seconds() - began)
        self.answers.append(answer.json()["status"])


@pytest.fixture
def starts(street) -> list[datetime]:
    starts = street.open_slots(APPOINTMENTS)
    street.calcom.set_slots(2563193, [*starts, WISHED, WISHED + timedelta(minutes=30)])
    return starts


def alone(street: Street) -> Caller:
    """What the same caller waits when nothing else runs."""
    caller = Caller(street, 0.0)
    street.side_by_side(caller)
    return caller


class TestBulkSync:
    def test_alone_it_takes_between_90_and_120_seconds_and_keeps_every_minute_below_100(self, street, starts):
        worker = street.gateway()
        seconds = street.side_by_side(lambda: street.sync(worker, starts))
        print(f"{APPOINTMENTS} appointments in {seconds:.1f} s, {most_in_a_minute(street.sent())} a minute")
        assert 90 < seconds < 120
        assert most_in_a_minute(street.sent()) <= 100
        assert len(street.calcom.list_bookings()) == APPOINTMENTS

    @pytest.mark.parametrize("workers", [2, 5])
    def test_several_workers_are_no_faster(self, street, starts, workers):
        gateways = [street.gateway() for _ in range(workers)]
        seconds = street.side_by_side(
            *[
                lambda gateway=gateway, number=number: street.sync(gateway, starts[number::workers])
                for number, gateway in enumerate(gateways)
            ]
        )
        assert 90 < seconds < 120
        assert most_in_a_minute(street.sent()) <= 100

    @pytest.mark.parametrize("after", [0.0, 5.3, 31.0, 60.2, 76.9])
    def test_a_caller_in_the_middle_is_not_kept_waiting(self, street, starts, after):
        worker, caller = street.gateway(), Caller(street, after)
        seconds = street.side_by_side(lambda: street.sync(worker, starts), caller)
        assert caller.answers == ["available", "booked"]
        undisturbed = [0.21, 0.21 + 0.6]  # one list; one list and one booking, as long as the fake takes
        delays = [waited - usual for waited, usual in zip(caller.waited, undisturbed, strict=True)]
        print(f"after {after} s: waited {delays[0]:.2f} s and {delays[1]:.2f} s more than alone")
        assert delays[0] == pytest.approx(0)  # the first request never waits
        assert 0 <= round(delays[1], 6) <= 0.61  # the booking a gap behind the look before it, at most
        assert 90 < seconds < 120
        assert most_in_a_minute(street.sent()) <= 100

    def test_the_caller_alone_waits_for_nothing(self, street, starts):
        caller = alone(street)
        assert caller.answers == ["available", "booked"]
        assert caller.waited == pytest.approx([0.21, 0.81])

    def test_bulk_work_of_one_company_does_not_slow_another(self, street, starts):
        worker, answered = street.gateway(), []

        def other_company() -> None:
            street.world.sleep(10)
            account = street.account(tenant=1)
            for _ in range(5):
                began = street.world.elapsed_seconds()
                worker.parts.calendar.find_booking(account, "uid-1", timeout=1.0)
                answered.append(street.world.elapsed_seconds() - began)

        street.side_by_side(lambda: street.sync(worker, starts[:40]), other_company)
        assert answered == pytest.approx([0.15] * 5)

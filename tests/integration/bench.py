"""A gateway on the bench: its parts within reach, what lies outside replaced by fakes."""

from __future__ import annotations

import io
import json
from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from random import Random
from typing import Any, TypeVar

import pytest
from sqlalchemy import select

from app.calcom.signature import SIGNATURE_HEADER as CALCOM_SIGNATURE
from app.calcom.signature import sign as sign_as_calcom
from app.domain.identifiers import CompanyId
from app.domain.incoming import IncomingCall
from app.domain.speech import Answer
from app.retell.signature import SIGNATURE_HEADER as RETELL_SIGNATURE
from app.retell.signature import sign as sign_as_retell
from app.settings import Environment, Settings
from app.storage.models import Base
from app.testing.faults import GatewayFaults
from app.usecases import outbox, recovery
from app.usecases.availability import check_availability, collect_appointment
from app.usecases.calls import open_call, record_answer
from app.usecases.commands import AppointmentWish, CallContext
from app.wiring import build_gateway, gateway_policy
from tests.integration.fakes import FakeCalendar, ManualClock, MemoryMailer

Row = TypeVar("Row", bound=Base)

SALON = CompanyId(1)
PRAXIS = CompanyId(2)
SALON_KEY = "cal_test_morgenrot"
PRAXIS_KEY = "cal_test_lindenhof"
SALON_SECRET = "whsec_test_morgenrot"
PRAXIS_SECRET = "whsec_test_lindenhof"
MITTE = "+493012345670"
MITTE_BRANCH = "9f4d5e2a-46f7-41b6-b81d-1532725381d4"
LINDENHOF = "+494087654320"
CALLER = "+4917139200107"
CALL = "call_2f6c1f0f9d3f4a5b8c7d6e5f4a3"
RIVAL_CALL = "call_9a1b2c3d4e5f60718293a4b5c6d"

WISHED = datetime(2025, 10, 20, 12, 0, tzinfo=UTC)
"""Monday, 14:00 in Berlin: the default service at Mitte takes half an hour."""
WISH = AppointmentWish(datum="20.10.2025", uhrzeit="14:00", name="Erika Muster", confirmed=True)


def settings_for(path: Path, **changes: Any) -> Settings:
    return replace(Settings(environment=Environment.TEST, database_url=f"sqlite:///{path}"), **changes)


class Bench:
    """One gateway with its clock, its Cal.com and its mail server in hand."""

    def __init__(self, settings: Settings) -> None:
        self.clock = ManualClock()
        self.calendar = FakeCalendar(self.clock)
        self.mailer = MemoryMailer()
        self.faults = GatewayFaults(crash=self._crash)
        self.stream = io.StringIO()
        self.gateway = build_gateway(
            settings,
            clock=self.clock,
            chance=Random(1),
            log_stream=self.stream,
            policy=replace(gateway_policy(), calendar=lambda *_args, **_parts: self.calendar),
            wrap_transactions=self.faults.wrap,
        )
        self.parts = replace(self.gateway.parts, mailer=self.mailer)
        self.calendar.accounts[SALON_KEY].free = {WISHED + timedelta(minutes=30 * n) for n in range(5)}
        self.calendar.accounts[PRAXIS_KEY].free = {WISHED}

    def close(self) -> None:
        self.gateway.close()

    def _crash(self) -> None:
        raise ProcessDied

    # --- as the voice agent -------------------------------------------------------------------------------

    def context(
        self, call_id: str | None = CALL, *, dialled: str = MITTE, caller: str | None = CALLER
    ) -> CallContext:
        return open_call(self.parts, IncomingCall(dialled, caller, call_id), self.clock.now())

    def book(self, wish: AppointmentWish = WISH, call_id: str | None = CALL, **who: Any) -> Answer:
        """Say the wish in a call and return the answer."""
        return self._ask(collect_appointment, wish, self.context(call_id, **who))

    def check(self, wish: AppointmentWish = WISH, call_id: str | None = CALL, **who: Any) -> Answer:
        return self._ask(check_availability, wish, self.context(call_id, **who))

    def _ask(self, function: Any, wish: AppointmentWish, context: CallContext) -> Answer:
        """Ask as the edge does: the answer is kept beside the call."""
        answer = function(self.parts, context, wish)
        record_answer(self.parts, context, function.__name__, answer)
        return answer

    def dies_at_create(self, *, after: bool) -> None:
        """Book in a process that is killed right before or right after Cal.com wrote the booking."""

        def die(_about: Any, do: Any) -> None:
            if after:
                do()
            raise ProcessDied

        self.calendar.script("create_booking", die)
        with pytest.raises(ProcessDied):
            self.book()

    def dies_at(self, label: str) -> None:
        """Book in a process that is killed in the transaction of this label."""
        self.faults.arm(label, "crash", 1)
        with pytest.raises(ProcessDied):
            self.book()

    # --- as the worker ------------------------------------------------------------------------------------

    def recover(self) -> int:
        return recovery.run_once(self.parts, "worker-1")

    def deliver(self) -> int:
        return outbox.run_once(self.parts, "worker-1")

    def later(self, work: Callable[[], Any], **delta: float) -> Any:
        """Do something after a while, and come back to this instant."""
        now = self.clock.now()
        self.clock.advance(**delta)
        try:
            return work()
        finally:
            self.clock.set(now)

    # --- over HTTP ----------------------------------------------------------------------------------------

    @property
    def web(self) -> Any:
        """A client of the gateway's application."""
        return self.gateway.web.test_client()

    def call_function(self, function: str, body: Any, *, header: str | None = None, **headers: str) -> Any:
        """Send a function call signed as Retell does, unless a signature is given."""
        raw = body if isinstance(body, bytes) else json.dumps(body, ensure_ascii=False).encode()
        key = self.gateway.settings.retell_api_keys[0]
        signature = header if header is not None else sign_as_retell(raw, key, self.milliseconds())
        return self.web.post(
            f"/api/retell/{function}",
            data=raw,
            headers={RETELL_SIGNATURE: signature, "Content-Type": "application/json"} | headers,
        )

    def send_webhook(self, body: Any, *, secret: str = SALON_SECRET, header: str | None = None) -> Any:
        raw = body if isinstance(body, bytes) else json.dumps(body).encode()
        signature = sign_as_calcom(raw, secret) if header is None else header
        return self.web.post(
            "/api/webhooks/calcom",
            data=raw,
            headers={CALCOM_SIGNATURE: signature, "Content-Type": "application/json"},
        )

    def milliseconds(self) -> int:
        return int(self.clock.now().timestamp() * 1000)

    # --- looking in ---------------------------------------------------------------------------------------

    def rows(self, model: type[Row]) -> Sequence[Row]:
        """Return every company's rows of a model, in order of id."""
        with self.gateway.database.sweep("a test looks at everything", "look", read_only=True) as session:
            found = session.scalars(select(model).order_by(*model.__mapper__.primary_key)).all()
            session.expunge_all()
            return found

    def only(self, model: type[Base]) -> Any:
        (row,) = self.rows(model)
        return row

    def logged(self, event: str) -> list[dict[str, Any]]:
        records = (json.loads(line) for line in self.stream.getvalue().splitlines())
        return [record for record in records if record["event"] == event]


class ProcessDied(BaseException):
    """Stands for a killed process: no handler of the gateway goes on after it."""

"""Builds the gateway: the only module that knows all concrete classes."""

from __future__ import annotations

import random
import sys
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from json import loads
from typing import TextIO

import requests
from flask import Flask

from app.calcom.client import CalcomClient
from app.calcom.events import event_from_wire
from app.calcom.line import Line
from app.calcom.signature import is_signed_by
from app.calcom.slot_cache import SlotCache
from app.chance import SeededChance
from app.clock import SystemClock
from app.domain.errors import SharedValuesUnavailable
from app.domain.identifiers import CompanyId
from app.domain.incoming import IncomingEvent
from app.holidays import load_holidays
from app.http import session_per_thread
from app.mail import LogMailer, SmtpMailer
from app.observability import LogTail, build_log, trace_headers
from app.retell.signature import is_signed
from app.settings import Environment, Settings, SettingsError
from app.storage.database import Database
from app.storage.encryption import Vault
from app.storage.redis_values import RedisValues
from app.storage.shared_values import DatabaseValues
from app.usecases import (
    call_events,
    call_life,
    call_outcome,
    endpoints,
    outbox,
    reconciliation,
    recovery,
    reservations,
    webhooks,
)
from app.usecases.agreement import ask_if_contradicting
from app.usecases.asking import cancel_once, look_up_attempt
from app.usecases.claiming import claim_cells
from app.usecases.duplicates import find_own_attempt, recognise_wish
from app.usecases.parts import BookingRules, Parts
from app.usecases.ports import Chance, Clock, Event, Log, Mailer, SharedValues, Transactions
from app.usecases.reconciliation import ReconciliationSummary
from app.usecases.recovery import finish_attempt
from app.usecases.reservations import recheck_unless_reserved
from app.usecases.service_saving import CheckedService, check_services
from app.web.application import create_web


@dataclass(frozen=True, slots=True)
class GatewayPolicy:
    """Every guard of the gateway, as values. No setting removes one; a test builds another policy."""

    booking: BookingRules
    verify_retell: Callable[[Settings], Callable[[bytes, str | None, datetime], bool]]
    verify_calcom: Callable[[bytes, str | None, str], bool]
    database: Callable[[str, Vault, Callable[[], datetime]], Database]
    calendar: type[CalcomClient] = CalcomClient


def booking_rules() -> BookingRules:
    """Return the rules we book by."""
    return BookingRules(
        recognise=recognise_wish,
        own_attempt=find_own_attempt,
        agree=ask_if_contradicting,
        claim=claim_cells,
        recheck=recheck_unless_reserved,
        look_up=look_up_attempt,
        compensate=cancel_once,
        recover=finish_attempt,
    )


def gateway_policy() -> GatewayPolicy:
    """Return the policy of every gateway that serves."""
    return GatewayPolicy(
        booking=booking_rules(),
        verify_retell=_retell_verifier,
        verify_calcom=is_signed_by,
        database=_open_database,
    )


class NoWaitInTransaction:
    """A clock that refuses to wait while a transaction is open (design, section 2)."""

    def __init__(self, clock: Clock, assert_idle: Callable[[], None]) -> None:
        self._clock = clock
        self._assert_idle = assert_idle

    def now(self) -> datetime:
        """Return the current instant."""
        return self._clock.now()

    def sleep(self, seconds: float) -> None:
        """Wait, unless a transaction is open."""
        self._assert_idle()
        self._clock.sleep(seconds)

    def spawn(self, work: Callable[[], None], *, name: str) -> None:
        """Run `work` soon, beside the caller."""
        self._clock.spawn(work, name=name)

    def event(self) -> Event:
        """Return a new event on this clock."""
        return self._clock.event()


@dataclass(frozen=True, slots=True)
class Gateway:
    """A gateway with all its parts; two of them live in one process without meeting."""

    settings: Settings
    web: Flask
    parts: Parts
    database: Database
    values: SharedValues
    """What all processes of this gateway share."""
    clock: Clock
    log: Log
    log_tail: LogTail | None
    worker_name: str

    def run_worker(self) -> int:
        """Do what is due: events that wait, attempts left open, calls, messages; return how much was done."""
        return (
            webhooks.run_once(self.parts, read_event)
            + call_events.run_once(self.parts)
            + recovery.run_once(self.parts, self.worker_name)
            + call_life.close_stuck(self.parts)
            + call_outcome.judge_again(self.parts)
            + reservations.release_left(self.parts)
            + outbox.run_once(self.parts, self.worker_name)
        )

    def reconcile(self, company_id: int | None = None) -> list[ReconciliationSummary]:
        """Compare one company, or every one, with Cal.com."""
        if company_id is None:
            return reconciliation.reconcile_all(self.parts)
        return [reconciliation.reconcile_company(self.parts, CompanyId(company_id))]

    def check_services(self, company_id: int | None = None) -> list[CheckedService]:
        """Hold the services of one company, or of every one, against their event types at Cal.com."""
        return check_services(self.parts, None if company_id is None else CompanyId(company_id))

    def renew_endpoint(self, number: str) -> str:
        """Return a new token for the endpoint of a number; raise UnknownNumber."""
        return endpoints.renew_endpoint(self.parts, number)

    def close(self) -> None:
        """Close the connections of the database and of the shared values."""
        self.values.close()
        self.database.close()


def build_gateway(
    settings: Settings,
    *,
    clock: Clock | None = None,
    chance: random.Random | None = None,
    http: Callable[[], requests.Session] | None = None,
    log_stream: TextIO | None = None,
    policy: GatewayPolicy | None = None,
    wrap_transactions: Callable[[Transactions], Transactions] | None = None,
) -> Gateway:
    """Return a gateway of these settings; what is not passed in is the real thing.

    `wrap_transactions` lets a development world inject errors of our own database; production refuses it.
    """
    if settings.environment is Environment.PRODUCTION and wrap_transactions is not None:
        raise SettingsError("ASKPRO_ENV: production takes no fault injection")
    policy = policy or gateway_policy()
    real_clock = clock or SystemClock()
    tail = None if settings.environment is Environment.PRODUCTION else LogTail()
    log = build_log(stream=log_stream or sys.stderr, now=real_clock.now, level=settings.log_level, tail=tail)
    vault = Vault(settings.encryption_keys, settings.index_key)
    database = policy.database(settings.database_url, vault, real_clock.now)
    safe_clock = NoWaitInTransaction(real_clock, database.assert_idle)
    holiday_on = load_holidays()
    if holiday_on is None:
        log.warning("holidays.unknown", cure="install the package holidays")
    generator = SeededChance(chance or random.SystemRandom())
    values = _shared_values(settings, database, real_clock)
    parts = Parts(
        transactions=wrap_transactions(database) if wrap_transactions else database,
        calendar=policy.calendar(
            settings.calcom_base_url,
            http=http or session_per_thread(),
            clock=safe_clock,
            log=log,
            trace=trace_headers,
            before_call=database.assert_idle,
            cache=SlotCache(values, clock=safe_clock, log=log),
            line=Line(values, clock=safe_clock, chance=generator, log=log),
        ),
        clock=safe_clock,
        chance=generator,
        vault=vault,
        mailer=_mailer(settings, log),
        log=log,
        rules=policy.booking,
        holiday_on=holiday_on,
    )
    return Gateway(
        settings=settings,
        web=create_web(
            settings,
            parts,
            verify_retell=policy.verify_retell(settings),
            verify_calcom=policy.verify_calcom,
            read_event=read_event,
        ),
        parts=parts,
        database=database,
        values=values,
        clock=real_clock,
        log=log,
        log_tail=tail,
        worker_name=_worker_name(generator),
    )


def read_event(raw: str, received_at: datetime) -> IncomingEvent:
    """Return the event of a stored webhook body."""
    return event_from_wire(loads(raw), raw, received_at)


def _retell_verifier(settings: Settings) -> Callable[[bytes, str | None, datetime], bool]:
    return lambda body, header, now: is_signed(body, header, settings.retell_api_keys, now)


def _open_database(url: str, vault: Vault, now: Callable[[], datetime]) -> Database:
    return Database(url, vault, now=now)


def _shared_values(settings: Settings, database: Database, clock: Clock) -> SharedValues:
    if settings.redis_url is None:
        return DatabaseValues(database, clock.now)
    try:
        return RedisValues(settings.redis_url, clock.now)
    except SharedValuesUnavailable as error:
        raise SettingsError(str(error)) from error


def _mailer(settings: Settings, log: Log) -> Mailer:
    return SmtpMailer(settings.smtp_url) if settings.smtp_url else LogMailer(log)


def _worker_name(chance: Chance) -> str:
    return chance.token("worker_")

"""The accounts of one simulator: every API key has its own world, faults, journal and deliveries."""

from __future__ import annotations

import itertools
import random
import threading
import zlib
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from simulator.calcom.deliveries import Deliveries
from simulator.calcom.effect_specs import EFFECTS
from simulator.calcom.limits import LimitRule, RateLimit
from simulator.calcom.slot_memo import SlotMemo
from simulator.calcom.state import (
    LISTS,
    about_from_json,
    about_to_json,
    person_from_json,
    person_to_json,
    world_from_json,
    world_to_json,
)
from simulator.calcom.wishes import RaceAnswer
from simulator.calcom.world import World
from simulator.control.clock import Clock
from simulator.control.errors import ControlError, bad_value, unknown_key
from simulator.control.fault_rules import rule_parser
from simulator.control.faults import FaultBook
from simulator.control.journal import Journal
from simulator.control.latency import Fixed, Latency, parse_latency, unit_hash

if TYPE_CHECKING:
    import requests

DEMO_NAME = "demo"
DEMO_KEY = "cal_test_demo"
_ACCOUNT_KEYS = (
    "name",
    "key",
    "user",
    "profile",
    "organization",
    "webhook_delivery",
    "race_answer",
    "slot_cache_seconds",
    "rate_limit",
)
_DELIVERY_MODES = ("sync", "async")

DEMO_STATE: dict[str, Any] = {
    "account": {
        "name": DEMO_NAME,
        "key": DEMO_KEY,
        "user": {
            "id": 1,
            "name": "Demo Salon",
            "email": "demo@example.test",
            "username": "demo",
            "timeZone": "Europe/Berlin",
        },
    },
    "schedules": [
        {
            "id": 1,
            "ownerId": 1,
            "name": "Werktags",
            "timeZone": "Europe/Berlin",
            "availability": [
                {
                    "days": ["Monday", "Tuesday", "Wednesday", "Thursday", "Friday"],
                    "startTime": "09:00",
                    "endTime": "18:00",
                }
            ],
        }
    ],
    "event_types": [
        {
            "id": 1,
            "slug": "termin",
            "title": "Termin",
            "lengthInMinutes": 30,
            "scheduleId": 1,
            "hostIds": [1],
        },
        {
            "id": 2,
            "slug": "langer-termin",
            "title": "Langer Termin",
            "lengthInMinutes": 60,
            "scheduleId": 1,
            "hostIds": [1],
        },
    ],
}


@dataclass(slots=True)
class AccountSettings:
    """How an account behaves beyond its objects; seconds throughout."""

    webhook_delivery: str = "sync"
    race_answer: RaceAnswer = RaceAnswer.CONFLICT
    slot_cache_seconds: float = 0.0
    latency: dict[str, Latency] = field(default_factory=dict)


class Account:
    """One Cal.com account: its world and what the control side keeps about it."""

    def __init__(self, name: str, key: str, registry: Accounts, initial: Mapping[str, Any]) -> None:
        self.name = name
        self.key = key
        self.settings = AccountSettings()
        self.rate_limit: RateLimit | None = None
        self.faults = FaultBook(registry.clock, rule_parser(EFFECTS, registry.operations), registry.seed)
        self.journal = Journal(registry.next_entry_id)
        self.deliveries = Deliveries(registry.clock, registry.http, registry.new_rng(f"deliveries:{key}"))
        self.slot_cache: dict[Any, tuple[datetime, Any]] = {}
        self.slot_memo = SlotMemo()
        self._registry = registry
        self._initial = initial
        self.world: World
        self.put_state(initial)
        self._arrival: tuple[World, int, int] = (self.world, 0, 0)

    def put_state(self, state: Mapping[str, Any]) -> None:
        """Replace the world; settings that the document doesn't name go back to their defaults."""
        if not isinstance(state, Mapping):
            raise bad_value("state", "must be an object")
        for key in state:
            if key not in (*LISTS, "account", "latency"):
                raise unknown_key("key of a state", key, (*LISTS, "account", "latency"))
        about = state.get("account") or {}
        if not isinstance(about, Mapping):
            raise bad_value("account", "must be an object")
        for key in about:
            if key not in _ACCOUNT_KEYS:
                raise unknown_key("key of account", key, _ACCOUNT_KEYS)
        user = person_from_json(about.get("user") or {"name": self.name})
        rng = self._registry.new_rng(self.key)
        base = 1_000_000 + zlib.crc32(self.key.encode()) % 9000 * 1000
        try:
            world = world_from_json(state, user, rng, first_booking_id=base)
            about_from_json(about, world)
            settings, limit = _settings_from(about, state.get("latency") or {}), _limit_from(about)
        except (AttributeError, KeyError, TypeError, ValueError) as error:
            raise bad_value("state", f"has a value of the wrong kind: {error}") from error
        self.world, self.settings, self.rate_limit = world, settings, limit
        self.slot_cache = {}
        self.slot_memo = SlotMemo()
        self.deliveries.watch(world)

    def get_state(self) -> dict[str, Any]:
        """The world as a document that ``put_state`` takes back."""
        with self.world.lock:
            about: dict[str, Any] = {
                "name": self.name,
                "key": self.key,
                "user": person_to_json(self.world.user),
                **about_to_json(self.world),
                "webhook_delivery": self.settings.webhook_delivery,
                "race_answer": self.settings.race_answer.value,
                "slot_cache_seconds": self.settings.slot_cache_seconds,
                "rate_limit": self.rate_limit.to_json() if self.rate_limit else None,
            }
            pace = {name: latency.to_json() for name, latency in self.settings.latency.items()}
            return {"account": about, **world_to_json(self.world), "latency": pace}

    def reset(self) -> None:
        """Back to the first state; faults, journal, deliveries and policy are forgotten."""
        self.faults.clear(restart_ids=True)
        self.journal.clear()
        self.deliveries.clear()
        self.put_state(self._initial)

    def version_at(self, moment: int | None) -> int:
        """The world's version when the requests of a moment came in; None is a moment of its own.

        The server answers requests that came together one after the other. Upstream works on them at the
        same time, so the first one's booking is news to all of them: they lose a race.
        """
        if moment is None:
            return self.world.version
        if self._arrival[:2] != (self.world, moment):
            self._arrival = (self.world, moment, self.world.version)
        return self._arrival[2]

    def pace(self, operation: str, target: str, body: bytes) -> float:
        """How long the account lets an operation take, in seconds; drawn from what is asked, not from the order."""
        latency = self.settings.latency.get(operation) or self.settings.latency.get("*")
        if latency is None:
            return 0.0
        unit = 0.0 if isinstance(latency, Fixed) else unit_hash(self._registry.seed, operation, target, body)
        return latency.draw(unit, self._registry.clock.now())


class Accounts:
    """All accounts by key and by name."""

    def __init__(
        self,
        clock: Clock,
        http: Callable[[], requests.Session],
        seed: int,
        operations: Iterable[str],
    ) -> None:
        self.clock = clock
        self.http = http
        self.seed = seed
        self.operations = tuple(operations)
        self._entry_ids = itertools.count(1)
        self._lock = threading.Lock()
        self._by_key: dict[str, Account] = {}
        self._by_name: dict[str, Account] = {}
        self.unassigned = Journal(self.next_entry_id)
        self.create(DEMO_NAME, DEMO_KEY, DEMO_STATE)

    def next_entry_id(self) -> int:
        """Journal numbers, one sequence over all accounts."""
        return next(self._entry_ids)

    def new_rng(self, purpose: str) -> random.Random:
        """Chance of its own for a purpose, repeatable from the server's seed."""
        return random.Random(f"{self.seed}|{purpose}")  # noqa: S311 (repeatable on purpose)

    def create(self, name: str, key: str | None = None, state: Mapping[str, Any] | None = None) -> Account:
        """A new account; 409 when the name or the key exists."""
        key = key or f"cal_test_{name}"
        if not name or "/" in name:
            raise bad_value("name", "must be a word without a slash")
        account = Account(name, key, self, state or {})
        with self._lock:
            if key in self._by_key or name in self._by_name:
                raise ControlError(
                    409, "account_exists", f"there is an account '{name}' or key '{key}' already"
                )
            self._by_key[key] = account
            self._by_name[name] = account
        return account

    def find(self, key: str) -> Account | None:
        """The account of an API key."""
        return self._by_key.get(key)

    def find_named(self, name: str) -> Account | None:
        """The account of a name."""
        return self._by_name.get(name)

    def get(self, key: str | None) -> Account:
        """The account of a key or name (None: the demo account); 404 when unknown."""
        wanted = key or DEMO_KEY
        account = self._by_key.get(wanted) or self._by_name.get(wanted)
        if account is None:
            raise ControlError(404, "unknown_account", f"there is no account with the key '{wanted}'")
        return account

    def put_state(self, key: str | None, state: Mapping[str, Any]) -> Account:
        """Replace an account's world; the account is made when the key is new."""
        about = state.get("account") if isinstance(state, Mapping) else None
        about = about if isinstance(about, Mapping) else {}
        wanted = key or about.get("key") or DEMO_KEY
        account = self._by_key.get(wanted) or self._by_name.get(wanted)
        if account is not None:
            account.put_state(state)
            return account
        return self.create(str(about.get("name") or wanted), wanted, state)

    def list_accounts(self) -> list[Account]:
        """All accounts in order of creation."""
        return list(self._by_key.values())

    def only_owner(
        self,
        *,
        event_type_id: int | None = None,
        uid: str | None = None,
        reservation_uid: str | None = None,
    ) -> Account | None:
        """The one account that owns an id, for calls that carry no key; None when none or several do."""
        return _only(
            account
            for account in self.list_accounts()
            if (event_type_id is not None and event_type_id in account.world.event_types)
            or (uid is not None and (uid in account.world.bookings or account.world.has_series(uid)))
            or (reservation_uid is not None and reservation_uid in account.world.reservations)
        )

    def only_named(self, *, username: object = None, team_slug: object = None) -> Account | None:
        """The one account that has a user of a name, or a team; None when none or several do."""
        return _only(
            account
            for account in self.list_accounts()
            if any(person.username == username for person in account.world.hosts.values())
            or any(team.slug == team_slug for team in account.world.teams.values())
        )


def _only(owners: Iterable[Account]) -> Account | None:
    """The only one of some; None when there is none or another."""
    found = list(itertools.islice(owners, 2))
    return found[0] if len(found) == 1 else None


def _settings_from(about: Mapping[str, Any], latency: Any) -> AccountSettings:
    mode = about.get("webhook_delivery", "sync")
    if mode not in _DELIVERY_MODES:
        raise unknown_key("webhook_delivery", str(mode), _DELIVERY_MODES)
    race = about.get("race_answer", RaceAnswer.CONFLICT)
    if race not in tuple(RaceAnswer):
        raise unknown_key("race_answer", str(race), [answer.value for answer in RaceAnswer])
    if not isinstance(latency, Mapping):
        raise bad_value("latency", "must be an object of operation to seconds")
    return AccountSettings(
        webhook_delivery=mode,
        race_answer=RaceAnswer(race),
        slot_cache_seconds=float(about.get("slot_cache_seconds") or 0.0),
        latency={str(name): parse_latency(f"latency.{name}", wait) for name, wait in latency.items()},
    )


def _limit_from(about: Mapping[str, Any]) -> RateLimit | None:
    """The account's rate limit: one object for the limit named Default, or a list with a name each."""
    raw = about.get("rate_limit")
    if raw is None or raw == []:
        return None
    given = raw if isinstance(raw, list) else [raw]
    for one in given:
        if not isinstance(one, Mapping) or "limit" not in one:
            raise bad_value(
                "account.rate_limit", "must be an object with 'limit', and maybe 'window', 'block' and 'name'"
            )
    return RateLimit(
        [
            LimitRule(
                name=str(one.get("name", "Default")),
                limit=int(one["limit"]),
                window=timedelta(seconds=float(one.get("window", 60))),
                block=timedelta(seconds=float(one.get("block", 60))),
            )
            for one in given
        ]
    )

"""Gateway, fake Cal.com and callers in one process, on one virtual clock.

What is random is seeded and what is timed is virtual, so a run is a function of scenario and seed. Only the
database is a real one: a SQLite file in a folder that goes with the world.
"""

from __future__ import annotations

import io
import random as random_module
import shutil
import tempfile
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from functools import partial
from pathlib import Path
from typing import Any

import requests

import simulator
from app.testing import GatewayFaults, mount_test_api
from app.wiring import Gateway, build_gateway
from harness.clock import Choose, Scheduler, VirtualClock
from harness.events import Choice, Exchange, Lane
from harness.exchanges import from_recorded
from harness.worlds import seeding
from harness.worlds.databases import DatabaseTemplate, set_up, test_settings
from harness.worlds.journal_match import JournalMatcher
from harness.worlds.world import Setting, WorldError
from harness.wsgi import Recorded, WsgiAdapter
from simulator.client import SimulatorClient

GATEWAY_URL = "http://gateway.test"
SIMULATOR_URL = "http://calcom.test"
GatewayParts = Mapping[str, Any]


class VirtualWorldFactory:
    """Opens virtual worlds; ``parts`` go to ``build_gateway`` as they are: a test passes other rules there."""

    name = "virtual"

    def __init__(
        self, *, choose: Callable[[], Choose] | None = None, parts: GatewayParts | None = None
    ) -> None:
        self._choose = choose
        self._parts = dict(parts or {})
        self._template = DatabaseTemplate()

    def open(self, setting: Setting) -> VirtualWorld:
        """A fresh world; the first one also makes the database that all are copied from."""
        choose = self._choose() if self._choose else None
        return VirtualWorld(setting, self._template, choose=choose, parts=self._parts)

    def close(self) -> None:
        """Remove the database that worlds are copied from."""
        self._template.close()


class VirtualWorld:
    """One process that plays all parties. Its creator is the actor ``main`` of its scheduler."""

    name = "virtual"
    gateway_url = GATEWAY_URL
    simulator_url = SIMULATOR_URL
    retell_api_key = seeding.RETELL_API_KEY

    def __init__(
        self,
        setting: Setting,
        template: DatabaseTemplate,
        *,
        choose: Choose | None = None,
        parts: GatewayParts | None = None,
    ) -> None:
        self.tenants = seeding.tenants()
        self._setting = setting
        self._parts = dict(parts or {})
        self._folder = Path(tempfile.mkdtemp(prefix="askpro-world-"))
        self._database = template.copy_to(self._folder)
        self._theirs = set_up(self._database, setting)
        self.scheduler = Scheduler(setting.seed, choose, start=setting.now)
        self._records: list[tuple[Recorded, Lane, Lane]] = []
        self._choices_taken = 0
        self._failures_taken = 0
        self._journal_ids = {each.account: 0 for each in self.tenants}
        self._matcher = JournalMatcher(setting.now)
        self._sessions: dict[Lane | None, requests.Session] = {}
        self._lives = 0
        self.deaths = 0
        self.gateway: Gateway | None = None
        self._to_gateway: dict[Lane | None, WsgiAdapter] = {}
        self._to_simulator: dict[Lane | None, WsgiAdapter] = {}
        self._simulator_app = self._build_simulator()
        self._prepare_simulator()
        self.start_gateway()

    def _build_simulator(self) -> Any:
        return simulator.create_app(
            clock=VirtualClock(self.scheduler, "calcom"),
            seed=self._setting.seed,
            http=lambda: self.session(Lane.CALCOM),
            gateway_url=GATEWAY_URL,
            retell_api_key=self.retell_api_key,
        )

    def _prepare_simulator(self) -> None:
        webhook_url = f"{GATEWAY_URL}/api/webhooks/calcom" if self._setting.webhooks else None
        client = self.simulator(self.tenants[0].account)
        seeding.put_states(client, webhook_url, latency=seeding.USUAL_LATENCY, more=self._theirs)
        answer = self.session(None).put(
            f"{SIMULATOR_URL}/__admin/retell", json=seeding.retell_settings(GATEWAY_URL)
        )
        if not answer.ok:
            raise WorldError(f"the Retell side refused its settings: {answer.text[:300]}")

    def session(self, source: Lane | None) -> requests.Session:
        """A session for one party; None is not recorded."""
        if source not in self._sessions:
            session = requests.Session()
            session.trust_env = False
            to_gateway, to_simulator = self._gateway_adapter(source), self._simulator_adapter(source)
            session.mount(GATEWAY_URL, to_gateway)
            session.mount(SIMULATOR_URL, to_simulator)
            for page in seeding.PAGES:  # the longest prefix wins
                session.mount(GATEWAY_URL + page, to_simulator)
            self._sessions[source] = session
        return self._sessions[source]

    def _gateway_adapter(self, source: Lane | None) -> WsgiAdapter:
        clock = VirtualClock(self.scheduler, self._group())
        adapter = WsgiAdapter(
            self._gateway_app(), clock, partial(self._keep, source, Lane.GATEWAY), name="gateway"
        )
        self._to_gateway[source] = adapter
        return adapter

    def _simulator_adapter(self, source: Lane | None) -> WsgiAdapter:
        clock = VirtualClock(self.scheduler, "calcom")
        target = Lane.AGENT if source is Lane.CALLER else Lane.CALCOM
        record = partial(self._keep, source, target)
        adapter = WsgiAdapter(self._simulator_app, clock, record, name=str(target))
        self._to_simulator[source] = adapter
        return adapter

    def _keep(self, source: Lane | None, target: Lane, recorded: Recorded) -> None:
        if source is None:
            return
        by_agent = source is Lane.CALCOM and "/api/retell/" in recorded.url
        self._records.append((recorded, Lane.AGENT if by_agent else source, target))

    def simulator(self, account: str) -> SimulatorClient:
        """Control of one account of the fake Cal.com."""
        return SimulatorClient(SIMULATOR_URL, self.session(None), account)

    def now(self) -> datetime:
        """The virtual instant."""
        return self.scheduler.now()

    def elapsed_seconds(self) -> float:
        """Virtual seconds since the world was opened."""
        return self.scheduler.elapsed_seconds

    def sleep(self, seconds: float) -> None:
        """Let virtual time pass."""
        self.scheduler.sleep(seconds)

    def jump(self, now: datetime) -> None:
        """Set the clock and let what is due run."""
        self.scheduler.jump(now)
        self.scheduler.let_due_run()

    def together(self, works: Sequence[tuple[str, Callable[[], None]]]) -> None:
        """Run works as actors side by side."""
        errors: list[Exception] = []
        done = self.scheduler.event()
        left = [len(works)]

        def run(work: Callable[[], None]) -> None:
            try:
                work()
            except Exception as error:  # noqa: BLE001 - raised below, where the step can report it
                errors.append(error)
            left[0] -= 1
            if not left[0]:
                done.set()

        for name, work in works:
            self.scheduler.spawn(partial(run, work), name=name)
        if works:
            done.wait()
        if errors:
            raise errors[0]

    def settle(self) -> None:
        """Let everything under way end; what hangs for ever is left hanging."""
        self.scheduler.drain()

    def gateway_is_up(self) -> bool:
        """Whether there is a gateway."""
        return self.gateway is not None

    def crash_gateway(self) -> None:
        """Unschedule the gateway's actors for good, and roll back what their connections had begun."""
        if self.gateway is None:
            raise WorldError("the gateway is dead already")
        dead, self.gateway = self.gateway, None
        self.deaths += 1
        for adapter in self._to_gateway.values():
            adapter.app = None
        dead.database.abandon()
        self.scheduler.crash(self._group())

    def start_gateway(self) -> None:
        """Build a gateway on the database as it is."""
        if self.gateway is not None:
            raise WorldError("the gateway is up already")
        self._lives += 1
        clock = VirtualClock(self.scheduler, self._group())
        faults = GatewayFaults(self.crash_gateway)
        random = random_module.Random(f"gateway {self._setting.seed} {self._lives}")  # noqa: S311 - repeatable
        gateway = build_gateway(
            test_settings(self._database, SIMULATOR_URL),
            **{
                "clock": clock,
                "chance": random,
                "http": lambda: self.session(Lane.GATEWAY),
                "log_stream": io.StringIO(),
                "wrap_transactions": faults.wrap,
                **self._parts,
            },
        )
        mount_test_api(gateway, clock=clock, faults=faults)
        self.gateway = gateway
        for adapter in self._to_gateway.values():
            adapter.app, adapter.clock = gateway.web.wsgi_app, clock

    def _gateway_app(self) -> Any:
        return self.gateway.web.wsgi_app if self.gateway else None

    def _group(self) -> str:
        return f"gateway {self._lives}"

    def take_exchanges(self, *, final: bool = False) -> list[Exchange]:
        """What the parties asked since the last time; an unanswered one once its fault is known."""
        records = sorted(self._records, key=lambda each: each[0].number)
        self._records = []
        exchanges = [from_recorded(recorded, source, target) for recorded, source, target in records]
        return self._matcher.match(exchanges, self._new_entries(), final=final)

    def _new_entries(self) -> list[dict[str, Any]]:
        found = []
        for account, last in self._journal_ids.items():
            entries = self.simulator(account).list_requests(after=last)
            self._journal_ids[account] = max([last, *(int(each["id"]) for each in entries)])
            found += entries
        return found

    def take_choices(self) -> list[Choice]:
        """What the scheduler chose since the last time."""
        made = self.scheduler.choices[self._choices_taken :]
        self._choices_taken += len(made)
        return [Choice(round(each.at, 6), each.ready, each.index) for each in made]

    def take_failures(self) -> list[str]:
        """Exceptions that left an actor since the last time."""
        failed = self.scheduler.failures[self._failures_taken :]
        self._failures_taken += len(failed)
        return [f"{each.actor}: {type(each.error).__name__}: {each.error}" for each in failed]

    def close(self) -> None:
        """Free the actors, close the database, remove the files."""
        self.scheduler.close()
        if self.gateway is not None:
            self.gateway.close()
        shutil.rmtree(self._folder, ignore_errors=True)

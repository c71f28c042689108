"""Gateway, worker and simulator as processes on free ports, with one steered clock.

The only module of the harness that waits in real time. A scenario's ``wait`` and ``advance`` both move the
shared clock; what sleeps in a process wakes by real time or by the move, as its clock has it.
"""

from __future__ import annotations

import shutil
import tempfile
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path
from typing import Any

import requests

from app.testing import FileSteeredClock
from harness.events import Choice, Exchange, Lane
from harness.exchanges import from_journal, from_recorded
from harness.worlds import seeding
from harness.worlds.databases import DatabaseTemplate, set_up
from harness.worlds.gateway import CLOCK_FILE, SIMULATOR_URL
from harness.worlds.processes import START_SECONDS, Program, answers, free_port
from harness.worlds.recording import RecordingAdapter, agent_exchanges, with_waiting
from harness.worlds.turnstile import Turnstile
from harness.worlds.world import Setting, WorldError
from harness.wsgi import Recorded
from simulator.client import SimulatorClient

_HOST = "127.0.0.1"
_QUIET_SECONDS = 0.4
_SETTLE_SECONDS = 15.0
_LOOK_EVERY_SECONDS = 0.05
_HTTP_TIMEOUT_SECONDS = 5


def patience(condition: Callable[[], bool], seconds: float) -> bool:
    """Wait in real time until the condition holds; whether it came to that."""
    until = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > until:
            return False
        time.sleep(_LOOK_EVERY_SECONDS)
    return True


class LiveWorldFactory:
    """Opens live worlds: one simulator process for all, a gateway and a worker process for each."""

    name = "live"

    def __init__(self, *, ports: tuple[int, int] | None = None, worker: bool = True) -> None:
        self._ports = ports
        self._worker = worker
        self._template = DatabaseTemplate()

    def open(self, setting: Setting) -> LiveWorld:
        """A fresh world on free ports (or the given ones: gateway, simulator)."""
        world = LiveWorld(setting, self._template, ports=self._ports, worker=self._worker)
        try:
            world.start()
        except BaseException:
            world.close()
            raise
        return world

    def close(self) -> None:
        """Remove the database that worlds are copied from."""
        self._template.close()


@contextmanager
def live_stack(
    *, seed: int = 0, now: datetime | None = None, webhooks: bool = True, worker: bool = True
) -> Iterator[LiveWorld]:
    """A running stack for load and browser tests; gone, with all its processes, at the end."""
    factory = LiveWorldFactory(worker=worker)
    try:
        world = factory.open(Setting(seed, now or datetime.now(UTC), webhooks))
        try:
            yield world
        finally:
            world.close()
    finally:
        factory.close()


class LiveWorld:
    """Three programs and the clock they share."""

    name = "live"
    retell_api_key = seeding.RETELL_API_KEY

    def __init__(
        self,
        setting: Setting,
        template: DatabaseTemplate,
        *,
        ports: tuple[int, int] | None = None,
        worker: bool = True,
    ) -> None:
        self.tenants = seeding.tenants()
        self.offers = seeding.offers()
        self.open_hours = seeding.open_hours()
        self.deaths = 0
        self._setting = setting
        self._with_worker = worker
        self.folder = Path(tempfile.mkdtemp(prefix="askpro-live-"))
        self._database = template.copy_to(self.folder)
        self._theirs = set_up(self._database, setting)
        self._clock = FileSteeredClock(self.folder / "clock")
        self._gateway_port, self._simulator_port = ports or (free_port(), free_port())
        self.gateway_url = f"http://{_HOST}:{self._gateway_port}"
        self.simulator_url = f"http://{_HOST}:{self._simulator_port}"
        self._programs: dict[str, Program] = {}
        self._local = threading.local()
        self._records: list[tuple[Recorded, Lane, Lane]] = []
        self._numbers = iter(range(1, 1_000_000_000))
        self._journal_ids = {each.account: 0 for each in self.tenants}
        self._start = setting.now

    def start(self) -> None:
        """Start simulator, gateway and worker, and wait until each answers."""
        self._run_gateway()  # together: starting is mostly importing
        self._run_simulator()
        client = self.simulator(self.tenants[0].account)
        webhook_url = f"{self.gateway_url}/api/webhooks/calcom" if self._setting.webhooks else None
        seeding.put_states(client, webhook_url, more=self._theirs)
        settings = seeding.retell_settings(self.gateway_url)
        self.session(None).put(f"{self.simulator_url}/__admin/retell", json=settings).raise_for_status()
        self._wait_for_gateway()
        self.jump(self._setting.now)

    def _run_simulator(self) -> None:
        arguments = ["--port", str(self._simulator_port), "--seed", str(self._setting.seed)]
        program = self._run("simulator", "simulator", arguments, {})
        program.wait_until(lambda: '"url"' in program.log.read_text(errors="replace"))

    def start_gateway(self) -> None:
        """Start the gateway, and its worker, on the database as it is."""
        self._run_gateway()
        self._wait_for_gateway()

    def _run_gateway(self) -> None:
        environ = self._environ()
        self._run("gateway", "harness.worlds.gateway", ["--port", str(self._gateway_port)], environ)
        if self._with_worker:
            self._run("worker", "harness.worlds.worker", [], environ)

    def _wait_for_gateway(self) -> None:
        self._programs["gateway"].wait_until(self._is_healthy)
        if self._with_worker:
            worker = self._programs["worker"]
            worker.wait_until(lambda: "started" in worker.log.read_text(errors="replace"))

    def _run(self, name: str, module: str, arguments: list[str], environ: dict[str, str]) -> Program:
        log = self.folder / f"{name}.log"
        program = Program.start(
            name=name, module=module, arguments=arguments, environ=environ, log=log, patience=patience
        )
        self._programs[name] = program
        return program

    def _environ(self) -> dict[str, str]:
        return {
            "ASKPRO_ENV": "test",
            "ASKPRO_DATABASE_URL": f"sqlite:///{self._database}",
            "ASKPRO_CALCOM_BASE_URL": self.simulator_url,
            "ASKPRO_RETELL_API_KEYS": self.retell_api_key,
            CLOCK_FILE: str(self.folder / "clock"),
            SIMULATOR_URL: self.simulator_url,
        }

    def _is_healthy(self) -> bool:
        try:
            return requests.get(f"{self.gateway_url}/health", timeout=_HTTP_TIMEOUT_SECONDS).ok
        except requests.RequestException:
            return False

    def session(self, source: Lane | None) -> requests.Session:
        """A session of this thread for one party; None is not recorded."""
        sessions: dict[Lane | None, requests.Session] = self._local.__dict__.setdefault("sessions", {})
        if source not in sessions:
            session = requests.Session()
            session.trust_env = False
            if source is not None:
                session.mount("http://", self._adapter(source))
            sessions[source] = session
        return sessions[source]

    def _adapter(self, source: Lane) -> RecordingAdapter:
        target = Lane.AGENT if source is Lane.CALLER else Lane.GATEWAY
        keep = partial(self._keep, source, target)
        return RecordingAdapter(
            self._clock.now, time.perf_counter, self._start, partial(next, self._numbers), keep
        )

    def _keep(self, source: Lane, target: Lane, recorded: Recorded) -> None:
        self._records.append((recorded, source, target))

    def simulator(self, account: str) -> SimulatorClient:
        """Control of one account of the fake Cal.com."""
        return SimulatorClient(self.simulator_url, self.session(None), account)

    def now(self) -> datetime:
        """The instant of the shared clock."""
        return self._clock.now()

    def elapsed_seconds(self) -> float:
        """Seconds of the shared clock since the world was opened."""
        return (self.now() - self._start).total_seconds()

    def sleep(self, seconds: float) -> None:
        """Let so much of the shared clock's time pass, by moving it; side by side, once for all."""
        turnstile: Turnstile | None = self._local.__dict__.get("turnstile")
        if turnstile is not None:
            turnstile.wait(seconds)
        else:
            self.jump(self.now() + timedelta(seconds=seconds))

    def jump(self, now: datetime) -> None:
        """Move the clock of all processes."""
        self._clock.set(now)
        self.simulator(self.tenants[0].account).set_clock(now)

    def together(self, works: Sequence[tuple[str, Callable[[], None]]]) -> None:
        """Run works in threads side by side."""
        errors: list[Exception] = []
        turnstile = Turnstile(len(works), self.now, self.jump)

        def run(work: Callable[[], None]) -> None:
            self._local.turnstile = turnstile
            try:
                work()
            except Exception as error:  # noqa: BLE001 - raised below, where the step can report it
                errors.append(error)
            finally:
                turnstile.leave()

        threads = [threading.Thread(target=run, args=(work,), name=name) for name, work in works]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        if errors:
            raise errors[0]

    def settle(self) -> None:
        """Wait until neither book of the fake Cal.com changed for a moment."""
        seen = [self._state_of_books()]

        def is_quiet() -> bool:
            time.sleep(_QUIET_SECONDS)
            before, seen[0] = seen[0], self._state_of_books()
            return before == seen[0]

        patience(is_quiet, _SETTLE_SECONDS)

    def _state_of_books(self) -> list[Any]:
        return [
            (len(client.list_requests()), [(each["uid"], each["status"]) for each in client.list_bookings()])
            for client in (self.simulator(each.account) for each in self.tenants)
        ]

    def gateway_is_up(self) -> bool:
        """Whether the gateway lives and answers; one that died by itself counts as a death.

        A process that was just killed still reads as alive for a moment, so one that does not answer is watched
        until it is clear which it is.
        """
        program = self._programs.get("gateway")
        if program is None:
            return False
        patience(lambda: not program.is_alive() or self._is_healthy(), START_SECONDS)
        if program.is_alive():
            return True
        self.deaths += 1
        self._bury()
        return False

    def crash_gateway(self) -> None:
        """``kill -9`` for gateway and worker; WorldError if anything still answers."""
        if not self.gateway_is_up():
            raise WorldError("the gateway is dead already")
        self.deaths += 1
        self._programs["gateway"].kill()
        self._bury()

    def _bury(self) -> None:
        self._programs.pop("gateway").kill()
        if "worker" in self._programs:
            self._programs.pop("worker").kill()
        if not patience(lambda: not answers(self._gateway_port), START_SECONDS):
            raise WorldError(f"the gateway was killed, but port {self._gateway_port} still answers")

    def take_exchanges(self, *, final: bool = False) -> list[Exchange]:  # noqa: ARG002 - the journal has them all
        """What was asked since the last time: by us as recorded, by gateway and agent from their journals."""
        records, self._records = self._records, []
        ours = [from_recorded(recorded, source, target) for recorded, source, target in records]
        ours += [each for exchange in ours for each in agent_exchanges(exchange, self._start)]
        upstream = [from_journal(entry, self._start) for entry in self._new_entries()]
        return sorted([*with_waiting(ours, upstream), *upstream], key=lambda each: each.seconds)

    def _new_entries(self) -> list[dict[str, Any]]:
        found = []
        for account, last in self._journal_ids.items():
            entries = self.simulator(account).list_requests(after=last)
            self._journal_ids[account] = max([last, *(int(each["id"]) for each in entries)])
            found += entries
        return found

    def take_choices(self) -> list[Choice]:
        """None: the machine decides here."""
        return []

    def take_failures(self) -> list[str]:
        """Programs that died although nobody killed them."""
        return [
            f"{name} died; it wrote:\n{program.output()}"
            for name, program in self._programs.items()
            if name != "gateway" and not program.is_alive()
        ]

    def logs(self) -> dict[str, str]:
        """The last lines of each program, for whoever reports a failure."""
        return {name: program.output() for name, program in self._programs.items()}

    def close(self) -> None:
        """Stop all programs and remove the files."""
        for name in ("worker", "gateway", "simulator"):
            if name in self._programs:
                self._programs.pop(name).kill()
        shutil.rmtree(self.folder, ignore_errors=True)

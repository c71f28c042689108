"""The stack that people play with: gateway, fake Cal.com and worker on fixed ports, until somebody stops it."""

from __future__ import annotations

import os
import shutil
import signal
import tempfile
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import requests

from app.clock import SystemClock
from app.settings import Environment, Settings
from app.storage.database import Database
from app.storage.encryption import Vault
from app.storage.migrate import upgrade
from fixtures.seed import calcom_states, load_catalogue, load_people, read_catalogue
from harness.worlds import seeding
from harness.worlds.gateway import CLOCK_FILE, SIMULATOR_URL
from harness.worlds.live import patience
from harness.worlds.processes import Program, answers
from harness.worlds.world import WorldError
from simulator.client import SimulatorClient

_HOST = "127.0.0.1"
_DATABASE = Path("var") / "askpro.sqlite3"
_LOOK_SECONDS = 3600.0
_HTTP_TIMEOUT_SECONDS = 10


@dataclass(frozen=True, slots=True)
class Ports:
    """Where the gateway and the simulator listen."""

    gateway: int = 8000
    simulator: int = 8100


class DevelopmentStack:
    """Migrated, seeded with people, its clock at the machine's time and steerable."""

    def __init__(self, ports: Ports) -> None:
        self._ports = ports
        self.gateway_url = f"http://{_HOST}:{ports.gateway}"
        self.simulator_url = f"http://{_HOST}:{ports.simulator}"
        self.folder = Path(tempfile.mkdtemp(prefix="askpro-up-"))
        self._settings = _settings()
        self._programs: list[Program] = []

    def start(self) -> None:
        """Start all three; WorldError names the port that is taken, or shows what a program wrote."""
        for port in (self._ports.gateway, self._ports.simulator):
            if answers(port):
                raise WorldError(f"port {port} is taken: stop what listens there, or choose another one")
        bookings = self._seed()
        simulator = self._run("simulator", "simulator", ["--port", str(self._ports.simulator)], {})
        simulator.wait_until(lambda: answers(self._ports.simulator))
        self._fill_simulator(bookings)
        self._run("worker", "harness.worlds.worker", [], self._environ())
        gateway = self._run(
            "gateway", "harness.worlds.gateway", ["--port", str(self._ports.gateway)], self._environ()
        )
        gateway.wait_until(lambda: _is_ok(f"{self.gateway_url}/ready"))

    def wait(self) -> str:
        """Wait until a program dies; returns its name and what it wrote."""
        while not patience(lambda: any(not each.is_alive() for each in self._programs), _LOOK_SECONDS):
            pass
        dead = next(each for each in self._programs if not each.is_alive())
        return f"{dead.name} ended; it wrote:\n{dead.output()}"

    def stop(self) -> None:
        """Stop all programs; the database stays."""
        for program in reversed(self._programs):
            program.stop()
        shutil.rmtree(self.folder, ignore_errors=True)

    def _seed(self) -> dict[str, list[dict[str, Any]]]:
        database_url = self._settings.database_url
        upgrade(database_url)
        vault = Vault(self._settings.encryption_keys, self._settings.index_key)
        database = Database(database_url, vault, now=SystemClock().now)
        load_catalogue(database, self._settings)
        bookings = load_people(database, now=SystemClock().now())
        database.close()
        return bookings

    def _fill_simulator(self, bookings: dict[str, list[dict[str, Any]]]) -> None:
        with requests.Session() as http:
            http.trust_env = False
            client = SimulatorClient(self.simulator_url, http)
            webhook_url = f"{self.gateway_url}/api/webhooks/calcom"
            for key, state in calcom_states(webhook_url, bookings).items():
                client.for_account(key).put_state({**state, "latency": seeding.USUAL_LATENCY})
            settings = seeding.retell_settings(self.gateway_url)
            settings["api_key"] = self._settings.retell_api_keys[0]
            answer = http.put(
                f"{self.simulator_url}/__admin/retell", json=settings, timeout=_HTTP_TIMEOUT_SECONDS
            )
            if not answer.ok:
                raise WorldError(f"the simulator refused the numbers to call: {answer.text[:300]}")

    def _environ(self) -> dict[str, str]:
        given = {name: value for name, value in os.environ.items() if name.startswith("ASKPRO_")}
        return {
            **given,
            "ASKPRO_DATABASE_URL": self._settings.database_url,
            "ASKPRO_CALCOM_BASE_URL": self.simulator_url,
            CLOCK_FILE: str(self.folder / "clock"),
            SIMULATOR_URL: self.simulator_url,
        }

    def _run(self, name: str, module: str, arguments: list[str], environ: dict[str, str]) -> Program:
        program = Program.start(
            name=name,
            module=module,
            arguments=arguments,
            environ=environ,
            log=self.folder / f"{name}.log",
            patience=patience,
        )
        self._programs.append(program)
        return program


def numbers_to_call() -> list[tuple[str, str]]:
    """Each number of the seed with who answers it."""
    return [
        (branch.number, f"{company.name}, {branch.name}")
        for company in read_catalogue().companies
        for branch in company.branches
    ]


def run_until_stopped(stack: DevelopmentStack, started: Callable[[], None]) -> str:
    """Start the stack, tell so, and wait; returns why it ended. Ctrl-C or SIGTERM ends it without a word."""
    try:
        _stop_on_signals()
        stack.start()
        started()
        return stack.wait()
    except KeyboardInterrupt:
        return ""
    finally:
        stack.stop()


def _stop_on_signals() -> None:
    """Let SIGTERM end the programs too, and SIGINT where a shell started us in the background deaf to it."""

    def stop(_number: int, _frame: object) -> None:
        raise KeyboardInterrupt

    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, stop)


def _settings() -> Settings:
    environ = dict(os.environ)
    if "ASKPRO_DATABASE_URL" not in environ:
        file = Path.cwd() / _DATABASE
        file.parent.mkdir(parents=True, exist_ok=True)
        environ["ASKPRO_DATABASE_URL"] = f"sqlite:///{file}"
    settings = Settings.from_env(environ)
    if settings.environment is Environment.PRODUCTION:
        raise WorldError("ASKPRO_ENV is production: askpro up brings test routes and is for development only")
    return settings


def _is_ok(url: str) -> bool:
    try:
        return requests.get(url, timeout=_HTTP_TIMEOUT_SECONDS).ok
    except requests.RequestException:
        return False

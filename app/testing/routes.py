"""Routes under /test/api: the ledger, the clock, the worker and our own faults."""

from __future__ import annotations

from datetime import datetime
from typing import Protocol

from flask import Blueprint, Response, jsonify, request

from app.settings import Environment, SettingsError
from app.testing.faults import GatewayFaults, NoSuchFault
from app.testing.ledger import read_ledger
from app.web.errors import problem
from app.wiring import Gateway


class SteerableClock(Protocol):
    """A clock that can be told what time it is."""

    def now(self) -> datetime:
        """Return the instant it shows."""

    def set(self, now: datetime) -> None:
        """Jump to an instant."""


def mount_test_api(gateway: Gateway, *, clock: SteerableClock, faults: GatewayFaults) -> None:
    """Add the test API to a gateway that serves a test world; a production gateway refuses it."""
    if gateway.settings.environment is Environment.PRODUCTION:
        raise SettingsError("ASKPRO_ENV: production has no test API")
    gateway.web.register_blueprint(_create_blueprint(gateway, clock, faults))


def _create_blueprint(gateway: Gateway, clock: SteerableClock, faults: GatewayFaults) -> Blueprint:
    blueprint = Blueprint("test_api", __name__, url_prefix="/test/api")

    @blueprint.get("/ledger")
    def ledger() -> Response:
        """Return our side of the books."""
        log = gateway.log_tail.records if gateway.log_tail is not None else ()
        reason = "a test world compares every company's books"
        with gateway.database.sweep(reason, "read_ledger", read_only=True) as session:
            return jsonify(read_ledger(session, gateway.parts.vault, list(log)))

    @blueprint.get("/clock")
    def show_clock() -> Response:
        """Return what time it is here."""
        return jsonify({"now": _wire(clock.now())})

    @blueprint.put("/clock")
    def set_clock() -> tuple[Response, int]:
        """Jump to an instant."""
        body = request.get_json(silent=True)
        text = body.get("now") if isinstance(body, dict) else None
        try:
            instant = datetime.fromisoformat(text) if isinstance(text, str) else None
        except ValueError:
            instant = None
        if instant is None or instant.tzinfo is None:
            return problem(
                "invalid_clock", "now: an ISO instant with offset, such as 2025-10-13T08:00:00Z", 400
            )
        clock.set(instant)
        return jsonify({"now": _wire(clock.now())}), 200

    @blueprint.post("/run-worker")
    def run_worker() -> Response:
        """Let the worker do one batch of everything."""
        return jsonify({"done": gateway.run_worker()})

    @blueprint.post("/reconcile")
    def reconcile() -> Response:
        """Compare every company with Cal.com."""
        summaries = gateway.reconcile()
        return jsonify({"findings": sum(len(summary.differences) for summary in summaries)})

    _add_fault_routes(blueprint, faults)
    return blueprint


def _add_fault_routes(blueprint: Blueprint, faults: GatewayFaults) -> None:
    @blueprint.get("/faults")
    def list_faults() -> Response:
        """Return what is set and what fired."""
        return jsonify(faults.describe())

    @blueprint.post("/faults")
    def arm() -> tuple[Response, int]:
        """Set a fault at one of our own transactions."""
        body = request.get_json(silent=True)
        if not isinstance(body, dict):
            return problem("invalid_fault", "the body must be an object with at, effect and times", 400)
        try:
            faults.arm(body.get("at", ""), body.get("effect", ""), body.get("times", 1))
        except NoSuchFault as error:
            return problem("invalid_fault", str(error), 400)
        return jsonify(faults.describe()), 201

    @blueprint.delete("/faults")
    def clear() -> Response:
        """Forget every fault that is set."""
        faults.clear()
        return jsonify(faults.describe())


def _wire(instant: datetime) -> str:
    return instant.isoformat().replace("+00:00", "Z")

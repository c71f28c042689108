"""Webhooks out: signed bodies, sent inside the request as upstream does, or worse if the policy says so."""

from __future__ import annotations

import hashlib
import hmac
import json
import random
import threading
import uuid
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Any

import requests

from simulator.calcom.times import milliseconds
from simulator.calcom.webhook_bodies import webhook_body
from simulator.calcom.world import Booking, Webhook, World
from simulator.control.clock import Clock
from simulator.control.errors import ControlError, bad_value, unknown_key

SIGNATURE_HEADER = "X-Cal-Signature-256"
NO_SECRET = "no-secret-provided"  # noqa: S105 (upstream's literal for a missing secret)
_KEPT = 5_000
_TIMEOUT_SECONDS = 60.0
_LATE_SECONDS = 30.0


class DeliveryMode(StrEnum):
    """How webhooks go out."""

    NORMAL = "normal"
    TWICE = "twice"
    LATE = "late"
    DROPPED = "dropped"
    WRONGLY_SIGNED = "wrongly_signed"


@dataclass(frozen=True, slots=True)
class DeliveryPolicy:
    """The mode, how late is late (seconds), and which triggers it is for (none named: all)."""

    mode: DeliveryMode = DeliveryMode.NORMAL
    delay: float = _LATE_SECONDS
    triggers: tuple[str, ...] = ()

    def mode_for(self, trigger: str) -> DeliveryMode:
        """The mode of one trigger."""
        return self.mode if not self.triggers or trigger in self.triggers else DeliveryMode.NORMAL


@dataclass(frozen=True, slots=True)
class Delivery:
    """One sending of one webhook; ``status`` is pending, delivered, failed or dropped."""

    id: str
    webhook_id: str
    trigger: str
    booking_uid: str
    url: str
    body: bytes
    signature: str
    created_at: str
    status: str = "pending"
    response_status: int | None = None
    error: str | None = None
    sent_at: str | None = None
    repeats: str | None = None

    def to_json(self) -> dict[str, Any]:
        """The delivery as the control routes answer it."""
        return {
            "id": self.id,
            "webhook_id": self.webhook_id,
            "trigger": self.trigger,
            "booking_uid": self.booking_uid,
            "url": self.url,
            "body": self.body.decode(),
            "signature": self.signature,
            "created_at": self.created_at,
            "status": self.status,
            "response_status": self.response_status,
            "error": self.error,
            "sent_at": self.sent_at,
            "repeats": self.repeats,
        }


class Deliveries:
    """The webhooks of one account, newest last."""

    def __init__(self, clock: Clock, http: Callable[[], requests.Session], rng: random.Random) -> None:
        self._clock = clock
        self._http = http
        self._rng = rng
        self._lock = threading.Lock()
        self._kept: deque[str] = deque()
        self._by_id: dict[str, Delivery] = {}
        self.policy = DeliveryPolicy()

    def announce(
        self, world: World, events: list[tuple[str, Booking, Booking | None]], *, wait: bool
    ) -> list[Delivery]:
        """Send all events to who subscribed; ``wait`` sends before it returns, as upstream does."""
        jobs = [
            (delivery, mode)
            for trigger, booking, before in events
            for webhook in list(world.webhooks.values())
            if webhook.active and trigger in webhook.triggers
            for delivery, mode in self._prepare(world, webhook, trigger, booking, before)
        ]
        for delivery, mode in jobs:
            if mode is DeliveryMode.LATE:
                self._clock.spawn(self._later(delivery, self.policy.delay), name=f"webhook-{delivery.id[:8]}")
            elif wait:
                self._send(delivery)
            else:
                self._clock.spawn(self._later(delivery, 0.0), name=f"webhook-{delivery.id[:8]}")
        return [self._by_id.get(delivery.id, delivery) for delivery, _ in jobs]

    def redeliver(self, delivery_id: str) -> Delivery:
        """Send one again, byte for byte, and return the new delivery; 404 for an unknown id."""
        earlier = self._by_id.get(delivery_id)
        if earlier is None:
            raise ControlError(404, "unknown_delivery", f"there is no delivery '{delivery_id}'")
        again = replace(
            earlier,
            id=self._new_id(),
            created_at=milliseconds(self._clock.now()),
            status="pending",
            response_status=None,
            error=None,
            sent_at=None,
            repeats=delivery_id,
        )
        self._keep(again)
        return self._send(again)

    def list_deliveries(self) -> list[Delivery]:
        """All that is kept, oldest first."""
        with self._lock:
            return [self._by_id[delivery_id] for delivery_id in self._kept]

    def set_policy(self, raw: object) -> DeliveryPolicy:
        """How webhooks go out from now on; 400 names a wrong key or mode."""
        if not isinstance(raw, dict):
            raise bad_value("policy", "must be an object")
        for key in raw:
            if key not in ("mode", "delay", "triggers"):
                raise unknown_key("key of a delivery policy", str(key), ("mode", "delay", "triggers"))
        mode = raw.get("mode", "normal")
        if mode not in tuple(DeliveryMode):
            raise unknown_key("delivery mode", str(mode), [str(known) for known in DeliveryMode])
        self.policy = DeliveryPolicy(
            DeliveryMode(mode), float(raw.get("delay", _LATE_SECONDS)), tuple(raw.get("triggers") or ())
        )
        return self.policy

    def clear(self) -> None:
        """Forget all deliveries and the policy; what was to be sent late is not sent any more."""
        with self._lock:
            self._kept.clear()
            self._by_id.clear()
        self.policy = DeliveryPolicy()

    def _prepare(
        self, world: World, webhook: Webhook, trigger: str, booking: Booking, before: Booking | None
    ) -> list[tuple[Delivery, DeliveryMode]]:
        now = self._clock.now()
        body = json.dumps(webhook_body(world, trigger, booking, before, now), separators=(",", ":")).encode()
        mode = self.policy.mode_for(trigger)
        delivery = Delivery(
            id=self._new_id(),
            webhook_id=webhook.id,
            trigger=trigger,
            booking_uid=booking.uid,
            url=webhook.subscriber_url,
            body=body,
            signature=sign(body, webhook.secret, wrongly=mode is DeliveryMode.WRONGLY_SIGNED),
            created_at=milliseconds(now),
        )
        if mode is DeliveryMode.DROPPED:
            self._keep(replace(delivery, status="dropped"))
            return []
        both = [delivery]
        if mode is DeliveryMode.TWICE:
            both.append(replace(delivery, id=self._new_id(), repeats=delivery.id))
        for one in both:
            self._keep(one)
        return [(one, mode) for one in both]

    def _later(self, delivery: Delivery, seconds: float) -> Callable[[], None]:
        def work() -> None:
            if seconds:
                self._clock.sleep(seconds)
            if delivery.id in self._by_id:
                self._send(delivery)

        return work

    def _send(self, delivery: Delivery) -> Delivery:
        """One attempt; a failure is noted and nothing more, for upstream does not try again."""
        headers = {"Content-Type": "application/json", SIGNATURE_HEADER: delivery.signature}
        try:
            with self._http() as session:
                response = session.post(
                    delivery.url,
                    data=delivery.body,
                    headers=headers,
                    timeout=_TIMEOUT_SECONDS,
                    allow_redirects=False,
                )
            sent = replace(
                delivery,
                status="delivered" if response.ok else "failed",
                response_status=response.status_code,
                sent_at=milliseconds(self._clock.now()),
            )
        except requests.RequestException as error:
            sent = replace(
                delivery,
                status="failed",
                error=type(error).__name__,
                sent_at=milliseconds(self._clock.now()),
            )
        with self._lock:
            if delivery.id in self._by_id:
                self._by_id[delivery.id] = sent
        return sent

    def _keep(self, delivery: Delivery) -> None:
        with self._lock:
            self._kept.append(delivery.id)
            self._by_id[delivery.id] = delivery
            while len(self._kept) > _KEPT:
                self._by_id.pop(self._kept.popleft(), None)

    def _new_id(self) -> str:
        return str(uuid.UUID(int=self._rng.getrandbits(128), version=4))


def sign(body: bytes, secret: str | None, *, wrongly: bool = False) -> str:
    """Hex HMAC-SHA256 over the raw body, upstream's literal without a secret, or another key's."""
    if secret is None and not wrongly:
        return NO_SECRET
    key = f"not-{secret}" if wrongly else str(secret)
    return hmac.new(key.encode(), body, hashlib.sha256).hexdigest()

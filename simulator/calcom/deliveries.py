"""Webhooks out: signed bodies, sent inside the request as upstream does, or worse if the policy says so."""

from __future__ import annotations

import hashlib
import hmac
import random
import threading
import uuid
from collections import deque
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from simulator.calcom.delivery_policy import DeliveryMode, DeliveryPolicy, parse_policy, retry_delay
from simulator.calcom.meetings import MeetingJob
from simulator.calcom.times import milliseconds
from simulator.calcom.webhook_bodies import TRIGGERS, webhook_body
from simulator.calcom.webhook_template import JSON_TYPE, encode_body
from simulator.calcom.world import Booking, Webhook, World
from simulator.control.clock import Clock
from simulator.control.clock import Event as Flag
from simulator.control.errors import ControlError

if TYPE_CHECKING:
    import requests

SIGNATURE_HEADER = "X-Cal-Signature-256"
VERSION_HEADER = "X-Cal-Webhook-Version"
NO_SECRET = "no-secret-provided"  # noqa: S105 (upstream's literal for a missing secret)
_KEPT = 5_000
_TIMEOUT_SECONDS = 60.0


@dataclass(frozen=True, slots=True)
class Delivery:
    """One sending of one webhook; ``status`` is pending, delivered, failed or dropped.

    ``repeats`` names the delivery that this one sends again; ``due_at`` is when a pending one goes out.
    """

    id: str
    webhook_id: str
    trigger: str
    booking_uid: str | None
    url: str
    body: bytes
    signature: str
    created_at: str
    content_type: str = JSON_TYPE
    policy: str = DeliveryMode.NORMAL.value
    attempt: int = 1
    status: str = "pending"
    response_status: int | None = None
    error: str | None = None
    due_at: str | None = None
    sent_at: str | None = None
    duration_ms: float | None = None
    repeats: str | None = None

    def to_json(self) -> dict[str, Any]:
        """The delivery as the control routes answer it."""
        return {
            "id": self.id,
            "webhook_id": self.webhook_id,
            "trigger": self.trigger,
            "booking_uid": self.booking_uid,
            "url": self.url,
            "body": self.body.decode("utf-8", "replace"),
            "content_type": self.content_type,
            "signature": self.signature,
            "created_at": self.created_at,
            "policy": self.policy,
            "attempt": self.attempt,
            "status": self.status,
            "response_status": self.response_status,
            "error": self.error,
            "due_at": self.due_at,
            "sent_at": self.sent_at,
            "duration_ms": self.duration_ms,
            "repeats": self.repeats,
        }


@dataclass(frozen=True, slots=True)
class Event:
    """Something to tell: its trigger, the booking it is about, and the booking as it was before."""

    trigger: str
    booking: Booking | None = None
    before: Booking | None = None
    payload: Mapping[str, Any] | None = None
    body: Mapping[str, Any] | None = None


class Deliveries:
    """The webhooks of one account, newest last."""

    def __init__(self, clock: Clock, http: Callable[[], requests.Session], rng: random.Random) -> None:
        self._clock = clock
        self._http = http
        self._rng = rng
        self._lock = threading.Lock()
        self._kept: deque[str] = deque()
        self._by_id: dict[str, Delivery] = {}
        self._held: dict[str, str] = {}  # webhook to the delivery that waits for a later one to overtake it
        self._dropped = 0
        self._meetings = MeetingJob(clock, self._tell_of_meeting)
        self.policy = DeliveryPolicy()

    def announce(
        self, world: World, events: list[tuple[str, Booking, Booking | None]], *, wait: bool
    ) -> list[Delivery]:
        """Send all events to who subscribed; ``wait`` sends before it returns, as upstream does."""
        sent = [one for event in events for one in self.tell(world, Event(*event), wait=wait)]
        self.watch(world)
        return sent

    def tell(self, world: World, event: Event, *, wait: bool) -> list[Delivery]:
        """Send one event to who subscribed; returns its deliveries as they are by now."""
        jobs = [
            delivery
            for webhook in list(world.webhooks.values())
            if _wants(webhook, event)
            for delivery in self._prepare(world, webhook, event)
        ]
        if wait:
            self._send_side_by_side(jobs)
        else:
            for delivery in jobs:
                self._dispatch(delivery, wait=False)
        return [self._by_id.get(delivery.id, delivery) for delivery in jobs]

    def watch(self, world: World) -> None:
        """See to it that meetings of this world are told of, if anybody subscribed to them."""
        self._meetings.watch(world)

    def redeliver(self, delivery_id: str) -> Delivery:
        """Send one again, byte for byte, and return the new delivery; 404 for an unknown id."""
        earlier = self._by_id.get(delivery_id)
        if earlier is None:
            raise ControlError(404, "unknown_delivery", f"there is no delivery '{delivery_id}'")
        return self._send(self._again(earlier, attempt=1))

    def list_deliveries(self) -> list[Delivery]:
        """All that is kept, oldest first."""
        with self._lock:
            return [self._by_id[delivery_id] for delivery_id in self._kept]

    @property
    def dropped(self) -> int:
        """How many deliveries fell out of the bounded list since the last clearing."""
        return self._dropped

    def set_policy(self, raw: object) -> DeliveryPolicy:
        """How webhooks go out from now on; 400 names a wrong key or mode. Who was held back goes out now."""
        self.policy = parse_policy(raw, TRIGGERS)
        with self._lock:
            held, self._held = list(self._held.values()), {}
        for delivery_id in held:
            self._release(delivery_id)
        return self.policy

    def clear(self) -> None:
        """Forget all deliveries and the policy; what was to be sent late is not sent any more."""
        self._meetings.stop()
        with self._lock:
            self._kept.clear()
            self._by_id.clear()
            self._held.clear()
            self._dropped = 0
        self.policy = DeliveryPolicy()

    def _prepare(self, world: World, webhook: Webhook, event: Event) -> list[Delivery]:
        """What is to go out; a dropped one is only written down."""
        now = self._clock.now()
        mode = self.policy.mode_for(event.trigger)
        told = event.body or webhook_body(
            world, event.trigger, event.booking, event.before, now, payload=event.payload
        )
        body, content_type = encode_body(told, getattr(webhook, "payload_template", None))
        delivery = Delivery(
            id=self._new_id(),
            webhook_id=webhook.id,
            trigger=event.trigger,
            booking_uid=event.booking.uid if event.booking else None,
            url=webhook.subscriber_url,
            body=body,
            signature=sign(body, webhook.secret, wrongly=mode is DeliveryMode.WRONGLY_SIGNED),
            created_at=milliseconds(now),
            content_type=content_type,
            policy=mode.value,
            due_at=_due_at(now, mode, self.policy.delay),
        )
        if mode is DeliveryMode.DROPPED:
            self._keep(replace(delivery, status="dropped"))
            return []
        both = [delivery]
        if mode is DeliveryMode.TWICE:
            both.append(replace(delivery, id=self._new_id(), repeats=delivery.id))
        for one in both:
            self._keep(one)
        return both

    def _send_side_by_side(self, jobs: list[Delivery]) -> None:
        """Each subscriber's own one after the other, the subscribers beside one another; until all are done."""
        own: dict[str, list[Delivery]] = {}
        for delivery in jobs:
            own.setdefault(delivery.webhook_id, []).append(delivery)
        first, *others = own.values() or [[]]
        waiting = [self._send_beside(deliveries) for deliveries in others]
        for delivery in first:
            self._dispatch(delivery, wait=True)
        for done in waiting:
            done.wait()

    def _send_beside(self, deliveries: list[Delivery]) -> Flag:
        done = self._clock.event()

        def work() -> None:
            try:
                for delivery in deliveries:
                    self._dispatch(delivery, wait=True)
            finally:
                done.set()

        self._spawn(work, deliveries[0])
        return done

    def _dispatch(self, delivery: Delivery, *, wait: bool) -> None:
        mode = DeliveryMode(delivery.policy)
        if mode is DeliveryMode.LATE:
            self._later(delivery, self.policy.delay)
        elif mode is DeliveryMode.OUT_OF_ORDER:
            self._overtake(delivery, wait=wait)
        elif wait:
            self._send(delivery)
        else:
            self._later(delivery, 0.0)

    def _overtake(self, delivery: Delivery, *, wait: bool) -> None:
        """Hold this one back until the next of its webhook went out, or until the policy's delay is over."""
        with self._lock:
            held = self._held.pop(delivery.webhook_id, None)
            if held is None:
                self._held[delivery.webhook_id] = delivery.id
        if held is None:
            self._spawn(lambda: self._release_after(delivery, self.policy.delay), delivery)
            return
        self._send(delivery) if wait else self._later(delivery, 0.0)
        self._release(held)

    def _release_after(self, delivery: Delivery, seconds: float) -> None:
        self._clock.sleep(seconds)
        with self._lock:
            waits = self._held.get(delivery.webhook_id) == delivery.id
            if waits:
                del self._held[delivery.webhook_id]
        if waits:
            self._release(delivery.id)

    def _release(self, delivery_id: str) -> None:
        delivery = self._by_id.get(delivery_id)
        if delivery is not None and delivery.status == "pending":
            self._send(delivery)

    def _later(self, delivery: Delivery, seconds: float) -> None:
        def work() -> None:
            if seconds:
                self._clock.sleep(seconds)
            if delivery.id in self._by_id:
                self._send(delivery)

        self._spawn(work, delivery)

    def _spawn(self, work: Callable[[], None], delivery: Delivery) -> None:
        self._clock.spawn(work, name=f"webhook-{delivery.id[:8]}")

    def _send(self, delivery: Delivery) -> Delivery:
        """One attempt; a failure is noted, and tried again only where the policy says so."""
        sent = self._post(delivery)
        with self._lock:
            if delivery.id in self._by_id:
                self._by_id[delivery.id] = sent
        retried = sent.policy == DeliveryMode.RETRIED.value and sent.status == "failed"
        if retried and sent.attempt < self.policy.attempts and delivery.id in self._by_id:
            seconds = retry_delay(sent.attempt)
            due_at = _due_at(self._clock.now(), DeliveryMode.LATE, seconds)
            self._later(self._again(sent, attempt=sent.attempt + 1, due_at=due_at), seconds)
        return sent

    def _post(self, delivery: Delivery) -> Delivery:
        headers = {
            "Content-Type": delivery.content_type,
            SIGNATURE_HEADER: delivery.signature,
            VERSION_HEADER: "2021-10-20",
        }
        began = self._clock.now()
        try:
            with self._http() as session:
                response = session.post(
                    delivery.url,
                    data=delivery.body,
                    headers=headers,
                    timeout=_TIMEOUT_SECONDS,
                    allow_redirects=False,
                )
            outcome: dict[str, Any] = {
                "status": "delivered" if response.ok else "failed",
                "response_status": response.status_code,
            }
        except OSError as error:  # those of requests are, too
            outcome = {"status": "failed", "error": type(error).__name__}
        now = self._clock.now()
        spent = round((now - began).total_seconds() * 1000, 3)
        return replace(delivery, **outcome, sent_at=milliseconds(now), duration_ms=spent)

    def _again(self, earlier: Delivery, *, attempt: int, due_at: str | None = None) -> Delivery:
        """The same bytes as a new delivery."""
        again = replace(
            earlier,
            id=self._new_id(),
            created_at=milliseconds(self._clock.now()),
            attempt=attempt,
            status="pending",
            response_status=None,
            error=None,
            due_at=due_at,
            sent_at=None,
            duration_ms=None,
            repeats=earlier.id,
        )
        self._keep(again)
        return again

    def _tell_of_meeting(self, world: World, trigger: str, booking: Booking) -> None:
        self.tell(world, Event(trigger, booking), wait=True)

    def _keep(self, delivery: Delivery) -> None:
        with self._lock:
            self._kept.append(delivery.id)
            self._by_id[delivery.id] = delivery
            while len(self._kept) > _KEPT:
                self._by_id.pop(self._kept.popleft(), None)
                self._dropped += 1

    def _new_id(self) -> str:
        return str(uuid.UUID(int=self._rng.getrandbits(128), version=4))


def sign(body: bytes, secret: str | None, *, wrongly: bool = False) -> str:
    """Hex HMAC-SHA256 over the raw body, upstream's literal without a secret, or another key's."""
    if secret is None and not wrongly:
        return NO_SECRET
    key = f"not-{secret}" if wrongly else str(secret)
    return hmac.new(key.encode(), body, hashlib.sha256).hexdigest()


def _wants(webhook: Webhook, event: Event) -> bool:
    if not webhook.active or event.trigger not in webhook.triggers:
        return False
    narrowed = getattr(webhook, "event_type_id", None)
    return narrowed is None or event.booking is None or event.booking.event_type_id == narrowed


def _due_at(now: datetime, mode: DeliveryMode, delay: float) -> str | None:
    """When a delivery that waits goes out at the latest."""
    waits = mode in (DeliveryMode.LATE, DeliveryMode.OUT_OF_ORDER)
    return milliseconds(now + timedelta(seconds=delay)) if waits else None

"""A rival who takes a slot: by a click, or as a fault just before or some time after somebody asked for it."""

from __future__ import annotations

import json
from datetime import datetime
from typing import Any

from simulator.calcom import rules
from simulator.calcom.accounts import Account
from simulator.calcom.errors import CalcomError
from simulator.calcom.exchange import Call
from simulator.calcom.times import parse_instant
from simulator.calcom.world import Booking, EventType, World
from simulator.control.clock import Clock
from simulator.control.errors import ControlError
from simulator.control.faults import Effect


def book_as_rival(account: Account, world: World, kind: EventType, start: datetime, now: datetime) -> Booking:
    """The rival's booking, told of as any; raises HttpException 409 when no host is free at it."""
    now = now.replace(microsecond=now.microsecond // 1000 * 1000)
    with world.lock:
        change = rules.decide_rival(world, kind.id, start, now)
        world.apply(change)
    wait = account.settings.webhook_delivery == "sync"
    account.deliveries.announce(world, list(change.events), wait=wait)
    return change.booking


def let_rival_in(clock: Clock, call: Call, effect: Effect) -> None:
    """The rival takes the asked slot now, or ``seconds`` later while the request goes on.

    ``start`` and ``event_type_id`` of the effect say which; else it is the one that the request asks for.
    A slot that is gone already leaves him without one.
    """
    wanted = _wanted(call, effect)
    if wanted is None:
        raise ControlError(
            501, "effect_impossible", "rival: the request names no slot, so the effect needs a 'start'"
        )
    kind, start = wanted
    seconds = effect.number("seconds", 0.0)

    def take() -> None:
        if seconds:
            clock.sleep(seconds)
        if call.account.world is call.world:
            try:
                book_as_rival(call.account, call.world, kind, start, clock.now())
            except CalcomError:
                return

    if seconds:
        clock.spawn(take, name="rival")
    else:
        take()
        call.arrived_version = (
            call.world.version
        )  # he came first: the request meets him, it does not race him


def _wanted(call: Call, effect: Effect) -> tuple[EventType, datetime] | None:
    body = _body(call)
    text = effect.options.get("start") or body.get("start") or body.get("slotStart")
    given = (
        effect.options.get("event_type_id") or body.get("eventTypeId") or call.asked.query.get("eventTypeId")
    )
    booking = call.world.bookings.get(call.params.get("uid", ""))
    kind_id = booking.event_type_id if given is None and booking else given
    kind = call.world.event_types.get(int(str(kind_id))) if str(kind_id).isdecimal() else None
    if kind is None and len(call.world.event_types) == 1:
        kind = next(iter(call.world.event_types.values()))
    try:
        return (kind, parse_instant(str(text))) if kind is not None and text else None
    except ValueError:
        return None


def _body(call: Call) -> dict[str, Any]:
    try:
        body = json.loads(call.asked.body or b"{}")
    except ValueError:
        return {}
    return body if isinstance(body, dict) else {}

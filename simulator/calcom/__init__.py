"""A stateful fake of Cal.com's API v2: every API key is an account with a world of its own."""

from __future__ import annotations

from simulator.calcom import (
    routes_bookings,
    routes_event_types,
    routes_me,
    routes_reservations,
    routes_schedules,
    routes_slots,
    routes_webhooks,
)
from simulator.calcom.exchange import Operation

OPERATIONS: tuple[Operation, ...] = (
    *routes_slots.OPERATIONS,
    *routes_reservations.OPERATIONS,
    *routes_bookings.OPERATIONS,
    *routes_event_types.OPERATIONS,
    *routes_me.OPERATIONS,
    *routes_schedules.OPERATIONS,
    *routes_webhooks.OPERATIONS,
)
OPERATION_NAMES: tuple[str, ...] = tuple(operation.name for operation in OPERATIONS)

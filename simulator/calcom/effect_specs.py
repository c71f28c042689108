"""The fault effects of the fake Cal.com: names, options, and the operations that can show them."""

from __future__ import annotations

from collections.abc import Mapping

from simulator.control.faults import EffectSpec

_NEW = frozenset({"create_booking", "reschedule_booking"})
_ONE = _NEW | {"get_booking", "cancel_booking", "confirm_booking", "decline_booking", "mark_absent"}
_BOOKINGS = _ONE | {"list_bookings"}
_WRITES = (_ONE - {"get_booking"}) | {
    f"{verb}_{thing}"
    for verb in ("create", "update", "delete")
    for thing in ("event_type", "schedule", "webhook", "event_type_webhook")
}
_WRITES |= {"reserve_slot", "move_reservation", "delete_reservation", "update_me"}
_SLOTS = frozenset({"list_slots"})
_RACED = _NEW | {"reserve_slot", "list_slots"}

EFFECTS: Mapping[str, EffectSpec] = {
    spec.name: spec
    for spec in (
        EffectSpec("status", "code", ("code", "body", "headers")),
        EffectSpec("hang", "seconds", ("seconds",)),
        EffectSpec("reset"),
        EffectSpec("truncate", "fraction", ("fraction",), needs_answer=True),
        EffectSpec("malformed", needs_answer=True),
        EffectSpec("html", "code", ("code",)),
        EffectSpec("rate_limit", "seconds", ("seconds",)),
        EffectSpec("thin", None, (), _BOOKINGS, needs_answer=True),
        EffectSpec("missing_created_at", None, (), _BOOKINGS, needs_answer=True),
        EffectSpec("stale_booking", "age", ("age", "metadata"), _ONE, needs_answer=True),
        EffectSpec("foreign_booking", None, (), _ONE, needs_answer=True),
        EffectSpec("known_uid", None, (), _ONE, needs_answer=True),
        EffectSpec("moved_start", "minutes", ("minutes",), _NEW, needs_answer=True),
        EffectSpec("stale_slots", "since", ("since",), _SLOTS, needs_answer=True),
        EffectSpec("empty_slots", None, (), _SLOTS, needs_answer=True),
        EffectSpec("outside_slots", "days", ("days",), _SLOTS, needs_answer=True),
        EffectSpec("lost_write", None, (), _WRITES, needs_answer=True),
        EffectSpec("rival", "seconds", ("seconds", "start", "event_type_id"), _RACED, needs_answer=True),
    )
}

# They tell nothing of the operation, so it need not have run.
REPLACING = frozenset({"status", "html", "rate_limit", "hang", "reset"})
# They answer a good booking whether or not the asked one could be made.
PRETENDING = frozenset({"stale_booking", "foreign_booking", "known_uid"})
# They need a server that lets the application cut the connection.
CUTTING = frozenset({"reset", "truncate"})

"""The fault effects of the fake Cal.com: names, options, and the operations that can show them."""

from __future__ import annotations

from collections.abc import Mapping

from simulator.control.faults import EffectSpec

_CREATES = frozenset({"create_booking", "reschedule_booking"})
_BOOKINGS = _CREATES | {"get_booking", "list_bookings", "cancel_booking"}

EFFECTS: Mapping[str, EffectSpec] = {
    spec.name: spec
    for spec in (
        EffectSpec("status", "code", ("code", "body", "headers")),
        EffectSpec("hang", "seconds", ("seconds",)),
        EffectSpec("reset"),
        EffectSpec("truncate", "fraction", ("fraction",)),
        EffectSpec("malformed"),
        EffectSpec("html", "code", ("code",)),
        EffectSpec("rate_limit", "seconds", ("seconds",)),
        EffectSpec("thin", None, (), _BOOKINGS),
        EffectSpec("missing_created_at", None, (), _BOOKINGS),
        EffectSpec("stale_booking", "age", ("age", "metadata"), _CREATES),
        EffectSpec("foreign_booking", None, (), _CREATES),
        EffectSpec("known_uid", None, (), _CREATES),
        EffectSpec("moved_start", "minutes", ("minutes",), _CREATES),
        EffectSpec("stale_slots", "since", ("since",), frozenset({"list_slots"})),
    )
}

# They tell nothing of the operation, so it need not have run.
REPLACING = frozenset({"status", "html", "rate_limit", "hang", "reset"})
# They answer a good booking whether or not the asked one could be made.
PRETENDING = frozenset({"stale_booking", "foreign_booking", "known_uid"})

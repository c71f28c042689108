"""Whole traps, each named after what went wrong once; one call sets all of it.

A preset may hold fault rules, the way webhooks go out, and a rival; it changes nothing that was booked.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from simulator.calcom.accounts import Account
from simulator.control.errors import ControlError, bad_value, unknown_key

OPTIONS = ("start", "event_type_id", "times")


@dataclass(frozen=True, slots=True)
class Preset:
    """A trap: the incident it replays, its German title, what it does, and what it sets."""

    name: str
    incident: str
    title: str
    says: str
    rules: tuple[Mapping[str, Any], ...] = ()
    policy: Mapping[str, Any] | None = None

    def to_json(self) -> dict[str, Any]:
        """The preset as the control routes answer it."""
        return {
            "name": self.name,
            "incident": self.incident,
            "title": self.title,
            "says": self.says,
            "rules": [dict(rule) for rule in self.rules],
            "policy": dict(self.policy) if self.policy else None,
        }


def _create(when: str, effect: object, **more: Any) -> dict[str, Any]:
    return {"on": "create_booking", "when": when, "effect": effect, **more}


_BUSY = "User either already has booking at this time or is not available"
_TOO_SOON = (
    "The event type can't be booked at the \"start\" time provided. This could be because it's too soon "
    "(violating the minimum booking notice) or too far in the future (outside the event's scheduling window)."
)


def _refusal(message: str) -> dict[str, Any]:
    details = {"message": message, "error": "Bad Request", "statusCode": 400}
    error = {"code": "BadRequestException", "message": message, "details": details}
    return {"status": {"code": 400, "body": {"status": "error", "error": error}}}


PRESETS = (
    Preset(
        "stale-booking",
        "1.1",
        "Alte Buchung",
        "The next booking is answered with one that is 35 minutes old; nothing is written.",
        (_create("before", {"stale_booking": {"age": 2100}}),),
    ),
    Preset(
        "foreign-booking",
        "1.1",
        "Fremde Buchung",
        "The next booking is answered with a fresh one of another call; nothing is written.",
        (_create("before", "foreign_booking"),),
    ),
    Preset(
        "lost-slot",
        "1.3",
        "Slot verloren",
        "A rival takes the slot between check and booking; with 'start', eight seconds after the check.",
        (_create("before", "rival"),),
    ),
    Preset(
        "five-callers",
        "1.4",
        "Fünf Anrufer",
        "Bookings take half a second to two seconds, so that callers overlap.",
        (_create("before", {"latency": {"uniform": [0.5, 2.0]}}, times=50),),
    ),
    Preset(
        "slow-upstream",
        "1.7",
        "Alles langsam",
        "Each answer takes about a second, one in a hundred four.",
        (
            {
                "on": "*",
                "effect": {"latency": {"percentiles": {"p50": 0.94, "p95": 1.9, "p99": 4.0}}},
                "times": None,
            },
        ),
    ),
    Preset(
        "too-soon",
        "1.11",
        "Zu kurzfristig",
        "A slot is listed, and refused when it is booked.",
        (_create("before", _refusal(_TOO_SOON)),),
    ),
    Preset(
        "unknown-event-type",
        "1.15",
        "Fremder Event-Typ",
        "The slots of an event type that is not in the team: 404, as by a wrong setting.",
        ({"on": "list_slots", "effect": {"status": 404}, "times": None},),
    ),
    Preset(
        "stale-slots",
        "1.16",
        "Alte Slotliste",
        "The next three slot lists are two minutes old.",
        ({"on": "list_slots", "effect": {"stale_slots": 120}, "times": 3},),
    ),
    Preset(
        "error-but-booked",
        "1.19",
        "Doch gebucht",
        "The booking is written and answered with a refusal.",
        (_create("after", _refusal(_BUSY)),),
    ),
    Preset(
        "lost-reply",
        "1.19",
        "Antwort verloren",
        "The booking is written and the connection reset.",
        (_create("after", "reset"),),
    ),
    Preset(
        "late-commit",
        "1.19",
        "Später Commit",
        "The booking is written nine seconds later, when the client has gone.",
        (_create("late", {"latency": 9}),),
    ),
    Preset(
        "moved-start",
        "1.20",
        "Zeit verschoben",
        "The booking lands 55 minutes later than asked.",
        (_create("before", {"moved_start": {"minutes": 55}}),),
    ),
    Preset(
        "cancel-fails",
        "1.21",
        "Storno scheitert",
        "Cancelling fails, so a compensation can't be done.",
        ({"on": "cancel_booking", "effect": {"status": 500}, "times": None},),
    ),
    Preset(
        "move-fails",
        "1.22",
        "Umbuchung 500",
        "The next reschedule fails with a 500; nothing is written.",
        ({"on": "reschedule_booking", "effect": {"status": 500}},),
    ),
    Preset(
        "missing-title",
        "1.31",
        "Feld verlangt",
        "Bookings are refused for a field that nobody sends.",
        (_create("before", _refusal("responses - {title}error_required_field"), times=None),),
    ),
    Preset(
        "thin-reply",
        "1.32",
        "Dünne Antwort",
        "The booking is written and answered with id, uid and status only.",
        (_create("after", "thin"),),
    ),
    Preset(
        "webhook-twice",
        "1.38",
        "Webhook doppelt",
        "Each webhook is sent twice.",
        policy={"mode": "twice"},
    ),
    Preset(
        "webhook-disorder",
        "1.38",
        "Webhook verdreht",
        "Each second webhook overtakes the one before it.",
        policy={"mode": "out_of_order", "delay": 30},
    ),
    Preset(
        "outage",
        "1.39",
        "Ausfall 60 s, 500",
        "Everything answers 500 for a minute of the fake's time.",
        ({"on": "*", "effect": {"status": 500}, "window": {"for": 60}},),
    ),
    Preset(
        "flapping",
        "1.39",
        "500, 500, 200",
        "Each wish fails twice and then goes through.",
        ({"on": "create_booking", "sequence": [500, 500, 200]},),
    ),
    Preset(
        "rate-limit",
        "1.39",
        "Rate-Limit 60 s",
        "The next request is one too many; the reset is a minute away.",
        ({"on": "*", "effect": {"rate_limit": 60}},),
    ),
    Preset(
        "hang",
        "1.41",
        "Hänger 19 s",
        "The next booking hangs for 19 seconds and ends in a 504; nothing is written.",
        (_create("before", {"hang": 19}),),
    ),
)


def get_preset(name: str) -> Preset:
    """The preset of a name; 404 naming the nearest."""
    found = next((preset for preset in PRESETS if preset.name == name), None)
    if found is None:
        near = unknown_key("preset", name, [preset.name for preset in PRESETS])
        raise ControlError(404, "unknown_preset", near.message, near.details)
    return found


def set_preset(account: Account, name: str, options: Mapping[str, Any]) -> dict[str, Any]:
    """Set the whole trap; returns the preset with its new fault rules and the policy that is now in force."""
    preset = get_preset(name)
    rules = [_fitted(preset, rule, options) for rule in preset.rules]
    for rule in rules:
        account.faults.check(rule)
    if preset.policy is not None:
        account.deliveries.set_policy(dict(preset.policy))
    added = [account.faults.add(rule).to_json() for rule in rules]
    return {"preset": preset.to_json(), "faults": added, "policy": account.deliveries.policy.to_json()}


def lift_preset(account: Account, name: str) -> list[dict[str, Any]]:
    """Take the trap away again; returns the rules that are gone."""
    preset = get_preset(name)
    armed = [rule.id for rule in account.faults.list_rules() if rule.name == preset.name]
    gone = [rule.to_json() for rule_id in armed for rule in account.faults.clear(rule_id)]
    if preset.policy is not None and account.deliveries.policy.mode == preset.policy["mode"]:
        account.deliveries.set_policy({})
    return gone


def list_presets(account: Account) -> list[dict[str, Any]]:
    """All presets, each with the rules of it that are set now."""
    rules = account.faults.list_rules()
    mode = account.deliveries.policy.mode
    return [
        {
            **preset.to_json(),
            "faults": [rule.id for rule in rules if rule.name == preset.name],
            "armed": any(rule.name == preset.name for rule in rules)
            or (preset.policy is not None and preset.policy["mode"] == mode),
        }
        for preset in PRESETS
    ]


def _fitted(preset: Preset, rule: Mapping[str, Any], options: Mapping[str, Any]) -> dict[str, Any]:
    """The rule with the caller's start, event type and times in it."""
    for key in options:
        if key not in OPTIONS:
            raise unknown_key("option of a preset", str(key), OPTIONS)
    fitted = {**rule, "name": preset.name}
    start, kind = options.get("start"), options.get("event_type_id")
    if "times" in options:
        fitted["times"] = options["times"]
    if preset.name == "lost-slot" and start is not None:
        rival = {"seconds": 8, "start": start} | ({"event_type_id": kind} if kind is not None else {})
        return {**fitted, "on": "list_slots", "effect": {"rival": rival}}
    match = {name: value for name, value in (("start", start), ("event_type_id", kind)) if value is not None}
    if match and rule.get("on") != "create_booking":
        raise bad_value(
            "start", f"'{preset.name}' is not about one booking; leave start and event_type_id out"
        )
    return {**fitted, "match": match} if match else fitted

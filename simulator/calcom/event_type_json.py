"""The traits of an event type in the API's JSON and as values; the same form in state documents."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any

from simulator.calcom.bounds import RANGE
from simulator.calcom.world import BookingWindow, EventType, Recurrence, Seats

PERIODS = ("day", "week", "month", "year")
FREQUENCIES = ("weekly", "monthly", "yearly")
WINDOWS = ("businessDays", "calendarDays", "range")
_MINUTES = {"minutes": 1, "hours": 60, "days": 1440}
# Properties that are kept and given back, and change nothing else.
EXTRAS = (
    "customName",
    "successRedirectUrl",
    "forwardParamsSuccessRedirect",
    "bookerLayouts",
    "color",
    "destinationCalendar",
    "useDestinationCalendarEmail",
    "hideCalendarNotes",
    "hideCalendarEventDetails",
    "hideOrganizerEmail",
    "lockTimeZoneToggleOnBookingPage",
    "onlyShowFirstAvailableSlot",
    "offsetStart",
    "disableGuests",
    "calVideoSettings",
    "metadata",
)
TRAITS = (
    "seats",
    "recurrence",
    "bookingWindow",
    "bookingLimitsCount",
    "bookingLimitsDuration",
    "bookerActiveBookingsLimit",
    "confirmationPolicy",
    "locations",
    "bookingFields",
)


def traits_from_json(item: Mapping[str, Any]) -> dict[str, Any]:
    """The attributes of an event type that the given traits set; ``{"disabled": true}`` and null take one off.

    Raises KeyError, TypeError or ValueError for a trait that is not in its form.
    """
    values: dict[str, Any] = {}
    for name in TRAITS:
        if name in item:
            given = item[name]
            off = given is None or (isinstance(given, Mapping) and given.get("disabled") is True)
            values.update(_READERS[name](None if off else given))
    return values


def traits_to_json(kind: EventType) -> dict[str, Any]:
    """The traits that are on, in the form that ``traits_from_json`` takes back."""
    found: dict[str, Any] = {
        "seats": seats_to_json(kind.seats) if kind.seats else None,
        "recurrence": recurrence_to_json(kind.recurrence),
        "bookingWindow": window_to_json(kind.window) if kind.window else None,
        "bookingLimitsCount": dict(kind.count_limits) or None,
        "bookingLimitsDuration": dict(kind.duration_limits) or None,
        "bookerActiveBookingsLimit": _active_limit_to_json(kind),
        "confirmationPolicy": policy_to_json(kind),
        "locations": [dict(place) for place in kind.locations] or None,
        "bookingFields": [dict(field) for field in kind.booking_fields] or None,
    }
    return {name: trait for name, trait in found.items() if trait is not None}


def seats_to_json(seats: Seats) -> dict[str, Any]:
    """Places per slot, and what others see of them."""
    return {
        "seatsPerTimeSlot": seats.per_slot,
        "showAttendeeInfo": seats.show_attendees,
        "showAvailabilityCount": seats.show_availability,
    }


def recurrence_to_json(recurrence: Recurrence | None) -> dict[str, Any] | None:
    """How often, or null."""
    if recurrence is None:
        return None
    return {
        "interval": recurrence.interval,
        "occurrences": recurrence.occurrences,
        "frequency": recurrence.frequency,
    }


def window_to_json(window: BookingWindow) -> dict[str, Any]:
    """A booking window."""
    if window.kind == RANGE:
        edges = [day.isoformat() for day in (window.first, window.last) if day is not None]
        return {"type": RANGE, "value": edges}
    return {"type": window.kind, "value": window.days, "rolling": window.rolling}


def policy_to_json(kind: EventType) -> dict[str, Any] | None:
    """When a host has to confirm; None if never."""
    if not kind.requires_confirmation:
        return None
    policy: dict[str, Any] = {"type": "always", "blockUnconfirmedBookingsInBooker": kind.blocks_unconfirmed}
    if kind.confirmation_threshold_minutes is not None:
        policy["type"] = "time"
        policy["noticeThreshold"] = {"unit": "minutes", "count": kind.confirmation_threshold_minutes}
    return policy


def _active_limit_to_json(kind: EventType) -> dict[str, Any] | None:
    if kind.active_bookings_limit is None:
        return None
    return {"maximumActiveBookings": kind.active_bookings_limit, "offerReschedule": kind.offers_reschedule}


def _seats(given: Mapping[str, Any] | None) -> dict[str, Any]:
    if given is None:
        return {"seats": None}
    return {
        "seats": Seats(
            per_slot=_whole(given["seatsPerTimeSlot"]),
            show_attendees=bool(given.get("showAttendeeInfo", False)),
            show_availability=bool(given.get("showAvailabilityCount", True)),
        )
    }


def _recurrence(given: Mapping[str, Any] | None) -> dict[str, Any]:
    if given is None:
        return {"recurrence": None}
    if given["frequency"] not in FREQUENCIES:
        raise ValueError(f"frequency must be one of {', '.join(FREQUENCIES)}")
    return {
        "recurrence": Recurrence(
            interval=_whole(given["interval"]),
            occurrences=_whole(given["occurrences"]),
            frequency=given["frequency"],
        )
    }


def _window(given: Mapping[str, Any] | None) -> dict[str, Any]:
    if given is None:
        return {"window": None}
    kind, value = given["type"], given["value"]
    if kind not in WINDOWS:
        raise ValueError(f"type must be one of {', '.join(WINDOWS)}")
    if kind == RANGE:
        first, last = (date.fromisoformat(str(day)[:10]) for day in value)
        return {"window": BookingWindow(RANGE, first=first, last=last)}
    return {"window": BookingWindow(kind, days=_whole(value), rolling=bool(given.get("rolling", False)))}


def _count_limits(given: Mapping[str, Any] | None) -> dict[str, Any]:
    return {"count_limits": _per_period(given)}


def _duration_limits(given: Mapping[str, Any] | None) -> dict[str, Any]:
    return {"duration_limits": _per_period(given)}


def _per_period(given: Mapping[str, Any] | None) -> dict[str, int]:
    return {name: _whole(given[name]) for name in PERIODS if given and given.get(name) is not None}


def _active_limit(given: Mapping[str, Any] | None) -> dict[str, Any]:
    most = None if given is None else given.get("maximumActiveBookings")
    offers = given is not None and bool(given.get("offerReschedule", False))
    return {"active_bookings_limit": None if most is None else _whole(most), "offers_reschedule": offers}


def _policy(given: Mapping[str, Any] | None) -> dict[str, Any]:
    if given is None:
        return {
            "requires_confirmation": False,
            "confirmation_threshold_minutes": None,
            "blocks_unconfirmed": False,
        }
    threshold = None
    if given.get("type") == "time":
        notice = given["noticeThreshold"]
        threshold = _whole(notice["count"]) * _MINUTES[notice["unit"]]
    return {
        "requires_confirmation": True,
        "confirmation_threshold_minutes": threshold,
        "blocks_unconfirmed": bool(given.get("blockUnconfirmedBookingsInBooker", False)),
    }


def _locations(given: list[Mapping[str, Any]] | None) -> dict[str, Any]:
    return {"locations": tuple({**place, "type": str(place["type"])} for place in given or ())}


def _fields(given: list[Mapping[str, Any]] | None) -> dict[str, Any]:
    return {"booking_fields": tuple(dict(field) for field in given or ())}


def _whole(value: object) -> int:
    if not isinstance(value, int) or isinstance(value, bool) or value < 0:
        raise ValueError(f"{value!r} is no whole number of at least 0")
    return value


_READERS: Mapping[str, Any] = {
    "seats": _seats,
    "recurrence": _recurrence,
    "bookingWindow": _window,
    "bookingLimitsCount": _count_limits,
    "bookingLimitsDuration": _duration_limits,
    "bookerActiveBookingsLimit": _active_limit,
    "confirmationPolicy": _policy,
    "locations": _locations,
    "bookingFields": _fields,
}

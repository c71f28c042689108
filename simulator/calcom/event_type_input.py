"""What clients may write into an event type: the body's rules, and the event type made of it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

from simulator.calcom.class_validation import (
    BOOLEAN,
    FILLED,
    LIST,
    OBJECT,
    STRING,
    WHOLE,
    Field,
    Rule,
    check,
    least,
)
from simulator.calcom.errors import HttpException
from simulator.calcom.event_type_json import (
    EXTRAS,
    FREQUENCIES,
    PERIODS,
    WINDOWS,
    traits_from_json,
)
from simulator.calcom.world import EventType

DEFAULT_NOTICE = 120  # minutes, the column's default
_BOOLEANS = (
    "disableGuests",
    "onlyShowFirstAvailableSlot",
    "requiresBookerEmailVerification",
    "hideCalendarNotes",
    "lockTimeZoneToggleOnBookingPage",
    "useDestinationCalendarEmail",
    "hideCalendarEventDetails",
    "hideOrganizerEmail",
    "hidden",
    "bookingRequiresAuthentication",
)
_OBJECTS = ("bookerLayouts", "color", "destinationCalendar", "calVideoSettings", "metadata")
_PLACES = {
    "address": "address",
    "link": "link",
    "phone": "phone",
    "integration": "integration",
    "attendeeAddress": None,
    "attendeePhone": None,
    "attendeeDefined": None,
    "organizersDefaultApp": None,
}
_FIELD_TYPES = (
    *("name", "email", "phone", "address", "text", "number", "textarea", "select", "multiselect"),
    *("multiemail", "checkbox", "radio", "boolean", "url", "title", "location", "notes", "guests"),
    "rescheduleReason",
)
_DEFAULT_SLUGS = ("title", "location", "notes", "guests", "rescheduleReason")
_ATTRIBUTES = {
    "title": "title",
    "slug": "slug",
    "description": "description",
    "lengthInMinutes": "length_minutes",
    "slotInterval": "slot_interval_minutes",
    "minimumBookingNotice": "notice_minutes",
    "beforeEventBuffer": "before_buffer_minutes",
    "afterEventBuffer": "after_buffer_minutes",
    "scheduleId": "schedule_id",
    "hidden": "hidden",
    "bookingRequiresAuthentication": "requires_authentication",
    "requiresBookerEmailVerification": "requires_email_verification",
    "customName": "name_pattern",
}


def _is_off(value: object) -> bool:
    return isinstance(value, Mapping) and value.get("disabled") is True


def _trait(name: str, test: Callable[[Mapping[str, Any]], bool], text: str) -> Field:
    """A trait that is switched off by ``{"disabled": true}`` or has its form."""
    rule = Rule("validate", lambda v: isinstance(v, Mapping) and (_is_off(v) or test(v)), text)
    return Field(name, (rule,))


def _at_least(value: object, number: int) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and value >= number


def _is_window(given: Mapping[str, Any]) -> bool:
    value = given.get("value")
    if given.get("type") == "range":
        return (
            isinstance(value, list)
            and len(value) == len(("from", "to"))
            and all(isinstance(v, str) for v in value)
        )
    return given.get("type") in WINDOWS and _at_least(value, 0)


def _is_policy(given: Mapping[str, Any]) -> bool:
    if given.get("type") == "always":
        return True
    notice = given.get("noticeThreshold")
    if given.get("type") != "time" or not isinstance(notice, Mapping):
        return False
    return notice.get("unit") in ("minutes", "hours", "days") and _at_least(notice.get("count"), 1)


def _is_recurrence(given: Mapping[str, Any]) -> bool:
    numbers = (given.get("interval"), given.get("occurrences"))
    return given.get("frequency") in FREQUENCIES and all(_at_least(number, 1) for number in numbers)


def _are_limits(given: Mapping[str, Any]) -> bool:
    return all(_at_least(given[name], 1) for name in PERIODS if given.get(name) is not None)


def _is_place(given: object) -> bool:
    if not isinstance(given, Mapping) or given.get("type") not in _PLACES:
        return False
    needed = _PLACES[str(given["type"])]
    return needed is None or isinstance(given.get(needed), str)


def _is_field(given: object) -> bool:
    if not isinstance(given, Mapping):
        return False
    if given.get("type") is None:
        return given.get("slug") in _DEFAULT_SLUGS
    own_slug = given.get("type") in ("name", "email") or isinstance(given.get("slug"), str)
    return given.get("type") in _FIELD_TYPES and own_slug


_TRAITS = (
    _trait(
        "seats",
        lambda v: _at_least(v.get("seatsPerTimeSlot"), 1),
        "seats must have seatsPerTimeSlot, showAttendeeInfo and showAvailabilityCount, or be disabled",
    ),
    _trait("recurrence", _is_recurrence, "recurrence must have interval, occurrences and frequency"),
    _trait("bookingWindow", _is_window, "bookingWindow must have a type and a value of that type"),
    _trait("bookingLimitsCount", _are_limits, "bookingLimitsCount must have whole numbers of at least 1"),
    _trait(
        "bookingLimitsDuration", _are_limits, "bookingLimitsDuration must have whole numbers of at least 1"
    ),
    _trait(
        "bookerActiveBookingsLimit",
        lambda v: _at_least(v.get("maximumActiveBookings"), 1),
        "maximumActiveBookings must not be less than 1",
    ),
    _trait(
        "confirmationPolicy",
        _is_policy,
        "confirmationPolicy must be of type always, or time with a threshold",
    ),
    Field(
        "locations",
        (
            LIST,
            Rule(
                "validate",
                lambda v: isinstance(v, list) and all(map(_is_place, v)),
                "each location must have a known type and its value",
            ),
        ),
    ),
    Field(
        "bookingFields",
        (
            LIST,
            Rule(
                "validate",
                lambda v: isinstance(v, list) and all(map(_is_field, v)),
                "each booking field must have a known type and a slug",
            ),
        ),
    ),
)
_COMMON = (
    Field("description", (STRING,)),
    Field(
        "lengthInMinutesOptions",
        (
            LIST,
            Rule(
                "isInt",
                lambda v: isinstance(v, list) and all(_at_least(o, 1) for o in v),
                "each value in {0} must be an integer number",
            ),
        ),
    ),
    Field("slotInterval", (WHOLE, least(1))),
    Field("minimumBookingNotice", (WHOLE, least(0))),
    Field("beforeEventBuffer", (WHOLE, least(0))),
    Field("afterEventBuffer", (WHOLE, least(0))),
    Field("offsetStart", (WHOLE, least(0))),
    Field("scheduleId", (WHOLE,)),
    Field("customName", (STRING,)),
    Field("successRedirectUrl", (STRING,)),
    *(Field(name, (BOOLEAN,)) for name in _BOOLEANS),
    *(Field(name, (OBJECT,)) for name in _OBJECTS),
    *_TRAITS,
)
_CREATE = (
    Field("lengthInMinutes", (WHOLE, least(1)), required=True),
    Field("title", (FILLED, STRING), required=True),
    Field("slug", (FILLED, STRING), required=True),
    *_COMMON,
)
_UPDATE = (
    Field("lengthInMinutes", (WHOLE, least(1))),
    Field("title", (FILLED, STRING)),
    Field("slug", (FILLED, STRING)),
    *_COMMON,
)


def check_create(body: Mapping[str, Any]) -> dict[str, Any]:
    """The body of POST /v2/event-types, or its refusal."""
    return check(body, _CREATE)


def check_update(body: Mapping[str, Any]) -> dict[str, Any]:
    """The body of PATCH /v2/event-types/{id}, or its refusal."""
    return check(body, _UPDATE)


def made(body: Mapping[str, Any], event_type_id: int, owner_id: int) -> EventType:
    """A new event type of the owner, with upstream's defaults."""
    blank = EventType(
        id=event_type_id,
        slug="",
        title="",
        length_minutes=0,
        schedule_id=None,
        host_ids=(owner_id,),
        notice_minutes=DEFAULT_NOTICE,
    )
    return changed(blank, body)


def changed(kind: EventType, body: Mapping[str, Any]) -> EventType:
    """The event type with what the body says; 400 where its lengths contradict one another."""
    values = {attribute: body[name] for name, attribute in _ATTRIBUTES.items() if name in body}
    try:
        values.update(traits_from_json(body))
    except (KeyError, TypeError, ValueError) as error:
        raise HttpException(400, f"{error}") from error
    if "lengthInMinutesOptions" in body:
        values["length_options"] = tuple(body["lengthInMinutesOptions"])
    extras = {name: body[name] for name in EXTRAS if name in body}
    after = replace(kind, **values, extras={**kind.extras, **extras})
    if after.length_options and after.length_minutes not in after.length_options:
        raise HttpException(400, "lengthInMinutesOptions must include lengthInMinutes")
    return after

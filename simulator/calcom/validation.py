"""Cal.com's hand-made validation pipes: exact texts, unknown properties refused (reference, envelope C)."""

from __future__ import annotations

from collections.abc import Callable, Container, Iterable, Mapping
from datetime import datetime
from sys import intern
from typing import Any

from simulator.calcom.errors import HttpException
from simulator.calcom.lookup import find_by_slug
from simulator.calcom.times import is_zone, parse_instant
from simulator.calcom.wishes import BookingWish, MoveWish
from simulator.calcom.world import Attendee, World

_LANGUAGE_LIST = (
    "ar, ca, de, es, eu, he, id, ja, lv, pl, ro, sr, th, vi, az, cs, el, es-419, fi, hr, it, km, nl, pt, ru, "
    "sv, tr, zh-CN, bg, da, en, et, fr, hu, iw, ko, no, pt-BR, sk, ta, uk, zh-TW, bn"
)
LANGUAGES = frozenset(_LANGUAGE_LIST.split(", "))
_CREATE_FIELDS = frozenset(
    {
        "start",
        "attendee",
        "bookingFieldsResponses",
        "eventTypeId",
        "eventTypeSlug",
        "username",
        "teamSlug",
        "organizationSlug",
        "guests",
        "meetingUrl",
        "location",
        "metadata",
        "lengthInMinutes",
        "routing",
        "emailVerificationCode",
        "recurrenceCount",
        "instant",
    }
)
_TRUTHY_FIELDS = ("instant", "recurrenceCount")
_ATTENDEE_FIELDS = frozenset({"name", "email", "timeZone", "phoneNumber", "language"})
_RESCHEDULE_FIELDS = ("start", "rescheduledBy", "reschedulingReason", "seatUid", "emailVerificationCode")
_CANCEL_FIELDS = ("cancellationReason", "cancelSubsequentBookings", "seatUid")
_MAX_METADATA_KEYS, _MAX_KEY, _MAX_VALUE = 50, 40, 500
_METADATA_TEXT = (
    "Metadata must have at most 50 keys, each key up to 40 characters, "
    "and string values up to 500 characters."
)
_NO_EVENT_TYPE = "Either eventTypeId or eventTypeSlug + username or eventTypeSlug + teamSlug must be provided"
_NO_CONTACT = "Attendee must have at least one contact method (email or phone number)"


class Complaints:
    """Broken rules by property, told the way the pipes tell them."""

    def __init__(self) -> None:
        self._parts: list[str] = []

    def add(self, name: str, *texts: str) -> None:
        """A property with the texts of its broken rules."""
        self._parts.append(f"{name} property is wrong,{', '.join(texts)} ")

    def nest(self, name: str, inner: Complaints) -> None:
        """A property whose own properties are wrong."""
        if inner._parts:
            self._parts.append(f"{name} property is wrong, {', '.join(inner._parts)}")

    def refuse_unknown(self, given: Iterable[str], known: Container[str]) -> None:
        """Properties that the endpoint doesn't have."""
        for name in given:
            if name not in known:
                self.add(name, f"property {name} should not exist")

    def check(self, body: Mapping[str, Any], name: str, test: Callable[[Any], bool], text: str) -> None:
        """A property that is there must pass a test."""
        if body.get(name) is not None and not test(body[name]):
            self.add(name, text)

    def raise_if_any(self) -> None:
        """Refuse the request if anything was wrong."""
        if self._parts:
            raise HttpException(400, ", ".join(self._parts))


def is_instant(value: object) -> bool:
    """Whether the value is an ISO date or date-time string."""
    try:
        parse_instant(value) if isinstance(value, str) else parse_instant("")
    except ValueError:
        return False
    return True


def is_integer(value: object) -> bool:
    """Whether the value is a whole number (and no truth value)."""
    return isinstance(value, int) and not isinstance(value, bool)


def parse_create(
    body: Mapping[str, Any],
    world: World,
    *,
    authenticated: bool = True,
    arrived_version: int | None = None,
) -> BookingWish:
    """The wish of POST /v2/bookings, or the pipes' refusal."""
    complaints = Complaints()
    complaints.refuse_unknown(body, _meant_fields(body))
    if not is_instant(body.get("start")):
        complaints.add("start", "start must be a valid ISO 8601 date string")
    _check_attendee(complaints, body.get("attendee"))
    _check_event_type(complaints, body)
    complaints.check(body, "bookingFieldsResponses", _is_object, "bookingFieldsResponses must be an object")
    for name in ("eventTypeSlug", "username", "teamSlug", "organizationSlug"):
        complaints.check(body, name, _is_string, f"{name} must be a string")
    _check_guests(complaints, body.get("guests"))
    complaints.check(body, "metadata", _metadata_fits, _METADATA_TEXT)
    for name in ("lengthInMinutes", "recurrenceCount"):
        _check_positive(complaints, body, name)
    complaints.raise_if_any()
    answers = body.get("bookingFieldsResponses") or {}
    return BookingWish(
        event_type_id=_event_type_id(body, world),
        start=_start(body),
        attendee=_attendee(body["attendee"]),
        minutes=body.get("lengthInMinutes"),
        metadata=body.get("metadata") or {},
        responses={slug: "" if answer is None else answer for slug, answer in answers.items()},
        guests=tuple(body.get("guests") or ()),
        location=body.get("location") or body.get("meetingUrl"),
        recurrence_count=body.get("recurrenceCount"),
        instant=body.get("instant") is True,
        authenticated=authenticated,
        arrived_version=arrived_version,
        email_code=body.get("emailVerificationCode"),
    )


def parse_reschedule(body: Mapping[str, Any], uid: str, *, owner_email: str, authenticated: bool) -> MoveWish:
    """The wish of POST /v2/bookings/{uid}/reschedule, or the pipes' refusal."""
    complaints = Complaints()
    complaints.refuse_unknown(body, _RESCHEDULE_FIELDS)
    if not is_instant(body.get("start")):
        complaints.add("start", "start must be a valid ISO 8601 date string")
    for name in ("rescheduledBy", "reschedulingReason", "seatUid"):
        complaints.check(body, name, _is_string, f"{name} must be a string")
    complaints.raise_if_any()
    by_email = body.get("rescheduledBy")
    return MoveWish(
        uid=uid,
        start=_start(body),
        reason=body.get("reschedulingReason"),
        by_email=by_email or (owner_email if authenticated else None),
        by_owner=authenticated or by_email == owner_email,
        seat_uid=body.get("seatUid"),
    )


def parse_cancel(body: Mapping[str, Any]) -> tuple[str | None, str | None, bool]:
    """Reason, seat and whether later ones too, of POST /v2/bookings/{uid}/cancel; or the pipes' refusal."""
    complaints = Complaints()
    complaints.refuse_unknown(body, _CANCEL_FIELDS)
    for name in ("cancellationReason", "seatUid"):
        complaints.check(body, name, _is_string, f"{name} must be a string")
    complaints.check(
        body,
        "cancelSubsequentBookings",
        lambda v: isinstance(v, bool),
        "cancelSubsequentBookings must be a boolean value",
    )
    complaints.raise_if_any()
    reason, seat_uid = body.get("cancellationReason"), body.get("seatUid")
    return reason or None, seat_uid or None, bool(body.get("cancelSubsequentBookings"))


def _meant_fields(body: Mapping[str, Any]) -> frozenset[str]:
    """The properties of the kind of booking that is meant: two of them only where they are truthy."""
    falsy = [name for name in _TRUTHY_FIELDS if name in body and not body[name]]
    return _CREATE_FIELDS.difference(falsy) if falsy else _CREATE_FIELDS


def _is_object(value: object) -> bool:
    return isinstance(value, Mapping)


def _is_string(value: object) -> bool:
    return isinstance(value, str)


def _check_guests(complaints: Complaints, guests: object) -> None:
    if guests is None:
        return
    if not isinstance(guests, list):
        complaints.add("guests", "guests must be an array")
    elif not all(isinstance(guest, str) for guest in guests):
        complaints.add("guests", "each value in guests must be a string")


def _check_attendee(complaints: Complaints, attendee: object) -> None:
    if attendee is None:
        complaints.add("attendee", "attendee should not be null or undefined")
        return
    inner = Complaints()
    if not isinstance(attendee, Mapping):
        inner.add("attendee", "nested property attendee must be either object or array")
        complaints.nest("attendee", inner)
        return
    inner.refuse_unknown(attendee, _ATTENDEE_FIELDS)
    if not isinstance(attendee.get("name"), str):
        inner.add("name", "name must be a string")
    if not is_zone(attendee.get("timeZone")):
        inner.add("timeZone", "timeZone must be a valid IANA time-zone")
    language = attendee.get("language")
    if language is not None and not (isinstance(language, str) and language in LANGUAGES):
        inner.add("language", f"language must be one of the following values: {_LANGUAGE_LIST}")
    if not attendee.get("email") and not attendee.get("phoneNumber"):
        inner.add("attendee email or phone", _NO_CONTACT)
    complaints.nest("attendee", inner)


def _check_event_type(complaints: Complaints, body: Mapping[str, Any]) -> None:
    complaints.check(body, "eventTypeId", is_integer, "eventTypeId must be an integer number")
    by_slug = body.get("eventTypeSlug") and (body.get("username") or body.get("teamSlug"))
    if body.get("eventTypeId") is None and not by_slug:
        complaints.add("eventTypeId or eventTypeSlug + username", _NO_EVENT_TYPE)


def _check_positive(complaints: Complaints, body: Mapping[str, Any], name: str) -> None:
    number = body.get(name)
    if number is None:
        return
    if not is_integer(number):
        complaints.add(name, f"{name} must be an integer number")
    elif number < 1:
        complaints.add(name, f"{name} must not be less than 1")


def _metadata_fits(metadata: object) -> bool:
    if not isinstance(metadata, Mapping) or len(metadata) > _MAX_METADATA_KEYS:
        return False
    return all(
        len(key) <= _MAX_KEY and not (isinstance(value, str) and len(value) > _MAX_VALUE)
        for key, value in metadata.items()
    )


def _start(body: Mapping[str, Any]) -> datetime:
    return parse_instant(body["start"])


def _attendee(raw: Mapping[str, Any]) -> Attendee:
    phone, email = raw.get("phoneNumber"), raw.get("email")
    return Attendee(  # the same people come again: one copy of their words is enough
        name=intern(raw["name"]),
        email=intern(str(email) if email else f"{_digits_of(str(phone))}@sms.cal.com"),
        timezone=intern(raw["timeZone"]),
        language=intern(raw.get("language") or "en"),
        phone=str(phone) if phone else None,
    )


def _digits_of(text: str) -> str:
    return "".join(character for character in text if character.isdigit())


def _event_type_id(body: Mapping[str, Any], world: World) -> int:
    if body.get("eventTypeId") is not None:
        return int(body["eventTypeId"])
    kind = find_by_slug(
        world,
        str(body["eventTypeSlug"]),
        username=body.get("username"),
        team_slug=body.get("teamSlug"),
        organization_slug=body.get("organizationSlug"),
    )
    if kind is not None:
        return kind.id
    text = f"Event type with slug {body['eventTypeSlug']} belonging to "
    text += f"user {body['username']}" if body.get("username") else f"team {body['teamSlug']}"
    if body.get("organizationSlug"):
        text += f" within organization {body['organizationSlug']}"
    raise HttpException(404, f"{text} not found.")

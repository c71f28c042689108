"""Cal.com's hand-made validation pipes: exact texts, unknown properties refused (reference, envelope C)."""

from __future__ import annotations

from collections.abc import Callable, Container, Iterable, Mapping
from datetime import datetime
from functools import lru_cache
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
    if not is_faultless(body):
        refuse_faulty(body)
    answers = body.get("bookingFieldsResponses")
    return BookingWish(
        event_type_id=_event_type_id(body, world),
        start=_start(body),
        attendee=_attendee(body["attendee"]),
        minutes=body.get("lengthInMinutes"),
        metadata=body.get("metadata") or {},
        responses=_answers(answers) if answers else {},
        guests=tuple(body.get("guests") or ()),
        location=body.get("location") or body.get("meetingUrl"),
        recurrence_count=body.get("recurrenceCount"),
        instant=body.get("instant") is True,
        authenticated=authenticated,
        arrived_version=arrived_version,
        email_code=body.get("emailVerificationCode"),
    )


def is_faultless(body: Mapping[str, Any]) -> bool:
    """Whether a wish needs no complaint: most don't, and to find that out takes a fifth of the time."""
    for name, value in body.items():
        fits = _CREATE_FIELDS.get(name)
        if fits is None or not (value is None or fits(value)):
            return False
    if body.get("start") is None or body.get("attendee") is None or body.get("eventTypeId") is None:
        return False
    return all(body[name] for name in _TRUTHY_FIELDS if name in body)


def refuse_faulty(body: Mapping[str, Any]) -> None:
    """Refuse a wish with all that is wrong with it, in the pipes' order."""
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


def _answers(given: Mapping[str, Any]) -> dict[str, Any]:
    return {slug: "" if answer is None else answer for slug, answer in given.items()}


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
    return frozenset(_CREATE_FIELDS).difference(falsy)


def _is_object(value: object) -> bool:
    return isinstance(value, dict)


def _is_string(value: object) -> bool:
    return isinstance(value, str)


def _is_anything(_: object) -> bool:
    return True


def _are_strings(value: object) -> bool:
    return isinstance(value, list) and all(isinstance(one, str) for one in value)


def _is_positive(value: object) -> bool:
    return is_integer(value) and value >= 1  # type: ignore[operator]


def _is_attendee(value: object) -> bool:
    return (
        isinstance(value, dict)
        and _ATTENDEE_FIELDS.issuperset(value)
        and isinstance(value.get("name"), str)
        and is_zone(value.get("timeZone"))
        and _is_language(value.get("language"))
        and bool(value.get("email") or value.get("phoneNumber"))
    )


def _is_language(value: object) -> bool:
    return value is None or (isinstance(value, str) and value in LANGUAGES)


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
    if not _is_language(attendee.get("language")):
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
    if not isinstance(metadata, dict) or len(metadata) > _MAX_METADATA_KEYS:
        return False
    for key, value in metadata.items():
        if len(key) > _MAX_KEY or (isinstance(value, str) and len(value) > _MAX_VALUE):
            return False
    return True


_CREATE_FIELDS: Mapping[str, Callable[[Any], bool]] = {
    "start": is_instant,
    "attendee": _is_attendee,
    "bookingFieldsResponses": _is_object,
    "eventTypeId": is_integer,
    "eventTypeSlug": _is_string,
    "username": _is_string,
    "teamSlug": _is_string,
    "organizationSlug": _is_string,
    "guests": _are_strings,
    "meetingUrl": _is_anything,
    "location": _is_anything,
    "metadata": _metadata_fits,
    "lengthInMinutes": _is_positive,
    "routing": _is_anything,
    "emailVerificationCode": _is_anything,
    "recurrenceCount": _is_positive,
    "instant": _is_anything,
}


def _start(body: Mapping[str, Any]) -> datetime:
    return parse_instant(body["start"])


def _attendee(raw: Mapping[str, Any]) -> Attendee:
    phone, email = raw.get("phoneNumber"), raw.get("email")
    address = str(email) if email else f"{_digits_of(str(phone))}@sms.cal.com"
    return _same_attendee(
        raw["name"], address, raw["timeZone"], raw.get("language") or "en", str(phone) if phone else None
    )


@lru_cache(maxsize=4096)  # the same people come again: one of each is enough
def _same_attendee(name: str, email: str, timezone: str, language: str, phone: str | None) -> Attendee:
    return Attendee(name, email, timezone, language, phone)


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

"""Where a booking takes place: what was sent, what the event type offers, what is echoed (reference, location)."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from simulator.calcom.errors import HttpException
from simulator.calcom.world import EventType

DEFAULT_OFFER: tuple[Mapping[str, Any], ...] = ({"type": "integration", "integration": "cal-video"},)
_VIDEO = "integrations:daily"
# The attendee's own text, by the location's type: the property that holds it and the name in the responses.
_OWN_TEXT = {
    "attendeeAddress": ("address", "attendeeInPerson"),
    "attendeePhone": ("phone", "phone"),
    "attendeeDefined": ("location", "somewhereElse"),
}
# What the event type's owner configured: the property that holds it and the name in the responses.
_CONFIGURED = {
    "address": ("address", "inPerson"),
    "link": ("link", "link"),
    "phone": ("phone", "userPhone"),
}

Place = tuple[str, dict[str, str]]


def offered(kind: EventType) -> tuple[Mapping[str, Any], ...]:
    """The locations of an event type; a video call unless it says otherwise."""
    return kind.locations or DEFAULT_OFFER


def resolve(kind: EventType, asked: str | Mapping[str, Any] | None) -> Place:
    """The booking's location and the answer to the location field; 400 for a type that isn't offered.

    A text is taken for what it looks like and is never compared with the offer, as upstream does for
    clients of its older versions.
    """
    if isinstance(asked, str) and asked:
        return asked, {"value": kind_of_text(asked), "optionValue": asked}
    if isinstance(asked, Mapping):
        return _offered_place(kind, asked)
    if kind.locations:
        return _configured(kind.locations[0])
    return kind.location, {"value": kind.location, "optionValue": ""}


def kind_of_text(text: str) -> str:
    """What a location given as text is taken for."""
    if text.startswith(("http://", "https://")):
        return "link"
    return "phone" if re.fullmatch(r"\+?[\d ()/-]{5,}", text) else "somewhereElse"


def _offered_place(kind: EventType, asked: Mapping[str, Any]) -> Place:
    wanted = asked.get("type")
    offers = offered(kind)
    match = next((offer for offer in offers if _fits(offer, asked)), None)
    if match is None:
        types = ", ".join(str(offer["type"]) for offer in offers)
        raise HttpException(
            400,
            f"Booking location with type {wanted} not valid for event type with id={kind.id}. The event type "
            f"has following location types: {types}, and only these types are allowed for booking location.",
        )
    if wanted in _OWN_TEXT:
        name, label = _OWN_TEXT[str(wanted)]
        text = str(asked.get(name) or "")
        return text, {"value": label, "optionValue": text}
    return _configured(match)


def _fits(offer: Mapping[str, Any], asked: Mapping[str, Any]) -> bool:
    if offer["type"] != asked.get("type"):
        return False
    return offer["type"] != "integration" or offer.get("integration") == asked.get("integration")


def _configured(offer: Mapping[str, Any]) -> Place:
    wanted = str(offer["type"])
    if wanted in _CONFIGURED:
        name, label = _CONFIGURED[wanted]
        return str(offer.get(name) or ""), {"value": label, "optionValue": ""}
    if wanted == "integration" and offer.get("integration") != "cal-video":
        app = f"integrations:{offer.get('integration')}"
        return app, {"value": app, "optionValue": ""}
    return _VIDEO, {"value": _VIDEO, "optionValue": ""}

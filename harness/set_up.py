"""A scenario's set-up: what both sides have before the first step. Keys of the file's header, checked on load."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from harness.times import TimeFormatError, parse_instant

PERSON = ("name", "phone", "email", "company", "appointments")
VISIT = ("at", "service", "branch", "status")
SECTIONS: Mapping[str, tuple[str, ...]] = {
    "known": PERSON,
    "policies": ("kind", "company", "branch", "service", "rules"),
    "services": (
        "name", "company", "branch", "staff", "minutes", "synonyms", "notice", "buffer_before", "buffer_after",
        "segments", "event_type", "active", "default", "priority", "calcom", "calcom_notice", "requires_confirmation",
    ),
    "branches": ("name", "company", "notice", "hours"),
    "numbers": ("name", "company", "token"),
}  # fmt: skip
"""``known``: people with appointments that Cal.com has too. ``policies``: deadlines, quotas and fees.
``services``, ``branches`` and ``numbers`` change what the seed has; a service of a new name is added, with its
event type at the fake unless ``calcom: false``. ``company`` is a key as of ``finally``, the first if absent."""

_NEEDED = {"known": ("name",), "policies": ("kind", "rules"), "services": ("name",), "numbers": ("token",)}
Complain = Callable[[str], Exception]
CheckKeys = Callable[[Any, tuple[str, ...], str], None]
SetUp = Mapping[str, tuple[Mapping[str, Any], ...]]


def read_set_up(
    data: Mapping[str, Any], plain: Callable[[Any], Any], check: CheckKeys, complain: Complain
) -> SetUp:
    """The sections of a header as plain values, instants read; raises what ``complain`` makes of a slip."""
    found: dict[str, tuple[Mapping[str, Any], ...]] = {}
    for section, keys in SECTIONS.items():
        if section not in data:
            continue
        entries = data[section]
        if not isinstance(entries, list) or not all(isinstance(each, Mapping) for each in entries):
            raise complain(f"“{section}” is a list of mappings: [{{{keys[0]}: …}}]")
        for entry in entries:
            _check_entry(section, entry, check, complain)
        found[section] = tuple(_entry(section, plain(entry), complain) for entry in entries)
    return found


def _check_entry(section: str, entry: Any, check: CheckKeys, complain: Complain) -> None:
    check(entry, SECTIONS[section], f"“{section}” takes no")
    for key in _NEEDED.get(section, ()):
        if key not in entry:
            raise complain(f"an entry of “{section}” needs “{key}”")
    for visit in entry.get("appointments", ()) if section == "known" else ():
        if isinstance(visit, Mapping):
            check(visit, VISIT, "an appointment takes no")


def _entry(section: str, entry: dict[str, Any], complain: Complain) -> Mapping[str, Any]:
    if section != "known":
        return entry
    visits = entry.get("appointments", [])
    if not isinstance(visits, list):
        raise complain("“appointments” is a list of times, or of {at, service, branch, status}")
    try:
        entry["appointments"] = [
            {**each, "at": parse_instant(each.get("at"))}
            if isinstance(each, Mapping)
            else {"at": parse_instant(each)}
            for each in visits
        ]
    except TimeFormatError as error:
        raise complain(str(error)) from None
    return entry

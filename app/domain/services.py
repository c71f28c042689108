"""Which service a caller means, who performs it, and how long a service of several segments takes."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from difflib import SequenceMatcher
from typing import Any, Protocol, TypeVar

SIMILAR_ENOUGH = 0.75
"""Above this two words are taken for one (incidents, section 4)."""
_AS_GOOD = 0.02
"""Two services whose likeness differs by less are a tie: we ask."""
_SHORTEST_WORD = 3
"""A shorter name inside the caller's words proves nothing."""
_UMLAUTS = str.maketrans({"ä": "ae", "ö": "oe", "ü": "ue", "ß": "ss"})
_TITLES = frozenset({"frau", "herr", "herrn", "bei", "von", "dr", "der", "die", "dem", "den"})


class Named(Protocol):
    """A service as callers may call it."""

    @property
    def name(self) -> str:
        """Return its name."""

    @property
    def slug(self) -> str:
        """Return its name in an address."""

    @property
    def synonyms(self) -> list[str]:
        """Return what callers say instead."""


Something = TypeVar("Something", bound=Named)
Person = TypeVar("Person")


@dataclass(frozen=True, slots=True)
class Segment:
    """One part of a composite service: work, then time in which nobody works (incident 1.34)."""

    duration_minutes: int
    gap_after_minutes: int = 0
    name: str | None = None


@dataclass(frozen=True, slots=True)
class SegmentTime:
    """When a segment of an appointment happens."""

    segment: Segment
    starts_at: datetime
    ends_at: datetime


def segments_from_stored(stored: Iterable[dict[str, Any]]) -> tuple[Segment, ...]:
    """Return the segments of a service as they are kept."""
    return tuple(
        Segment(int(entry["duration_minutes"]), int(entry.get("gap_after_minutes") or 0), entry.get("name"))
        for entry in stored
    )


def total_minutes(segments: Sequence[Segment]) -> int:
    """Return the whole length: all segments and the gaps between them; never a default (incident 1.34)."""
    gaps = sum(segment.gap_after_minutes for segment in segments[:-1])
    return gaps + sum(segment.duration_minutes for segment in segments)


def segment_times(start: datetime, segments: Sequence[Segment]) -> tuple[SegmentTime, ...]:
    """Return when each segment of an appointment that starts then begins and ends, in UTC."""
    start = start.astimezone(UTC)
    times: list[SegmentTime] = []
    for segment in segments:
        end = start + timedelta(minutes=segment.duration_minutes)
        times.append(SegmentTime(segment, start, end))
        start = end + timedelta(minutes=segment.gap_after_minutes)
    return tuple(times)


def services_meant(services: Sequence[Something], wanted: str) -> list[Something]:
    """Return the services that the caller's words may mean; one is found, several are asked about.

    First by name, slug or synonym, then by part of a name or a name among the words, last by likeness. Each is
    tried only where the one before found nothing, so that a part of one name is never the whole of another.
    """
    word = fold(wanted)
    if not word:
        return []
    exact = [service for service in services if word in _names(service)]
    return exact or _containing(services, word) or _similar(services, word)


def people_meant(people: Sequence[Person], names: Sequence[str], wanted: str) -> list[Person]:
    """Return the people whom the caller's words may mean, by whole name, part of it, or likeness."""
    words = [word for word in fold(wanted).split() if word not in _TITLES]
    if not words:
        return []
    folded = [[word for word in fold(name).split() if word not in _TITLES] for name in names]
    exact = [person for person, name in zip(people, folded, strict=True) if name == words]
    part = [person for person, name in zip(people, folded, strict=True) if set(words) & set(name)]
    if exact or part:
        return exact or part
    return [
        person
        for person, name in zip(people, folded, strict=True)
        if any(likeness(word, one) > SIMILAR_ENOUGH for word in words for one in name)
    ]


def fold(text: str) -> str:
    """Return words to compare: lower case, umlauts written out, without marks ("Färben!" is "faerben")."""
    return " ".join(re.findall(r"\w+", text.casefold().translate(_UMLAUTS)))


def likeness(one: str, other: str) -> float:
    """Return how alike two folded words are, 0 to 1."""
    return SequenceMatcher(None, one, other, autojunk=False).ratio()


def _names(service: Named) -> list[str]:
    return [fold(name) for name in (service.name, service.slug.replace("-", " "), *service.synonyms)]


def _containing(services: Sequence[Something], word: str) -> list[Something]:
    partly = [service for service in services if any(word in name for name in _names(service))]
    if partly:
        return partly
    spoken = f" {word} "
    within = {
        number: max(found, key=len)
        for number, service in enumerate(services)
        if (
            found := [
                name for name in _names(service) if len(name) >= _SHORTEST_WORD and f" {name} " in spoken
            ]
        )
    }
    return [
        services[number]
        for number, name in within.items()
        if not any(name != longer and f" {name} " in f" {longer} " for longer in within.values())
    ]


def _similar(services: Sequence[Something], word: str) -> list[Something]:
    likely = [(max(likeness(word, name) for name in _names(service)), service) for service in services]
    best = max((ratio for ratio, _ in likely), default=0.0)
    if best <= SIMILAR_ENOUGH:
        return []
    return [service for ratio, service in likely if ratio > SIMILAR_ENOUGH and ratio > best - _AS_GOOD]

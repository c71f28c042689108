"""What we ask when a phrase does not settle it, in speakable German. Days are read back in full."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from app.domain.german.say import say_clock, say_date
from app.domain.german.understanding import AskKind, Moment, Understanding, UnderstandingStatus


def say_moment(moment: Moment, *, year: bool = False) -> str:
    """Return "Mittwoch, 15. Oktober um 14:30 Uhr", or the half of it that is known."""
    day = say_date(moment.date) + (f" {moment.date.year}" if year else "") if moment.date else ""
    clock = f"um {say_clock(moment.time)}" if moment.time else ""
    return " ".join(word for word in (day, clock) if word)


def say_choice(candidates: tuple[Moment, ...]) -> str:
    """Return the candidates joined by "oder"."""
    years = {moment.date.year for moment in candidates if moment.date}
    return ", oder ".join(say_moment(moment, year=len(years) > 1) for moment in candidates)


def ask(found: Understanding) -> Understanding:
    """Return the understanding with its question, where there is something to ask."""
    if found.question is not None:
        return found
    if found.status is UnderstandingStatus.ASK and found.kind is not None:
        return replace(found, question=_KINDS[found.kind](found))
    return replace(found, question=_STATUSES[found.status](found))


def _which(found: Understanding) -> str:
    return f"Meinen Sie {say_choice(found.candidates)}?"


def _conflict(found: Understanding) -> str:
    return f"Das passt nicht zusammen. Meinen Sie {say_choice(found.candidates)}?"


def _window(found: Understanding) -> str:
    if len(found.candidates) > 1:
        first, last = found.candidates[0], found.candidates[-1]
        clock = "" if found.time else ", und um wie viel Uhr"
        return f"An welchem Tag zwischen {say_moment(first)} und {say_moment(last)}{clock}?"
    return "An welchem Tag und um wie viel Uhr passt es Ihnen?"


def _options(found: Understanding) -> str:
    return f"Was ist Ihnen lieber: {say_choice(found.candidates)}?"


def _rejected(_found: Understanding) -> str:
    return "Wann passt es Ihnen stattdessen?"


def _twice(_found: Understanding) -> str:
    return "Diese Uhrzeit gibt es an dem Tag zweimal, weil die Uhr umgestellt wird. Welche Uhrzeit passt Ihnen sonst?"


def _horizon(found: Understanding) -> str:
    return f"Meinen Sie wirklich {say_moment(found.candidates[0], year=True)}?"


def _resolved(found: Understanding) -> str | None:
    if found.assumed_day:
        return f"Meinen Sie {say_moment(Moment(found.date, found.time))}?"
    if found.field == "datum" and len(found.candidates) > 1:
        return f"Meinen Sie heute oder {say_moment(found.candidates[1])}?"
    if found.end and found.end.date and found.date and found.end.date != found.date:
        return _window(replace(found, candidates=(Moment(found.date), Moment(found.end.date))))
    if found.date is None:
        return "Für welchen Tag möchten Sie den Termin?"
    return "Um wie viel Uhr möchten Sie kommen?" if found.time is None else None


def _closed(found: Understanding) -> str:
    otherwise = "Wann passt es Ihnen sonst?"
    if found.holiday and found.date:
        return (
            f"{say_date(found.date)} ist ein Feiertag, {found.holiday}; da haben wir geschlossen. {otherwise}"
        )
    said = say_moment(Moment(found.date, found.time))
    when = f"Am {said}" if found.date else f"U{said[1:]}" if said else "Da"
    return f"{when} haben wir leider geschlossen. {otherwise}"


def _past(found: Understanding) -> str:
    said = say_moment(Moment(found.date, found.time)) or "Das"
    return f"{said} liegt in der Vergangenheit. Wann möchten Sie stattdessen kommen?"


def _invalid(found: Understanding) -> str:
    if found.field == "uhrzeit":
        return "Diese Uhrzeit gibt es nicht. Um wie viel Uhr möchten Sie kommen?"
    return "Dieses Datum gibt es nicht. Welchen Tag meinen Sie?"


def _nothing(_found: Understanding) -> str:
    return "Für welchen Tag und welche Uhrzeit möchten Sie einen Termin?"


_KINDS: dict[AskKind, Callable[[Understanding], str]] = {
    AskKind.WHICH_WEEK: _which,
    AskKind.TODAY_OR_NEXT_WEEK: _which,
    AskKind.EIGHT_DAYS: _which,
    AskKind.SLIP: _which,
    AskKind.CONFLICT: _conflict,
    AskKind.HALF_OF_DAY: _which,
    AskKind.WHICH_CLOCK: _which,
    AskKind.OPTIONS: _options,
    AskKind.DISAGREE: _which,
    AskKind.TWICE: _twice,
    AskKind.WINDOW: _window,
    AskKind.REJECTED: _rejected,
    AskKind.HORIZON: _horizon,
}
_STATUSES: dict[UnderstandingStatus, Callable[[Understanding], str | None]] = {
    UnderstandingStatus.RESOLVED: _resolved,
    UnderstandingStatus.OUT_OF_HOURS: _closed,
    UnderstandingStatus.PAST: _past,
    UnderstandingStatus.INVALID: _invalid,
    UnderstandingStatus.NOTHING: _nothing,
    UnderstandingStatus.ASK: _nothing,
}

"""Parts of sentences that several of them share."""

from __future__ import annotations

from datetime import date, datetime

from app.domain.alternatives import SEARCH_DAYS, say_offer
from app.domain.german.say import say_clock, say_date, say_instant
from app.domain.speech.facts import Facts

MOST_SPOKEN = 6
"""More names than these nobody keeps in mind; the fields of the answer have them all."""


def when(facts: Facts) -> str:
    """Return the asked instant with weekday, date and clock time."""
    assert facts.asked is not None  # noqa: S101 - every status that says a time carries it
    return say_instant(facts.asked, facts.zone)


def clock(facts: Facts) -> str:
    """Return the asked clock time."""
    assert facts.asked is not None  # noqa: S101 - every status that says a time carries it
    return say_clock(facts.asked.astimezone(facts.zone))


def day(facts: Facts) -> str:
    """Return the asked day with its weekday."""
    spoken = spoken_day(facts)
    assert spoken is not None  # noqa: S101 - every status that says a day carries it
    return say_date(spoken)


def spoken_day(facts: Facts) -> date | None:
    """Return the local day that was asked about."""
    return facts.asked.astimezone(facts.zone).date() if facts.asked else facts.day


def offers(facts: Facts) -> str:
    """Return the alternatives, each with its full date."""
    return " oder ".join(offer(facts, start) for start in facts.alternatives)


def offer(facts: Facts, start: datetime) -> str:
    """Return how one alternative is called: the same words in the sentence and in its JSON."""
    return say_offer(start, facts.zone, facts.now, facts.asked)


def searched(facts: Facts) -> str:
    """Return how far was looked after the day, as it is said: "in den 14 Tagen danach"."""
    if facts.count == 1:
        return "am Tag danach"
    return (
        "in der Woche danach" if facts.count in (None, SEARCH_DAYS) else f"in den {facts.count} Tagen danach"
    )


def other_readings(facts: Facts) -> str:
    """Return the question that names the readings we did not take; empty where there is none."""
    others = " oder ".join(say_instant(start, facts.zone) for start in facts.others)
    return f" Oder meinen Sie {others}?" if others else ""


def before(facts: Facts) -> str:
    """Return where the appointment stood before it was moved."""
    assert facts.previous is not None  # noqa: S101 - every status that says it carries it
    return say_instant(facts.previous, facts.zone)


def fee(facts: Facts) -> str:
    """Return the fee as whole euros (incident 1.24); empty where there is none."""
    euros = -(-facts.fee_cents // 100)
    return f" Dafür fällt eine Gebühr von {euros} Euro an." if euros else ""


def whole_hours(hours: int) -> str:
    """Return a number of hours as it is spoken."""
    return "eine Stunde" if hours == 1 else f"{hours} Stunden"


def listed(words: tuple[str, ...]) -> str:
    """Return words as a spoken list: "a, b und c"."""
    return " und ".join(filter(None, (", ".join(words[:-1]), *words[-1:])))

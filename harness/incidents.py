"""The incident book's numbers, and the table of which scenario holds which of them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from harness.events import IncidentRow, IncidentScenario, Verdict

INCIDENTS: Mapping[str, str] = {
    "1.1": "An old booking handed out as a new one",
    "1.2": "A customer asks for the slot that is already his",
    "1.3": "The gap between checking and booking",
    "1.4": "Several callers, one slot",
    "1.5": "A branch id of the wrong type",
    "1.6": "Two addresses for one function",
    "1.7": "A chain of server errors",
    "1.8": "Booked without consent",
    "1.9": "A booking function that only checks",
    "1.10": '"Gebucht" before it was true',
    "1.11": "Too short notice",
    "1.12": "An alternative that lost its date",
    "1.13": "Monday for Saturday, without a word",
    "1.14": "The wrong service",
    "1.15": "An event type of somebody else's team",
    "1.16": "Stale slots from the cache",
    "1.17": "One cache for two companies",
    "1.18": "Check and booking of different minds",
    "1.19": "An error, and the booking exists all the same",
    "1.20": "A time moved in silence, by the second of two jobs",
    "1.21": "Cal.com has it, we do not",
    "1.22": "Errors while moving and cancelling",
    "1.23": "Moving the wrong appointment",
    "1.24": "Cancelling",
    "1.25": "Callers without a number",
    "1.26": "Names",
    "1.27": "Whose call is it?",
    "1.28": "Field names",
    "1.29": "Two rows for a call, or one that never ends",
    "1.30": "Events that never arrived",
    "1.31": "Requests that Cal.com refuses",
    "1.32": "A reply with hardly anything in it",
    "1.33": "In the way of oneself",
    "1.34": "Services of several segments",
    "1.35": "Spoken dates",
    "1.36": "A time that is over",
    "1.37": "Another company's data",
    "1.38": "What Cal.com's events could do",
    "1.39": "Protection that did not protect",
    "1.40": "Success that nobody could count",
    "1.41": "Further cases",
}
"""Each number of docs/incidents.md with its title; every one of them needs a scenario."""

_WORST_FIRST = (
    Verdict.FAILED,
    Verdict.ERROR,
    Verdict.INCONCLUSIVE,
    Verdict.NOT_CHECKED,
    Verdict.PASSED,
    Verdict.SKIPPED,
)
"""A scenario that does not run in this world says nothing beside one that does."""


def incident_rows(
    played: Iterable[tuple[str | None, str, Verdict]], expected: Sequence[str] = ()
) -> tuple[IncidentRow, ...]:
    """A row for each incident that was played or is expected, in the book's order.

    ``played`` are incident, scenario id and verdict. A row takes the worst verdict of its scenarios, and none
    where no scenario exists.
    """
    scenarios: dict[str, list[IncidentScenario]] = {number: [] for number in expected}
    for incident, scenario, verdict in played:
        if incident is not None:
            scenarios.setdefault(incident, []).append(IncidentScenario(scenario, verdict))
    return tuple(
        IncidentRow(number, INCIDENTS.get(number, ""), _worst(scenarios[number]), tuple(scenarios[number]))
        for number in sorted(scenarios, key=_in_the_books_order)
    )


def missing(rows: Iterable[IncidentRow]) -> list[str]:
    """The numbers of incidents that no scenario plays."""
    return [row.number for row in rows if row.verdict is None]


def _worst(scenarios: Sequence[IncidentScenario]) -> Verdict | None:
    return min((each.verdict for each in scenarios), key=_WORST_FIRST.index, default=None)


def _in_the_books_order(number: str) -> tuple[int, ...]:
    return tuple(int(part) if part.isdigit() else 9_999 for part in number.split("."))

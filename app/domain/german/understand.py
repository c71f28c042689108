"""What a caller, or a model in his place, says of a day and a time: one status, and all that was understood.

Text to tokens, tokens to finds, finds to wishes, wishes to calendar days and clock times, and one policy at the
end. ISO values take the same way. No library of dates is involved: none that was measured knows German
callers, opening hours, or how to ask.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

from app.domain.german.draft import Drafts, gather
from app.domain.german.holidays import HolidayOn
from app.domain.german.hours import open_times
from app.domain.german.items import Found, Item
from app.domain.german.policy import Place, judge
from app.domain.german.questions import ask
from app.domain.german.readings import Today
from app.domain.german.scan import scan
from app.domain.german.tokens import Tokens, tokenise
from app.domain.german.understanding import AskKind, Moment, Understanding, UnderstandingStatus
from app.domain.opening import OpeningHours

_LONE_DAY = re.compile(r"\s*(?:\d{1,2}\.?|\w+t(?:e|en|er|es|em))\s*")
"""„15.“ or „fünfzehnten“, alone in the date field."""

BERLIN = ZoneInfo("Europe/Berlin")

_ISO_INSTANT = re.compile(
    r"\s*\d{4}-\d\d-\d\d[T ]\d\d:\d\d(?::\d\d(?:\.\d{1,6})?)?(?:Z|[+-]\d\d:?\d\d)\s*", re.ASCII
)


def understand(
    text: str,
    now: datetime,
    opening_hours: OpeningHours | None = None,
    *,
    zone: ZoneInfo = BERLIN,
    holiday_on: HolidayOn | None = None,
    horizon: timedelta | None = None,
) -> Understanding:
    """Return what a phrase means at `now` (aware) in a branch's zone; it never raises.

    Without opening hours a spoken hour is read by day, and nothing is known to be closed.
    """
    place = _place(now, opening_hours, zone, holiday_on, horizon)
    tokens = tokenise(_local(text, zone))
    drafts = gather(scan(tokens))
    return replace(judge(drafts, place), source=_source(drafts, tokens))


def understand_fields(
    datum: str | None,
    uhrzeit: str | None,
    now: datetime,
    opening_hours: OpeningHours | None = None,
    *,
    said: str | None = None,
    zone: ZoneInfo = BERLIN,
    holiday_on: HolidayOn | None = None,
    horizon: timedelta | None = None,
) -> Understanding:
    """Return what a date field and a time field mean together; a whole phrase may stand in either.

    `said` is the caller's own words where the agent passes them on: values that say something else are asked
    about, never believed (incident 1.35).
    """
    place = _place(now, opening_hours, zone, holiday_on, horizon)
    found = _scan_fields(_local(datum or "", zone), _local(uhrzeit or "", zone))
    understood = judge(gather(found), place)
    if not said or not said.strip():
        return understood
    words = judge(gather(scan(tokenise(_local(said, zone)))), place)
    return _compared(understood, words)


def _scan_fields(datum: str, uhrzeit: str) -> Found:
    """Return the finds of both fields as one text; a bare number in the time field is an hour."""
    days = scan(tokenise(f"den {datum}" if _LONE_DAY.fullmatch(datum) else datum))
    times = scan(tokenise(uhrzeit), is_time_field=True)
    last = max((item.last for item in days.items), default=0)
    for item in times.items:
        days.items.append(Item(item.kind, item.value, item.lead, item.first + last, item.last + last))
    days.moves = days.moves or times.moves
    return days


def _place(
    now: datetime,
    hours: OpeningHours | None,
    zone: ZoneInfo,
    holiday_on: HolidayOn | None,
    horizon: timedelta | None,
) -> Place:
    local = now.astimezone(zone).replace(tzinfo=None)
    return Place(Today(local, _later(now, zone)), zone, open_times(hours, holiday_on), horizon)


def _later(now: datetime, zone: ZoneInfo) -> Callable[[int], datetime]:
    """Return how to go on by elapsed minutes: through UTC, so that a clock change does not stretch them."""

    def later(minutes: int) -> datetime:
        return (now.astimezone(UTC) + timedelta(minutes=minutes)).astimezone(zone).replace(tzinfo=None)

    return later


def _local(text: str, zone: ZoneInfo) -> str:
    """Return an ISO instant with an offset as the local wall clock; any other text as it is."""
    if not _ISO_INSTANT.fullmatch(text):
        return text
    try:
        return f"{datetime.fromisoformat(text.strip()).astimezone(zone):%Y-%m-%d %H:%M}"
    except (ValueError, OverflowError):
        return text


def _source(drafts: Drafts, tokens: Tokens) -> tuple[int, int] | None:
    firsts = [draft.first for draft in drafts.choices if draft.first is not None]
    if not firsts:
        return None
    return tokens.start[min(firsts)], tokens.end[max(draft.last for draft in drafts.choices) - 1]


def _compared(values: Understanding, words: Understanding) -> Understanding:
    """Return the agent's values where they are what the caller said, else the question which one holds."""
    if words.status is UnderstandingStatus.NOTHING:
        return values
    if values.status is UnderstandingStatus.NOTHING or words.status in (
        UnderstandingStatus.ASK,
        UnderstandingStatus.INVALID,
    ):
        return words
    same_day = words.date is None or values.date is None or words.date == values.date
    same_time = words.time is None or values.time is None or words.time == values.time
    if same_day and same_time:
        return values
    heard = Moment(words.date or values.date, words.time or values.time)
    sent = Moment(values.date or words.date, values.time or words.time)
    return ask(
        replace(
            words,
            status=UnderstandingStatus.ASK,
            kind=AskKind.DISAGREE,
            date=heard.date,
            time=heard.time,
            candidates=(heard, sent),
            instant=None,
            question=None,
        )
    )

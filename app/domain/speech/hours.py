"""Opening hours as they are said: in ranges, so that a week is one sentence."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import time

from app.domain.german.say import WEEKDAYS, say_clock
from app.domain.opening import OpeningHours

Spans = Sequence[tuple[time, time]]


def say_week(hours: OpeningHours) -> tuple[str, ...]:
    """Return the week's open days: "Montag bis Freitag von 9 bis 18 Uhr"; empty where no hours are known.

    Days that follow each other with the same hours are one range.
    """
    runs: list[tuple[int, int]] = []
    for day in range(1, len(WEEKDAYS) + 1):
        spans = hours.weekly_spans(day)
        if not spans:
            continue
        if runs and runs[-1][1] == day - 1 and spans == hours.weekly_spans(day - 1):
            runs[-1] = (runs[-1][0], day)
        else:
            runs.append((day, day))
    return tuple(f"{_say_days(*run)} {say_spans(hours.weekly_spans(run[0]))}" for run in runs)


def say_spans(spans: Spans) -> str:
    """Return "von 9 bis 12 Uhr und von 14 bis 18 Uhr"; as clock times where one of them has minutes."""
    if any(moment.minute for span in spans for moment in span):
        return " und ".join(f"von {say_clock(opens)} bis {say_clock(closes)}" for opens, closes in spans)
    return " und ".join(f"von {opens.hour} bis {closes.hour} Uhr" for opens, closes in spans)


def _say_days(first: int, last: int) -> str:
    if first == last:
        return WEEKDAYS[first - 1]
    joint = " und " if last == first + 1 else " bis "
    return f"{WEEKDAYS[first - 1]}{joint}{WEEKDAYS[last - 1]}"

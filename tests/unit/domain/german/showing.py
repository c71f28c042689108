"""An understanding in one line, for tables: status, kind, then the day and time or the readings to choose from."""

from __future__ import annotations

from datetime import datetime

from app.domain.german import Moment, Understanding, UnderstandingStatus, understand
from app.domain.opening import OpeningHours
from tests.unit.builders import BERLIN

HOURS = OpeningHours({str(day): [["09:00", "18:00"]] for day in range(1, 6)})


def shown(phrase: str, now: str, hours: OpeningHours | None = HOURS) -> str:
    """Return what a phrase means at a local time: „resolved 2025-10-16T14:30 approximate“."""
    return show(understand(phrase, datetime.fromisoformat(now).replace(tzinfo=BERLIN), hours))


def show(found: Understanding) -> str:
    """Return an understanding as one line."""
    words: list[str] = [str(found.status), str(found.kind or "")]
    if found.status is UnderstandingStatus.ASK and found.candidates:
        words += [_moment(moment) for moment in found.candidates]
    else:
        words.append(_moment(Moment(found.date, found.time)))
    words.append(f"end={_moment(found.end)}" if found.end else "")
    words.append(found.open or "")
    words.append(f"part={found.part}" if found.part else "")
    flags = {"approximate": found.approximate, "regional": found.regional, "assumed": found.assumed_day}
    words += [name for name, said in flags.items() if said]
    return " ".join(word for word in words if word)


def _moment(moment: Moment) -> str:
    day = moment.date.isoformat() if moment.date else ""
    return f"{day}T{moment.time:%H:%M}" if moment.time else day

"""The command `askpro german`: what a phrase means, as JSON; for people and for measuring the grammar."""

from __future__ import annotations

import json
import sys
from collections.abc import Mapping
from datetime import datetime
from typing import Any

import click

from app.clock import SystemClock
from app.domain.german import Moment, Understanding, UnderstandingStatus, understand
from app.domain.german.understand import BERLIN
from app.domain.opening import OpeningHours


@click.command()
@click.argument("phrase", required=False)
@click.option("--now", help="When it is said, ISO; without an offset in Berlin. Default: now.")
@click.option("--hours", help="Opening hours of every day, like 09:00-18:00. Default: not known.")
@click.option("--jsonl", is_flag=True, help="Read lines of {text, reference, hours?} from standard input.")
def german(phrase: str | None, now: str | None, hours: str | None, *, jsonl: bool) -> None:
    """Say what a German phrase means: a status, date and time, or the readings to choose from.

    Prints one JSON line a phrase. What we would ask goes to standard error.
    """
    if jsonl == (phrase is not None):
        raise click.UsageError("give a PHRASE or --jsonl")
    said_at = _instant(now) if now else SystemClock().now()
    week = _week(hours.split("-")) if hours else None
    if phrase is not None:
        found = understand(phrase, said_at, week)
        click.echo(json.dumps(to_json(found), ensure_ascii=False))
        if found.question:
            click.echo(found.question, err=True)
        return
    for number, line in enumerate(sys.stdin, start=1):
        if line.strip():
            click.echo(json.dumps(_answer(line, number, said_at, week), ensure_ascii=False))


def to_json(found: Understanding) -> dict[str, Any]:
    """Return an understanding as the command prints it (design, section 4.1)."""
    asks = found.status is UnderstandingStatus.ASK
    window = found.window
    return {
        "status": found.status,
        "date": found.date.isoformat() if found.date else None,
        "time": f"{found.time:%H:%M}" if found.time else None,
        "end": _moment(found.end) if found.end else None,
        "open": found.open,
        "part": found.part,
        "window": {"start": _moment(window.start), "end": _moment(window.end)} if window else None,
        "candidates": [_moment(moment) for moment in found.candidates] if asks else [],
    }


def _moment(moment: Moment) -> dict[str, str | None]:
    return {
        "date": moment.date.isoformat() if moment.date else None,
        "time": f"{moment.time:%H:%M}" if moment.time else None,
    }


def _answer(line: str, number: int, now: datetime, week: OpeningHours | None) -> dict[str, Any]:
    try:
        asked = json.loads(line)
    except ValueError:
        asked = None
    if not isinstance(asked, Mapping) or not isinstance(asked.get("text"), str):
        raise click.UsageError(f"line {number}: not an object with text")
    reference, hours = asked.get("reference"), asked.get("hours")
    said_at = _instant(str(reference)) if reference else now
    return to_json(understand(asked["text"], said_at, _week(hours) if hours else week))


def _instant(text: str) -> datetime:
    try:
        instant = datetime.fromisoformat(text)
    except ValueError as error:
        raise click.UsageError(f"no ISO date and time: {text}") from error
    return instant if instant.tzinfo else instant.replace(tzinfo=BERLIN)


def _week(span: list[str]) -> OpeningHours:
    try:
        opens, closes = (datetime.strptime(part.strip(), "%H:%M").time() for part in span)  # noqa: DTZ007 - a local time
    except (TypeError, ValueError, AttributeError) as error:
        raise click.UsageError(f"hours are like 09:00-18:00, not {span}") from error
    return OpeningHours({str(day): [[f"{opens:%H:%M}", f"{closes:%H:%M}"]] for day in range(1, 8)})

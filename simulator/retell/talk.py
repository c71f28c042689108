"""The conversation column: sentences in order, what each claims and whether that is so, pauses between them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from simulator.retell.books import BookRow, wished_start
from simulator.retell.conversation import Call, CallEvent, Turn
from simulator.retell.evidence import Evidence
from simulator.retell.phrasing import claim_of, clock_time, instant

_PAUSE = timedelta(seconds=5)
_VERDICTS = {
    "stimmt": ("stimmt", "ok"),
    "stimmt nicht": ("stimmt nicht", "bad"),
    "noch offen": ("offen", "warn"),
    "nicht geprüft": ("nicht geprüft", ""),
}


@dataclass(frozen=True, slots=True)
class TalkLine:
    """A sentence, or a pause or click between two (`speaker` ""); `claim` is what the sentence says is so."""

    speaker: str
    text: str
    at: datetime | None = None
    claim: str = ""
    kind: str = ""
    more: str = ""
    injected: bool = False
    newest: bool = False


def build_talk(call: Call, books: list[BookRow], evidence: Evidence) -> list[TalkLine]:
    """The lines of a call in order; the newest sentence of the agent is marked as such."""
    spoken = {turn.said_at: turn for turn in list(call.turns) if turn.said_at is not None}
    lines: list[TalkLine] = []
    before: CallEvent | None = None
    for event in [
        entry for entry in list(call.events) if entry.kind in ("agent", "caller", "clock", "worker")
    ]:
        if event.kind in ("clock", "worker"):
            lines.append(TalkLine("", str(event.data["text"]), event.at))
        else:
            if event.kind == "caller" and before is not None and event.at - before.at >= _PAUSE:
                lines.append(_pause(before.at, event.at, evidence, lines))
            turn = spoken.get(event.at) if event.kind == "agent" else None
            lines.append(_sentence(event, turn, books))
        before = event
    return _with_newest(lines)


def open_turn(call: Call) -> Turn | None:
    """The turn the agent still owes an answer in."""
    return next((turn for turn in reversed(list(call.turns)) if turn.is_open), None)


def _sentence(event: CallEvent, turn: Turn | None, books: list[BookRow]) -> TalkLine:
    speaker = "Agent" if event.kind == "agent" else "Anrufer"
    text = str(event.data["text"])
    last = turn.exchanges[-1] if turn is not None and turn.exchanges else None
    if last is None or last.answer is None or not last.status:
        return TalkLine(speaker, text, event.at)
    word, kind = _judged(last.status, wished_start(last.args), books)
    alternatives = last.answer.get("alternatives") or []
    verified = sum(1 for entry in alternatives if isinstance(entry, dict) and entry.get("verified"))
    more = f"{verified} Alternative{'n' if verified > 1 else ''} geprüft" if verified else ""
    claim = f"sagt: {claim_of(last.status)}"
    return TalkLine(speaker, text, event.at, f"{claim} · {word}" if word else claim, kind, more)


def _judged(status: str, start: datetime | None, books: list[BookRow]) -> tuple[str, str]:
    """Whether the books bear a claim out; an offer and a question claim nothing that could be false later."""
    if status not in ("booked", "pending", "slot_taken", "timeout", "duplicate_detected"):
        return "", ""
    row = next((row for row in books if row.start == start), None)
    if row is None:
        return "", ""
    return _VERDICTS.get(row.verdict, ("", ""))


def _pause(start: datetime, end: datetime, evidence: Evidence, lines: list[TalkLine]) -> TalkLine:
    seconds = f"{(end - start).total_seconds():.1f}".replace(".", ",")
    took = [
        f"Rivale nimmt {clock_time(begins)}"
        for booking in evidence.bookings
        if booking.get("origin") == "rival"
        and (made := instant(booking.get("createdAt")))
        and start <= made <= end
        and (begins := instant(booking.get("start")))
    ]
    jumped = bool(lines) and lines[-1].speaker == ""
    words = [] if jumped and not took else [f"{seconds} s Pause"]
    return TalkLine("", " · ".join([*words, *took]), end, injected=bool(took))


def _with_newest(lines: list[TalkLine]) -> list[TalkLine]:
    newest = max((at for at, line in enumerate(lines) if line.speaker == "Agent"), default=None)
    return [
        line
        if at != newest
        else TalkLine(line.speaker, line.text, line.at, line.claim, line.kind, line.more, newest=True)
        for at, line in enumerate(lines)
    ]

"""The conversation column: sentences in order, what each claims and whether that is so, pauses between them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from simulator.retell.books import BookRow, wished_start
from simulator.retell.conversation import Call, CallEvent, Exchange, Turn
from simulator.retell.evidence import Evidence
from simulator.retell.journal_steps import list_happenings
from simulator.retell.phrasing import claim_of, clock_time, wall

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
    for event in list(call.events):
        if event.kind in ("agent", "caller"):
            turn = spoken.get(event.at) if event.kind == "agent" else None
            lines.append(_sentence(event, turn, books, call.exchanges))
        elif event.kind in ("clock", "worker"):
            lines.append(TalkLine("", str(event.data["text"]), event.at))
    lines = sorted([*lines, *_injected(call, evidence)], key=lambda line: line.at or call.started_at)
    return _with_newest(_joined(_with_pauses(lines)))


def open_turn(call: Call) -> Turn | None:
    """The turn the agent still owes an answer in."""
    return next((turn for turn in reversed(list(call.turns)) if turn.is_open), None)


def _sentence(
    event: CallEvent, turn: Turn | None, books: list[BookRow], exchanges: list[Exchange]
) -> TalkLine:
    speaker = "Agent" if event.kind == "agent" else "Anrufer"
    text = str(event.data["text"])
    last = turn.exchanges[-1] if turn is not None and turn.exchanges else None
    if last is None or last.answer is None or not last.status:
        return TalkLine(speaker, text, event.at)
    word, kind = _judged(last.status, wished_start(last, exchanges), books)
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


def _injected(call: Call, evidence: Evidence) -> list[TalkLine]:
    return [
        TalkLine(
            "",
            f"{wall(each.at)} Später Commit: Buchung entsteht"
            if each.fault
            else f"Rivale nimmt {clock_time(each.start)}",
            each.at,
            injected=True,
        )
        for each in list_happenings(call, evidence)
    ]


def _with_pauses(lines: list[TalkLine]) -> list[TalkLine]:
    """Add a line where nobody spoke for long; a jump of the clock says so itself."""
    result: list[TalkLine] = []
    ended: datetime | None = None
    jumped = False
    for line in lines:
        if line.speaker and line.at is not None:
            if line.speaker == "Anrufer" and ended is not None and line.at - ended >= _PAUSE and not jumped:
                seconds = f"{(line.at - ended).total_seconds():.1f}".replace(".", ",")
                result.append(TalkLine("", f"{seconds} s Pause", line.at))
            ended, jumped = line.at, False
        elif not line.injected:
            jumped = True
        result.append(line)
    return result


def _joined(lines: list[TalkLine]) -> list[TalkLine]:
    """What lies between two sentences as one line, the lengths first."""
    result: list[TalkLine] = []
    for line in lines:
        if result and not line.speaker and not result[-1].speaker:
            before = result.pop()
            first, second = (line, before) if before.injected and not line.injected else (before, line)
            text = f"{first.text} · {second.text}"
            line = TalkLine("", text, line.at, injected=first.injected or second.injected)  # noqa: PLW2901
        result.append(line)
    return result


def _with_newest(lines: list[TalkLine]) -> list[TalkLine]:
    newest = max((at for at, line in enumerate(lines) if line.speaker == "Agent"), default=None)
    return [
        line
        if at != newest
        else TalkLine(line.speaker, line.text, line.at, line.claim, line.kind, line.more, newest=True)
        for at, line in enumerate(lines)
    ]

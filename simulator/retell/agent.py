"""A scripted German voice agent: asks, checks, reads back, books on a yes, and never says "gebucht" itself.

Other errands (cancelling, moving, asking) are those of `errands`.

It plays the language model's part: the caller's words of days and times go to the gateway as they are.
Whatever it states about an appointment is the gateway's `message`, word for word; its own sentences only
greet, ask and say goodbye.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from simulator.retell.errands import ASKS_FOR_NAME, FUNCTIONS, Do, Errand
from simulator.retell.hearing import SERVICES, Heard, hear
from simulator.retell.spoken_time import names_part_of_day

BERLIN = ZoneInfo("Europe/Berlin")
CHECK = "check-availability"
COLLECT = "collect-appointment"
_MAX_ALTERNATIVES = 5
_NO_WORDS = "Entschuldigung, das hat leider nicht geklappt."


@dataclass(frozen=True, slots=True)
class Say:
    """The agent speaks a sentence of its own."""

    text: str


@dataclass(frozen=True, slots=True)
class Invoke:
    """The agent calls a function of the gateway."""

    function: str
    args: dict[str, Any]


@dataclass(frozen=True, slots=True)
class HangUp:
    """The agent says a last sentence and ends the call."""

    text: str


Act = Say | Invoke | HangUp


@dataclass(slots=True)
class Agent:
    """The agent's memory in one call; `name` is what the salon knows of the caller, if anything.

    `day` and `at` are words: the caller's own, or those of an alternative that was picked.
    """

    company: str
    name: str | None = None
    services: tuple[str, ...] = SERVICES
    day: str | None = None
    at: str | None = None
    service: str | None = None
    phone: str | None = None
    email: str | None = None
    offered: tuple[str | None, str | None] | None = None
    alternatives: list[datetime] = field(default_factory=list)
    confirmed: bool = False
    asked_name: bool = False
    errand: Errand | None = None

    def greeting(self) -> str:
        """The sentence the call begins with."""
        return f"{self.company}, guten Tag. Was kann ich für Sie tun?"

    def hear(self, utterance: str) -> Act:
        """Decide what follows an utterance."""
        heard = hear(utterance, expects_name=self.asked_name, services=self.services)
        other_service = heard.service not in (None, self.service) and self.offered is not None
        self._remember(heard)
        if heard.bye and not heard.yes:
            return HangUp("Auf Wiederhören.")
        if heard.intent is not None and (self.errand is None or self.errand.intent is not heard.intent):
            self.errand = Errand(heard.intent)
        if self.errand is not None:
            return self._run_errand(self.errand, utterance, heard)
        if self.alternatives and (picked := self._pick(heard)):
            return self._take(picked)
        if other_service or self._is_new_wish(heard):
            return self._wish(heard)
        if heard.no:
            return self._withdraw()
        return self._go_on(heard)

    def after(self, function: str, args: dict[str, Any], answer: dict[str, Any]) -> str:
        """The sentence that follows a function's answer: the gateway's words, then at most a question."""
        if function in FUNCTIONS.values():
            return self._after_errand(answer)
        status = answer.get("status")
        message = str(answer.get("message") or _NO_WORDS)
        self.alternatives = _alternatives(answer)
        self.asked_name = status == "missing_customer_name"
        if status == "available" or answer.get("awaiting_confirmation"):
            self.offered = (args.get("datum"), args.get("uhrzeit"))
            self.confirmed = False
            if self.name is None:
                self.asked_name = True
                return f"{message} Auf welchen Namen?"
        elif status != "missing_customer_name":
            self._forget(status)
            # a slot lost after the caller's yes stays confirmed: picking an alternative books it
            self.confirmed = function == COLLECT and bool(self.alternatives)
            self.offered = None
        return message

    def _run_errand(self, errand: Errand, utterance: str, heard: Heard) -> Act:
        if heard.no and heard.day is None and heard.at is None:
            self.errand = None
            return Say("Gut, dann bleibt alles, wie es ist. Kann ich sonst etwas für Sie tun?")
        given = {"name": self.name, "telefon": self.phone}
        act = errand.hear(utterance, heard, {key: value for key, value in given.items() if value})
        return Invoke(act.function, act.args) if isinstance(act, Do) else Say(act.text)

    def _after_errand(self, answer: dict[str, Any]) -> str:
        self.asked_name = answer.get("status") in ASKS_FOR_NAME
        if self.errand is not None:
            self.errand.after(answer, _alternatives(answer))
            self.errand = None if self.errand.is_over else self.errand
        return str(answer.get("message") or _NO_WORDS)

    def suggestions(self) -> list[str]:
        """What a caller may well say next, for the page's quick answers."""
        if self.errand is not None and self.errand.ready:
            return ["Ja, bitte verschieben", "Nein, danke"]
        if self.alternatives:
            return [f"Um {at:%H:%M} Uhr" for at in self.alternatives[:2]] + ["Nein, danke"]
        if self.offered and self.name:
            return ["Ja, bitte buchen", "Nein, danke"]
        if self.offered or self.asked_name:
            return ["Ja, bitte buchen, auf Erika Muster", "Nein, danke"]
        return [first_words(self.services), "Auf Wiederhören"]

    def _remember(self, heard: Heard) -> None:
        self.name = heard.name or self.name
        self.phone = heard.phone or self.phone
        self.email = heard.email or self.email
        self.service = heard.service or self.service

    def _pick(self, heard: Heard) -> datetime | None:
        """The offered alternative an utterance means, if it means one."""
        if heard.choice is not None and heard.choice < len(self.alternatives) and heard.at is None:
            return self.alternatives[heard.choice]
        if heard.at is not None:
            return next((at for at in self.alternatives if _fits(at, heard)), None)
        agreed = heard.yes and not heard.no and heard.day is None
        return self.alternatives[0] if agreed and len(self.alternatives) == 1 else None

    def _take(self, picked: datetime) -> Act:
        self.day, self.at = f"{picked:%d.%m.%Y}", f"{picked:%H:%M}"
        self.alternatives = []
        if not self.confirmed:
            return self._check()
        self.offered = (self.day, self.at)
        return self._book()

    def _is_new_wish(self, heard: Heard) -> bool:
        if heard.day is None and heard.at is None:
            return False
        wish = (heard.day or self.day, heard.at or self.at)
        return not (heard.yes and wish == self.offered)

    def _wish(self, heard: Heard) -> Act:
        self.day = heard.day or self.day
        self.at = heard.at or self.at
        self.offered, self.alternatives, self.confirmed = None, [], False
        complete = self.day and (self.at or names_part_of_day(self.day))
        return self._check() if complete else self._ask()

    def _forget(self, status: object) -> None:
        """Drop the words the gateway could not use, so that the caller's next ones do not meet them."""
        if status in ("past_time", "invalid_date", "closed"):
            self.at = None
        if status in ("past_time", "invalid_date"):
            self.day = None

    def _withdraw(self) -> Act:
        self.offered, self.alternatives, self.confirmed = None, [], False
        self.day = self.at = None
        return Say("Gut, dann buche ich nichts. Kann ich sonst etwas für Sie tun?")

    def _go_on(self, heard: Heard) -> Act:
        if self.alternatives:
            return Say("Welche der genannten Zeiten möchten Sie?")
        if self.offered is None and not (self.asked_name and self.name and self.day and self.at):
            return self._ask()
        self.confirmed = self.confirmed or heard.yes
        if self.name is None:
            self.asked_name = True
            return Say("Auf welchen Namen darf ich den Termin eintragen?")
        if self.confirmed:
            return self._book()
        thanks = f"Danke, {self.name}." if heard.name else "Gerne."
        return Say(f"{thanks} Soll ich den Termin für Sie buchen?")

    def _ask(self) -> Say:
        if self.day is None and self.at is None:
            return Say("Für welchen Tag und welche Uhrzeit möchten Sie einen Termin?")
        if self.day is None:
            return Say("Für welchen Tag möchten Sie den Termin?")
        if self.at is None:
            return Say("Um wie viel Uhr möchten Sie kommen?")
        return Say("Kann ich sonst etwas für Sie tun?")

    def _check(self) -> Invoke:
        return Invoke(CHECK, self._args())

    def _book(self) -> Invoke | Say:
        if self.name is None:
            self.asked_name = True
            return Say("Auf welchen Namen darf ich den Termin eintragen?")
        self.asked_name = False
        details = {"name": self.name, "telefon": self.phone, "email": self.email}
        given = {key: value for key, value in details.items() if value}
        return Invoke(COLLECT, {**self._args(), **given, "bestaetigung": True})

    def _args(self) -> dict[str, Any]:
        if self.day is None:
            raise ValueError("a day must be known before a function is called")
        args: dict[str, Any] = {"datum": self.day}
        if self.at:
            args["uhrzeit"] = self.at
        if self.service:
            args["dienstleistung"] = self.service
        return args


def first_words(services: tuple[str, ...]) -> str:
    """What a caller may well begin with."""
    return f"{services[0] if services else 'Ein Termin'} am Montag, 14 Uhr"


def _alternatives(answer: dict[str, Any]) -> list[datetime]:
    """Local times that an answer offers instead; whatever cannot be read is left out."""
    found = []
    offered = answer.get("alternatives")
    for entry in offered[:_MAX_ALTERNATIVES] if isinstance(offered, list) else []:
        text = entry.get("time") if isinstance(entry, dict) else entry
        try:
            at = datetime.fromisoformat(str(text))
        except ValueError:
            continue
        found.append(at.astimezone(BERLIN).replace(tzinfo=None) if at.tzinfo else at)
    return found


def _fits(at: datetime, heard: Heard) -> bool:
    """Whether an alternative was repeated: its digits are in the words for it."""
    numbers = [int(number) for number in re.findall(r"\d+", heard.at or "")]
    return heard.day is None and numbers in ([at.hour, at.minute], [at.hour] if at.minute == 0 else [-1])


def _spoken(at: datetime) -> str:
    return f"{at.hour} Uhr {at.minute:02d}" if at.minute else f"{at.hour} Uhr"

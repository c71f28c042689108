"""What the console's forms do; each act returns a note for the reader, "" when all went well."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

from flask import request

from simulator.calcom.accounts import Account, Accounts
from simulator.calcom.admin import emit_webhook
from simulator.calcom.presets import lift_preset, set_preset
from simulator.calcom.view import AccountsView
from simulator.control.clock import SteerableClock
from simulator.control.routes import advance, set_mode
from simulator.retell.phrasing import BERLIN

Form = dict[str, str]


class Acts:
    """The forms of one simulator's console."""

    def __init__(self, accounts: Accounts, clock: SteerableClock, view: AccountsView) -> None:
        self._accounts = accounts
        self._clock = clock
        self._view = view

    def find(self, verb: str) -> Callable[[Form], str]:
        """The act behind a form's address.

        Raises:
            ValueError: there is none.
        """
        acts: dict[str, Callable[[Form], str]] = {
            "clock": self.move_clock,
            "slot": self.click_slot,
            "preset": self.toggle_preset,
            "fault": self.add_fault,
            "remove-fault": self.remove_fault,
            "clear-faults": self.clear_faults,
            "policy": self.set_policy,
            "redeliver": self.redeliver,
            "emit": self.emit,
            "clear-journal": self.clear_journal,
            "reset": self.reset,
            "load": self.load,
            "account": self.create_account,
        }
        if verb not in acts:
            raise ValueError(f"„{verb}“ gibt es nicht")
        return acts[verb]

    def move_clock(self, form: Form) -> str:
        """Ahead by `seconds`, to the local time `to`, or let it stand or run."""
        if form.get("mode"):
            set_mode(self._clock, form["mode"])
        elif form.get("to"):
            target = datetime.fromisoformat(form["to"]).replace(tzinfo=BERLIN).astimezone(UTC)
            self._clock.set(target)
        else:
            advance(self._clock, _number(form.get("seconds", "0")))
        return ""

    def click_slot(self, form: Form) -> str:
        """A click in the calendar: take a free slot, or free a taken one."""
        if form.get("uid"):
            self._view.release_slot(form.get("account"), form["uid"])
            return ""
        start = datetime.fromisoformat(form.get("start", "")).replace(tzinfo=BERLIN)
        kind = form.get("event_type_id", "")
        self._view.take_slot(form.get("account"), start, int(kind) if kind.isdecimal() else None)
        return ""

    def toggle_preset(self, form: Form) -> str:
        """Set a trap, or take it away when it is set."""
        account, name = self._account(form), form.get("preset", "")
        if form.get("armed"):
            lift_preset(account, name)
        else:
            set_preset(account, name, {})
        return ""

    def add_fault(self, form: Form) -> str:
        """A rule of one's own: operation, phase, effect as a word, a status or JSON, times and skip."""
        rule: dict[str, Any] = {"on": form.get("on", "*"), "when": form.get("when", "before")}
        effect = _effect(form.get("effect", ""))
        if effect is not None:
            rule["effect"] = effect
        for name in ("times", "skip"):
            if form.get(name, "").isdecimal():
                rule[name] = int(form[name])
        self._account(form).faults.add(rule)
        return ""

    def remove_fault(self, form: Form) -> str:
        """One rule away."""
        self._account(form).faults.clear(form.get("id", ""))
        return ""

    def clear_faults(self, form: Form) -> str:
        """All rules away; the ones that never fired are named, since a trap nobody met proves nothing."""
        unused = [rule for rule in self._account(form).faults.clear() if not rule.fired]
        return (
            f"{len(unused)} nie ausgelöst: {', '.join(rule.name or rule.id for rule in unused)}"
            if unused
            else ""
        )

    def set_policy(self, form: Form) -> str:
        """How webhooks go out from now on."""
        self._account(form).deliveries.set_policy({"mode": form.get("mode", "normal")})
        return ""

    def redeliver(self, form: Form) -> str:
        """A webhook once more."""
        self._account(form).deliveries.redeliver(form.get("id", ""))
        return ""

    def emit(self, form: Form) -> str:
        """Any event by hand."""
        wish = {name: form[name] for name in ("trigger", "booking_uid") if form.get(name)}
        sent = emit_webhook(self._account(form), wish)
        return "" if sent else "Niemand hat dieses Ereignis abonniert."

    def clear_journal(self, form: Form) -> str:
        """Forget the journal."""
        self._account(form).journal.clear()
        return ""

    def reset(self, form: Form) -> str:
        """The account back to its first state; others stay as they are."""
        account = self._account(form)
        account.reset()
        return f"Konto {account.name} ist zurückgesetzt."

    def load(self, form: Form) -> str:
        """A saved state back into the account."""
        upload = request.files.get("state")
        document = json.loads(upload.read() if upload else form.get("text", ""))
        account = self._accounts.put_state(self._account(form).key, document)
        return f"Zustand von {account.name} ist geladen."

    def create_account(self, form: Form) -> str:
        """A new account with an empty calendar."""
        account = self._accounts.create(form.get("name", "").strip(), form.get("key", "").strip() or None)
        return f"Konto {account.name} mit dem Schlüssel {account.key} ist angelegt."

    def _account(self, form: Form) -> Account:
        return self._accounts.get(form.get("account") or None)


def _effect(text: str) -> Any:
    """An effect from what somebody typed: nothing, a status, a name, or JSON."""
    text = text.strip()
    if not text:
        return None
    if text.isdecimal():
        return {"status": int(text)}
    if text.startswith("{"):
        try:
            return json.loads(text)
        except ValueError as error:
            raise ValueError(f"Der Effekt ist kein JSON: {error}") from error
    return text


def _number(text: str) -> float:
    try:
        return float(text.replace(",", "."))
    except ValueError as error:
        raise ValueError(f"„{text}“ ist keine Zahl") from error

"""The call page and its forms; every form works as a plain POST, the script only saves the reload."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from typing import Any
from urllib.parse import quote, urlencode

from flask import Blueprint, Response, jsonify, make_response, redirect, render_template, request
from werkzeug.wrappers import Response as BaseResponse

from simulator.retell.conversation import Call, WrongStateError
from simulator.retell.desk import CallDesk, UnknownCallError
from simulator.retell.gateway import GatewayGoneError
from simulator.retell.page_model import Chosen, PageModel, build_model, filters
from simulator.retell.phrasing import BERLIN, short_day, span
from simulator.retell.ports import CalcomRefusedError, CalcomView
from simulator.retell.presets import find_preset
from simulator.retell.routes_api import events_json
from simulator.retell.step import LANE_PERCENT, LANE_WORDS

PAGE = "/test/retell-simulator"
POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; "
    "form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
)
_THEMES = ("light", "dark")
_YEAR_SECONDS = 365 * 24 * 3600
_HANDLED = (UnknownCallError, WrongStateError, CalcomRefusedError, GatewayGoneError, ValueError)

Act = Callable[[dict[str, str]], "tuple[Call | None, str]"]


def add_page(blueprint: Blueprint, desk: CallDesk, calcom: CalcomView) -> None:
    """Register the page, its live parts and its forms."""
    acts = _Acts(desk, calcom)

    @blueprint.get(PAGE)
    @blueprint.get(f"{PAGE}/")
    def show_page() -> Response:
        return _page(build_model(desk, calcom, None, _chosen()))

    @blueprint.get(f"{PAGE}/<identifier>")
    def show_call(identifier: str) -> BaseResponse:
        try:
            call = desk.get_call(identifier)
        except UnknownCallError:
            return redirect(_address(None, "Diesen Anruf gibt es nicht mehr.", {}), 303)
        return _page(build_model(desk, calcom, call, _chosen()))

    @blueprint.get("/test/api/retell/calls/<identifier>/parts")
    def show_parts(identifier: str) -> Response:
        call = desk.get_call(identifier)
        known = events_json(call, request.args.get("after", 0, type=int))
        model = build_model(desk, calcom, call, _chosen())
        return jsonify({**known, "html": render_template("retell/parts.html", **_context(model))})

    @blueprint.post(f"{PAGE}/act/<verb>")
    def act(verb: str) -> BaseResponse:
        form = request.form.to_dict()
        if verb == "theme":
            return _set_theme(form)
        try:
            call, note = acts.find(verb)(form)
        except _HANDLED as error:
            call, note = acts.call_of(form), str(error)
        if "application/json" in request.headers.get("Accept", ""):
            return jsonify({"call_id": call.id if call else None, "note": note})
        return redirect(_address(call, note, form), 303)


class _Acts:
    """What the forms do; each returns the call to show and a note ("" when all went well)."""

    def __init__(self, desk: CallDesk, calcom: CalcomView) -> None:
        self._desk = desk
        self._calcom = calcom

    def find(self, verb: str) -> Act:
        """The act behind a form's address.

        Raises:
            ValueError: there is none.
        """
        acts: dict[str, Act] = {
            "call": self.start_call,
            "say": self.say,
            "resend": self.resend,
            "hang-up": self.hang_up,
            "clock": self.move_clock,
            "worker": self.run_worker,
            "slot": self.click_slot,
            "fault": self.toggle_fault,
            "clear-faults": self.clear_faults,
        }
        if verb not in acts:
            raise ValueError(f"„{verb}“ gibt es nicht")
        return acts[verb]

    def call_of(self, form: dict[str, str]) -> Call | None:
        """The call a form belongs to, None before the first."""
        try:
            return self._desk.get_call(form["call_id"]) if form.get("call_id") else None
        except UnknownCallError:
            return None

    def start_call(self, form: dict[str, str]) -> tuple[Call, str]:
        return self._desk.start_call(form.get("from_number"), form.get("to_number")), ""

    def say(self, form: dict[str, str]) -> tuple[Call, str]:
        text = (form.get("quick") or form.get("text", "")).strip()
        call = self.call_of(form) or self.start_call(form)[0]
        if text:
            self._desk.say(call, text[:1000])
        return call, ""

    def resend(self, form: dict[str, str]) -> tuple[Call | None, str]:
        call = self._desk.get_call(form.get("call_id", ""))
        self._desk.resend(call)
        return call, ""

    def hang_up(self, form: dict[str, str]) -> tuple[Call | None, str]:
        call = self._desk.get_call(form.get("call_id", ""))
        self._desk.hang_up(call)
        return call, ""

    def move_clock(self, form: dict[str, str]) -> tuple[Call | None, str]:
        """Move the fake's clock and the gateway's: ahead by `seconds`, or to the local time `to`."""
        call = self.call_of(form)
        if form.get("to"):
            target = datetime.fromisoformat(form["to"]).replace(tzinfo=BERLIN).astimezone(UTC)
            self._desk.clock.set(target)
            words = f"Uhr gestellt auf {short_day(target)}"
        else:
            seconds = float(form.get("seconds", "0"))
            self._desk.clock.advance(seconds)
            words = (
                "1 Tag später"
                if seconds == timedelta(days=1).total_seconds()
                else f"{span(seconds * 1000)} gewartet"
            )
        now = self._desk.clock.now()
        if call is not None:
            call.record("clock", now, text=words)
        self._desk.gateway.set_clock(now)
        return call, ""

    def run_worker(self, form: dict[str, str]) -> tuple[Call | None, str]:
        call = self.call_of(form)
        done = self._desk.gateway.run_worker()
        if call is not None:
            call.record("worker", self._desk.clock.now(), text=f"Arbeiter lief: {done} erledigt")
        return call, ""

    def click_slot(self, form: dict[str, str]) -> tuple[Call | None, str]:
        """A click in the calendar: a rival takes the slot, or gives his up."""
        account = form.get("account") or None
        if form.get("uid"):
            self._calcom.release_slot(account, form["uid"])
        else:
            start = datetime.fromisoformat(form.get("start", "")).replace(tzinfo=BERLIN)
            event_type = form.get("event_type_id")
            self._calcom.take_slot(account, start, int(event_type) if event_type else None)
        return self.call_of(form), ""

    def toggle_fault(self, form: dict[str, str]) -> tuple[Call | None, str]:
        """Arm a preset, or disarm the fault with the given id."""
        account, call = form.get("account") or None, self.call_of(form)
        if form.get("id"):
            self._calcom.remove_fault(account, form["id"])
            return call, ""
        preset = find_preset(form.get("preset", ""))
        if preset is None:
            raise ValueError("Diese Störung gibt es nicht")
        armed = self._calcom.add_fault(account, preset.rule)
        if call is not None and call.is_ongoing:
            text = f"Störung gesetzt: {preset.title}"
            call.record("fault", self._desk.clock.now(), text=text, fault=armed.get("id"))
        return call, ""

    def clear_faults(self, form: dict[str, str]) -> tuple[Call | None, str]:
        self._calcom.remove_fault(form.get("account") or None, None)
        return self.call_of(form), ""


def _chosen() -> Chosen:
    """What the query asks to see; what cannot be read is left out."""
    try:
        monday = date.fromisoformat(request.args.get("woche", ""))
    except ValueError:
        monday = None
    return Chosen(
        monday=monday,
        event_type_id=request.args.get("leistung", type=int),
        number=request.args.get("an", ""),
        caller=request.args.get("von", ""),
        note=request.args.get("hinweis", "")[:300],
    )


def _context(model: PageModel) -> dict[str, Any]:
    theme = request.cookies.get("theme", "")
    return {
        "page": model,
        "address": PAGE,
        "theme": theme if theme in _THEMES else "",
        "lanes": [(LANE_PERCENT[lane], *LANE_WORDS[lane]) for lane in LANE_PERCENT],
        "lane_percent": LANE_PERCENT,
        "week_step": timedelta(days=7),
        "say": filters(),
    }


def _page(model: PageModel) -> Response:
    response = make_response(render_template("retell/page.html", **_context(model)))
    response.headers["Content-Security-Policy"] = POLICY
    response.headers["X-Content-Type-Options"] = "nosniff"
    response.headers["Referrer-Policy"] = "no-referrer"
    response.headers["Cache-Control"] = "no-store"
    return response


def _set_theme(form: dict[str, str]) -> BaseResponse:
    """Remember light or dark; back to the page the form came from."""
    identifier = form.get("call_id")
    response = redirect(f"{PAGE}/{quote(identifier)}" if identifier else PAGE, 303)
    if form.get("theme") in _THEMES:
        response.set_cookie("theme", form["theme"], max_age=_YEAR_SECONDS, samesite="Lax", httponly=True)
    return response


def _address(call: Call | None, note: str, form: dict[str, str]) -> str:
    """The page a plain POST goes back to, with the choices it came with."""
    query = {"woche": form.get("woche"), "leistung": form.get("event_type_id"), "hinweis": note}
    if call is None:
        query |= {"an": form.get("to_number"), "von": form.get("from_number")}
    given = urlencode({name: value for name, value in query.items() if value})
    return f"{PAGE}{'/' + call.id if call else ''}{'?' + given if given else ''}"

"""Addresses of the console: the page, its live parts, and its forms, which also work as plain POSTs."""

from __future__ import annotations

from datetime import date, timedelta
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

from flask import Blueprint, Response, jsonify, make_response, redirect, render_template, request, send_file
from werkzeug.wrappers import Response as BaseResponse

from simulator.calcom.accounts import Accounts
from simulator.calcom.exchange import Operation
from simulator.calcom.view import AccountsView
from simulator.calcom.webhook_bodies import TRIGGERS
from simulator.console import words
from simulator.console.acts import Acts
from simulator.console.model import Chosen, Console, ConsoleReader, cell_label
from simulator.control.clock import SteerableClock
from simulator.control.errors import ControlError
from simulator.control.faults import Phase
from simulator.control.routes import clock_face
from simulator.retell.page_model import filters
from simulator.retell.ports import CalcomRefusedError

PAGE = "/__admin"
POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; "
    "form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
)
_THEMES = ("light", "dark")
_YEAR_SECONDS = 365 * 24 * 3600
_STYLES = Path(__file__).parents[1] / "retell" / "static" / "askpro.css"
_KEPT = ("account", "leistung", "woche", "suche", "offen")


def add_routes(
    blueprint: Blueprint,
    accounts: Accounts,
    clock: SteerableClock,
    view: AccountsView,
    operations: tuple[Operation, ...],
) -> None:
    """Register the page, its parts and its forms."""
    reader = ConsoleReader(accounts, clock, view, operations)
    _add_forms(blueprint, Acts(accounts, clock, view))

    @blueprint.get("")
    @blueprint.get("/")
    def show_page() -> BaseResponse:
        if not _wants_page():
            return jsonify(
                {"name": "Cal.com simulator", "openapi": f"{PAGE}/openapi.json", **clock_face(clock)}
            )
        try:
            console = reader.read(_chosen())
        except ControlError as error:
            return redirect(_address({}, error.message), 303)
        return _page(console, operations)

    @blueprint.get("/parts")
    def show_parts() -> Response:
        console = reader.read(_chosen())
        return jsonify({"html": render_template("console/parts.html", **_context(console, operations))})

    @blueprint.get("/static/askpro.css")
    def styles() -> Response:
        return send_file(_STYLES, mimetype="text/css", conditional=True)


def _add_forms(blueprint: Blueprint, acts: Acts) -> None:
    @blueprint.post("/act/<verb>")
    def act(verb: str) -> BaseResponse:
        form = request.form.to_dict()
        if verb == "theme":
            return _set_theme(form)
        try:
            note = acts.find(verb)(form)
        except (ControlError, CalcomRefusedError) as error:
            note = error.message
        except ValueError as error:
            note = str(error)
        if "application/json" in request.headers.get("Accept", ""):
            return jsonify({"note": note})
        return redirect(_address(form, note), 303)


def _wants_page() -> bool:
    best = request.accept_mimetypes.best_match(["application/json", "text/html"])
    return best == "text/html"


def _chosen() -> Chosen:
    """What the query asks to see; what cannot be read is left out."""
    try:
        monday = date.fromisoformat(request.args.get("woche", ""))
    except ValueError:
        monday = None
    return Chosen(
        account=request.args.get("account") or None,
        event_type_id=request.args.get("leistung", type=int),
        monday=monday if monday and date(1971, 1, 1) < monday < date(2999, 1, 1) else None,
        search=request.args.get("suche", "").strip()[:100],
        opened=request.args.get("offen", type=int),
        note=request.args.get("hinweis", "")[:300],
    )


def _context(console: Console, operations: tuple[Operation, ...]) -> dict[str, Any]:
    theme = request.cookies.get("theme", "")
    kept = {name: request.args[name] for name in _KEPT if request.args.get(name)}

    def link(**changes: object) -> str:
        """This page with other choices."""
        given = {**kept, **{name: str(value) for name, value in changes.items() if value not in (None, "")}}
        gone = {name for name, value in changes.items() if value in (None, "")}
        return f"{PAGE}?{urlencode({name: value for name, value in given.items() if name not in gone})}"

    return {
        "page": console,
        "address": PAGE,
        "base_url": f"{request.host_url}v2",
        "kept": kept,
        "link": link,
        "operations": sorted({operation.name for operation in operations}),
        "phases": [(phase.value, words.PHASES[phase.value]) for phase in Phase],
        "policies": words.POLICIES,
        "triggers": TRIGGERS,
        "check_words": words.CHECKS,
        "check_result": words.check_result,
        "pretty": words.pretty,
        "local_text": words.local_text,
        "cell_label": cell_label,
        "week_step": timedelta(days=7),
        "say": filters(),
        "theme": theme if theme in _THEMES else "",
    }


def _page(console: Console, operations: tuple[Operation, ...]) -> Response:
    response = make_response(render_template("console/page.html", **_context(console, operations)))
    response.headers["Content-Security-Policy"] = POLICY
    response.headers["X-Content-Type-Options"] = "nosniff"
    response.headers["Referrer-Policy"] = "no-referrer"
    response.headers["Cache-Control"] = "no-store"
    response.headers["Vary"] = "Accept, Cookie"
    return response


def _set_theme(form: dict[str, str]) -> BaseResponse:
    """Remember light or dark; back to the page the form came from."""
    response = redirect(_address(form, ""), 303)
    if form.get("theme") in _THEMES:
        response.set_cookie("theme", form["theme"], max_age=_YEAR_SECONDS, samesite="Lax", httponly=True)
    return response


def _address(form: dict[str, str], note: str) -> str:
    """The page a plain POST goes back to, with the choices it came with."""
    query = {name: form.get(name) for name in _KEPT} | {"hinweis": note}
    given = urlencode({name: value for name, value in query.items() if value})
    return f"{PAGE}?{given}" if given else PAGE

"""The Flask application: blueprints, limits, request ids."""

from __future__ import annotations

from flask import Flask, Response, g, request

from app.observability import begin_request_log
from app.settings import Settings
from app.usecases.parts import Parts
from app.usecases.webhooks import ReadEvent
from app.web import calcom_events, errors, guards, operations, retell_events, voice

LARGEST_BODY = 1_048_576
"""Retell names no cap on its growing call object; a megabyte is an hour's talk."""


def create_web(
    settings: Settings,
    parts: Parts,
    *,
    verify_retell: guards.Verify,
    verify_calcom: calcom_events.Verify,
    read_event: ReadEvent,
) -> Flask:
    """Return the gateway's application."""
    web = Flask("app")
    web.config.update(
        SECRET_KEY=settings.secret_key,
        MAX_CONTENT_LENGTH=LARGEST_BODY,
        TESTING=settings.environment == "test",
    )
    web.json.ensure_ascii = False  # type: ignore[attr-defined]  # speech is German; the default provider has it
    web.json.sort_keys = False  # type: ignore[attr-defined]  # success and status first, as a person reads them

    @web.before_request
    def begin() -> None:
        g.request_id = parts.chance.token("req_")
        begin_request_log(g.request_id)

    @web.after_request
    def name_request(response: Response) -> Response:
        response.headers["X-Request-Id"] = g.get("request_id", "")
        if request.path.startswith("/api/"):
            response.headers["Cache-Control"] = "no-store"
        return response

    errors.install(web, parts.log)
    for blueprint in (
        voice.create_blueprint(parts, verify_retell),
        retell_events.create_blueprint(parts, verify_retell),
        calcom_events.create_blueprint(parts, verify_calcom, read_event),
        operations.create_blueprint(parts),
    ):
        web.register_blueprint(blueprint)
    return web

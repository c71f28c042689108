"""Is the process alive, can it work, and what time does it have?"""

from __future__ import annotations

from flask import Blueprint, Response, jsonify

from app.retell.wire import answer_to_wire
from app.usecases.conversation_info import time_in
from app.usecases.parts import Parts
from app.usecases.readiness import database_answers
from app.web.errors import problem


def create_blueprint(parts: Parts) -> Blueprint:
    """Return /health, /ready and the time, which ask nobody who they are."""
    blueprint = Blueprint("operations", __name__)

    @blueprint.get("/health")
    def health() -> Response:
        """Return that the process answers."""
        return jsonify({"status": "ok"})

    @blueprint.get("/ready")
    def ready() -> tuple[Response, int]:
        """Return whether the database answers; names only, details go to the log."""
        if not database_answers(parts):
            return problem("not_ready", "the database does not answer", 503)
        return jsonify({"status": "ready", "database": "ok"}), 200

    @blueprint.get("/api/zeitinfo")
    def time_info() -> Response:
        """Return date and time in Germany, as the function of this name does."""
        return jsonify(answer_to_wire(time_in(parts)))

    return blueprint

"""Is the process alive, and can it work?"""

from __future__ import annotations

from flask import Blueprint, Response, jsonify

from app.usecases.parts import Parts
from app.usecases.readiness import database_answers
from app.web.errors import problem


def create_blueprint(parts: Parts) -> Blueprint:
    """Return /health and /ready, which ask nobody who they are."""
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

    return blueprint

"""Is the process alive, and can it work?"""

from __future__ import annotations

from flask import Blueprint, Response, jsonify
from sqlalchemy import text
from sqlalchemy.exc import SQLAlchemyError

from app.usecases.parts import Parts
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
        try:
            with parts.transactions.sweep("asks for nobody's rows", "ready", read_only=True) as session:
                session.execute(text("SELECT 1"))
        except SQLAlchemyError as error:
            parts.log.error("ready.failed", error=type(error).__name__)
            return problem("not_ready", "the database does not answer", 503)
        return jsonify({"status": "ready", "database": "ok"}), 200

    return blueprint

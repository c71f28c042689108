"""A Flask route that does nothing but answer: what the simulator's figures are held against."""

from __future__ import annotations

import os

from flask import Flask, Response, jsonify, request

BYTES = "BARE_BYTES"


def create_app() -> Flask:
    """One route for all methods; its JSON answer has about as many bytes as the environment says."""
    app = Flask(__name__)
    rows = [{"start": "2030-01-08T13:00:00.000Z"}] * (int(os.environ.get(BYTES, "800")) // 36)

    @app.route("/v2/bare", methods=["GET", "POST"])
    def bare() -> Response:
        request.get_data()
        return jsonify({"status": "success", "data": rows})

    return app

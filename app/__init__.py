"""The AskPro gateway: voice agents ask, Cal.com books, and both ledgers agree."""

from __future__ import annotations

import os
from typing import Any

from flask import Flask

from app.settings import Settings
from app.wiring import build_gateway

__all__ = ["create_app"]


def create_app(settings: Settings | None = None, **parts: Any) -> Flask:
    """Return the gateway's WSGI application; `parts` replace what wiring would choose.

    Without settings the environment is read. The gateway itself is at `extensions["askpro"]`.
    """
    gateway = build_gateway(settings or Settings.from_env(os.environ), **parts)
    gateway.web.extensions["askpro"] = gateway
    return gateway.web

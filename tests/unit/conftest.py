"""Unit tests of the gateway: no database, no socket but loopback, the same examples in every run."""

from __future__ import annotations

from hypothesis import settings

settings.register_profile("askpro", deadline=None, derandomize=True, database=None, max_examples=60)
settings.load_profile("askpro")

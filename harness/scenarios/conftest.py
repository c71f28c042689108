"""``pytest harness/scenarios``: every scenario file is an item, run in the virtual world."""  # noqa: INP001

from __future__ import annotations

from typing import Any

from harness.pytest_plugin import pytest_addoption, pytest_collect_file, pytest_unconfigure, register
from harness.worlds.virtual import VirtualWorldFactory

__all__ = ["pytest_addoption", "pytest_collect_file", "pytest_configure", "pytest_unconfigure"]


def pytest_configure(config: Any) -> None:
    """Choose the world."""
    register(config, VirtualWorldFactory)

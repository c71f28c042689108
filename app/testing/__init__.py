"""What a test bench may see and steer of a gateway. Mounted by test worlds only; production refuses it."""

from __future__ import annotations

from app.testing.clock import FileSteeredClock
from app.testing.faults import GatewayFaults
from app.testing.routes import mount_test_api

__all__ = ["FileSteeredClock", "GatewayFaults", "mount_test_api"]

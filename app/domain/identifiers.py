"""Typed ids, so that a branch's UUID can not meet an int parameter again (incident 1.5)."""

from __future__ import annotations

from typing import NewType

CompanyId = NewType("CompanyId", int)
BranchId = NewType("BranchId", str)
ServiceId = NewType("ServiceId", int)
StaffId = NewType("StaffId", str)
CustomerId = NewType("CustomerId", int)
CallId = NewType("CallId", int)
AppointmentId = NewType("AppointmentId", int)
AttemptId = NewType("AttemptId", str)
BookingUid = NewType("BookingUid", str)
EventTypeId = NewType("EventTypeId", int)

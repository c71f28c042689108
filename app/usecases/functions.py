"""The functions of the voice agent: each name with what answers it. One table for every route (incident 1.6)."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from app.domain.speech import Answer
from app.usecases.availability import check_availability, collect_appointment
from app.usecases.book_or_ask import book_or_ask
from app.usecases.callbacks import request_callback
from app.usecases.cancelling import cancel_appointment
from app.usecases.commands import AppointmentWish, CallContext
from app.usecases.conversation_info import initialize_call, parse_date, tell_time
from app.usecases.finding import find_next_available, get_alternatives
from app.usecases.information import get_opening_hours, get_service_info, list_services
from app.usecases.parts import Parts
from app.usecases.people import check_customer, get_customer_appointments
from app.usecases.rescheduling import reschedule_appointment
from app.usecases.reservations import release_slot, reserve_slot

Function = Callable[[Parts, CallContext, AppointmentWish], Answer]

FUNCTIONS: Mapping[str, Function] = {
    "check-availability": check_availability,
    "get-alternatives": get_alternatives,
    "find-next-available": find_next_available,
    "list-services": list_services,
    "get-service-info": get_service_info,
    "get-opening-hours": get_opening_hours,
    "collect-appointment": collect_appointment,
    "book-appointment": book_or_ask,
    "reschedule-appointment": reschedule_appointment,
    "cancel-appointment": cancel_appointment,
    "request-callback": request_callback,
    "reserve-slot": reserve_slot,
    "release-slot-reservation": release_slot,
    "check-customer": check_customer,
    "get-customer-appointments": get_customer_appointments,
    "initialize-call": initialize_call,
    "parse-date": parse_date,
    "zeitinfo": tell_time,
}
"""Function name, with hyphens and without version suffix, to what answers it."""

CHANGES = frozenset(
    {
        "collect-appointment",
        "book-appointment",
        "reschedule-appointment",
        "cancel-appointment",
        "request-callback",
        "reserve-slot",
        "release-slot-reservation",
    }
)
"""Functions that may change something; all others only tell."""

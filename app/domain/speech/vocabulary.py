"""The words of an answer: how a tool call ended, what its sentence lets the caller rely on, which trouble it was."""

from __future__ import annotations

from enum import StrEnum


class VoiceStatus(StrEnum):
    """How a tool call was answered (incidents 2.2 and 2.3)."""

    # asking for a time and booking it
    AVAILABLE = "available"
    UNAVAILABLE = "unavailable"
    NO_AVAILABILITY = "no_availability"
    BOOKED = "booked"
    PENDING = "pending"
    SLOT_TAKEN = "slot_taken"
    SLOT_LOCKED = "slot_locked"
    CLOSED = "closed"
    PAST_TIME = "past_time"
    INVALID_DATE = "invalid_date"
    NEEDS_CLARIFICATION = "needs_clarification"
    MISSING_REQUIRED_FIELD = "missing_required_field"
    MISSING_CUSTOMER_NAME = "missing_customer_name"
    NOTICE_VIOLATION = "booking_notice_violation"
    DUPLICATE = "duplicate_detected"
    LOW_CONFIDENCE = "low_confidence"
    CIRCUIT_OPEN = "circuit_open"
    TIMEOUT = "timeout"
    ERROR = "error"

    # changing an appointment
    CANCELLED = "cancelled"
    RESCHEDULED = "rescheduled"
    READY_FOR_CONFIRMATION = "ready_for_confirmation"
    NEEDS_NEW_TIME = "needs_new_time"
    MULTIPLE_FOUND = "multiple_found"
    NOT_FOUND = "not_found"
    UNCHANGED = "unchanged"
    DENIED = "denied"
    MAX_RESCHEDULES_REACHED = "max_reschedules_reached"

    # people
    FOUND = "found"
    NEW_CUSTOMER = "new_customer"
    ANONYMOUS = "anonymous"
    APPOINTMENTS = "appointments"
    NO_APPOINTMENTS = "no_appointments"
    UNAUTHORIZED = "unauthorized"
    NO_CUSTOMER = "no_customer"
    CALLBACK_QUEUED = "callback_queued"

    # information
    SERVICES = "services"
    SERVICE_INFO = "service_info"
    OPENING_HOURS = "opening_hours"
    ALTERNATIVES = "alternatives"
    NEXT_AVAILABLE = "next_available"
    RESERVED = "reserved"
    RELEASED = "released"
    INITIALIZED = "initialized"
    DATE_PARSED = "date_parsed"
    CURRENT_TIME = "current_time"

    # limits of the conversation
    RATE_LIMIT_EXCEEDED = "rate_limit_exceeded"
    UNKNOWN_FUNCTION = "unknown_function"


class Claim(StrEnum):
    """What the caller may rely on after a sentence; invariants hold it against both ledgers."""

    NONE = "none"
    FREE = "free"
    TAKEN = "taken"
    BOOKED = "booked"
    PENDING = "pending"
    CHECKING = "checking"
    FAILED = "failed"
    CANCELLED = "cancelled"
    MOVED = "moved"
    CALLBACK = "callback"
    """Somebody calls back: a request stands in our books."""


class Trouble(StrEnum):
    """Which sentence an error gets."""

    BOOKING = "booking"
    """Nothing stands at Cal.com; the caller may try again."""
    ALREADY_BOOKED = "already_booked"
    OUTAGE = "outage"
    """Cal.com could not be asked."""
    CALLBACK = "callback"
    """A person has to sort it out and calls back."""
    CHANGE = "change"
    """A move or cancellation did not happen; the appointment stands as it was."""
    RESERVATION = "reservation"
    """A slot could not be kept for the caller; nothing else happened."""
    INPUT = "input"
    """A field of the request could not be taken as it came; the sentence names it."""
    CONFIGURATION = "configuration"
    """Our own settings are wrong (incident 1.15): trying again does not help."""

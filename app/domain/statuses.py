"""Every status the gateway stores, as facts in the past or present."""

from __future__ import annotations

from enum import StrEnum


class AppointmentStatus(StrEnum):
    """What an appointment is to us."""

    PENDING = "pending"
    """Cal.com accepted a request that a host still has to confirm: "angefragt", never "gebucht"."""
    CONFIRMED = "confirmed"
    CANCELLED = "cancelled"
    RESCHEDULED = "rescheduled"
    COMPLETED = "completed"
    NO_SHOW = "no_show"


LIVE_APPOINTMENTS = (AppointmentStatus.PENDING, AppointmentStatus.CONFIRMED)
"""Statuses that occupy their time."""


class AttemptState(StrEnum):
    """Where a booking attempt ended, or that it has not ended yet."""

    OPEN = "open"
    BOOKED = "booked"
    REFUSED = "refused"
    COMPENSATED = "compensated"
    FAILED = "failed"
    ESCALATED = "escalated"
    MOVED = "moved"
    CANCELLED = "cancelled"


class AttemptKind(StrEnum):
    """What an attempt tries to do at Cal.com."""

    BOOK = "book"
    MOVE = "move"
    CANCEL = "cancel"


class AttemptStep(StrEnum):
    """How far an attempt came before its process could have died."""

    CLAIMED = "claimed"
    """Nothing was sent that writes; a crash here left nothing at Cal.com."""
    POSTING = "posting"
    """The POST may have left; only Cal.com knows."""
    ACCEPTED = "accepted"
    """Cal.com's booking was believed; only our own records are missing."""


class Told(StrEnum):
    """What the caller has heard about an attempt; recovery must not contradict it."""

    NOTHING = "nothing"
    CHECKING = "checking"
    FAILED = "failed"
    BOOKED = "booked"
    CHANGED = "changed"
    """Moved or cancelled, as was asked."""


class SyncOrigin(StrEnum):
    """Who made an appointment."""

    RETELL = "retell"
    CALCOM = "calcom"
    SYSTEM = "system"


class ReconciliationStatus(StrEnum):
    """What the last comparison with Cal.com said of an appointment."""

    UNCHECKED = "unchecked"
    MATCHED = "matched"
    ORPHANED = "orphaned"
    MISMATCHED = "mismatched"


class FindingKind(StrEnum):
    """A difference between an appointment and a booking."""

    ORPHANED = "orphaned"
    MISSING_LOCAL = "missing_local"
    NAME_MISMATCH = "name_mismatch"
    TIME_MISMATCH = "time_mismatch"
    STATUS_MISMATCH = "status_mismatch"
    DUPLICATE = "duplicate"


class FindingStatus(StrEnum):
    """Whether somebody still has to look at a finding."""

    OPEN = "open"
    REPAIRED = "repaired"
    CLOSED = "closed"


class WebhookStatus(StrEnum):
    """What became of a stored webhook event."""

    RECEIVED = "received"
    PROCESSED = "processed"
    IGNORED = "ignored"
    FAILED = "failed"


class OutboxStatus(StrEnum):
    """What became of a message."""

    WAITING = "waiting"
    DELIVERED = "delivered"
    PARKED = "parked"


class OutboxKind(StrEnum):
    """What an outbox message is."""

    CONFIRMATION_MAIL = "confirmation_mail"
    FAILURE_MAIL = "failure_mail"
    MOVE_MAIL = "move_mail"
    CANCELLATION_MAIL = "cancellation_mail"
    CALLBACK_MAIL = "callback_mail"


class CallbackPriority(StrEnum):
    """How soon somebody has to call back."""

    NORMAL = "normal"
    HIGH = "high"
    URGENT = "urgent"


class AuditEvent(StrEnum):
    """What happened to an audited row."""

    CREATED = "created"
    UPDATED = "updated"
    DELETED = "deleted"


class CallStatus(StrEnum):
    """Where a conversation stands."""

    ANNOUNCED = "announced"
    """Retell asked before it connected: the row has no real id yet (incident 1.29)."""
    ONGOING = "ongoing"
    ENDED = "ended"
    CLOSED = "closed"
    """Its end was never reported; closed by us after four hours (incident 1.29)."""


class CallOutcome(StrEnum):
    """What a conversation came to: judged by what is settled, not by what was said (incident 1.40)."""

    BOOKED = "booked"
    MOVED = "moved"
    CANCELLED = "cancelled"
    PENDING = "pending"
    CALLBACK = "callback"
    NOT_BOOKED = "not_booked"


class CallRelation(StrEnum):
    """What a call did to an appointment."""

    BOOKED = "booked"
    FOUND = "found"
    """The caller asked again for what he already had (incident 1.2)."""
    MOVED = "moved"
    CANCELLED = "cancelled"


class CallbackStatus(StrEnum):
    """Whether somebody still has to call back."""

    OPEN = "open"
    DONE = "done"


class WebhookSource(StrEnum):
    """Who sent an event."""

    CALCOM = "calcom"
    RETELL = "retell"

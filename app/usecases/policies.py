"""Whether the company's rules allow a change of an appointment, and its fee."""

from __future__ import annotations

from datetime import date
from zoneinfo import ZoneInfo

from app.domain.policies import ChangeKind, Denial, Subject, Verdict, decide_change, narrowest
from app.domain.speech import Answer, VoiceStatus
from app.domain.timespan import Span, local_day
from app.storage import changes
from app.storage.appointments import AppointmentSeen
from app.usecases.commands import CallContext
from app.usecases.parts import Parts


def judge_change(parts: Parts, context: CallContext, seen: AppointmentSeen, kind: ChangeKind) -> Verdict:
    """Return whether a change is allowed now, by the narrowest rule, with its fee."""
    now = parts.clock.now()
    month = month_of(now.astimezone(context.zone).date(), context.zone)
    with parts.transactions.transaction(context.company_id, "read_policies", read_only=True) as session:
        rules = changes.list_rules(session, kind)
        if not rules:
            return decide_change(None, _subject(seen, 0), now)
        subject = _subject(seen, changes.count_cancellations(session, seen.customer_id, month))
    return decide_change(narrowest(rules, kind, subject), subject, now)


def denied_answer(context: CallContext, seen: AppointmentSeen, verdict: Verdict) -> Answer:
    """Return why a change is not allowed."""
    status = VoiceStatus.DENIED
    if verdict.denial is Denial.MAX_RESCHEDULES_REACHED:
        status = VoiceStatus.MAX_RESCHEDULES_REACHED
    return Answer(
        status,
        context.zone,
        asked=seen.starts_at,
        service=seen.service,
        reason=verdict.denial,
        hours=verdict.hours_before,
        count=verdict.limit,
    )


def month_of(day: date, zone: ZoneInfo) -> Span:
    """Return the calendar month of a day as instants of a branch."""
    first = day.replace(day=1)
    next_first = first.replace(year=first.year + first.month // 12, month=first.month % 12 + 1)
    return Span(local_day(first, zone).start, local_day(next_first, zone).start)


def _subject(seen: AppointmentSeen, cancelled_this_month: int) -> Subject:
    return Subject(
        starts_at=seen.starts_at,
        staff_id=seen.staff_id,
        service_id=seen.service_id,
        branch_id=seen.branch_id,
        rescheduled_count=seen.rescheduled_count,
        cancelled_this_month=cancelled_this_month,
    )

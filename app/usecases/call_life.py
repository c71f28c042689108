"""How a call begins and how it ends when nobody says so."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from sqlalchemy.exc import IntegrityError

from app.domain.call_events import Announcement, CalledBranch
from app.domain.german.say import MONTHS, WEEKDAYS
from app.domain.incoming import IncomingCall
from app.domain.statuses import CallStatus
from app.storage import call_outcomes, calls, catalogue
from app.usecases.call_outcome import judge_call
from app.usecases.call_rows import new_call
from app.usecases.parts import Parts

STUCK_AFTER = timedelta(hours=4)
"""Retell ends any call after two; one was "ongoing" for 77 hours (incident 1.29)."""
SAME_RINGING = timedelta(seconds=60)
"""Retell asks four times at most while it rings, ten seconds apart (retell.md 8)."""
BATCH = 100


def announce_call(parts: Parts, announced: Announcement) -> CalledBranch | None:
    """Write down a call that rings and return whose it is; None where the number is nobody's.

    The row is taken over by the real call (incident 1.29); a repeated announcement makes no second one.
    """
    reason = "the dialled number decides which company is called"
    with parts.transactions.sweep(reason, "find_number", read_only=True) as session:
        number = catalogue.find_number(session, announced.dialled_number)
        if number is None:
            return None
        time_zone = catalogue.get_branch(session, number.branch_id).time_zone
        agent_id = catalogue.find_agent(session, announced.dialled_number)
    called = CalledBranch(number.company_id, number.branch_id, time_zone, agent_id)
    try:
        _add_announced(parts, called, announced)
    except IntegrityError:
        parts.log.info("call.announced_before")
    return called


def _add_announced(parts: Parts, called: CalledBranch, announced: Announcement) -> None:
    now = parts.clock.now()
    incoming = IncomingCall(announced.dialled_number, announced.caller_number, announced.retell_call_id)
    row = new_call(parts, incoming, called.company_id, called.branch_id, now)
    row.status = CallStatus.ANNOUNCED
    with parts.transactions.transaction(called.company_id, "announce_call") as session:
        known = calls.is_announced(
            session,
            announced.retell_call_id,
            row.caller_index,
            announced.dialled_number,
            since=now - SAME_RINGING,
        )
        if not known:
            session.add(row)


def dynamic_variables(now: datetime, zone: ZoneInfo, caller_number: str | None) -> dict[str, str]:
    """Return what the agent is told of the day, all of it text (incidents 2.3): without it, it made up dates (1.35)."""
    local = now.astimezone(zone)
    today = local.date()
    return {
        "heute_datum": f"{today:%d.%m.%Y}",
        "current_date": today.isoformat(),
        "current_weekday": WEEKDAYS[today.weekday()],
        "current_time": f"{local:%H:%M}",
        "current_year": f"{today:%Y}",
        "current_month": MONTHS[today.month - 1],
        "naechster_montag": _spoken(today + timedelta(days=7 - today.weekday())),
        "morgen": _spoken(today + timedelta(days=1)),
        "uebermorgen": _spoken(today + timedelta(days=2)),
        "customer_phone": caller_number or "",
    }


def _spoken(day: date) -> str:
    return f"{WEEKDAYS[day.weekday()]}, {day:%d.%m.%Y}"


def close_stuck(parts: Parts) -> int:
    """Close calls whose end was never reported; return how many were. When they ended nobody knows."""
    before = parts.clock.now() - STUCK_AFTER
    reason = "calls of any company are stuck"
    with parts.transactions.sweep(reason, "list_stuck_calls", read_only=True) as session:
        stuck = call_outcomes.list_stuck(session, before, BATCH)
    for company_id, call_id in stuck:
        with parts.transactions.transaction(company_id, "close_stuck_call") as session:
            call = calls.get_call(session, call_id)
            if call.status in call_outcomes.OVER:
                continue
            call.status = CallStatus.CLOSED
            outcome = judge_call(session, call_id)
        parts.log.warning("call.closed", company_id=company_id, call=call_id, outcome=outcome)
    return len(stuck)

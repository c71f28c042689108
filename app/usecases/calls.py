"""A call as context: whose number was dialled, who calls, what was asked before in this call."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import datetime
from zoneinfo import ZoneInfo

from app.domain.endpoint_token import endpoint_token_hash
from app.domain.errors import UnknownNumber
from app.domain.identifiers import AttemptId
from app.domain.incoming import IncomingCall
from app.domain.opening import OpeningHours
from app.domain.speech import Answer
from app.storage import catalogue, endpoints
from app.storage.models import ToolCall
from app.usecases.call_memory import remember
from app.usecases.call_rows import find_or_add_call
from app.usecases.catalogue import account_of
from app.usecases.commands import CallContext
from app.usecases.parts import Parts
from app.usecases.ports import Deadline

CALLER_WAITS_SECONDS = 10.0
"""From the first byte of a tool call to its answer, all upstream calls included (design, section 3)."""

LONGEST_ARGUMENTS = 20_000
"""Characters of a tool call's arguments that are kept for the call review."""


def open_call(parts: Parts, incoming: IncomingCall, asked_at: datetime) -> CallContext:
    """Return the context of a call, making its row on demand; raise UnknownNumber for a strange number.

    Company and branch come from the dialled number only, never from arguments (incident 1.37).
    """
    reason = "the dialled number decides which company is called"
    with parts.transactions.sweep(reason, "find_number", read_only=True) as session:
        dialled = catalogue.find_number(session, incoming.dialled_number)
        if dialled is None:
            raise UnknownNumber("the dialled number belongs to no company")
        branch = catalogue.get_branch(session, dialled.branch_id)
        company = catalogue.get_company(session, dialled.company_id)
        account = account_of(parts.vault, company)
    call = find_or_add_call(parts, incoming, dialled.company_id, dialled.branch_id, asked_at)
    return CallContext(
        company_id=dialled.company_id,
        branch_id=dialled.branch_id,
        call_id=call.call_id if call else None,
        retell_call_id=incoming.retell_call_id,
        caller_number=call.caller_number if call else incoming.caller_number,
        zone=ZoneInfo(branch.time_zone),
        hours=OpeningHours(branch.opening_hours, parts.holiday_on),
        minimum_notice_minutes=branch.minimum_notice_minutes,
        account=account,
        mailbox=company.mailbox,
        deadline=Deadline.after(asked_at, CALLER_WAITS_SECONDS),
        asked_at=asked_at,
        tool_call_id=incoming.tool_call_id,
    )


def find_endpoint(parts: Parts, token: str) -> str | None:
    """Return the number that an endpoint's token stands for, or None (design 4.2)."""
    reason = "an endpoint's token decides which company is called"
    with parts.transactions.sweep(reason, "find_endpoint", read_only=True) as session:
        return endpoints.find_endpoint(session, endpoint_token_hash(token))


def record_answer(
    parts: Parts,
    context: CallContext,
    function: str,
    answer: Answer,
    arguments: Mapping[str, object] | None = None,
) -> None:
    """Keep what the agent was told, with its claim: the third ledger that the other two are held against.

    What the answer said is remembered for the rest of the call (incidents 1.12, 1.14).
    """
    with parts.transactions.transaction(context.company_id, "record_answer") as session:
        if context.call_id is not None:
            remember(parts, session, context.call_id, answer)
        session.add(
            ToolCall(
                company_id=context.company_id,
                call_id=context.call_id,
                retell_call_id=context.retell_call_id,
                tool_call_id=context.tool_call_id,
                arguments_ciphertext=_sealed(parts, arguments),
                function=function,
                status=answer.status,
                claim=answer.claim,
                message=answer.message,
                attempt_id=AttemptId(answer.attempt_id) if answer.attempt_id else None,
                calcom_booking_uid=answer.calcom_booking_uid,
                starts_at=answer.asked,
                asked_at=context.asked_at,
                answered_at=parts.clock.now(),
            )
        )


def _sealed(parts: Parts, arguments: Mapping[str, object] | None) -> str | None:
    """Return arguments as sealed JSON; what is longer than any honest ones is cut."""
    return None if arguments is None else parts.vault.seal(json.dumps(arguments)[:LONGEST_ARGUMENTS])

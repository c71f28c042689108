"""Endpoints for bodies of arguments alone: each number may have one, whose address holds a secret token."""

from __future__ import annotations

from app.domain.endpoint_token import endpoint_token_hash
from app.domain.errors import UnknownNumber
from app.storage import catalogue, endpoints
from app.usecases.parts import Parts

PREFIX = "ep_"


def renew_endpoint(parts: Parts, number: str) -> str:
    """Return a new token for a number, which is told this once; an older one is worth nothing from now on."""
    token = parts.chance.token(PREFIX)
    reason = "the number says whose endpoint it is"
    with parts.transactions.sweep(reason, "find_number", read_only=True) as session:
        dialled = catalogue.find_number(session, number)
    if dialled is None:
        raise UnknownNumber(f"{number} belongs to no company")
    with parts.transactions.transaction(dialled.company_id, "renew_endpoint") as session:
        endpoints.set_token(session, number, endpoint_token_hash(token))
    parts.log.info("endpoint.renewed", company_id=dialled.company_id, branch_id=dialled.branch_id)
    return token

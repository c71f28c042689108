"""Numbers found by the token of their endpoint."""

from __future__ import annotations

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.storage.models import PhoneNumber


def find_endpoint(session: Session, token_hash: str) -> str | None:
    """Return the number that a token stands for, over all companies: the token is what names the company."""
    return session.scalar(select(PhoneNumber.number).where(PhoneNumber.endpoint_token_hash == token_hash))

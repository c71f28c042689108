"""The one predicate over local conflicts: the same for check, alternatives and booking (incident 1.18)."""

from __future__ import annotations

from collections.abc import Iterable

from app.domain.timespan import Span


def is_free(wished: Span, taken: Iterable[Span]) -> bool:
    """Return whether `wished` (buffers included) shares no time with any span in `taken`."""
    return not any(wished.overlaps(span) for span in taken)

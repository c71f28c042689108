"""What a customer most likely wants, from what he had: a hint for the agent, never a choice (incident 1.14)."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Prediction:
    """The likeliest of several, and how sure that is, from 0 to 1."""

    likeliest: str
    confidence: float


def predict(history: Sequence[str]) -> Prediction | None:
    """Return what stands most often in a history, latest first; None for an empty one.

    Its share, less where there is little to go by: one visit says 0.5, three alike 0.75. Of two as frequent the
    later one is likelier.
    """
    if not history:
        return None
    counts = Counter(history)
    likeliest = max(counts, key=lambda one: (counts[one], -history.index(one)))
    confidence = counts[likeliest] / (len(history) + 1)
    return Prediction(likeliest, round(confidence, 2))

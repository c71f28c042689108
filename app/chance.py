"""Where ids and jitter come from: a generator that is passed in, so that a seed repeats a run."""

from __future__ import annotations

import random
import threading

ALPHABET = "0123456789abcdefghjkmnpqrstvwxyz"
"""Crockford's digits: nothing that is misread aloud or in a log."""
TOKEN_LENGTH = 20


class SeededChance:
    """Ids and jitter of one generator; safe to share between threads."""

    def __init__(self, generator: random.Random) -> None:
        self._generator = generator
        self._lock = threading.Lock()

    def token(self, prefix: str) -> str:
        """Return a new id: the prefix and 100 random bits."""
        with self._lock:
            return prefix + "".join(self._generator.choices(ALPHABET, k=TOKEN_LENGTH))

    def jitter(self) -> float:
        """Return a number from 0 up to 1."""
        with self._lock:
            return self._generator.random()

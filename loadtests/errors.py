"""What can be wrong with the use of a load test, and what can keep it from running."""

from __future__ import annotations

from pathlib import Path


class WrongUse(ValueError):
    """A file, key or argument is wrong; the text says which one and how to mend it."""

    @classmethod
    def in_file(cls, file: Path, key: str, problem: str, cure: str) -> WrongUse:
        """A wrong key of a file."""
        return cls(f"{file.name}: {key}: {problem}; {cure}")


class NotStarted(RuntimeError):
    """The stack, or the process that makes the load, did not come up; the text holds what it wrote."""

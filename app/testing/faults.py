"""Faults of our own process: an error in one named transaction, or death right before it.

The product has no hook for this: the wrapper stands around its transactions, and every transaction has a label.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from enum import StrEnum

from sqlalchemy.exc import OperationalError
from sqlalchemy.orm import Session

from app.domain.identifiers import CompanyId
from app.usecases.ports import Transactions


class Effect(StrEnum):
    """What happens at a labelled transaction."""

    DB_ERROR = "db_error"
    """The transaction runs and its commit fails: nothing of it is kept."""
    CRASH = "crash"
    """The process dies before the transaction begins."""


class NoSuchFault(ValueError):
    """A fault was described wrongly; the text names the field and what it may be."""


@dataclass(slots=True)
class _Armed:
    at: str
    effect: Effect
    times: int


class GatewayFaults:
    """The faults of one gateway, armed through its test API. `crash` is how this world kills a process."""

    def __init__(self, crash: Callable[[], None]) -> None:
        self._crash = crash
        self._armed: list[_Armed] = []
        self._fired: list[str] = []
        self._lock = threading.Lock()

    def arm(self, at: str, effect: str, times: int) -> None:
        """Set a fault at a transaction label."""
        if not at or not isinstance(at, str):
            raise NoSuchFault("at: the label of a transaction, such as settle")
        if effect not in list(Effect):
            raise NoSuchFault(f"effect: {effect!r} is none of {', '.join(Effect)}")
        if not isinstance(times, int) or times < 1:
            raise NoSuchFault("times: a whole number from 1")
        with self._lock:
            self._armed.append(_Armed(at, Effect(effect), times))

    def clear(self) -> None:
        """Forget every fault that is set."""
        with self._lock:
            self._armed.clear()

    def describe(self) -> dict[str, list[dict[str, object]]]:
        """Return what is set, and what fired."""
        with self._lock:
            armed: list[dict[str, object]] = [
                {"at": fault.at, "effect": fault.effect, "times": fault.times} for fault in self._armed
            ]
            return {"armed": armed, "fired": [{"at": label} for label in self._fired]}

    def wrap(self, transactions: Transactions) -> Transactions:
        """Return the same transactions with these faults around them."""
        return _FaultyTransactions(transactions, self)

    @contextmanager
    def around(self, label: str) -> Iterator[None]:
        """Run a transaction, or what a fault at its label makes of it."""
        effect = self._take(label)
        if effect is Effect.CRASH:
            self._crash()
        yield
        if effect is Effect.DB_ERROR:
            raise OperationalError(f"injected at {label}", {}, Exception("injected database error"))

    def _take(self, label: str) -> Effect | None:
        with self._lock:
            for fault in self._armed:
                if fault.at == label:
                    fault.times -= 1
                    if fault.times == 0:
                        self._armed.remove(fault)
                    self._fired.append(label)
                    return fault.effect
        return None


class _FaultyTransactions:
    """Transactions with faults at their labels."""

    def __init__(self, inner: Transactions, faults: GatewayFaults) -> None:
        self._inner = inner
        self._faults = faults

    def transaction(
        self, company_id: CompanyId, label: str, *, actor: str = "gateway", read_only: bool = False
    ) -> AbstractContextManager[Session]:
        """Return one company's transaction, faulty if its label is armed."""
        inner = self._inner.transaction(company_id, label, actor=actor, read_only=read_only)
        return self._faulty(inner, label)

    def sweep(
        self, reason: str, label: str, *, actor: str = "gateway", read_only: bool = False
    ) -> AbstractContextManager[Session]:
        """Return a transaction across companies, faulty if its label is armed."""
        return self._faulty(self._inner.sweep(reason, label, actor=actor, read_only=read_only), label)

    @contextmanager
    def _faulty(self, inner: AbstractContextManager[Session], label: str) -> Iterator[Session]:
        with inner as session, self._faults.around(label):
            yield session

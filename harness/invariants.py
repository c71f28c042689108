"""What must hold after every run, read from both ledgers; nobody has to ask for it.

Also the oracle of load tests: ``judge`` needs only rows, no world. An invariant that lacks what it must see
is ``unchecked``, never ``holds``.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from itertools import pairwise

from harness import privacy, promises
from harness.books import (
    DEAD_APPOINTMENT,
    LIVE_BOOKING,
    CalcomBooks,
    Ledger,
    Row,
    Rows,
    is_named,
    metadata,
    ours_at_calcom,
)
from harness.events import Exchange, InvariantName, InvariantState
from harness.explanations import unexplained

__all__ = ["INVARIANTS", "CalcomBooks", "Evidence", "Judgement", "Ledger", "judge"]

_SHOWN = 3


@dataclass(frozen=True, slots=True)
class Judgement:
    """What one invariant came to; ``detail`` names the rows when it does not hold."""

    name: str
    state: InvariantState
    detail: str = ""


@dataclass(frozen=True, slots=True)
class Evidence:
    """All that can be read after a run; None: it could not be seen."""

    ledger: Ledger | None
    calcom: CalcomBooks | None
    faults: Rows = ()
    exchanges: Sequence[Exchange] | None = None
    crashes: int = 0


@dataclass(slots=True)
class _Findings:
    """What an invariant found: broken and open facts, or why it saw nothing."""

    broken: list[str] = field(default_factory=list)
    open: list[str] = field(default_factory=list)
    unchecked: str = ""


def judge(
    ledger: Ledger | None,
    calcom: CalcomBooks | None,
    faults: Iterable[Row] = (),
    exchanges: Sequence[Exchange] | None = None,
    *,
    crashes: int = 0,
) -> list[Judgement]:
    """One judgement for each invariant, in the order of INVARIANTS."""
    evidence = Evidence(ledger, calcom, tuple(faults), exchanges, crashes)
    return [_judgement(name.name, check, evidence) for name, check in _CHECKS]


def _judgement(name: str, check: Callable[[Ledger, Evidence], _Findings], evidence: Evidence) -> Judgement:
    if evidence.ledger is None:
        return Judgement(name, InvariantState.UNCHECKED, "the gateway's ledger cannot be read")
    found = check(evidence.ledger, evidence)
    if found.broken:
        return Judgement(name, InvariantState.BROKEN, _listed(found.broken))
    if found.unchecked:
        return Judgement(name, InvariantState.UNCHECKED, found.unchecked)
    if found.open:
        return Judgement(name, InvariantState.OPEN, _listed(found.open))
    return Judgement(name, InvariantState.HOLDS)


def _listed(facts: list[str]) -> str:
    more = len(facts) - _SHOWN
    return " ".join([*facts[:_SHOWN], *([f"And {more} more."] if more > 0 else [])])


def _no_slot_booked_twice(ledger: Ledger, evidence: Evidence) -> _Findings:
    if evidence.calcom is None:
        return _Findings(unchecked="Cal.com's bookings cannot be read")
    found = _Findings()
    for company_id, rows in sorted(evidence.calcom.bookings.items()):
        live = evidence.calcom.live(company_id)
        found.broken += _overlaps(
            live, "hostId", f"at Cal.com (company {company_id})", ("start", "end", "uid")
        )
        found.broken += _one_wish_twice(live)
        hosts = {str(row["uid"]): row.get("hostId") for row in rows}
        ours = [_with_host(row, hosts) for row in ledger.of(company_id).live_appointments()]
        found.broken += _overlaps(ours, "host", f"of company {company_id}", ("starts_at", "ends_at", "id"))
        found.broken += _same_uid(ledger.of(company_id).appointments)
    return found


def _with_host(appointment: Row, hosts: dict[str, object]) -> Row:
    host = hosts.get(str(appointment.get("calcom_booking_uid")))
    return {**appointment, "host": host if host is not None else f"service {appointment.get('service_id')}"}


def _overlaps(rows: Iterable[Row], by: str, where: str, keys: tuple[str, str, str]) -> list[str]:
    start, end, name = keys
    groups: dict[str, list[Row]] = {}
    for row in rows:
        groups.setdefault(str(row.get(by)), []).append(row)
    facts = []
    for group in (groups[key] for key in sorted(groups)):
        group.sort(key=lambda row: _instant(row[start]))
        facts += [
            f"{first[name]} and {second[name]} {where} overlap at {second[start]}."
            for first, second in pairwise(group)
            if _instant(second[start]) < _instant(first[end])
        ]
    return facts


def _one_wish_twice(live: list[Row]) -> list[str]:
    wishes: dict[str, list[str]] = {}
    for row in live:
        if ours_at_calcom(row) and (attempt := metadata(row).get("attempt_id")):
            wishes.setdefault(str(attempt), []).append(str(row["uid"]))
    return [
        f"Attempt {wish} has {len(uids)} bookings: {', '.join(uids)}."
        for wish, uids in wishes.items()
        if len(uids) > 1
    ]


def _same_uid(appointments: Rows) -> list[str]:
    uids = [str(row["calcom_booking_uid"]) for row in appointments if row.get("calcom_booking_uid")]
    return [
        f"Booking {uid} stands in {uids.count(uid)} appointments."
        for uid in sorted(set(uids))
        if uids.count(uid) > 1
    ]


def _both_ledgers_agree(ledger: Ledger, evidence: Evidence) -> _Findings:
    if evidence.calcom is None:
        return _Findings(unchecked="Cal.com's bookings cannot be read")
    found = _Findings()
    for company_id in sorted(evidence.calcom.bookings):
        ours = ledger.of(company_id)
        bookings = evidence.calcom.by_uid(company_id)
        for fact, uid, subject in [
            *_only_ours(ours, bookings),
            *_only_theirs(ours, evidence.calcom.live(company_id)),
            *_cancelled_here_alone(ours, bookings),
        ]:
            if is_named(ours.findings, uid, subject.get("id")):
                continue
            (found.open if _is_under_way(ours, uid, subject) else found.broken).append(fact)
    return found


def _only_ours(ours: Ledger, bookings: dict[str, Row]) -> list[tuple[str, str, Row]]:
    facts = []
    for row in ours.live_appointments():
        uid = str(row.get("calcom_booking_uid"))
        booking = bookings.get(uid)
        if booking is None:
            facts.append(
                (f"Appointment {row['id']} names booking {uid}, which Cal.com does not hold.", uid, row)
            )
        elif booking["status"] not in ("accepted", "pending"):
            facts.append(
                (f"Appointment {row['id']} stands, but booking {uid} is {booking['status']}.", uid, row)
            )
        elif _instant(booking["start"]) != _instant(row["starts_at"]):
            text = f"Appointment {row['id']} begins {row['starts_at']}, booking {uid} at {booking['start']}."
            facts.append((text, uid, row))
    return facts


def _only_theirs(ours: Ledger, live: list[Row]) -> list[tuple[str, str, Row]]:
    held = {str(row.get("calcom_booking_uid")) for row in ours.live_appointments()}
    return [
        (
            f"Cal.com holds {row['uid']} ({row['start']}), the gateway has no appointment for it.",
            str(row["uid"]),
            {},
        )
        for row in live
        if ours_at_calcom(row) and str(row["uid"]) not in held
    ]


def _cancelled_here_alone(ours: Ledger, bookings: dict[str, Row]) -> list[tuple[str, str, Row]]:
    """Bookings that are not our own making, such as the seed's: those of ours are seen from the other side."""
    facts = []
    for row in ours.appointments:
        uid = str(row.get("calcom_booking_uid"))
        booking = bookings.get(uid)
        if row.get("status") not in DEAD_APPOINTMENT or booking is None or ours_at_calcom(booking):
            continue
        if booking["status"] in LIVE_BOOKING:
            facts.append((f"Appointment {row['id']} is {row['status']}, but booking {uid} stands.", uid, row))
    return facts


def _is_under_way(ours: Ledger, uid: str, subject: Row) -> bool:
    waiting = [row for row in ours.attempts if row.get("state") == "open"]
    return any(
        row.get("calcom_booking_uid") == uid or row.get("id") == subject.get("attempt_id") for row in waiting
    )


def _said_means_done(ledger: Ledger, evidence: Evidence) -> _Findings:
    if evidence.calcom is None:
        return _Findings(unchecked="Cal.com's bookings cannot be read")
    return _Findings(broken=promises.broken_promises(ledger, evidence.calcom, evidence.exchanges or ()))


def _companies_kept_apart(ledger: Ledger, evidence: Evidence) -> _Findings:
    found = _Findings(broken=privacy.mixed_rows(ledger))
    if evidence.calcom is not None:
        found.broken += privacy.mixed_bookings(ledger, evidence.calcom)
    found.broken += privacy.mixed_texts(ledger, evidence.exchanges or ())
    return found


def _no_personal_data_in_logs(ledger: Ledger, evidence: Evidence) -> _Findings:
    if not ledger.log:
        return _Findings(unchecked="no line of the gateway's log was read")
    return _Findings(broken=privacy.personal_data(ledger, evidence.exchanges or ()))


def _no_attempt_left_open(ledger: Ledger, _evidence: Evidence) -> _Findings:
    left = [row for row in ledger.attempts if row.get("state") == "open"]
    return _Findings(
        broken=[f"Attempt {row['id']} of {row.get('retell_call_id')} is still open." for row in left]
    )


def _every_error_explained(ledger: Ledger, evidence: Evidence) -> _Findings:
    if evidence.exchanges is None:
        return _Findings(unchecked="no exchange was recorded")
    return _Findings(broken=unexplained(ledger, evidence.faults, evidence.exchanges, evidence.crashes))


def _instant(text: object) -> datetime:
    return datetime.fromisoformat(str(text))


_CHECKS: tuple[tuple[InvariantName, Callable[[Ledger, Evidence], _Findings]], ...] = (
    (InvariantName("no_slot_booked_twice", "no two live bookings over one slot"), _no_slot_booked_twice),
    (
        InvariantName("both_ledgers_agree", "both ledgers agree, or a finding says where not"),
        _both_ledgers_agree,
    ),
    (InvariantName("said_means_done", "what was said is done, what was done is said"), _said_means_done),
    (InvariantName("companies_kept_apart", "no company sees another's data"), _companies_kept_apart),
    (
        InvariantName("no_personal_data_in_logs", "no phone number or e-mail in a log"),
        _no_personal_data_in_logs,
    ),
    (InvariantName("no_attempt_left_open", "no attempt open after the worker ran"), _no_attempt_left_open),
    (
        InvariantName("every_error_explained", "every error explained by an injected fault"),
        _every_error_explained,
    ),
)

INVARIANTS: tuple[InvariantName, ...] = tuple(name for name, _check in _CHECKS)
"""All of them, in the order in which they are judged and shown."""

"""The verbs that act at Cal.com: rivals, faults, people who cancel there, and its webhooks."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any
from urllib.parse import parse_qsl

from harness.books import Row, ours_at_calcom
from harness.events import HappeningKind, Lane
from harness.retell import compact, sign_calcom
from harness.scenario import Step
from harness.stage import Answer, Party, Stage
from harness.times import local_text, parse_instant, utc_text
from harness.worlds.world import WorldError
from simulator.client import SimulatorError

StepFunction = Callable[[Stage, Party, Step], Answer]
_API_VERSION = "2024-08-13"
_ERROR = 400
_ORIGINS = {"rival": "rival", "known": "seed"}
"""Whose booking a word means; ``last`` is the last one we made."""


def open_slots(
    stage: Stage, party: Party, times: tuple[str, ...] | list[str], service: object | None = None
) -> None:
    """Make exactly these local times free for a service, the company's default one if none is named."""
    starts = [parse_instant(each) for each in times]
    stage.simulator(party).set_slots(stage.event_type(party, service), starts)


def _free(stage: Stage, party: Party, step: Step) -> Answer:
    if isinstance(step.value, Mapping):
        open_slots(stage, party, step.value.get("starts") or [], step.value.get("service"))
    else:
        open_slots(stage, party, step.value)
    return {}


def _rival_takes(stage: Stage, party: Party, step: Step) -> Answer:
    value = step.value if isinstance(step.value, Mapping) else {"start": step.value}
    start = parse_instant(value["start"])
    event_type = int(value.get("event_type_id") or stage.event_type(party, value.get("service")))
    try:
        booking = stage.simulator(party).take_slot(start, event_type)
    except SimulatorError as error:
        return {"taken": False, "code": error.code}
    stage.happen(HappeningKind.RIVAL, Lane.CALCOM, f"a rival takes {local_text(start)}")
    return {"taken": True, "uid": booking.get("uid")}


def _fault(stage: Stage, party: Party, step: Step) -> Answer:
    rule = dict(step.value)
    fault_id = stage.simulator(party).add_fault(rule)
    words = f"{json.dumps(rule.get('effect'), ensure_ascii=False)} {rule.get('when', 'before')} {rule['on']}"
    stage.happen(HappeningKind.FAULT, Lane.CALCOM, words)
    return {"id": fault_id}


def _clear_faults(stage: Stage, party: Party, _step: Step) -> Answer:
    stage.cleared_faults += stage.calcom_faults(party.tenant)
    stage.simulator(party).clear_faults()
    return {}


def _calcom_cancels(stage: Stage, party: Party, step: Step) -> Answer:
    value = step.value if isinstance(step.value, Mapping) else {}
    uid = _chosen(stage, party, step.value)["uid"]
    _change(stage, party, f"{uid}/cancel", {"cancellationReason": value.get("reason", "Termin entfällt")})
    stage.happen(HappeningKind.RIVAL, Lane.CALCOM, f"a person cancels {uid} there")
    return {"uid": uid}


def _calcom_moves(stage: Stage, party: Party, step: Step) -> Answer:
    uid = _chosen(stage, party, step.value)["uid"]
    start = parse_instant(step.value["to"])
    body = {"start": utc_text(start), "reschedulingReason": step.value.get("reason", "passt besser")}
    answer = _change(stage, party, f"{uid}/reschedule", body)
    stage.happen(HappeningKind.RIVAL, Lane.CALCOM, f"a person moves {uid} to {local_text(start)} there")
    return {"uid": answer.get("data", {}).get("uid"), "old_uid": uid}


def _change(stage: Stage, party: Party, path: str, body: Mapping[str, Any]) -> Answer:
    """A person changes a booking there; WorldError if Cal.com refuses."""
    response = stage.world.session(None).post(
        f"{stage.world.simulator_url}/v2/bookings/{path}",
        json=body,
        headers={"Authorization": f"Bearer {party.tenant.account}", "cal-api-version": _API_VERSION},
        timeout=30,
    )
    if response.status_code >= _ERROR:
        raise WorldError(f"Cal.com refused {path}: {response.text[:300]}")
    return _object(response.text)


def _asked_calcom(stage: Stage, party: Party, step: Step) -> Answer:
    operation = str(step.value["operation"] if isinstance(step.value, Mapping) else step.value)
    entries = [e for e in stage.simulator(party).list_requests() if e.get("operation") == operation]
    shown = [
        {"query": dict(parse_qsl(str(each.get("query") or ""))), "body": _object(str(each.get("body") or "{}")),
         "status": each.get("status"), "path": each.get("path")}
        for each in entries
    ]  # fmt: skip
    return {"count": len(shown), "requests": shown, "last": shown[-1] if shown else None}


def _calcom_loses(stage: Stage, party: Party, step: Step) -> Answer:
    client = stage.simulator(party)
    booking = _chosen(stage, party, step.value)
    state = client.get_state()
    state["bookings"] = [each for each in state["bookings"] if each["uid"] != booking["uid"]]
    client.put_state(state)
    stage.happen(HappeningKind.RIVAL, Lane.CALCOM, f"booking {booking['uid']} vanishes")
    return {"uid": booking["uid"]}


def _webhook(stage: Stage, party: Party, step: Step) -> Answer:
    value = step.value if isinstance(step.value, Mapping) else {"trigger": step.value}
    booking = _chosen(stage, party, value.get("of", "last"))
    body = compact(_webhook_body(stage, value, booking))
    secret = party.tenant.webhook_secret if value.get("signature", "right") == "right" else "whsec_wrong"
    headers = {"Content-Type": "application/json", "X-Cal-Signature-256": sign_calcom(body, secret)}
    answers = []
    for _ in range(int(value.get("times", 1))):
        response = stage.world.session(Lane.CALCOM).post(
            f"{stage.world.gateway_url}/api/webhooks/calcom", data=body, headers=headers, timeout=30
        )
        answers.append({**_object(response.text), "http_status": response.status_code})
    return {**answers[-1], "answers": answers, "statuses": [each.get("status") for each in answers]}


def _webhook_body(stage: Stage, value: Mapping[str, Any], booking: Row) -> dict[str, Any]:
    trigger = str(value.get("trigger", "BOOKING_CREATED"))
    created_at = utc_text(parse_instant(value["created_at"]) if "created_at" in value else stage.world.now())
    start, end = (utc_text(datetime.fromisoformat(str(booking[key]))) for key in ("start", "end"))
    if value.get("shape") == "plan":
        name = "booking." + trigger.removeprefix("BOOKING_").lower()
        attendees = booking.get("attendees", [])
        data = {
            "uid": booking["uid"],
            "booking_id": booking["id"],
            "startTime": start,
            "attendees": attendees,
        }
        return {"id": f"evt_{booking['uid']}_{trigger.lower()}", "type": name, "data": data}
    payload = {
        "bookingId": booking["id"],
        "uid": booking["uid"],
        "eventTypeId": booking["eventTypeId"],
        "startTime": start,
        "endTime": end,
        "status": "CANCELLED" if trigger == "BOOKING_CANCELLED" else "ACCEPTED",
        "attendees": booking.get("attendees", []),
        "metadata": booking.get("metadata", {}),
    }
    if booking.get("rescheduledFromUid"):
        payload |= {"rescheduleUid": booking["rescheduledFromUid"]}
    return {"triggerEvent": trigger, "createdAt": created_at, "payload": payload}


def _chosen(stage: Stage, party: Party, value: Any) -> Row:
    """The booking a step means: by uid, or the last one we made."""
    bookings = stage.simulator(party).list_bookings()
    uid = value.get("uid") if isinstance(value, Mapping) else None
    if isinstance(value, str) and value not in ("last", *_ORIGINS):
        uid = value
    origin = _ORIGINS.get(str(value), "api")
    chosen = [each for each in bookings if (each["uid"] == uid if uid else _has_origin(each, origin))]
    if not chosen:
        raise WorldError(
            f"line {value!r}: Cal.com holds no such booking, only {[each['uid'] for each in bookings]}"
        )
    return chosen[-1]


def _has_origin(booking: Row, origin: str) -> bool:
    return ours_at_calcom(booking) if origin == "api" else booking.get("origin") == origin


def _object(text: str) -> dict[str, Any]:
    try:
        data = json.loads(text)
    except ValueError:
        return {"body": text[:300]}
    return data if isinstance(data, dict) else {"body": data}


STEPS: Mapping[str, StepFunction] = {
    "free": _free,
    "rival_takes": _rival_takes,
    "fault": _fault,
    "clear_faults": _clear_faults,
    "calcom_cancels": _calcom_cancels,
    "calcom_moves": _calcom_moves,
    "calcom_loses": _calcom_loses,
    "asked_calcom": _asked_calcom,
    "webhook": _webhook,
}

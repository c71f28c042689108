"""The verbs that act at Cal.com: rivals, faults, people who cancel there, and its webhooks."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any

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


def open_slots(stage: Stage, party: Party, times: tuple[str, ...] | list[str]) -> None:
    """Make exactly these local times free for the company's default service."""
    starts = [parse_instant(each) for each in times]
    stage.simulator(party).set_slots(party.tenant.event_type_id, starts)


def _free(stage: Stage, party: Party, step: Step) -> Answer:
    open_slots(stage, party, step.value)
    return {}


def _rival_takes(stage: Stage, party: Party, step: Step) -> Answer:
    value = step.value if isinstance(step.value, Mapping) else {"start": step.value}
    start = parse_instant(value["start"])
    event_type = int(value.get("event_type_id") or party.tenant.event_type_id)
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
    booking = _chosen(stage, party, step.value)
    value = step.value if isinstance(step.value, Mapping) else {}
    response = stage.world.session(None).post(
        f"{stage.world.simulator_url}/v2/bookings/{booking['uid']}/cancel",
        json={"cancellationReason": value.get("reason", "Termin entfällt")},
        headers={"Authorization": f"Bearer {party.tenant.account}", "cal-api-version": _API_VERSION},
        timeout=30,
    )
    if response.status_code >= _ERROR:
        raise WorldError(f"Cal.com refused to cancel {booking['uid']}: {response.text[:300]}")
    stage.happen(HappeningKind.RIVAL, Lane.CALCOM, f"a person cancels {booking['uid']} there")
    return {"uid": booking["uid"]}


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
    return {"triggerEvent": trigger, "createdAt": created_at, "payload": payload}


def _chosen(stage: Stage, party: Party, value: Any) -> Row:
    """The booking a step means: by uid, or the last one we made."""
    bookings = stage.simulator(party).list_bookings()
    uid = value.get("uid") if isinstance(value, Mapping) else None
    if isinstance(value, str) and value not in ("last", "rival"):
        uid = value
    origin = "rival" if value == "rival" else "api"
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
    "calcom_loses": _calcom_loses,
    "webhook": _webhook,
}

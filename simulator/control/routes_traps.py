"""``/__admin/faults``, ``/presets``, ``/deliveries`` and ``/webhooks``: what is to go wrong, and what goes out."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from flask import Blueprint, Response, jsonify

from simulator.calcom.accounts import Accounts
from simulator.calcom.admin import emit_webhook
from simulator.calcom.presets import OPTIONS, lift_preset, list_presets, set_preset
from simulator.control.asking import asked_account, asked_object
from simulator.control.faults import FaultBook, FaultRule


def add_fault_routes(blueprint: Blueprint, accounts: Accounts) -> None:
    """Fault rules and presets."""

    @blueprint.post("/faults")
    def add_fault() -> tuple[Response, int]:
        return jsonify(asked_account(accounts).faults.add(asked_object()).to_json()), 201

    @blueprint.get("/faults")
    def list_faults() -> Response:
        return jsonify(_faults(asked_account(accounts).faults))

    @blueprint.delete("/faults")
    def clear_faults() -> Response:
        book = asked_account(accounts).faults
        return jsonify({**_removed(book.clear()), **_faults(book)})

    @blueprint.delete("/faults/<fault_id>")
    def clear_fault(fault_id: str) -> Response:
        book = asked_account(accounts).faults
        return jsonify({**_removed(book.clear(fault_id)), **_faults(book)})

    @blueprint.get("/presets")
    def get_presets() -> Response:
        return jsonify({"presets": list_presets(asked_account(accounts))})

    @blueprint.post("/presets/<name>")
    def post_preset(name: str) -> tuple[Response, int]:
        return jsonify(set_preset(asked_account(accounts), name, asked_object(*OPTIONS))), 201

    @blueprint.delete("/presets/<name>")
    def delete_preset(name: str) -> Response:
        return jsonify({"removed": lift_preset(asked_account(accounts), name)})


def add_delivery_routes(blueprint: Blueprint, accounts: Accounts) -> None:
    """Webhooks that went out, how they go out, and ones made by hand."""

    @blueprint.get("/deliveries")
    def list_deliveries() -> Response:
        deliveries = asked_account(accounts).deliveries
        kept = [one.to_json() for one in deliveries.list_deliveries()]
        return jsonify({"deliveries": kept, "dropped": deliveries.dropped})

    @blueprint.post("/deliveries/<delivery_id>/redeliver")
    def redeliver(delivery_id: str) -> Response:
        return jsonify({"delivery": asked_account(accounts).deliveries.redeliver(delivery_id).to_json()})

    @blueprint.get("/deliveries/policy")
    def get_policy() -> Response:
        return jsonify(asked_account(accounts).deliveries.policy.to_json())

    @blueprint.put("/deliveries/policy")
    def put_policy() -> Response:
        return jsonify(asked_account(accounts).deliveries.set_policy(asked_object()).to_json())

    @blueprint.post("/webhooks/emit")
    def post_emit() -> Response:
        wish = asked_object("trigger", "booking_uid", "payload", "body")
        sent = emit_webhook(asked_account(accounts), wish)
        return jsonify({"deliveries": [delivery.to_json() for delivery in sent]})


def _faults(book: FaultBook) -> dict[str, Any]:
    return {"faults": [rule.to_json() for rule in book.list_rules()], "never_fired": book.never_fired()}


def _removed(gone: Iterable[FaultRule]) -> dict[str, Any]:
    return {"removed": [rule.to_json() for rule in gone]}

"""``python -m simulator``: serve the simulator and print one JSON line with its address."""

from __future__ import annotations

import argparse
import json
import sys
from pathlib import Path

from simulator import create_app
from simulator.calcom.accounts import Accounts
from simulator.control.errors import ControlError
from simulator.server import Server, run

_WRONG_USE = 2
_NOT_STARTED = 3


def main(arguments: list[str] | None = None) -> int:
    """Serve until interrupted; returns 0, 2 for an unusable state file, 3 for an unusable address."""
    options = _parser().parse_args(arguments)
    app = create_app(
        seed=options.seed, gateway_url=options.gateway_url, retell_api_key=options.retell_api_key
    )
    if options.state is not None:
        try:
            load_states(app.extensions["simulator"], options.state)
        except (OSError, ValueError, ControlError) as error:
            print(f"simulator: {options.state}: {error}", file=sys.stderr)  # noqa: T201
            return _WRONG_USE
    try:
        server = Server(app, options.host, options.port)
    except OSError as error:
        print(f"simulator: can't listen on {options.host}:{options.port}: {error}", file=sys.stderr)  # noqa: T201
        return _NOT_STARTED
    run(server)
    return 0


def load_states(accounts: Accounts, path: Path) -> None:
    """Put the state documents of a file: one, a list of them, or an object of account keys to documents."""
    document = json.loads(path.read_text(encoding="utf-8"))
    if isinstance(document, list):
        for state in document:
            accounts.put_state(None, state)
    elif "account" in document or "event_types" in document:
        accounts.put_state(None, document)
    else:
        for key, state in document.items():
            accounts.put_state(key, state)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m simulator", description="A fake Cal.com and Retell.")
    parser.add_argument("--host", default="127.0.0.1", help="address to listen on (default: %(default)s)")
    parser.add_argument(
        "--port", type=int, default=8100, help="port; 0 picks a free one (default: %(default)s)"
    )
    parser.add_argument("--gateway-url", help="where the scripted agent calls its functions")
    parser.add_argument("--retell-api-key", help="the key that signs the agent's function calls")
    parser.add_argument("--state", type=Path, metavar="FILE", help="JSON state of one or more accounts")
    parser.add_argument("--seed", type=int, default=0, help="seed of ids and fault decisions")
    return parser


if __name__ == "__main__":
    raise SystemExit(main())

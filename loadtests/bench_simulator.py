"""How fast the simulator is: ``python -m loadtests.bench_simulator``, beside a bare Flask route on the same server.

Needs the load generator ``wrk``; mountebank joins where ``npm`` can install it. Rounds alternate, so that a busy
machine spoils all figures alike: then the ratios say more than the rates.
"""

from __future__ import annotations

import argparse
import json
import os
from pathlib import Path
from typing import Any

from loadtests.bench import capacity, rounds, table
from loadtests.bench.wrk import CONNECTIONS, is_installed

_CANNOT = 2


def main(arguments: list[str] | None = None) -> int:
    """Measure and print a table; 0, or 2 when the load generator is missing."""
    options = _parser().parse_args(arguments)
    if not is_installed():
        print("bench: the load generator 'wrk' is missing; install it with: apt-get install wrk")  # noqa: T201
        return _CANNOT
    figures: dict[str, Any] = {"connections": CONNECTIONS, "load_average_before": os.getloadavg()}
    figures |= rounds.measure(options.rounds, options.seconds, with_mountebank=not options.no_mountebank)
    if not options.rounds_only:
        figures |= capacity.measure(options.seconds)
    figures["load_average_after"] = os.getloadavg()
    print(table.render(figures))  # noqa: T201 (the output)
    if options.json is not None:
        options.json.write_text(json.dumps(figures, indent=2) + "\n", encoding="utf-8")
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m loadtests.bench_simulator", description=__doc__)
    parser.add_argument("--rounds", type=int, default=5, help="of each kind (default: %(default)s)")
    parser.add_argument("--seconds", type=int, default=4, help="of each round (default: %(default)s)")
    parser.add_argument("--no-mountebank", action="store_true", help="don't install and measure mountebank")
    parser.add_argument("--rounds-only", action="store_true", help="leave out start, memory and the rest")
    parser.add_argument("--json", type=Path, metavar="FILE", help="write all figures there as well")
    return parser


if __name__ == "__main__":
    raise SystemExit(main())

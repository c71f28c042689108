"""Plays scenario files in the virtual world: `python playing.py REPORT FILE …`.

Only the named files are read, since a process of its own is started for each mutant. The report says which
gateway it was, so that nobody takes the unchanged one for a mutant.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path

import app
from harness.runner import Runner
from harness.scenario import load
from harness.worlds.virtual import VirtualWorldFactory

SEED = 0
"""The one of `askpro scenarios run`."""


def play(files: list[Path]) -> dict[str, str]:
    """Return the verdict of each scenario, by its id."""
    factory = VirtualWorldFactory()
    try:
        runner = Runner(factory, seed=SEED)
        finished = [runner.run(load(file)) for file in files]
        return {each.id: each.verdict.value for each in finished}
    finally:
        factory.close()


if __name__ == "__main__":
    report, *names = (Path(name) for name in sys.argv[1:])
    told = {"gateway": str(Path(app.__file__).parent), "verdicts": play(names)}
    report.write_text(json.dumps(told), encoding="utf-8")

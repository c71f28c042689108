"""Two runs side by side: which figure got worse, beyond what is allowed and what swings by itself."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from loadtests.errors import WrongUse
from loadtests.thresholds import parse_rule

_SAME = ("profile", "callers", "time_scale")


def compare(base: Mapping[str, Any], current: Mapping[str, Any], allowed: float, name: str) -> dict[str, Any]:
    """The current result with base, change, noise and ``worse`` at each threshold (the last three in per cent).

    Raises:
        WrongUse: the two did not run the same load.
    """
    for key in _SAME:
        if base[key] != current[key]:
            raise WrongUse(
                f"{key} is {base[key]!r} in the base and {current[key]!r} now; compare runs of the same load"
            )
    by_rule = {(each["metric"], each["rule"]): each for each in base["thresholds"]}
    thresholds = [
        {**each, **_compared(by_rule.get((each["metric"], each["rule"])), each, allowed)}
        for each in current["thresholds"]
    ]
    return {**current, "base": name, "thresholds": thresholds}


def _compared(base: Mapping[str, Any] | None, current: Mapping[str, Any], allowed: float) -> dict[str, Any]:
    before, now = (base or {}).get("measured"), current["measured"]
    if base is None or before is None or now is None:
        return {"base": before, "change": None, "noise": None, "worse": False}
    change = 0.0 if before == now else (now - before) / before * 100 if before else float("inf")
    smaller_is_better = parse_rule(current["rule"]).sense.startswith("<")
    noise = (base.get("swing") or 0.0) * 2**0.5  # of a difference; a run's own swing must not excuse the run
    loss = change if smaller_is_better else -change
    return {
        "base": before,
        "change": round(change, 1),
        "noise": round(noise, 1),
        "worse": loss > allowed + noise,
    }

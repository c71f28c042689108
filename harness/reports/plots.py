"""Line plots as SVG geometry: ticks at round numbers, one path a line, a limit across."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import ceil, floor, log10

Points = Sequence[tuple[float, float]]

LEFT, RIGHT, TOP, BOTTOM = 46.0, 6.0, 10.0, 24.0
HEIGHT = 216.0
DIVISIONS = 4
ROUND_STEPS = (1.0, 2.0, 2.5, 5.0, 10.0)
SECOND_STEPS = (1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 1800, 3600)
MOST_X_TICKS = 5


@dataclass(frozen=True, slots=True)
class Tick:
    """A round number on an axis and where it stands, in pixels of the drawing."""

    at: float
    label: str


@dataclass(frozen=True, slots=True)
class Line:
    """One series: ``kind`` is its class (empty, thin, dots), ``path`` the ``d`` of its SVG path."""

    name: str
    kind: str
    path: str


@dataclass(frozen=True, slots=True)
class Plot:
    """A finished drawing. ``limit`` is a line across with its words, where it lies within the axis."""

    width: float
    height: float
    left: float
    right: float
    base: float
    lines: tuple[Line, ...]
    y_ticks: tuple[Tick, ...]
    x_ticks: tuple[Tick, ...]
    limit: Tick | None


def draw(
    series: Sequence[tuple[str, str, Points]], *, width: float, limit: tuple[float, str] | None = None
) -> Plot | None:
    """The plot of ``(name, kind, points)`` over seconds; None when there are not two points to join."""
    drawn = [(name, kind, points) for name, kind, points in series if len(points) > 1]
    if not drawn:
        return None
    everything = [point for _, _, points in drawn for point in points]
    last = max(at for at, _ in everything) or 1.0
    step = round_step(max([value for _, value in everything] + ([limit[0]] if limit else [])))
    top = step * DIVISIONS
    inner, tall = width - LEFT - RIGHT, HEIGHT - TOP - BOTTOM

    def across(at: float) -> float:
        return round(LEFT + inner * at / last, 1)

    def down(value: float) -> float:
        return round(TOP + tall * (1 - value / top), 1)

    return Plot(
        width=width,
        height=HEIGHT,
        left=LEFT,
        right=width - RIGHT,
        base=HEIGHT - BOTTOM,
        lines=tuple(
            Line(name, kind, "M" + "L".join(f"{across(at):g} {down(value):g}" for at, value in points))
            for name, kind, points in drawn
        ),
        y_ticks=tuple(Tick(down(step * n), f"{step * n:g}") for n in range(DIVISIONS + 1)),
        x_ticks=tuple(Tick(across(second), f"{second} s") for second in seconds_between(last)),
        limit=Tick(down(limit[0]), limit[1]) if limit else None,
    )


def round_step(highest: float) -> float:
    """The least round step of which four reach the highest value."""
    if highest <= 0:
        return 1.0
    wanted = highest / DIVISIONS
    power = 10.0 ** floor(log10(wanted))
    return next(power * step for step in ROUND_STEPS if power * step >= wanted * (1 - 1e-9))


def seconds_between(last: float) -> range:
    """Round seconds from 0 to the last, at most five of them."""
    fitting = (step for step in SECOND_STEPS if last / step <= MOST_X_TICKS - 1)
    step = next(fitting, ceil(last / (MOST_X_TICKS - 1)))
    return range(0, int(last) + 1, step)

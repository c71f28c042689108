from __future__ import annotations

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[3]
OURS = ROOT / "harness" / "reports" / "askpro.css"
SIMULATORS = ROOT / "simulator" / "retell" / "static" / "askpro.css"
TEXT_CONTRAST = 4.5
SHAPE_CONTRAST = 3.0


def tokens(scheme: int) -> dict[str, str]:
    found = re.findall(r"--([\w-]+): light-dark\((#\w{6}), (#\w{6})\)", OURS.read_text())
    return {name: colours[scheme] for name, *colours in found}


def luminance(colour: str) -> float:
    channels = (int(colour[place : place + 2], 16) / 255 for place in (1, 3, 5))
    red, green, blue = (c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in channels)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def contrast(one: str, other: str) -> float:
    dark, light = sorted((luminance(one), luminance(other)))
    return (light + 0.05) / (dark + 0.05)


class TestTheStylesheet:
    def test_reports_and_simulator_carry_the_same_bytes(self):
        assert OURS.read_bytes() == SIMULATORS.read_bytes()

    def test_it_stays_short_enough_to_be_read(self):
        assert len(OURS.read_text().splitlines()) <= 500

    def test_it_fetches_nothing(self):
        assert set(re.findall(r"url\(([^)]*)\)", OURS.read_text())) <= {"#hatch"}
        assert "@import" not in OURS.read_text()

    @pytest.mark.parametrize("scheme", [0, 1], ids=["light", "dark"])
    @pytest.mark.parametrize("kind", ["ok", "warn", "bad", "fault", "act"])
    def test_words_can_be_read_on_the_ground_of_their_kind(self, kind: str, scheme: int):
        colours = tokens(scheme)

        assert contrast(colours[kind], colours["surface"]) >= TEXT_CONTRAST
        assert contrast(colours[kind], colours[f"{kind}-bg"]) >= TEXT_CONTRAST

    @pytest.mark.parametrize("scheme", [0, 1], ids=["light", "dark"])
    @pytest.mark.parametrize("ground", ["canvas", "surface", "sunk", "hover", "act-bg", "bad-bg", "warn-bg"])
    def test_all_inks_can_be_read_on_every_ground(self, ground: str, scheme: int):
        colours = tokens(scheme)

        assert (
            min(contrast(colours[ink], colours[ground]) for ink in ("ink", "ink-2", "ink-3")) >= TEXT_CONTRAST
        )

    @pytest.mark.parametrize("scheme", [0, 1], ids=["light", "dark"])
    def test_our_time_and_waiting_can_be_told_apart(self, scheme: int):
        colours = tokens(scheme)

        assert contrast(colours["own"], colours["wait"]) >= SHAPE_CONTRAST
        assert contrast(colours["wait"], colours["surface"]) >= SHAPE_CONTRAST

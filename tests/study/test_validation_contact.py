"""Power and force limiting, corners of a path, and scatter drawn from a repeatability."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from cellkit.errors import ConfigError
from cellkit.models.load import load_arm
from cellkit.study.contact import (
    FILE,
    allowed_speed,
    body_regions,
    reduced_mass,
)
from cellkit.study.iso9283 import corner_figures, pose_figures
from cellkit.study.repeatability import Scatter


def test_the_chest_at_fifteen_kilograms() -> None:
    chest = body_regions().regions["chest"]
    assert reduced_mass(15.0, chest.mass) == pytest.approx(10.909, abs=5e-4)
    assert allowed_speed(15.0, chest) == pytest.approx(0.536, abs=5e-4)
    force = allowed_speed(15.0, chest) * (reduced_mass(15.0, chest.mass) * chest.stiffness) ** 0.5
    assert force == pytest.approx(280.0)


def test_a_small_area_of_contact_makes_the_pressure_count() -> None:
    hand = body_regions().regions["hand"]
    by_force = allowed_speed(15.0, hand)
    assert allowed_speed(15.0, hand, pressure=2 * 2.0e6, area=1e-2) == by_force
    assert allowed_speed(15.0, hand, pressure=2 * 2.0e6, area=1e-5) == pytest.approx(by_force * 40 / 280)
    with pytest.raises(ValueError, match="pressure limit needs an area"):
        allowed_speed(15.0, hand, pressure=1e6)


def test_the_regions_have_sources() -> None:
    regions = body_regions()
    assert len(regions.regions) == 12
    assert all(one.source in regions.sources for one in regions.regions.values())
    assert {name for name, one in regions.regions.items() if one.transient_factor == 1} == {"skull", "face"}


def test_a_mistake_in_a_copy_of_the_regions_has_its_line(tmp_path: Path) -> None:
    copy = tmp_path / "regions.yaml"
    copy.write_text(FILE.read_text(encoding="utf-8").replace("force: 65,", "force: -65,"), encoding="utf-8")
    with pytest.raises(ConfigError, match=r"regions\.yaml:\d+: "):
        body_regions(copy)


def test_corner_figures() -> None:
    commanded = np.array([[0.0, 0.0, 0.0], [1.0, 0.0, 0.0], [1.0, 1.0, 0.0]])
    round_off = np.array([[0.0, 0.0, 0.0], [0.9, 0.0, 0.0], [0.97, 0.04, 0.0], [1.02, 0.3, 0.0], [1.0, 1.0, 0.0]])
    found = corner_figures([round_off], commanded)
    assert found.rounding == pytest.approx(0.05)
    assert found.overshoot == pytest.approx(0.02)
    assert corner_figures([round_off[[0, 1, 4]]], commanded).overshoot == 0.0
    with pytest.raises(ValueError, match="no corner"):
        corner_figures([round_off], np.array([[0.0, 0, 0], [1.0, 0, 0], [2.0, 0, 0]]))


def test_scatter_has_the_repeatability_it_was_drawn_from() -> None:
    scatter = Scatter(3e-5, seed=7)
    tests = [pose_figures(np.array([scatter.offset() for _ in range(30)]), np.zeros(3)) for _ in range(100)]
    assert np.mean([one.repeatability for one in tests]) == pytest.approx(3e-5, rel=0.03)
    assert [Scatter(3e-5, 1).offset().tolist()] == [Scatter(3e-5, 1).offset().tolist()]
    assert Scatter.of(load_arm("ur5e")).description.startswith("0.03 mm (verified: ")
    assert Scatter.of(load_arm("hc10")).description.startswith("0.1 mm (not verified: ")


def test_an_unknown_repeatability_gives_no_scatter() -> None:
    model = load_arm("ur5e")
    unknown = model.model_copy(update={"repeatability": model.repeatability.model_copy(update={"value": None})})
    with pytest.raises(ConfigError, match="not known"):
        Scatter.of(unknown)

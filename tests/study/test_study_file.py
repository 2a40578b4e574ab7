"""A wrong study file is refused before any run, with its line and the valid values."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Any

import pytest
from study_rig import SMALL, study, written

from cellkit.errors import ConfigError
from cellkit.scenario.config import scenario_path
from cellkit.study.assumption import register
from cellkit.study.study_file import read_study


def test_concepts_are_every_combination(tmp_path: Path) -> None:
    found = study(
        tmp_path,
        concepts={"arms": ["ur5e", "gp7"], "grippers": ["2f-85", "rg2"], "speeds": [1.0, 0.5]},
        business=None,
        shift=None,
        energy=None,
    )
    assert [one.id for one in found.concepts][:3] == ["ur5e · 2f-85", "ur5e · 2f-85 · 50%", "ur5e · rg2"]
    assert len(found.concepts) == 8
    assert {found.layout_of(one) for one in found.concepts} == {"as_is"}


def test_layouts_and_models_may_be_files_beside_the_study(tmp_path: Path) -> None:
    shutil.copytree(scenario_path("palletise").parent, tmp_path / "other")
    found = study(
        tmp_path,
        task={**SMALL["task"], "layouts": {"as_is": "palletise", "copied": "other"}},
        concepts={"arms": ["ur10e"], "grippers": ["other/vg10-16.yaml"]},
        business=None,
    )
    assert [one.id for one in found.concepts] == ["ur10e · vg10-16 · as_is", "ur10e · vg10-16 · copied"]
    assert found.scenarios["copied"].document.file == tmp_path / "other" / "scenario.yaml"


def test_the_register_has_every_figure_with_its_unit(tmp_path: Path) -> None:
    file = study(tmp_path, demand={"parts_per_year": {"value": 1000, "source": "orders", "date": "2026-01-31"}}).file
    entries = {entry.path: entry for entry in register(file, file.owner)}
    demand = entries["demand.parts_per_year"]
    assert (demand.value, demand.source, demand.owner, demand.date) == (1000, "orders", "the firm", "2026-01-31")
    rate = entries["business.labour.rate"]
    assert (rate.unit, rate.owner, rate.default) == ("EUR/h", "cellkit", True)
    assert "CBS" in rate.source
    assert all(entry.unit for entry in entries.values()), [path for path, one in entries.items() if not one.unit]


def _with(section: str, **changes: Any) -> dict[str, Any]:
    return {section: {**SMALL[section], **changes}}


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"demand": {"parts_per_year": -5}}, "demand.parts_per_year: -5 is not above 0"),
        (_with("business", prices={"ur5e": 1, "2f-85": 1}), "no price of 'gp7'; add gp7:"),
        (_with("business", today={"parts_per_hour": -1, "operators": 1, "scrap": 0}), "-1 is not above 0"),
        ({"date": "tomorrow"}, "is not a date of the form 2026-11-01"),
        ({"task": {**SMALL["task"], "layouts": {"as_is": "pick_and_plaice"}}}, "neither a shipped scenario nor a file"),
        ({"concepts": {"arms": ["ur5"], "grippers": ["2f-85"]}}, "concepts.arms: unknown model 'ur5'"),
        ({"concepts": {"arms": ["2f-85"], "grippers": ["2f-85"]}}, "concepts.arms: "),
        ({"concepts": {"arms": ["ur5e", "ur5e"], "grippers": ["2f-85"]}}, "ur5e is listed twice"),
        ({"energy": None}, "it needs the section energy"),
        ({"shift": {"hours": 0}}, "shift.hours: 0 is not above 0"),
        (_with("energy", arms={"hc10": {"standby": 90}}), "'hc10' is not the arm of any concept of this study"),
        ({"feasibility": {"places": ["nowhere"]}}, "no place 'nowhere'"),
        ({"feasibility": {"tolerance": -0.001}}, "-0.001 is not above 0"),
        ({"dependencies": {"lead_times": {"ur55": 3}}}, "ur55"),
        ({"criteria": {"payback": "soon"}}, "criteria.payback"),
        ({"colour": "blue"}, "colour"),
    ],
)
def test_errors_have_a_line(tmp_path: Path, changes: dict[str, Any], words: str) -> None:
    with pytest.raises(ConfigError) as caught:
        study(tmp_path, **changes)
    assert words in str(caught.value)
    assert "study.yaml" in str(caught.value)
    assert caught.value.line is not None


def test_a_circle_of_places_is_refused(tmp_path: Path) -> None:
    """The tray is on the fixture, which is on the tray."""
    folder = tmp_path / "circular"
    shutil.copytree(scenario_path("pick_and_place").parent, folder)
    cell = folder / "cell.yaml"
    cell.write_text(
        cell.read_text()
        .replace("  tray: {in: robot,", "  tray: {in: fixture,")
        .replace("  fixture: {in: robot,", "  fixture: {in: tray,")
    )
    file = written(tmp_path, task={**SMALL["task"], "layouts": {"as_is": "circular"}}, feasibility={})
    with pytest.raises(ConfigError, match=r"cell\.yaml.*(circle|itself|each other)"):
        read_study(file)

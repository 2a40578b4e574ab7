"""Scenario names, scenario files and bare cell files resolve to planned cells."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from cellkit.errors import ConfigError
from cellkit.scenario.config import scenario_path
from cellkit.scenario.reference import resolve


def test_a_scenario_by_name_or_file_has_its_cell_and_its_scenario() -> None:
    by_name = resolve("pick_and_place")
    by_file = resolve(str(scenario_path("pick_and_place")))
    assert by_name.scenario is not None
    assert by_name.scenario.file.name == "pick_and_place"
    assert by_name.document.file == by_file.document.file
    assert by_name.plan(arm="gp7").arms["robot"].id == "gp7"


def test_a_bare_cell_file_has_no_scenario(tmp_path: Path) -> None:
    file = scenario_path("pick_and_place").with_name("cell.yaml")
    assert resolve(str(file)).scenario is None
    without_schema = tmp_path / "cell.yaml"
    without_schema.write_text("name: job\ndevices:\n  robot: {kind: arm, model: ur5e}\n", encoding="utf-8")
    with pytest.raises(ConfigError, match=r"cell\.yaml:.*'schema' is missing"):
        resolve(str(without_schema)).plan()


def test_models_are_ids_or_absolute_paths(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = shutil.copytree(scenario_path("pick_and_place").parent, tmp_path / "job")
    assert resolve(str(folder)).models(gripper="rg2") == {"robot": "ur5e", "hand": "rg2"}
    monkeypatch.chdir(tmp_path)
    with pytest.raises(ConfigError, match=r"nowhere\.yaml: no such model file"):
        resolve("job/cell.yaml").models(arm="nowhere.yaml")


def test_errors_name_file_and_line(tmp_path: Path) -> None:
    file = tmp_path / "cell.yaml"
    file.write_text("schema: cellkit/cell/1\nname: job\ndevices:\n  robot: {kind: arm, model: ur5}\n", encoding="utf-8")
    with pytest.raises(ConfigError, match=r"cell\.yaml:4: .*unknown model 'ur5'; did you mean ur5e"):
        resolve(str(file)).plan()

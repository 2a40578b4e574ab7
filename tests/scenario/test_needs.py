"""Needs of roles: a model that does not meet them is refused with the reason, and both figures."""

from __future__ import annotations

from pathlib import Path

import pytest

from cellkit.errors import ConfigError
from cellkit.scenario.config import read_scenario
from cellkit.scenario.runner import Run, RunOptions

CELL = """
schema: cellkit/cell/1
name: test
devices:
  left: {kind: arm, model: ur5e}
  right: {kind: arm, model: fr3, mount: {xyz: [2, 0, 0]}}
  hand: {kind: gripper, model: 2f-85, on: left, adapter: {thickness: 0.01, mass: 0.1}}
"""


def prepared(folder: Path, needs: str, **options: str) -> Run:
    (folder / "cell.yaml").write_text(CELL, encoding="utf-8")
    (folder / "program.py").write_text("async def main(cell):\n    pass\n", encoding="utf-8")
    file = folder / "scenario.yaml"
    file.write_text(
        "schema: cellkit/scenario/1\nname: test\ntitle: Test\ncell: cell.yaml\nprogram: program.py\n"
        f"needs:\n  {needs}\n",
        encoding="utf-8",
    )
    return Run(read_scenario(str(file)), RunOptions(world="kinematic", **options))  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("needs", "why"),
    [
        ("left: {reach: 0.9}", "left needs a reach of 0.9 m; UR5e has 0.85 m"),
        ("left: {reach_at_most: 0.8}", "left has room for a reach of 0.8 m at most; UR5e has 0.85 m"),
        ("left: {payload: 6}", "left needs a payload of 6 kg; UR5e has 5 kg"),
        ("hand: {principle: vacuum}", "hand needs vacuum; 2F-85 holds by jaws"),
        ("robot: {reach: 0.5}", "'robot' is no arm or gripper of this cell; valid: hand, left, right"),
        ("left: {vendor_unlike: middle}", "'middle' is no arm of this cell"),
    ],
)
def test_who_cannot_do_it_is_told_why(tmp_path: Path, needs: str, why: str) -> None:
    with pytest.raises(ConfigError) as caught:
        prepared(tmp_path, needs)
    assert why in str(caught.value)


def test_two_vendors(tmp_path: Path) -> None:
    prepared(tmp_path, "right: {vendor_unlike: left}")
    with pytest.raises(ConfigError, match="right needs another vendor than left's"):
        prepared(tmp_path, "right: {vendor_unlike: left}", arm="right=ur10e")
    prepared(tmp_path, "right: {vendor_unlike: left}", arm="left=gp7, right=ur10e")


def test_an_ability_is_one_of_the_driver(tmp_path: Path) -> None:
    """Every arm servos directly; by wire it depends on the vendor's protocol."""
    assert prepared(tmp_path, "left: {abilities: [servoing]}").execute().success
    by_wire = prepared(tmp_path, "left: {abilities: [servoing]}", arm="left=crx-10ia", path="wire")
    with pytest.raises(ConfigError, match=r"role 'left' needs servoing; the driver of .* does not provide it"):
        by_wire.execute()


def test_what_is_met_is_no_hindrance(tmp_path: Path) -> None:
    assert prepared(tmp_path, "left: {reach: 0.85, reach_at_most: 0.85, payload: 5}").execute().success


def test_a_role_is_chosen_once(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="--arm left=fr3: the role 'left' is given twice"):
        prepared(tmp_path, "left: {payload: 1}", arm="left=ur10e, left=fr3")


@pytest.mark.parametrize("arm", ["ur5e,gp7", "robot=ur5e,gp7", "gp7,robot=ur5e"])
def test_the_only_arm_is_chosen_once(arm: str) -> None:
    with pytest.raises(ConfigError, match="the role 'robot' is given twice"):
        Run(read_scenario("pick_and_place"), RunOptions(world="kinematic", arm=arm))

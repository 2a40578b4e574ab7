"""Sensors through the open interfaces, in physics: what a cell program sees of them."""

from __future__ import annotations

import asyncio
from pathlib import Path

import numpy as np
import pytest

from cellkit.cell import Cell
from cellkit.errors import CommandRejected, MotionTimeout
from cellkit.scenario.simulate import simulate
from cellkit.timing import now

CELL = """
schema: cellkit/cell/1
name: sensors
devices:
  robot: {kind: arm, model: ur5e}
  hand: {kind: gripper, model: 2f-85, on: robot}
  wrist: {kind: force_torque, on: robot}
  beam: {kind: proximity, pose: {xyz: [0.5, 0.5, 0.12], rpy_deg: [90, 0, 0]}, range: 0.4}
  eye: {kind: camera, pose: {xyz: [0.5, 0.3, 0.8], rpy_deg: [180, 0, 0]}, width: 160, height: 120, finds: [part]}
workpieces:
  part: {size: [0.04, 0.05, 0.05], mass: 0.4, friction: 0.7}
places:
  table: {xyz: [0.5, 0.3, 0.1]}
structures:
  table: {xyz: [0.5, 0.3, 0.05], shapes: [{box: [0.2, 0.2, 0.1]}]}
conveyors:
  belt: {xyz: [0.2, 0.5, 0.1], size: [0.8, 0.1, 0.1], speed: 0.0}
stock: {part: table}
"""


@pytest.fixture
def cell_file(tmp_path: Path) -> Path:
    file = tmp_path / "cell.yaml"
    file.write_text(CELL, encoding="utf-8")
    return file


def test_a_wrist_sensor_weighs_the_part(cell_file: Path) -> None:
    async def main(cell: Cell) -> None:
        arm, hand, wrist = cell.arm("robot"), cell.gripper("hand"), cell.force_torque("wrist")
        part = cell.workpiece("part")
        await hand.release(part)
        seen = (await cell.locator("eye").locate("part"))[0]
        grasp = await arm.nearest(hand.grasp_poses(part, seen.pose))
        await arm.move_pose(grasp.offset(z=-0.1))
        await asyncio.sleep(0.3)
        await wrist.zero()
        assert np.linalg.norm((await wrist.read()).wrench.force) < 0.1, "zeroed"
        await arm.move_linear(grasp)
        assert (await hand.grip(part)).held
        await arm.move_linear(grasp.offset(z=-0.1))
        await asyncio.sleep(0.5)
        reading = await wrist.read()
        assert reading.wrench.frame == "flange"
        assert reading.wrench.force[2] == pytest.approx(part.mass * 9.81, abs=0.15)
        assert reading.stamp == now()

    simulate(cell_file, main)


def test_a_beam_tells_of_what_comes_and_goes(cell_file: Path) -> None:
    async def main(cell: Cell) -> None:
        beam, arm, hand = cell.proximity("beam"), cell.arm("robot"), cell.gripper("hand")
        assert await beam.present()
        assert await beam.distance() == pytest.approx(0.175, abs=0.005)
        with pytest.raises(MotionTimeout, match="beam did not see nothing"):
            await beam.wait_for(False, timeout=0.2)
        part = cell.workpiece("part")
        grasp = await arm.nearest(hand.grasp_poses(part, cell.places("table")[0].offset(z=0.025)))
        await arm.move_pose(grasp.offset(z=-0.1))
        await arm.move_linear(grasp)
        await hand.grip(part)
        gone = asyncio.ensure_future(beam.wait_for(False, timeout=5.0))
        await arm.move_linear(grasp.offset(z=-0.2))
        await gone
        assert not await beam.present()

    simulate(cell_file, main)


def test_a_camera_gives_colour_and_depth_in_metres(cell_file: Path) -> None:
    async def main(cell: Cell) -> None:
        image = await cell.camera("eye").capture()
        assert image.colour.shape == (120, 160, 3)
        assert image.depth.shape == (120, 160)
        # The part's top is 0.15 m high, the camera 0.8 m.
        row, column = 60, 80
        assert image.depth[row, column] == pytest.approx(0.65, abs=0.01)
        assert image.pose.frame == "world"
        ray = np.linalg.inv(image.intrinsics) @ (column, row, 1.0)
        assert ray == pytest.approx((0, 0, 1), abs=0.02)
        with pytest.raises(CommandRejected, match="was not taught the part 'nut'"):
            await cell.locator("eye").locate("nut")

    simulate(cell_file, main)

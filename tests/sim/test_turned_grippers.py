"""Grippers that are mounted with a rotation: closing direction and load are those of the rotated gripper."""

from __future__ import annotations

import asyncio
import math

import numpy as np
import pytest
from cellkit_sim.gripper_urdf import GripperLinks
from cellkit_sim.urdf import robot_urdf
from defusedxml.ElementTree import fromstring
from sim_rig import JAWS, KINEMATICS, UR5E, WORLDS, Cell, at, box

from cellkit.devices import Tool
from cellkit.models.gripper import with_spacer
from cellkit.models.load import load_gripper

both = pytest.mark.parametrize("world", WORLDS)
TURN = math.pi / 4
TURNED = JAWS.model_copy(update={"turn": TURN})
HAND = load_gripper("franka-hand")
SHORT, LONG = 0.03, 0.08


async def gripped(cell: Cell, box_yaw: float, flange_yaw: float) -> float:
    """Close on a narrow box, and return the width at which the jaws stop."""
    cell.world.add_body(box("box", at(0.45, 0.05, 0.03, box_yaw), 0.3, (SHORT, LONG, 0.06)))
    await cell.move(0.45, 0.05, 0.2, flange_yaw)
    await cell.move(0.45, 0.05, 0.03, flange_yaw)
    state = await cell.jaws.drive(0.0, 0.1, 40.0)
    return float(state.width)


@both
@pytest.mark.parametrize("box_yaw", [0.0, 0.3, -0.8])
def test_jaws_close_along_x_of_the_gripper(world: str, box_yaw: float) -> None:
    """Check the closing direction; from above, with the tool downwards, the rotation has the opposite sign."""

    async def main(cell: Cell) -> None:
        assert await gripped(cell, box_yaw, box_yaw + TURN) == pytest.approx(SHORT, abs=1e-3)
        await cell.move(0.45, 0.05, 0.23, box_yaw + TURN)
        await asyncio.sleep(0.2)
        assert cell.world.body_pose("box").distance(at(0.45, 0.05, 0.23, box_yaw))[0] < 3e-3
        assert cell.world.body_pose("box").distance(at(0.45, 0.05, 0.23, box_yaw))[1] < 0.03
        assert not cell.world.collisions()

    Cell(world, TURNED).run(main)


@both
def test_without_the_rotation_the_same_flange_is_askew(world: str) -> None:
    async def main(cell: Cell) -> None:
        width = await gripped(cell, 0.0, TURN)
        turned = cell.world.body_pose("box").distance(at(0.45, 0.05, 0.03, 0.0))[1]
        assert abs(width - SHORT) > 5e-3 or turned > 0.5, "the box is gripped askew, or the pads turn it"

    Cell(world, JAWS).run(main)


@both
def test_a_turned_part_stays_where_it_is_in_the_hand(world: str) -> None:
    """Check through a swing of the whole arm that a held part follows the gripper frame."""

    async def main(cell: Cell) -> None:
        await gripped(cell, 0.0, TURN)
        await cell.move(0.45, 0.05, 0.3, TURN)
        await asyncio.sleep(0.2)
        before = cell.in_tool("box")
        q = cell.robot.arm.state().position.copy()
        q[0] += 0.8
        q[5] -= 0.9
        await cell.turn_to(q, 2.0)
        await asyncio.sleep(0.2)
        after = cell.in_tool("box")
        np.testing.assert_allclose(after[:3, 3], before[:3, 3], atol=2e-3)
        np.testing.assert_allclose(after[:3, :3], before[:3, :3], atol=0.03)

    Cell(world, TURNED).run(main)


@both
@pytest.mark.parametrize(
    "gripper", [HAND, with_spacer(HAND, 0.02, 0.3, None), TURNED], ids=["hand", "hand on a plate", "turned jaws"]
)
def test_weight_and_lever_are_those_of_the_load(world: str, gripper) -> None:
    """Check the wrench at rest, with a horizontal tool, rotated about its axis: the model's mass at its centre."""

    async def main(cell: Cell) -> None:
        q = cell.robot.arm.state().position.copy()
        q[3] += math.pi / 2
        q[5] += 0.6
        await cell.turn_to(q, 1.5)
        await asyncio.sleep(1.0)
        flange = KINEMATICS.forward(cell.robot.arm.state().position)
        load = Tool.of_gripper(gripper).load
        down = flange[:3, :3].T @ np.array([0.0, 0.0, -9.81])
        wrench = cell.robot.wrench.wrench()
        # 1 %: PyBullet's arm is not quite at rest.
        assert wrench.force == pytest.approx(load.mass * down, abs=0.012 * load.mass * 9.81)
        torque = load.mass * np.cross(load.centre_of_gravity, down)
        assert np.linalg.norm(torque) > 0.1
        # PyBullet's finger motors take part of the torque; without the rotation the error would be 75 %.
        assert wrench.torque == pytest.approx(
            torque, abs=(0.2 if world == "physics" else 1e-9) * np.linalg.norm(torque)
        )

    Cell(world, gripper).run(main)


@pytest.mark.parametrize("turn", [0.0, TURN, -1.2])
def test_the_description_turns_body_and_fingers(turn: float) -> None:
    root = fromstring(robot_urdf(UR5E, JAWS.model_copy(update={"turn": turn})))
    tool = root.find("link[@name='tool']")
    for part in ("inertial", "visual", "collision"):
        angles = [float(one) for one in tool.find(f"{part}/origin").get("rpy").split()]
        assert angles == pytest.approx([0.0, 0.0, turn]), part
    for finger in GripperLinks.of(0, False).fingers:
        joint = root.find(f"joint[@name='{finger}']")
        angles = [float(one) for one in joint.find("origin").get("rpy").split()]
        assert angles == pytest.approx([0.0, 0.0, turn])


@both
@pytest.mark.parametrize("gripper", [TURNED, HAND], ids=["turned jaws", "hand"])
def test_the_tool_centre_point_is_on_the_axis(world: str, gripper) -> None:
    async def main(cell: Cell) -> None:
        await cell.move(0.45, 0.05, 0.1)
        assert cell.tool()[:3, 3] == pytest.approx([0.45, 0.05, 0.1], abs=1e-3)
        assert Tool.of_gripper(gripper).tcp.position == pytest.approx([0, 0, gripper.tcp])

    Cell(world, gripper).run(main)

"""Two grippers on one flange: each grips, holds and loses parts independently, and both have weight."""

from __future__ import annotations

import math

import numpy as np
import pytest
from cellkit_sim.urdf import robot_urdf
from defusedxml.ElementTree import fromstring
from sim_rig import CUP, HOME, JAWS, KINEMATICS, UR5E, WORLDS, at, box, glide

from cellkit.controller.world import Body, Shape, WorldEvent, WorldSettings
from cellkit.devices import Tool
from cellkit.geometry import Pose
from cellkit.models.arm import FixedFrame
from cellkit.models.gripper import on_bracket
from cellkit.timing import run

BRACKET = 0.15  # kg per gripper
SIDE = 0.07  # m from the flange's axis
LEFT = on_bracket(JAWS, FixedFrame(xyz=[0, SIDE, 0.03]), BRACKET, None)
RIGHT = on_bracket(JAWS, FixedFrame(xyz=[0, -SIDE, 0.03]), BRACKET, None)
CUP_RIGHT = on_bracket(CUP, FixedFrame(xyz=[0, -SIDE, 0.03]), BRACKET, None)
V = [
    on_bracket(JAWS, FixedFrame(xyz=[0, 0.05 * s, 0.05], rpy=[-s * math.pi / 4, 0, 0]), BRACKET, None) for s in (1, -1)
]
both = pytest.mark.parametrize("world", WORLDS)


def test_a_hand_on_a_bracket_is_a_tool() -> None:
    first, second = (Tool.of_gripper(hand, [other]) for hand, other in (V, V[::-1]))
    depth = 0.05 * math.sqrt(2) + JAWS.tcp
    np.testing.assert_allclose(first.tcp.position, [0, depth / math.sqrt(2), depth / math.sqrt(2)], atol=1e-12)
    np.testing.assert_allclose(second.tcp.rotation[:, 2], [0, -math.sqrt(0.5), math.sqrt(0.5)], atol=1e-12)
    for tool in (first, second):
        assert tool.load.mass == pytest.approx(2 * (JAWS.mass.known() + BRACKET))
        along = JAWS.mass.known() * (JAWS.centre_of_gravity[2] + 0.05 * math.sqrt(2)) + BRACKET * 0.05 / math.sqrt(2)
        height = along / (JAWS.mass.known() + BRACKET) / math.sqrt(2)
        np.testing.assert_allclose(tool.load.centre_of_gravity, [0, 0, height], atol=1e-12)


def test_masses_of_both_are_in_the_description() -> None:
    root = fromstring(robot_urdf(UR5E, LEFT, CUP_RIGHT))
    masses = {link.get("name"): float(link.find("inertial/mass").get("value")) for link in root.findall("link")}
    assert {"tool", "hand", "hand_2", "finger_left", "finger_right", "cup_2"} <= set(masses)
    tools = sum(mass for link, mass in masses.items() if not link.startswith(("base", "link_", "tool")))
    assert tools == pytest.approx(JAWS.mass.known() + CUP.mass.known() + 2 * BRACKET)


@both
def test_the_wrench_includes_both(world: str) -> None:
    async def main() -> None:
        await glide(robot.arm, HOME, 0.2)
        wrench = robot.wrench.wrench()
        weight = 9.81 * (JAWS.mass.known() + CUP.mass.known() + 2 * BRACKET)
        assert wrench.force[2] == pytest.approx(weight, rel=0.01), "z of the flange points down at home"
        sideways = 9.81 * SIDE * (JAWS.mass.known() - CUP.mass.known())
        assert abs(wrench.torque[0]) == pytest.approx(sideways, rel=0.05)

    made = WORLDS[world](WorldSettings())
    robot = made.add_arm("robot", UR5E, at(0, 0, 0), LEFT, CUP_RIGHT)
    try:
        run(main(), stepper=made.stepper)
    finally:
        made.close()


@both
def test_each_gripper_holds_and_loses_independently(world: str) -> None:
    async def main() -> None:
        flange = KINEMATICS.forward(HOME)
        low = Pose(flange, "world").offset(z=0.10)
        await glide(robot.arm, KINEMATICS.inverse(low.matrix, HOME), 0.6)
        one, other = (hand.jaws for hand in robot.hands)
        for jaws in (one, other):
            assert (await jaws.drive(0.0, 0.1, 40.0)).width == pytest.approx(0.05, abs=2e-3)
        await glide(robot.arm, HOME, 0.6)
        assert [made.held_part("robot", hand) for hand in (0, 1)] == ["a", "b"]
        height = made.body_pose("a").position[2]
        assert made.lose_part("robot", 1)
        await glide(robot.arm, HOME, 1.0)
        assert [made.held_part("robot", hand) for hand in (0, 1)] == ["a", None]
        assert made.body_pose("a").position[2] == pytest.approx(height, abs=2e-3)
        assert made.body_pose("b").position[2] < height - 0.05
        assert [(event.what, event.other) for event in events] == [("part_dropped", "b")]
        assert not made.lose_part("robot", 2), "there is no third gripper"

    made = WORLDS[world](WorldSettings())
    events: list[WorldEvent] = []
    made.on_event(events.append)
    robot = made.add_arm("robot", UR5E, at(0, 0, 0), LEFT, RIGHT)
    for name, hand in (("a", LEFT), ("b", RIGHT)):
        tcp = KINEMATICS.forward(HOME) @ Tool.of_gripper(hand).tcp.matrix
        x, y, z = tcp[0, 3], tcp[1, 3], tcp[2, 3] - 0.10
        made.add_body(box(name, at(x, y, z), mass=0.2))
        made.add_body(Body(f"under_{name}", "stand", (Shape("box", (0.05, 0.05, 0.02)),), at(x, y, z - 0.04)))
    try:
        run(main(), stepper=made.stepper)
    finally:
        made.close()

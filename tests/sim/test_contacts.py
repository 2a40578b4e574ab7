"""Collisions are reported once, with names."""

from __future__ import annotations

import numpy as np
import pytest
from cellkit_sim.physics import PhysicsWorld
from sim_rig import ARMS, HOME, JAWS, UR5E, Cell, arm_model, at

from cellkit.controller.world import Body, Shape, WorldSettings


def test_an_arm_hits_a_post_once() -> None:
    async def main(cell: Cell) -> None:
        cell.world.add_body(Body("post", "obstacle", (Shape("box", (0.1, 0.1, 0.8)),), at(0.2, 0.45, 0.4)))
        cell.world.add_body(Body("table", "table", (Shape("box", (0.3, 0.3, 0.2)),), at(0.0, 0.0, -0.1)))
        q = HOME.copy()
        q[0] += 1.2
        await cell.turn_to(q, 1.5)
        (event,) = cell.events
        assert event.what == "collision"
        assert event.other == "post"
        robot, _, link = event.subject.partition(".")
        assert robot == "robot"
        assert link.startswith(("link_", "tool", "finger_"))
        assert "force" in event.detail
        assert cell.world.collisions() == 1
        await cell.turn_to(HOME, 1.5)
        await cell.turn_to(q, 1.5)
        assert cell.world.collisions() == 2

    Cell("physics").run(main)


def test_a_finger_hits_the_floor() -> None:
    async def main(cell: Cell) -> None:
        await cell.move(0.45, 0.0, 0.005)  # fingers reach a centimetre beyond the tool centre point
        assert {(event.what, event.other) for event in cell.events} == {("collision", "floor")}
        assert cell.events[0].subject.startswith("robot.finger_")

    Cell("physics").run(main)


def test_an_arm_hits_itself() -> None:
    async def main(cell: Cell) -> None:
        q = HOME.copy()
        q[1:4] = -1.57, 2.6, 1.5
        await cell.turn_to(q, 1.5)
        assert any(event.subject.startswith("robot.") and event.other.startswith("robot.") for event in cell.events)

    Cell("physics").run(main)


@pytest.mark.parametrize("name", ARMS)
def test_no_collision_at_home(name: str) -> None:
    model = arm_model(name)
    world = PhysicsWorld(WorldSettings())
    try:
        plants = world.add_arm("robot", model, at(0, 0, 0), JAWS)
        world.advance(0.3, lambda: False)
        assert world.collisions() == 0
        state = plants.arm.state()
        assert np.abs(state.position - model.home).max() < 2e-3
        assert state.effort is not None
    finally:
        world.close()


def test_two_arms() -> None:
    async def main(cell: Cell) -> None:
        other = cell.world.add_arm("second", arm_model("ur5e"), at(0.9, 0.0, 0.0, np.pi))
        assert other.jaws is None
        q = HOME.copy()
        q[1], q[2] = -0.9, 1.0
        await cell.turn_to(q, 1.5)
        (event,) = cell.events
        assert {event.subject.split(".")[0], event.other.split(".")[0]} == {"robot", "second"}

    Cell("physics").run(main)


def test_fingers_may_touch_parts_but_not_another_arm() -> None:
    async def main(cell: Cell) -> None:
        x, z = float(cell.tool()[0, 3]), float(cell.tool()[2, 3])
        cell.world.add_arm("second", UR5E, at(2 * x + 0.3, 0.0, 0.13, np.pi), JAWS)
        await cell.move(x + 0.15, 0.0, z)
        assert not cell.events, "side by side"
        await cell.move(x + 0.3, 0.0, z, seconds=1.5)
        assert any(
            event.subject.startswith("robot.") and "second.finger" in event.other for event in cell.events
        ) or any(
            event.subject.startswith("second.finger") and event.other.startswith("robot.") for event in cell.events
        )

    Cell("physics").run(main)

"""One part between the pads of two arms: handing it over disturbs neither the part nor the gripper that keeps it."""

from __future__ import annotations

import asyncio
from typing import Any

import numpy as np
import pytest
from sim_rig import CUP, HOME, JAWS, UR5E, Cell, at, box, glide, tool_down

from cellkit.controller.plants.parallel_gripper import JawPlant
from cellkit.controller.world import HandPlants
from cellkit.geometry import Array
from cellkit.models import ParallelGripperModel, VacuumGripperModel

FORCE, SPEED, WIDE = 40.0, 0.1, 0.045
APART = 0.14
ASKEW = 0.0005, 0.0, np.pi + 0.002
"""y, z and yaw of the second arm, which is slightly misaligned as in a real cell."""


async def looked_at(cell: Cell, jaws: JawPlant, seconds: float) -> tuple[Array, Array]:
    """Return the widths of the jaws (n,) and positions of the bar (n, 3) at each step."""
    widths, places = [], []
    for _ in range(round(seconds * 480)):
        widths.append(jaws.state().width)
        places.append(cell.world.body_pose("bar").position)
        await asyncio.sleep(1 / 480)
    return np.array(widths), np.array(places)


@pytest.mark.parametrize("kind", ["physics", "kinematic"])
def test_a_bar_goes_from_hand_to_hand(kind: str) -> None:
    async def main(cell: Cell) -> None:
        world, x = cell.world, 0.45
        second = world.add_arm("second", UR5E, at(2 * x + APART, *ASKEW), JAWS)
        world.add_body(box("table", at(x + 0.14, 0.0, 0.05), 0.0, (0.32, 0.1, 0.1)))
        world.add_body(box("bar", at(x + 0.14, 0.0, 0.1205), 0.12, (0.32, 0.03, 0.04)))
        one, other = cell.jaws, second.jaws
        assert other is not None
        await asyncio.gather(*(jaws.drive(WIDE, SPEED, FORCE) for jaws in (one, other)))
        # Pads close along y, so the tools are turned by 90 degrees. The joints suit both arms, which are mounted alike.
        low, middle, high = (tool_down(x, 0.0, z + JAWS.tcp, np.pi / 2, cell.robot.arm) for z in (0.12, 0.22, 0.32))
        await asyncio.gather(glide(cell.robot.arm, middle, 1.0), glide(second.arm, high, 1.0))
        await glide(cell.robot.arm, low, 1.0)
        await one.drive(0.0, SPEED, FORCE)
        await glide(cell.robot.arm, middle, 1.0)
        await glide(second.arm, middle, 1.0)
        assert world.held_part("robot") == "bar"
        await other.drive(0.0, SPEED, FORCE)
        assert (world.held_part("robot"), world.held_part("second")) == ("bar", "bar")
        before = world.body_pose("bar")
        opening = asyncio.ensure_future(one.drive(WIDE, SPEED, FORCE))
        widths, places = await looked_at(cell, other, 0.5)
        await opening
        assert (world.held_part("robot"), world.held_part("second")) == (None, "bar")
        assert widths.min() > 0.0295, "the pads that keep the bar close no further"
        assert np.abs(places - before.position).max() < 5e-4
        assert before.distance(world.body_pose("bar"))[1] < np.radians(0.5)
        assert not cell.events

    Cell(kind).run(main)


async def both_hold(cell: Cell, hand: ParallelGripperModel | VacuumGripperModel) -> HandPlants:
    """Bring the bar between the pads of one arm, and of a gripper of the other arm from the other side."""
    x = 0.45
    bar = box("bar", at(x + 0.14, 0.0, 0.1205), 0.12, (0.32, 0.03, 0.04))
    second = cell.world.add_arm("second", UR5E, at(2 * x + APART, 0.0, 0.0, np.pi), hand)
    cell.world.add_body(box("table", at(x + 0.14, 0.0, 0.05), 0.0, (0.32, 0.1, 0.1)))
    cell.world.add_body(bar)
    await cell.jaws.drive(WIDE, SPEED, FORCE)
    low, high = (tool_down(x, 0.0, z + JAWS.tcp, np.pi / 2, cell.robot.arm) for z in (0.12, 0.22))
    await glide(cell.robot.arm, low, 1.0)
    await cell.jaws.drive(0.0, SPEED, FORCE)
    await glide(cell.robot.arm, high, 1.0)
    if second.jaws is not None:
        await second.jaws.drive(WIDE, SPEED, FORCE)
    top = 0.22 if second.jaws is not None else 0.2405
    await glide(second.arm, tool_down(x, 0.0, top + hand.tcp, np.pi / 2, second.arm), 1.0)
    if second.jaws is not None:
        await second.jaws.drive(0.0, SPEED, FORCE)
    else:
        assert second.suction is not None
        await second.suction.switch(True)
    assert (cell.world.held_part("robot"), cell.world.held_part("second")) == ("bar", "bar")
    return second.hands[0]


@pytest.mark.parametrize("hand", [JAWS, CUP], ids=["jaws", "cup"])
def test_by_rule_a_part_goes_with_the_first_hand_and_then_with_the_other(hand: Any) -> None:
    async def main(cell: Cell) -> None:
        world = cell.world
        await both_hold(cell, hand)
        start = world.body_pose("bar").position
        await glide(cell.robot.arm, tool_down(0.45, 0.0, 0.27 + JAWS.tcp, np.pi / 2, cell.robot.arm), 1.0)
        lifted = world.body_pose("bar").position
        assert lifted[2] - start[2] == pytest.approx(0.05, abs=1e-6), (
            "the bar moves with the gripper that held it first"
        )
        await cell.jaws.drive(WIDE, SPEED, FORCE)
        await glide(cell.robot.arm, HOME, 1.0)
        assert world.body_pose("bar").position == pytest.approx(lifted, abs=1e-9), (
            "the other gripper holds the bar in place"
        )
        assert (world.held_part("robot"), world.held_part("second")) == (None, "bar")
        assert not cell.events

    Cell("kinematic").run(main)


def test_by_rule_a_part_lost_by_one_of_two_hands_stays_with_the_other() -> None:
    async def main(cell: Cell) -> None:
        world = cell.world
        other = (await both_hold(cell, JAWS)).jaws
        assert other is not None
        before = world.body_pose("bar").position
        assert world.lose_part("second")
        await asyncio.sleep(0.5)
        assert world.body_pose("bar").position == pytest.approx(before, abs=1e-9)
        await cell.jaws.drive(WIDE, SPEED, FORCE)
        await asyncio.sleep(0.5)
        assert world.body_pose("bar").position[2] == pytest.approx(0.12, abs=1e-6), (
            "nobody holds it: it lies on the table"
        )

    Cell("kinematic").run(main)


def test_by_rule_a_part_taken_away_is_lost_by_both_hands() -> None:
    async def main(cell: Cell) -> None:
        await both_hold(cell, JAWS)
        cell.world.move_body("bar", at(2.0, 2.0, 0.02))
        assert (cell.world.held_part("robot"), cell.world.held_part("second")) == (None, None)
        await asyncio.sleep(0.1)
        assert cell.world.body_pose("bar").position == pytest.approx([2.0, 2.0, 0.02], abs=1e-6)

    Cell("kinematic").run(main)


def test_a_part_that_does_not_exist_is_not_held() -> None:
    async def main(cell: Cell) -> None:
        assert cell.world.held_part("robot") is None
        assert cell.world.held_part("nobody") is None

    for world in ("physics", "kinematic"):
        Cell(world, CUP).run(main)

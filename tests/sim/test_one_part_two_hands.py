"""One part between the pads of two arms: handing it over disturbs neither it nor the hand that keeps it."""

from __future__ import annotations

import asyncio

import numpy as np
from sim_rig import CUP, JAWS, UR5E, Cell, at, box, glide, tool_down

from cellkit.controller.plant import JawPlant
from cellkit.geometry import Array

FORCE, SPEED, WIDE = 40.0, 0.1, 0.045
APART = 0.14
ASKEW = 0.0005, 0.0, np.pi + 0.002
"""y, z and yaw of the second arm: no two arms stand quite straight."""


async def looked_at(cell: Cell, jaws: JawPlant, seconds: float) -> tuple[Array, Array]:
    """(n,) widths of jaws and (n, 3) positions of the bar, one for each step."""
    widths, places = [], []
    for _ in range(round(seconds * 480)):
        widths.append(jaws.state().width)
        places.append(cell.world.body_pose("bar").position)
        await asyncio.sleep(1 / 480)
    return np.array(widths), np.array(places)


def test_a_bar_goes_from_hand_to_hand() -> None:
    async def main(cell: Cell) -> None:
        world, x = cell.world, 0.45
        second = world.add_arm("second", UR5E, at(2 * x + APART, *ASKEW), JAWS)
        world.add_body(box("table", at(x + 0.14, 0.0, 0.05), 0.0, (0.32, 0.1, 0.1)))
        world.add_body(box("bar", at(x + 0.14, 0.0, 0.1205), 0.12, (0.32, 0.03, 0.04)))
        one, other = cell.jaws, second.jaws
        assert other is not None
        await asyncio.gather(*(jaws.drive(WIDE, SPEED, FORCE) for jaws in (one, other)))
        # Pads close along y: the tools are turned by a quarter. Joints of both, for both stand alike.
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
        assert widths.min() > 0.0295, "the pads that keep it press no further"
        assert np.abs(places - before.position).max() < 5e-4
        assert before.distance(world.body_pose("bar"))[1] < np.radians(0.5)
        assert not cell.events

    Cell("physics").run(main)


def test_nobody_holds_what_there_is_not() -> None:
    async def main(cell: Cell) -> None:
        assert cell.world.held_part("robot") is None
        assert cell.world.held_part("nobody") is None

    for world in ("physics", "kinematic"):
        Cell(world, CUP).run(main)

"""Elastic bodies, leaking vacuum, and parts that are lost on purpose."""

from __future__ import annotations

import asyncio
import math

import pytest
from sim_rig import CUP, JAWS, WORLDS, Cell, at, box

from cellkit.controller.world import Body, Shape
from cellkit.geometry import Pose
from cellkit.timing import now

both = pytest.mark.parametrize("world", WORLDS)
FULL = CUP.vacuum_max.known()
TOP = 0.1
REACH = 0.01
"""Distance (m) by which the fingers extend beyond the tool centre point."""


def pad(stiffness: float | None) -> Body:
    return Body("pad", "pad", (Shape("box", (0.1, 0.1, TOP)),), at(0.45, 0.05, TOP / 2), stiffness=stiffness)


async def pressed_in(cell: Cell, depth: float) -> float:
    """Press the closed fingers ``depth`` m into the pad, and return the force on it at rest."""
    await cell.jaws.drive(0.0, 0.1, 40.0)
    await cell.move(0.45, 0.05, TOP + REACH + 0.02)
    await cell.move(0.45, 0.05, TOP + REACH - depth, seconds=2.0)
    await asyncio.sleep(1.0)
    forces = []
    for _ in range(50):
        await asyncio.sleep(1 / 480)
        forces.append(cell.world.pressed("pad"))
    assert None not in forces
    return sum(force or 0.0 for force in forces) / len(forces)


@pytest.mark.parametrize(("stiffness", "depth"), [(10_000.0, 0.001), (10_000.0, 0.003), (3_000.0, 0.003)])
def test_a_pad_deforms_by_its_stiffness(stiffness: float, depth: float) -> None:
    async def main(cell: Cell) -> None:
        cell.world.add_body(pad(stiffness))
        assert await pressed_in(cell, depth) == pytest.approx(stiffness * depth, rel=0.15)
        assert cell.world.collisions() == 0, "elastic bodies are meant to be touched"
        await cell.move(0.45, 0.05, TOP + REACH + 0.02)
        assert cell.world.pressed("pad") == 0.0

    Cell("physics").run(main)


def test_touching_a_rigid_body_is_a_collision() -> None:
    async def main(cell: Cell) -> None:
        cell.world.add_body(pad(None))
        assert await pressed_in(cell, 0.001) > 50.0, "much more than any pad"
        assert cell.world.collisions() == 1

    Cell("physics").run(main)


def test_the_load_cell_of_a_pad_measures_the_weight_on_it() -> None:
    async def main(cell: Cell) -> None:
        cell.world.add_body(pad(10_000.0))
        assert cell.world.pressed("pad") == 0.0
        cell.world.add_body(box("box", at(0.45, 0.05, TOP + 0.031), 0.5))
        await asyncio.sleep(1.0)
        assert cell.world.pressed("pad") == pytest.approx(0.5 * 9.81, rel=0.05)

    Cell("physics").run(main)


@pytest.mark.parametrize("first", [True, False])
def test_a_load_cell_measures_friction_too_but_not_opposed_forces(first: bool) -> None:
    slope = Pose.from_rpy((0.45, 0.05, 0.1), (0.0, 0.2, 0.0), "world")

    async def main(cell: Cell) -> None:
        plate = Body("pad", "pad", (Shape("box", (0.2, 0.2, 0.02)),), slope, friction=0.9)
        block = box("box", slope.offset(z=0.01 + 0.03), 0.5)
        for body in (plate, block) if first else (block, plate):
            cell.world.add_body(body)
        await asyncio.sleep(1.0)
        weight = 0.5 * 9.81
        assert cell.world.load("pad") == pytest.approx([0.0, 0.0, -weight], abs=0.05 * weight)
        assert cell.world.load("box") == pytest.approx([0.0, 0.0, weight], abs=0.05 * weight)
        assert cell.world.pressed("pad") == pytest.approx(math.cos(0.2) * weight, rel=0.05)

    Cell("physics").run(main)


def test_the_kinematic_world_reports_no_forces() -> None:
    async def main(cell: Cell) -> None:
        cell.world.add_body(pad(10_000.0))
        assert cell.world.pressed("pad") is None
        assert cell.world.load("pad") is None

    Cell("kinematic").run(main)


# --- vacuum -----------------------------------------------------------------------------------------------------------


async def lifted(cell: Cell, mass: float) -> None:
    cell.world.add_body(box("box", at(0.45, 0.05, 0.03), mass, (0.08, 0.08, 0.06)))
    await cell.move(0.45, 0.05, 0.061)
    await cell.suction.switch(True)
    await cell.move(0.45, 0.05, 0.261)
    await asyncio.sleep(0.5)
    assert cell.suction.state().part_present


@both
def test_vacuum_falls_at_the_rate_of_the_leak_until_it_is_repaired(world: str) -> None:
    async def main(cell: Cell) -> None:
        await lifted(cell, 0.5)
        cell.suction.leak(10_000.0)
        assert cell.suction.state().vacuum == pytest.approx(FULL)
        await asyncio.sleep(1.0)
        assert cell.suction.state().vacuum == pytest.approx(FULL - 10_000, abs=50)
        cell.suction.leak(20_000.0)
        assert cell.suction.state().vacuum == pytest.approx(FULL - 10_000, abs=50), "lost vacuum does not return"
        await asyncio.sleep(1.0)
        assert cell.suction.state().vacuum == pytest.approx(FULL - 30_000, abs=100)
        assert cell.suction.state().part_present
        cell.suction.leak(0.0)
        assert cell.suction.state().vacuum == pytest.approx(FULL)
        await asyncio.sleep(10.0)
        assert cell.suction.state().part_present

    Cell(world, CUP).run(main)


@both
@pytest.mark.parametrize("mass", [0.5, 2.0, 5.0])
def test_a_part_falls_when_the_vacuum_no_longer_carries_it(world: str, mass: float) -> None:
    async def main(cell: Cell) -> None:
        slips: list[float] = []
        cell.suction.on_slip(lambda: slips.append(now()))
        await lifted(cell, mass)
        began = now()
        cell.suction.leak(20_000.0)
        await asyncio.sleep(5.0)
        carries = mass * 9.81 / CUP.holding_force()
        (when,) = slips
        assert when - began == pytest.approx((1.0 - carries) * FULL / 20_000, abs=0.05)
        assert not cell.suction.state().part_present
        assert [(event.what, event.other) for event in cell.events] == [("part_dropped", "box")]
        assert cell.world.body_pose("box").position[2] < 0.05

    Cell(world, CUP).run(main)


@both
def test_a_leak_that_was_there_before_the_part(world: str) -> None:
    """Check that a weak cup cannot take a heavy part, and loses a light one later."""

    async def main(cell: Cell) -> None:
        slips: list[float] = []
        cell.suction.on_slip(lambda: slips.append(now()))
        began = now()
        cell.suction.leak(10_000.0)
        await lifted(cell, 1.0)
        await asyncio.sleep(6.0)
        (when,) = slips
        assert when - began == pytest.approx((1.0 - 9.81 / CUP.holding_force()) * FULL / 10_000, abs=0.05)

    Cell(world, CUP).run(main)


# --- lost on purpose --------------------------------------------------------------------------------------------------


@both
@pytest.mark.parametrize("gripper", [JAWS, CUP], ids=["jaws", "cup"])
def test_a_part_is_lost_once_and_falls(world: str, gripper) -> None:
    async def main(cell: Cell) -> None:
        hand = cell.jaws or cell.suction
        slips: list[int] = []
        hand.on_slip(lambda: slips.append(1))
        assert not cell.world.lose_part("robot"), "no part is held yet"
        if gripper is CUP:
            await lifted(cell, 0.5)
        else:
            cell.world.add_body(box("box", at(0.45, 0.05, 0.03), 0.5))
            await cell.move(0.45, 0.05, 0.03)
            await cell.jaws.drive(0.0, 0.1, 40.0)
            await cell.move(0.45, 0.05, 0.261)
        assert cell.world.lose_part("robot")
        await asyncio.sleep(1.0)
        assert slips == [1]
        assert cell.world.body_pose("box").position[2] < 0.04, "the part is on the floor, on any side"
        assert [(event.what, event.subject, event.other) for event in cell.events] == [("part_dropped", "robot", "box")]
        assert not cell.world.lose_part("robot")
        # The part can be gripped again.
        cell.world.move_body("box", at(0.45, 0.05, 0.03))
        if gripper is JAWS:
            await cell.jaws.drive(0.085, 0.1, 40.0)
            await cell.move(0.45, 0.05, 0.03)
            assert (await cell.jaws.drive(0.0, 0.1, 40.0)).width == pytest.approx(0.05, abs=2e-3)
        else:
            await cell.suction.switch(False)
            await cell.move(0.45, 0.05, 0.061)
            assert (await cell.suction.switch(True)).part_present

    Cell(world, gripper).run(main)


@both
def test_an_unknown_arm_loses_no_part(world: str) -> None:
    async def main(cell: Cell) -> None:
        assert not cell.world.lose_part("nobody")

    Cell(world, None).run(main)


@pytest.mark.parametrize("gone", [True, False], ids=["taken out of the cell", "put back"])
def test_a_part_is_removed_while_it_slips(gone: bool) -> None:
    async def main(cell: Cell) -> None:
        cell.world.add_body(box("box", at(0.45, 0.05, 0.03), 0.5))
        await cell.move(0.45, 0.05, 0.03)
        await cell.jaws.drive(0.0, 0.1, 40.0)
        await cell.move(0.45, 0.05, 0.261)
        assert cell.world.lose_part("robot")
        if gone:
            cell.world.remove_body("box")
        else:
            cell.world.move_body("box", at(0.45, 0.05, 0.03))
            client, body = cell.world._client, cell.world._bodies["box"]
            friction = client.p.getDynamicsInfo(body.id, -1, physicsClientId=client.id)[1]
            assert friction == pytest.approx(body.body.friction), "the part has no friction only in the gripper"
        await cell.jaws.drive(0.085, 0.1, 40.0)
        if not gone:
            await cell.move(0.45, 0.05, 0.03)
            await cell.jaws.drive(0.0, 0.1, 40.0)
            await cell.move(0.45, 0.05, 0.261)
            assert cell.world.body_pose("box").position[2] == pytest.approx(0.261, abs=0.005)

    Cell("physics").run(main)

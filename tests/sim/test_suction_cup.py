"""The suction cup, in both worlds."""

from __future__ import annotations

import asyncio

import pytest
from sim_rig import CUP, WORLDS, Cell, at, box

from cellkit.timing import now

both = pytest.mark.parametrize("world", WORLDS)


async def take(cell: Cell, mass: float) -> None:
    cell.world.add_body(box("box", at(0.45, 0.05, 0.03), mass, (0.08, 0.08, 0.06)))
    await cell.move(0.45, 0.05, 0.061)
    began = now()
    await cell.suction.switch(True)
    assert now() - began == pytest.approx(CUP.evacuation_time.known())


@both
def test_it_holds_and_lets_go(world: str) -> None:
    async def main(cell: Cell) -> None:
        await take(cell, 2.0)
        assert cell.suction.state().part_present
        assert cell.suction.state().vacuum == CUP.vacuum_max.known()
        await cell.move(0.45, 0.05, 0.261)
        await cell.move(0.3, 0.3, 0.261, 0.5, 0.6)
        assert cell.world.body_pose("box").position == pytest.approx([0.3, 0.3, 0.23], abs=1e-3)
        await cell.move(0.3, 0.3, 0.0605, 0.5)
        assert (await cell.suction.switch(False)).part_present is False
        await cell.move(0.3, 0.3, 0.2, 0.5)
        assert cell.world.body_pose("box").position == pytest.approx([0.3, 0.3, 0.03], abs=2e-3)
        assert not cell.events

    Cell(world, CUP).run(main)


@both
def test_too_heavy_for_the_cup(world: str) -> None:
    async def main(cell: Cell) -> None:
        slips: list[int] = []
        cell.suction.on_slip(lambda: slips.append(1))
        await take(cell, 8.0)  # 78.5 N, and the cup holds 75.4
        await cell.move(0.45, 0.05, 0.261)
        assert not cell.suction.state().part_present
        assert cell.world.body_pose("box").position[2] == pytest.approx(0.03, abs=2e-3)
        assert [(event.what, event.subject, event.other) for event in cell.events] == [("part_dropped", "robot", "box")]
        assert slips == [1]

    Cell(world, CUP).run(main)


def test_a_part_held_at_rest_breaks_away_when_swung() -> None:
    async def main(cell: Cell) -> None:
        await take(cell, 7.0)
        await cell.move(0.45, 0.05, 0.3, seconds=2.0)
        assert cell.suction.state().part_present
        q = cell.robot.arm.state().position.copy()
        q[0] += 1.5
        await cell.turn_to(q, 0.5)
        assert not cell.suction.state().part_present
        assert [event.what for event in cell.events] == ["part_dropped"]

    Cell("physics", CUP).run(main)


@both
def test_an_operator_removes_the_part(world: str) -> None:
    async def main(cell: Cell) -> None:
        slips: list[int] = []
        cell.suction.on_slip(lambda: slips.append(1))
        await take(cell, 1.0)
        cell.world.remove_body("box")
        await asyncio.sleep(0.1)
        assert slips == [1]
        assert not cell.suction.state().part_present
        assert not cell.events

    Cell(world, CUP).run(main)


@both
def test_a_part_that_comes_later(world: str) -> None:
    async def main(cell: Cell) -> None:
        await cell.move(0.45, 0.05, 0.061)
        assert not (await cell.suction.switch(True)).part_present
        cell.world.add_body(box("box", at(0.45, 0.05, 0.03), 1.0))
        await asyncio.sleep(0.1)
        assert cell.suction.state().part_present

    Cell(world, CUP).run(main)


@both
@pytest.mark.parametrize("mass", [0.5, 2.0])
def test_static_reading(world: str, mass: float) -> None:
    async def main(cell: Cell) -> None:
        await cell.move(0.45, 0.05, 0.261)
        await asyncio.sleep(0.5)
        tool = cell.robot.wrench.wrench()
        assert tool.frame == "flange"
        assert tool.force == pytest.approx([0, 0, 9.81 * CUP.mass.known()], abs=0.02)
        await take(cell, mass)
        await cell.move(0.45, 0.05, 0.261)
        await asyncio.sleep(0.5)
        both_ = cell.robot.wrench.wrench()
        assert both_.force - tool.force == pytest.approx([0, 0, 9.81 * mass], abs=0.05)

    Cell(world, CUP).run(main)


@both
def test_torque_of_a_horizontal_tool(world: str) -> None:
    async def main(cell: Cell) -> None:
        q = cell.robot.arm.state().position.copy()
        q[3] += 1.5707963
        await cell.turn_to(q, 1.5)
        await asyncio.sleep(0.5)
        wrench = cell.robot.wrench.wrench()
        weight = 9.81 * CUP.mass.known()
        assert sum(wrench.force**2) ** 0.5 == pytest.approx(weight, rel=0.01)
        assert sum(wrench.torque**2) ** 0.5 == pytest.approx(weight * CUP.centre_of_gravity[2], rel=0.03)

    Cell(world, CUP).run(main)


@both
def test_nothing_there(world: str) -> None:
    async def main(cell: Cell) -> None:
        assert not (await cell.suction.switch(True)).part_present
        assert 0 < cell.suction.state().vacuum < 0.2 * CUP.vacuum_max.known()
        first = cell.suction.switch(False)
        second = cell.suction.switch(True)
        await asyncio.sleep(0)
        assert first.cancelled()
        await second

    Cell(world, CUP).run(main)

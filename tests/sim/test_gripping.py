"""Jaws, in both worlds: gripping, travel time, loss of parts."""

from __future__ import annotations

import asyncio

import pytest
from cellkit_sim.gripping import jaw_travel_time
from sim_rig import JAWS, WORLDS, Cell, at, box

from cellkit.timing import now

both = pytest.mark.parametrize("world", WORLDS)


async def lift(cell: Cell, mass: float, force: float, size: float = 0.05) -> None:
    cell.world.add_body(box("box", at(0.45, 0.05, 0.03, 0.02), mass, (size, size, 0.06)))
    await cell.move(0.45, 0.05, 0.2)
    await cell.move(0.45, 0.05, 0.03)
    await cell.jaws.drive(0.0, 0.1, force)
    await cell.move(0.45, 0.05, 0.23)
    await asyncio.sleep(0.3)


@both
@pytest.mark.parametrize(("mass", "size", "force"), [(0.5, 0.05, 40.0), (0.02, 0.02, 20.0)], ids=["box", "light"])
def test_a_part_is_lifted(world: str, mass: float, size: float, force: float) -> None:
    async def main(cell: Cell) -> None:
        slips: list[int] = []
        cell.jaws.on_slip(lambda: slips.append(1))
        await lift(cell, mass, force, size)
        assert cell.world.body_pose("box").distance(at(0.45, 0.05, 0.23, 0.02))[0] < 0.003
        assert cell.jaws.state().width == pytest.approx(size, abs=0.003)
        assert cell.jaws.state().force == pytest.approx(force, rel=0.1)
        await cell.move(0.45, 0.05, 0.031)
        await cell.jaws.drive(0.085, 0.1, force)
        await asyncio.sleep(0.3)
        assert cell.world.body_pose("box").position[2] == pytest.approx(0.03, abs=0.002)
        assert not cell.events
        assert not slips
        assert not cell.world.collisions()

    Cell(world).run(main)


@both
def test_too_heavy_for_friction(world: str) -> None:
    async def main(cell: Cell) -> None:
        slips: list[int] = []
        cell.jaws.on_slip(lambda: slips.append(1))
        await lift(cell, 9.0, 40.0)
        assert cell.world.body_pose("box").position[2] < 0.05
        assert [(event.what, event.subject, event.other) for event in cell.events] == [("part_dropped", "robot", "box")]
        assert slips == [1]

    Cell(world).run(main)


def test_jaw_times_agree() -> None:
    async def main(cell: Cell) -> list[float]:
        cell.world.add_body(box("box", at(0.45, 0.05, 0.03)))
        await cell.move(0.45, 0.05, 0.03)
        times = []
        for width, speed in ((0.06, 0.15), (0.06, 0.1), (0.0, 0.02), (0.085, 0.08), (0.085, 0.1)):
            began = now()
            await cell.jaws.drive(width, speed, 40.0)
            times.append(now() - began)
        return times

    physics, kinematic = (Cell(world).run(main) for world in WORLDS)
    expected = [
        jaw_travel_time(way, speed) for way, speed in ((0.025, 0.15), (0, 0.1), (0.01, 0.02), (0.035, 0.08), (0, 0.1))
    ]
    assert kinematic == pytest.approx(expected, abs=1e-9)
    assert physics == pytest.approx(expected, abs=0.010)


@both
def test_a_new_drive_takes_over(world: str) -> None:
    async def main(cell: Cell) -> None:
        first = cell.jaws.drive(0.0, 0.05, 40.0)
        await asyncio.sleep(0.2)
        assert cell.jaws.state().moving
        second = cell.jaws.drive(0.085, 0.05, 40.0)
        await asyncio.sleep(0)
        assert first.cancelled()
        assert (await second).width == pytest.approx(0.085, abs=1e-3)
        assert not cell.jaws.state().moving

    Cell(world).run(main)


@both
def test_halt(world: str) -> None:
    async def main(cell: Cell) -> None:
        pending = cell.jaws.drive(0.0, 0.05, 40.0)
        await asyncio.sleep(0.4)
        cell.jaws.halt()
        await asyncio.sleep(0.3)
        assert pending.cancelled()
        assert cell.jaws.state().width == pytest.approx(0.065, abs=0.002)
        await cell.jaws.drive(0.085, 0.15, 40.0)
        await lift(cell, 0.5, 40.0)
        cell.jaws.halt()
        await cell.move(0.45, 0.15, 0.23)
        assert cell.world.body_pose("box").position[2] == pytest.approx(0.23, abs=0.003)

    Cell(world).run(main)


@both
def test_an_operator_removes_the_part(world: str) -> None:
    async def main(cell: Cell) -> None:
        slips: list[int] = []
        cell.jaws.on_slip(lambda: slips.append(1))
        await lift(cell, 0.5, 40.0)
        cell.world.move_body("box", at(-0.4, 0.0, 0.03))
        await asyncio.sleep(1.0)
        assert slips == [1]
        assert cell.jaws.state().width == pytest.approx(0.0, abs=1e-3)
        assert not cell.events
        assert cell.world.body_pose("box").distance(at(-0.4, 0.0, 0.03))[0] < 1e-3
        cell.world.remove_body("box")
        with pytest.raises(KeyError):
            cell.world.body_pose("box")
        await cell.jaws.drive(JAWS.stroke.known(), 0.1, 40.0)

    Cell(world).run(main)


@both
def test_invalid_values_are_refused(world: str) -> None:
    async def main(cell: Cell) -> None:
        for width, speed, force in ((0.0, 0.0, 40.0), (0.0, 0.1, 0.0), (float("nan"), 0.1, 40.0)):
            with pytest.raises(ValueError, match="jaws cannot move"):
                cell.jaws.drive(width, speed, force)

    Cell(world).run(main)

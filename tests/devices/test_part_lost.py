"""A part that is lost on its way: one event, one ``GraspLost``, an arm that stands; in both worlds, jaws and cup."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from pathlib import Path

import pytest

from cellkit.cell import Cell
from cellkit.cell.build import BuiltCell, build_cell, opened
from cellkit.cell.plan import read_cell
from cellkit.controller.world import WorldSettings, create_world
from cellkit.devices import DeviceEvent, Grip
from cellkit.errors import GraspLost
from cellkit.scenario.runner import device_factory
from cellkit.timing import now, run

CELL = """
schema: cellkit/cell/1
name: carrying
devices:
  robot: {kind: arm, model: ur5e}
  hand: {kind: gripper, model: 2f-85, on: robot}
workpieces:
  part: {size: [0.05, 0.06, 0.05], mass: 0.4, friction: 0.8}
places:
  table: {xyz: [0.45, 0.2, 0.1]}
structures:
  table: {xyz: [0.45, 0.2, 0.05], shapes: [{box: [0.2, 0.2, 0.1]}]}
stock: {part: table}
"""
Test = Callable[[Cell, BuiltCell, list[DeviceEvent]], Awaitable[None]]
everywhere = pytest.mark.parametrize(
    ("world", "gripper"),
    [("kinematic", "2f-85"), ("kinematic", "vacuum"), ("physics", "2f-85"), ("physics", "vacuum")],
)


def carried(tmp_path: Path, world: str, gripper: str, test: Test, path: str = "direct") -> list[DeviceEvent]:
    """Run ``test`` with a part in the hand, 0.15 m above the table."""
    file = tmp_path / "cell.yaml"
    file.write_text(CELL, encoding="utf-8")
    simulated = create_world(world, WorldSettings())
    events: list[DeviceEvent] = []

    async def main() -> None:
        async with opened(built) as cell:
            cell.on_event(events.append)
            arm, hand, part = cell.arm("robot"), cell.gripper("hand"), cell.workpiece("part")
            await hand.release(part)
            grasp = await arm.nearest(hand.grasp_poses(part, cell.places("table")[0].offset(z=0.025)))
            await arm.move_pose(grasp.offset(z=-0.1))
            await arm.move_linear(grasp)
            assert (await hand.grip(part)).grip is Grip.PART
            await arm.move_linear(grasp.offset(z=-0.15))
            await test(cell, built, events)

    try:
        built = build_cell(read_cell(file, {"hand": gripper}), simulated, device_factory(path))  # type: ignore[arg-type]
        run(main(), stepper=simulated.stepper)
    finally:
        simulated.close()
    return events


def losses(events: list[DeviceEvent]) -> list[str]:
    return [event.device for event in events if event.what == "grasp_lost"]


@everywhere
def test_a_part_that_is_lost_under_way(tmp_path: Path, world: str, gripper: str) -> None:
    async def test(cell: Cell, built: BuiltCell, events: list[DeviceEvent]) -> None:
        arm, hand = cell.arm("robot"), cell.gripper("hand")
        goal = arm.home.copy()
        goal[0] += 1.5
        began = now()
        asyncio.get_running_loop().call_later(0.4, lambda: built.world.lose_part("robot"))
        with pytest.raises(GraspLost, match="hand: the part was lost"):
            async with hand.guard():
                await arm.move_joint(goal)
        assert 0.4 <= now() - began < 1.5, "told when it happens, not at the end of the way"
        await asyncio.sleep(0.1)
        assert abs((await arm.state()).joints.velocity).max() < 0.01, "the motion that was awaited is stopped"
        assert not hand.holding
        with pytest.raises(GraspLost, match="no part is held"):
            async with hand.guard():
                pytest.fail("there is nothing to guard")
        assert not built.world.lose_part("robot"), "nothing is left to lose"
        await arm.move_joint(goal)

    assert losses(carried(tmp_path, world, gripper, test)) == ["hand"]


@everywhere
def test_a_loss_that_nobody_guards_is_an_event(tmp_path: Path, world: str, gripper: str) -> None:
    async def test(cell: Cell, built: BuiltCell, events: list[DeviceEvent]) -> None:
        assert cell.gripper("hand").holding
        assert losses(events) == []
        assert built.world.lose_part("robot")
        await asyncio.sleep(1.0)
        assert losses(events) == ["hand"]
        assert not cell.gripper("hand").holding
        assert built.world.body_pose("part_1").position[2] < 0.3, "it has fallen"

    carried(tmp_path, world, gripper, test)


@everywhere
def test_letting_go_is_no_loss(tmp_path: Path, world: str, gripper: str) -> None:
    async def test(cell: Cell, built: BuiltCell, events: list[DeviceEvent]) -> None:
        hand, part = cell.gripper("hand"), cell.workpiece("part")
        async with hand.guard():
            await hand.release(part)
        await asyncio.sleep(0.5)
        assert not hand.holding

    assert losses(carried(tmp_path, world, gripper, test)) == []


@pytest.mark.parametrize(("path", "left"), [("direct", 0.4 * 9.81 / 75.4), ("wire", 0.5)])
@pytest.mark.parametrize("world", ["kinematic", "physics"])
def test_a_cup_that_leaks(tmp_path: Path, world: str, path: str, left: float) -> None:
    """0.4 kg weigh 3.9 N of 75.4 N: at rest the part falls when 95 % of the vacuum are gone.

    By wire the vacuum switch tells of it long before: at half the vacuum.
    """

    async def test(cell: Cell, built: BuiltCell, events: list[DeviceEvent]) -> None:
        hand, began = cell.gripper("hand"), now()
        suction = built.plants["robot"].suction
        assert suction is not None
        suction.leak(15_000.0)  # of 60 kPa
        await asyncio.sleep(1.0)
        assert suction.state().vacuum == pytest.approx(45_000.0, rel=0.01)
        assert hand.holding
        with pytest.raises(GraspLost, match="the part was lost"):
            async with hand.guard():
                await asyncio.sleep(60.0)
        assert now() - began == pytest.approx(4.0 * (1 - left), abs=0.1)
        assert suction.state().part_present is (path == "wire"), "it hangs there still: there is time to act"

    assert losses(carried(tmp_path, world, "vacuum", test, path)) == ["hand"]

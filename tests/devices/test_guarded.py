"""A motion that ends when something is felt: by what it felt, by its own end, or by what goes wrong with either."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from cellkit.cell import Cell
from cellkit.devices import Arm
from cellkit.devices.guarded_motion import move_until
from cellkit.errors import DeviceFault, OutOfReach
from cellkit.geometry import Pose
from cellkit.scenario.simulate import simulate

CELL = "schema: cellkit/cell/1\nname: guarded\ndevices:\n  robot: {kind: arm, model: ur5e}\n"
DOWN = 0.1


async def felt_after(seconds: float) -> str:
    await asyncio.sleep(seconds)
    return "felt"


async def broken() -> str:
    await asyncio.sleep(0.5)
    raise DeviceFault("wrist", "no more", code="x")


async def lowered(arm: Arm) -> float:
    """Return the distance (m) below its home."""
    home = Pose(arm.kinematics.forward(arm.home), "base")
    return float(home.position[2] - (await arm.state()).tcp.position[2])


def test_what_is_felt_stops_it_and_is_returned(tmp_path: Path) -> None:
    async def main(cell: Cell) -> None:
        arm = cell.arm("robot")
        down = (await arm.state()).tcp.shifted(z=-DOWN)
        assert await move_until(arm, arm.move_linear(down, speed=0.02), felt_after(1.0)) == "felt"
        assert not arm.busy
        assert 0.01 < await lowered(arm) < 0.03
        state = await arm.state()
        assert not state.moving

    run(tmp_path, main)


def test_a_motion_that_comes_to_its_end_felt_nothing(tmp_path: Path) -> None:
    async def main(cell: Cell) -> None:
        arm = cell.arm("robot")
        down = (await arm.state()).tcp.shifted(z=-DOWN)
        assert await move_until(arm, arm.move_linear(down), felt_after(60.0)) is None
        assert await lowered(arm) == pytest.approx(DOWN, abs=1e-6)
        assert len(asyncio.all_tasks()) == before

    before = 0

    async def counted(cell: Cell) -> None:
        nonlocal before
        before = len(asyncio.all_tasks())
        await main(cell)

    run(tmp_path, counted)


def test_what_goes_wrong_with_feeling_stops_it_too(tmp_path: Path) -> None:
    async def main(cell: Cell) -> None:
        arm = cell.arm("robot")
        down = (await arm.state()).tcp.shifted(z=-DOWN)
        with pytest.raises(DeviceFault, match="no more"):
            await move_until(arm, arm.move_linear(down, speed=0.02), broken())
        assert not arm.busy
        assert await lowered(arm) < 0.02

    run(tmp_path, main)


def test_what_goes_wrong_with_the_motion_is_raised(tmp_path: Path) -> None:
    async def main(cell: Cell) -> None:
        arm = cell.arm("robot")
        away = (await arm.state()).tcp.shifted(z=9.0)
        with pytest.raises(OutOfReach):
            await move_until(arm, arm.move_linear(away), felt_after(60.0))

    run(tmp_path, main)


def test_whoever_cancels_it_finds_the_arm_standing(tmp_path: Path) -> None:
    async def main(cell: Cell) -> None:
        arm = cell.arm("robot")
        down = (await arm.state()).tcp.shifted(z=-DOWN)
        with pytest.raises(TimeoutError):
            async with asyncio.timeout(0.5):
                await move_until(arm, arm.move_linear(down, speed=0.02), felt_after(60.0))
        assert not arm.busy
        assert await lowered(arm) < 0.02

    run(tmp_path, main)


def run(folder: Path, program) -> None:  # type: ignore[no-untyped-def]
    file = folder / "cell.yaml"
    file.write_text(CELL, encoding="utf-8")
    simulate(file, program, world="kinematic")

"""Belts, beams and cameras, in both worlds."""

from __future__ import annotations

import asyncio
import math
from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from sim_rig import WORLDS, Cell, at, box, down

from cellkit.controller.world import Body, CameraGeometry, Shape
from cellkit.timing import now

both = pytest.mark.parametrize("world", WORLDS)
CAMERA = CameraGeometry(64, 48, math.radians(60))


@both
def test_a_belt_carries_and_a_beam_sees(world: str) -> None:
    async def main(cell: Cell) -> None:
        cell.world.add_body(box("box", at(-0.5, 0.5, 0.231)))
        belt = cell.world.add_conveyor("belt", at(-0.3, 0.5, 0.2), (0.8, 0.2, 0.1))
        beam = cell.world.add_proximity("beam", down(-0.3, 0.5, 0.6), 0.5)
        changes: list[float] = []
        beam.on_change(lambda: changes.append(now()))
        await asyncio.sleep(0.5)
        assert beam.distance() == pytest.approx(0.4, abs=1e-3)
        start = cell.world.body_pose("box").position[0]
        belt.set_speed(0.1)
        await asyncio.sleep(2.0)
        belt.set_speed(0.0)
        await asyncio.sleep(0.2)
        assert cell.world.body_pose("box").position[0] - start == pytest.approx(0.2, abs=2e-3)
        assert cell.world.body_pose("box").position[2] == pytest.approx(0.23, abs=1e-3)
        assert beam.distance() == pytest.approx(0.34, abs=1e-3)
        assert changes == pytest.approx([2.25], abs=0.03)
        belt.set_speed(0.1)
        await asyncio.sleep(0.5)
        assert changes == pytest.approx([2.25, 2.95], abs=0.03)
        assert beam.distance() == pytest.approx(0.4, abs=1e-3)

    Cell(world).run(main)


@both
def test_over_the_end_of_a_belt(world: str) -> None:
    async def main(cell: Cell) -> None:
        belt = cell.world.add_conveyor("belt", at(-0.3, 0.5, 0.2), (0.4, 0.2, 0.1))
        cell.world.add_body(box("box", at(-0.2, 0.5, 0.23)))
        belt.set_speed(0.2)
        await asyncio.sleep(1.5)
        x, _, z = cell.world.body_pose("box").position
        assert z < 0.08
        assert x > -0.11

    Cell(world).run(main)


@both
def test_a_beam_out_of_reach(world: str) -> None:
    async def main(cell: Cell) -> None:
        assert cell.world.add_proximity("beam", down(-0.5, 0.5, 0.6), 0.3).distance() is None
        assert cell.world.add_proximity("low", down(-0.5, 0.5, 0.2), 0.3).distance() == pytest.approx(0.2)
        round_ = Body("can", "part", (Shape("cylinder", (0.1, 0.1, 0.2)),), at(-0.5, 0.5, 0.1), 0.2)
        cell.world.add_body(round_)
        side = cell.world.add_proximity(
            "side", at(-0.9, 0.5, 0.1) @ at(0, 0, 0).from_rpy([0, 0, 0], [0, math.pi / 2, 0]), 1.0
        )
        assert side.distance() == pytest.approx(0.35, abs=2e-3)

    Cell(world).run(main)


@both
def test_what_a_camera_sees(world: str) -> None:
    async def main(cell: Cell) -> None:
        cell.world.add_body(box("seen", at(-0.5, 0.5, 0.03, 0.3)))
        cell.world.add_body(box("outside", at(-0.5, -0.5, 0.03)))
        cell.world.add_body(box("hidden", at(-0.4, 0.5, 0.03)))
        cell.world.add_body(Body("lid", "fixture", (Shape("box", (0.08, 0.08, 0.02)),), at(-0.4, 0.5, 0.2)))
        camera = cell.world.add_camera("camera", down(-0.4, 0.5, 0.8), CAMERA)
        await asyncio.sleep(0.1)
        (found,) = camera.visible_bodies("part")
        assert found[0] == "seen"
        assert found[1].distance(at(-0.5, 0.5, 0.03, 0.3))[0] < 1e-3
        assert [name for name, _ in camera.visible_bodies("fixture")] == ["lid"]

    Cell(world).run(main)


def test_picture(tmp_path: Path) -> None:
    async def main(cell: Cell) -> None:
        red = Body("red", "part", (Shape("box", (0.1, 0.1, 0.1)),), at(-0.45, 0.5, 0.05), 0.5, 0.6, (0.9, 0.1, 0.1))
        cell.world.add_body(red)
        picture = cell.world.add_camera("camera", down(-0.5, 0.5, 0.8), CAMERA).picture()
        colour = np.asarray(picture.colour)
        assert colour.shape == (48, 64, 3)
        # +x of the world is +x of the image, so the box is to the right of the middle.
        rows, columns = np.nonzero((colour[:, :, 0] > 100) & (colour[:, :, 1] < 80))
        assert columns.mean() == pytest.approx(32 + 32 / math.tan(math.radians(30)) * 0.05 / 0.7, abs=1.0)
        assert rows.mean() == pytest.approx(24, abs=1.0)
        assert picture.depth[24, 36] == pytest.approx(0.7, abs=2e-3)
        assert picture.depth[24, 10] == pytest.approx(0.8, abs=2e-3)
        file = tmp_path / "cell.png"
        cell.world.render(file, CAMERA, down(-0.5, 0.5, 0.8))
        with Image.open(file) as image:
            assert image.size == (64, 48)

    Cell("physics").run(main)


def test_no_pictures_in_the_kinematic_world(tmp_path: Path) -> None:
    async def main(cell: Cell) -> None:
        camera = cell.world.add_camera("camera", down(-0.5, 0.5, 0.8), CAMERA)
        with pytest.raises(ValueError, match="--world physics"):
            camera.picture()
        with pytest.raises(ValueError, match="--world physics"):
            cell.world.render(tmp_path / "no.png", CAMERA, down(0, 0, 1))

    Cell("kinematic").run(main)

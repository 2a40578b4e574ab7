"""The visible share of a body: a half is enough, equally in both worlds."""

from __future__ import annotations

import asyncio
import math

import pytest
from cellkit_sim.visibility import visible_share
from sim_rig import WORLDS, Cell, at, box, down

from cellkit.controller.world import Body, CameraGeometry, Shape
from cellkit.geometry import Pose

both = pytest.mark.parametrize("world", WORLDS)
CAMERA = CameraGeometry(160, 120, math.radians(60))
EYE = Pose.from_rpy((0.0, 0.0, 1.0), (math.pi, 0.0, 0.0), frame="world")
CUBE = (Shape("box", (0.1, 0.1, 0.1)),)


def beyond(limit: float) -> object:
    """Return a test that hides all points at more than ``limit`` m along x."""
    return lambda points: points[:, 0] > limit


@pytest.mark.parametrize("kind", ["box", "cylinder"])
@pytest.mark.parametrize(("limit", "share"), [(-1.0, 0.0), (0.0, 0.5), (1.0, 1.0)])
def test_the_share_is_that_of_the_area_in_sight(kind: str, limit: float, share: float) -> None:
    shapes = (Shape(kind, (0.1, 0.1, 0.1)),)  # type: ignore[arg-type]
    pose = Pose.from_rpy((0.0, 0.0, 0.05), frame="world").matrix
    assert visible_share(shapes, pose, CAMERA, EYE.matrix, beyond(limit)) == pytest.approx(share)  # type: ignore[arg-type]


def test_points_outside_the_picture_are_not_visible() -> None:
    edge = math.tan(math.radians(30))  # half of the picture's width at 1 m
    flat = (Shape("box", (0.1, 0.1, 0.001)),)
    for x, share in ((0.0, 1.0), (edge, 0.5), (2 * edge, 0.0)):
        pose = Pose.from_rpy((x, 0.0, 0.0), frame="world").matrix
        assert visible_share(flat, pose, CAMERA, EYE.matrix, beyond(9.0)) == pytest.approx(share, abs=0.02)  # type: ignore[arg-type]
    behind = Pose.from_rpy((0.0, 0.0, 2.0), frame="world").matrix
    assert visible_share(flat, behind, CAMERA, EYE.matrix, beyond(9.0)) == 0.0  # type: ignore[arg-type]


def test_a_body_that_is_turned_shows_its_other_sides() -> None:
    """Check a cube from above: only its top is visible; turned by 45 deg two sides are, of which one is hidden."""
    half_hidden = beyond(0.0)
    for roll in (0.0, math.pi / 4):
        pose = Pose.from_rpy((0.0, 0.0, 0.1), (0.0, roll, 0.0), frame="world").matrix
        assert visible_share(CUBE, pose, CAMERA, EYE.matrix, half_hidden) == pytest.approx(0.5, abs=1e-9)  # type: ignore[arg-type]


@both
@pytest.mark.parametrize(("across", "found"), [(-0.012, True), (0.012, False)])
def test_half_of_it_is_enough(world: str, across: float, found: bool) -> None:
    """Cover a part with a lid whose edge is slightly on either side of the middle. Points are 15 mm apart."""

    async def main(cell: Cell) -> None:
        cell.world.add_body(box("part", at(-0.4, 0.5, 0.03)))
        side = 0.1
        lid = Body("lid", "lid", (Shape("box", (side, side, 0.01)),), at(-0.4 - side / 2 + across, 0.5, 0.07))
        cell.world.add_body(lid)
        camera = cell.world.add_camera("camera", down(-0.4, 0.5, 0.9), CAMERA)
        await asyncio.sleep(0.1)
        assert [name for name, _ in camera.visible_bodies("part")] == (["part"] if found else [])

    Cell(world).run(main)


@both
def test_a_tall_body_hides_a_low_one_from_an_oblique_camera(world: str) -> None:
    async def main(cell: Cell) -> None:
        cell.world.add_body(Body("low", "part", (Shape("box", (0.03, 0.03, 0.04)),), at(-0.4, 0.5, 0.02), 0.1))
        tall = Body("tall", "post", (Shape("box", (0.04, 0.04, 0.1)),), at(-0.4, 0.59, 0.05), 0.2)
        cell.world.add_body(tall)
        eye = Pose.from_rpy((-0.4, 1.1, 0.5), (math.radians(180 + 50), 0.0, math.pi), frame="world")
        slanted = cell.world.add_camera("slanted", eye, CAMERA)
        above = cell.world.add_camera("above", down(-0.4, 0.5, 0.9), CAMERA)
        await asyncio.sleep(0.1)
        assert [name for name, _ in above.visible_bodies("part")] == ["low"]
        assert slanted.visible_bodies("part") == []
        assert [name for name, _ in slanted.visible_bodies("post")] == ["tall"]
        cell.world.move_body("tall", at(-0.7, 0.59, 0.05))
        await asyncio.sleep(0.1)
        assert [name for name, _ in slanted.visible_bodies("part")] == ["low"]

    Cell(world).run(main)

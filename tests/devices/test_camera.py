"""RGB-D cameras: pixels, depths and the frame belong together, so that a point in a picture is a point in the cell."""

from __future__ import annotations

import asyncio
import math
from collections.abc import Awaitable, Callable

import numpy as np
import pytest
from cellkit_sim.physics import PhysicsWorld
from cellkit_virtual.link import Link
from cellkit_virtual.sensors import VirtualCamera, intrinsics

from cellkit.controller.world import Body, CameraGeometry, Shape, WorldSettings
from cellkit.devices import CameraImage
from cellkit.errors import CommandRejected, ConnectionLost
from cellkit.geometry import Pose
from cellkit.timing import now, run

GEOMETRY = CameraGeometry(160, 120, math.radians(60))
CUBE = 0.08
PLACES = {"red": (0.2, 0.1, 0.3), "green": (-0.25, 0.15, 0.1), "blue": (0.1, -0.2, 0.5)}
COLOURS = {"red": (0.9, 0.05, 0.05), "green": (0.05, 0.9, 0.05), "blue": (0.05, 0.05, 0.9)}
POSES = {
    "down": Pose.from_rpy((0.0, 0.0, 1.4), (math.pi, 0.0, 0.0), frame="world"),
    "turned": Pose.from_rpy((0.0, 0.0, 1.4), (math.pi, 0.0, 0.7), frame="world"),
    "slanting": Pose.from_rpy((0.4, 0.0, 1.4), (math.pi, 0.25, 0.0), frame="world"),
}


def seen_by(pose: Pose, test: Callable[[VirtualCamera], Awaitable[None]], geometry: CameraGeometry = GEOMETRY) -> None:
    world = PhysicsWorld(WorldSettings())
    for name, place in PLACES.items():
        shape = (Shape("box", (CUBE, CUBE, CUBE)),)
        world.add_body(Body(name, "cube", shape, Pose.from_rpy(place, frame="world"), colour=COLOURS[name]))
    camera = world.add_camera("eye", pose, geometry)

    async def main() -> None:
        async with VirtualCamera("eye", geometry, pose, ("cube",), camera, Link()) as device:
            await test(device)

    try:
        run(main(), stepper=world.stepper)
    finally:
        world.close()


def pixels_of(image: CameraImage, colour: str) -> np.ndarray:
    """(n, 2) columns and rows that show a cube of a colour."""
    strongest = ("red", "green", "blue").index(colour)
    channels = image.colour.astype(float)
    others = np.delete(channels, strongest, axis=2).max(axis=2)
    rows, columns = np.nonzero((channels[:, :, strongest] > 60) & (channels[:, :, strongest] > 2 * others))
    return np.column_stack([columns, rows])


@pytest.mark.parametrize("view", POSES)
def test_a_pixel_and_its_depth_are_a_point_of_the_cell(view: str) -> None:
    """Backwards through intrinsics and pose every coloured pixel lies on its cube."""

    async def test(camera: VirtualCamera) -> None:
        image = await camera.capture()
        assert image.pose.frame == "world"
        for colour, place in PLACES.items():
            found = pixels_of(image, colour)
            assert len(found) > 20, colour
            depth = image.depth[found[:, 1], found[:, 0]]
            rays = np.linalg.inv(image.intrinsics) @ np.vstack([found.T + 0.5, np.ones(len(found))])
            points = image.pose.matrix @ np.vstack([rays * depth, np.ones(len(found))])
            off = np.abs(points[:3].T - place).max(axis=1)
            assert float(np.median(off)) == pytest.approx(CUBE / 2, abs=0.006), f"{colour}: on its faces"
            assert float(np.percentile(off, 95)) < CUBE / 2 + 0.012, colour

    seen_by(POSES[view], test)


def test_depths_are_metres_along_the_optical_axis() -> None:
    """Not along the ray: the floor is as deep at the edge of the picture as in the middle."""

    async def test(camera: VirtualCamera) -> None:
        image = await camera.capture()
        assert image.depth.shape == (120, 160)
        assert image.depth.dtype == np.float64
        for column, row in ((2, 2), (157, 2), (2, 117), (157, 117)):
            assert image.depth[row, column] == pytest.approx(1.4, abs=0.01)

    seen_by(POSES["down"], test)


def test_where_nothing_is_in_range_the_depth_is_not_a_number() -> None:
    async def test(camera: VirtualCamera) -> None:
        assert np.isnan((await camera.capture()).depth).all()

    up = Pose.from_rpy((0.0, 0.0, 1.4), (0.0, 0.0, 0.0), frame="world")
    seen_by(up, test)
    near_sighted = CameraGeometry(160, 120, math.radians(60), far=0.5)
    seen_by(POSES["down"], test, near_sighted)


@pytest.mark.parametrize(("width", "height", "degrees"), [(160, 120, 60.0), (640, 480, 90.0), (320, 100, 30.0)])
def test_intrinsics_are_those_of_the_field_of_view(width: int, height: int, degrees: float) -> None:
    matrix = intrinsics(CameraGeometry(width, height, math.radians(degrees)))
    edge = np.linalg.inv(matrix) @ (width, height / 2, 1.0)
    assert math.degrees(2 * math.atan2(edge[0], edge[2])) == pytest.approx(degrees)
    assert matrix[0, 0] == matrix[1, 1], "square pixels"
    assert matrix[:2, 2].tolist() == [width / 2, height / 2]
    assert matrix[2].tolist() == [0.0, 0.0, 1.0]


def test_a_picture_has_its_time_and_is_ones_own() -> None:
    async def test(camera: VirtualCamera) -> None:
        await asyncio.sleep(0.5)
        first = await camera.capture()
        assert first.stamp == pytest.approx(now())
        first.colour[:] = 0
        second = await camera.capture()
        assert second.colour.any(), "who paints in one does not paint in the next"
        assert second.colour.dtype == np.uint8

    seen_by(POSES["down"], test)


def test_it_locates_what_it_was_taught() -> None:
    async def test(camera: VirtualCamera) -> None:
        parts = {part.name: part.pose for part in await camera.locate("cube")}
        assert set(parts) == set(PLACES)
        for name, pose in parts.items():
            assert pose.frame == "world"
            assert pose.position == pytest.approx(PLACES[name], abs=1e-6)
        with pytest.raises(CommandRejected, match="was not taught the part 'cub'; did you mean cube"):
            await camera.locate("cub")

    seen_by(POSES["down"], test)


def test_a_lost_camera_takes_no_pictures() -> None:
    async def test(camera: VirtualCamera) -> None:
        camera._link.drop("unplugged")
        for call in (camera.capture(), camera.locate("cube")):
            with pytest.raises(ConnectionLost, match="unplugged"):
                await call

    seen_by(POSES["down"], test)

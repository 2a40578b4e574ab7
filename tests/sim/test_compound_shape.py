"""Rays against bodies: the rays of a picture, all at once, meet what single rays meet."""

from __future__ import annotations

import numpy as np
import pytest
from cellkit_sim.compound_shape import CompoundShape

from cellkit.controller.world import Shape
from cellkit.geometry import rotation_from_rpy

UPRIGHT = Shape("cylinder", (0.2, 0.2, 0.3))
BODIES = {
    "box": (Shape("box", (0.3, 0.2, 0.1)),),
    "cylinder": (UPRIGHT,),
    "turned": (Shape("cylinder", (0.1, 0.1, 0.4), (0.1, 0.0, 0.1), (0.4, 1.1, -0.3)),),
    "several": (
        UPRIGHT,
        Shape("box", (0.3, 0.1, 0.1), (0.1, -0.2, 0.1), (0.0, 0.5, 0.2)),
        Shape("box", (0.1, 0.1, 0.4), (-0.3, 0.2, 0.0)),
    ),
}


@pytest.mark.parametrize("body", BODIES)
def test_many_rays_meet_what_single_rays_meet(body: str) -> None:
    shape, random = CompoundShape(BODIES[body]), np.random.default_rng(7)
    pose = np.eye(4)
    pose[:3, :3], pose[:3, 3] = rotation_from_rpy(0.3, -0.2, 0.9), (0.2, 0.1, 0.4)
    eye = np.array([0.1, -0.2, 1.5])
    gaps = pose[:3, 3] + random.uniform(-0.4, 0.4, (500, 3)) - eye
    reaches = np.linalg.norm(gaps, axis=1)
    directions = gaps / reaches[:, None]
    single = [
        shape.ray(pose, eye, ray, float(reach)) is not None for ray, reach in zip(directions, reaches, strict=True)
    ]
    assert 20 < sum(single) < 480
    assert shape.blocks(pose, eye, directions, reaches).tolist() == single


@pytest.mark.parametrize("body", ["box", "cylinder"])
@pytest.mark.parametrize(("x", "met"), [(0.0, True), (0.5, False)])
def test_a_ray_along_the_faces_of_a_body_meets_it_only_inside_them(body: str, x: float, met: bool) -> None:
    shape, eye, down = CompoundShape(BODIES[body]), np.array([x, 0.0, 1.0]), np.array([[0.0, 0.0, -1.0]])
    assert shape.blocks(np.eye(4), eye, down, np.array([2.0])).tolist() == [met]
    assert shape.blocks(np.eye(4), eye, down, np.array([0.5])).tolist() == [False]
    assert shape.blocks(np.eye(4), eye, -down, np.array([2.0])).tolist() == [False]
    inside = np.array([x, 0.0, 0.0])
    assert shape.blocks(np.eye(4), inside, down, np.array([2.0])).tolist() == [met]

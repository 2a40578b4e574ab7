"""Distances between simple shapes, against points tried one by one; the arm's clearance against the physics world."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest
from feasibility_rig import cell_of

from cellkit.cell.plan import CellPlan
from cellkit.controller.world import Body, WorldSettings, create_world
from cellkit.geometry import Array, rotation_from_rpy, transform
from cellkit.study.feasibility.clearance import ArmShapes
from cellkit.study.feasibility.shapes import Solid, Solids, between_segments
from cellkit.study.feasibility.surroundings import Surroundings

BOX = Solid("box", transform(rotation_from_rpy(0.3, -0.4, 0.9), (0.1, 0.2, 0.3)), np.array([0.2, 0.1, 0.3]))
POST = Solid("post", transform(rotation_from_rpy(0.2, 0.1, 0.0), (-0.3, 0.1, 0.2)), np.array([0.1, 0.1, 0.4]), True)


def _sampled(solid: Solid, count: int = 21) -> Array:
    """Return points all over a solid."""
    axes = [np.linspace(-half, half, count) for half in solid.half]
    points = np.array(np.meshgrid(*axes, indexing="ij")).reshape(3, -1).T
    if solid.round:
        points = points[np.hypot(points[:, 0], points[:, 1]) <= solid.half[0]]
    return points @ solid.pose[:3, :3].T + solid.pose[:3, 3]


@pytest.mark.parametrize("solid", [BOX, POST])
def test_a_segment_is_as_far_from_a_solid_as_its_nearest_point(solid: Solid) -> None:
    chance = np.random.default_rng(3)
    starts, ends = chance.uniform(-1, 1, (8, 3)), chance.uniform(-1, 1, (8, 3))
    found = Solids([solid]).to_segments(starts, ends)[:, 0]
    inside = _sampled(solid)
    for start, end, distance in zip(starts, ends, found, strict=True):
        along = start + np.linspace(0, 1, 51)[:, None] * (end - start)
        nearest = min(float(np.linalg.norm(inside - point, axis=1).min()) for point in along)
        if distance > 0:
            assert nearest - 0.03 <= distance <= nearest + 1e-9
        else:
            assert nearest < 0.03


def test_how_deep_a_point_is_inside() -> None:
    straight = Solid("cube", np.eye(4), np.array([0.1, 0.2, 0.3]))
    at = np.array([[[0.07, 0.0, 0.0]], [[0.0, 0.25, 0.0]], [[0.13, 0.24, 0.0]]])
    assert Solids([straight]).to_points(at)[:, 0] == pytest.approx([-0.03, 0.05, 0.05])


def test_boxes_touch_when_and_only_when_their_gap_closes() -> None:
    others = Solids([BOX, POST])
    for shift, apart in ((0.0, False), (0.35, True)):
        box = Solid("other", transform(BOX.pose[:3, :3], (*(BOX.pose[:3, 3] + BOX.pose[:3, 1] * shift),)), BOX.half)
        gap = float(others.to_box(box)[0])
        assert (gap > 0) is apart
        if apart:
            assert gap == pytest.approx(0.15)


def test_two_segments() -> None:
    chance = np.random.default_rng(5)
    steps = np.linspace(0, 1, 201)[:, None]
    for _ in range(30):
        a, b, c, d = chance.uniform(-1, 1, (4, 3))
        one, two = a + steps * (b - a), c + steps * (d - c)
        tried = float(np.linalg.norm(one[:, None] - two[None], axis=2).min())
        assert tried - 0.01 <= between_segments(a, b, c, d) <= tried + 1e-12
    crossed = between_segments(*np.array([[-1.0, 0, 0], [1, 0, 0], [0, -1, 0.5], [0, 1, 0.5]]))
    assert crossed == pytest.approx(0.5)


@pytest.mark.long
@pytest.mark.parametrize(
    ("scenario", "arm", "gripper", "wanted"),
    [
        ("pick_and_place", "ur5e", "2f-85", 5),
        ("machine_tending", "crx-10ia", "", 10),
        ("palletise", "", "", 3),
        ("pick_and_place", "kr6-r900", "rg2", 3),
    ],
)
def test_distances_from_the_cell_are_those_of_the_physics_world(
    scenario: str, arm: str, gripper: str, wanted: int
) -> None:
    """Put an arm into the physics world in many postures, and compare distances with those of PyBullet."""
    cell = cell_of(arm, gripper, scenario)
    (role,) = cell.arms
    kinematics, around, inside = cell.arms[role].kinematics, Surroundings(cell.plan).at(None), 0
    hands = {hand: cell.plan.grippers[hand] for hand in cell.plan.grippers_on(role)}
    shapes = ArmShapes(kinematics, cell.bases[role], hands)
    chance = np.random.default_rng(1)
    limits = kinematics.limits
    low, high = np.maximum(limits.lower, -math.pi), np.minimum(limits.upper, 4.0)
    for _ in range(60):
        joints = np.clip(chance.normal(kinematics.model.home, 1.0), low, high)
        near = shapes.near(joints, around)
        body, tip = _distances_in_physics(cell.plan, role, joints)
        case = joints.tolist(), near, body, tip
        for mine, theirs in ((near.body, body), (near.tip, tip)):
            assert (mine.distance < 0.0) == (theirs < 0.0), case
            assert mine.distance < 0.0 or mine.distance <= theirs + 1e-3, case
        if near.body.between.startswith(("link", "bracket")) and body > 0.0:
            assert near.body.distance == pytest.approx(body, abs=1e-3), case
        inside += body < 0.0 or tip < 0.0
    assert inside >= wanted


def _distances_in_physics(plan: CellPlan, role: str, joints: Array) -> tuple[float, float]:
    """Return the smallest distances (m) of links and gripper bodies, and of fingers and cups, without a step."""
    world: Any = create_world("physics", WorldSettings())
    try:
        for name, structure in plan.file.structures.items():
            shapes = plan.layout.shapes(name, structure, plan.workpieces)
            world.add_body(Body(name, "structure", shapes, plan.layout.pose(structure, ("structures", name))))
        model = plan.arms[role].model_copy(update={"home": joints.tolist()})
        hands = [plan.grippers[hand] for hand in plan.grippers_on(role)]
        world.add_arm(role, model, plan.layout.frame(role), *hands)
        (arm,), p, client = world._arms, world._client.p, world._client.id
        p.performCollisionDetection(physicsClientId=client)
        body = tip = math.inf
        for other in range(p.getNumBodies(physicsClientId=client)):
            number = p.getBodyUniqueId(other, physicsClientId=client)
            for point in (
                p.getClosestPoints(arm.body, number, 5.0, physicsClientId=client) if number != arm.body else ()
            ):
                if point[3] in arm.fingertips | arm.cups:
                    tip = min(tip, point[8])
                elif arm.link_names[point[3]] not in ("base", "link_1"):
                    body = min(body, point[8])
        return body, tip
    finally:
        world.close()

"""Paths: shape, derivatives, continuity."""

from __future__ import annotations

import math
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from cellkit.errors import PlanningError
from cellkit.geometry import Array, rotation_from_rotvec, rotvec_from_rotation, transform
from cellkit.motion import Arc, Line, Path, blend

number = st.floats(-1.0, 1.0)
point = st.tuples(number, number, number)
poses = st.builds(lambda p, r: transform(rotation_from_rotvec(r), p), point, point)


def at(path: Path, s: float) -> Array:
    return path.poses(np.array([s]))[0]


def apart(a: Array, b: Array) -> tuple[float, float]:
    return (
        float(np.linalg.norm(a[:3, 3] - b[:3, 3])),
        float(np.linalg.norm(rotvec_from_rotation(a[:3, :3] @ b[:3, :3].T))),
    )


def check_derivatives(path: Path) -> None:
    """Compare twists and bends with differences of poses and twists, away from the knots."""
    h = 1e-6
    knots = np.array(path.knots)
    middles = np.concatenate([0.3 * knots[1:] + 0.7 * knots[:-1], 0.8 * knots[1:] + 0.2 * knots[:-1]])
    ahead, behind = path.poses(middles + h), path.poses(middles - h)
    twists = path.twists(middles)
    for a, b, twist in zip(ahead, behind, twists, strict=True):
        rate = np.concatenate([a[:3, 3] - b[:3, 3], rotvec_from_rotation(a[:3, :3] @ b[:3, :3].T)]) / (2 * h)
        assert np.abs(rate - twist).max() < 1e-6 * max(1.0, 1.0 / path.length)
    bends = (path.twists(middles + h) - path.twists(middles - h)) / (2 * h)
    assert np.abs(bends - path.bends(middles)).max() < 1e-3 * max(1.0, float(np.abs(bends).max()))


def check_joints(path: Path) -> None:
    """Check that the path is C2 at the knots: pose, twist and bend from both sides."""
    knots = np.array(path.knots)
    inside = np.concatenate([(1 - u) * knots[:-1] + u * knots[1:] for u in (0.2, 0.5, 0.8)])
    scale = max(1.0, float(np.abs(path.bends(inside)).max())) / min(1.0, float(np.diff(knots).min()))
    for knot in path.knots[1:-1]:
        e = 1e-7
        position, rotation = apart(at(path, knot - e), at(path, knot + e))
        assert position < 1e-6
        assert rotation < 1e-4
        twists = path.twists(np.array([knot - e, knot + e]))
        bends = path.bends(np.array([knot - e, knot + e]))
        assert np.abs(twists[0] - twists[1]).max() < 1e-5 * scale
        assert np.abs(bends[0] - bends[1]).max() < 1e-4 * scale


@settings(max_examples=60, deadline=None)
@given(poses, poses)
def test_a_line_is_straight_and_turns_evenly(start: Array, goal: Array) -> None:
    line = Line(start, goal)
    assume(line.length > 1e-3)
    assert max(apart(at(line, 0.0), start)) < 1e-9
    assert max(apart(at(line, line.length), goal)) < 1e-7
    for share in (0.2, 0.5, 0.9):
        pose = at(line, share * line.length)
        expected = start[:3, 3] + share * (goal[:3, 3] - start[:3, 3])
        assert np.abs(pose[:3, 3] - expected).max() < 1e-12
        assert apart(start, pose)[1] == pytest.approx(share * apart(start, goal)[1], abs=1e-7)
    check_derivatives(line)


def test_a_pure_rotation_has_a_length() -> None:
    start = np.eye(4)
    goal = transform(rotation_from_rotvec((0.0, 0.0, 1.2)), (0.0, 0.0, 0.0))
    assert Line(start, goal).length == pytest.approx(0.12)
    assert Line(start, start).length == 0.0


@settings(max_examples=60, deadline=None)
@given(poses, point, poses)
def test_an_arc_is_round_and_passes_its_points(start: Array, via: tuple[float, float, float], goal: Array) -> None:
    middle = transform(np.eye(3), via)
    a, b = middle[:3, 3] - start[:3, 3], goal[:3, 3] - start[:3, 3]
    assume(np.linalg.norm(np.cross(a, b)) > 0.02 and np.linalg.norm(goal[:3, 3] - middle[:3, 3]) > 0.05)
    arc = Arc(start, middle, goal)
    s = np.linspace(0.0, arc.length, 2001)
    line = arc.poses(s)[:, :3, 3]
    assert np.abs(np.linalg.norm(line - arc.centre, axis=1) - arc.radius).max() < 1e-9
    assert max(apart(at(arc, 0.0), start)) < 1e-7
    assert max(apart(at(arc, arc.length), goal)) < 1e-6
    spacing = arc.radius * arc.sweep / 2000
    assert np.linalg.norm(line - middle[:3, 3], axis=1).min() <= spacing
    check_derivatives(arc)


def test_arcs_that_are_none_are_refused_in_words() -> None:
    def spot(x: float, y: float = 0.0) -> Array:
        return transform(np.eye(3), (x, y, 0.0))

    with pytest.raises(PlanningError, match="on one straight line"):
        Arc(spot(0.0), spot(0.1), spot(0.3))
    with pytest.raises(PlanningError, match="start and via points of the arc coincide"):
        Arc(spot(0.1), spot(0.1), spot(0.3))
    with pytest.raises(PlanningError, match="start and goal points of the arc coincide"):
        Arc(spot(0.1), spot(0.2, 0.1), spot(0.1))


@settings(max_examples=30, deadline=None)
@given(st.lists(poses, min_size=3, max_size=5), st.lists(st.floats(0.005, 0.3), min_size=5, max_size=5))
def test_blends_are_smooth_and_stay_within_their_radius(waypoints: list[Array], radii: list[float]) -> None:
    gaps = [apart(a, b)[0] for a, b in pairwise(waypoints)]
    assume(min(gaps) > 0.05)
    (path,) = blend(waypoints, radii[: len(waypoints)])
    assert max(apart(at(path, 0.0), waypoints[0])) < 1e-7
    assert max(apart(at(path, path.length), waypoints[-1])) < 1e-6
    check_joints(path)
    check_derivatives(path)
    points = path.poses(np.linspace(0.0, path.length, 600))[:, :3, 3]
    for waypoint, radius in zip(waypoints[1:-1], radii[1:], strict=False):
        assert np.linalg.norm(points - waypoint[:3, 3], axis=1).min() <= radius + path.length / 600
    # Outside the radii the path is on the segments.
    for p in points[::20]:
        if min(np.linalg.norm(p - w[:3, 3]) - r for w, r in zip(waypoints, radii, strict=False)) > 0:
            assert min(_from_segment(p, a, b) for a, b in pairwise(waypoints)) < 1e-9


def _from_segment(p: Array, a: Array, b: Array) -> float:
    start, step = a[:3, 3], b[:3, 3] - a[:3, 3]
    share = float(np.clip((p - start) @ step / (step @ step), 0.0, 1.0))
    return float(np.linalg.norm(start + share * step - p))


def test_radii_are_cut_so_that_corners_do_not_overlap() -> None:
    corners = [(0.0, 0.0), (0.2, 0.0), (0.2, 0.1), (0.5, 0.1)]
    waypoints = [transform(np.eye(3), (x, y, 0.3)) for x, y in corners]
    (path,) = blend(waypoints, [0.0, 0.5, 0.5, 0.0])
    # Both corners are cut to 0.05, half the short segment, which disappears between them.
    assert set(np.round(path.knots, 9)) >= {0.0, 0.15, 0.25, 0.35, 0.6}


def test_a_corner_beside_a_stop_may_take_the_whole_segment() -> None:
    corners = [(0.0, 0.0), (0.0, 0.025), (0.3, 0.025), (0.3, 0.0)]
    waypoints = [transform(np.eye(3), (x, y, 0.3)) for x, y in corners]
    (path,) = blend(waypoints, [0.0, 0.5, 0.5, 0.0])
    assert path.length == pytest.approx(0.35)
    assert set(np.round(path.knots, 9)) >= {0.0, 0.05, 0.3, 0.35}


def test_a_straight_corner_stays_straight() -> None:
    waypoints = [transform(np.eye(3), (x, 0.0, 0.0)) for x in (0.0, 0.2, 0.5)]
    (path,) = blend(waypoints, [0.0, 0.1, 0.0])
    s = np.linspace(0.0, path.length, 101)
    assert np.abs(path.poses(s)[:, 0, 3] - s).max() < 1e-12
    assert np.abs(path.bends(s)).max() < 1e-6


def test_radius_zero_is_a_stop_and_repeats_are_left_out() -> None:
    waypoints = [transform(np.eye(3), p) for p in ((0, 0, 0), (0.1, 0, 0), (0.1, 0, 0), (0.1, 0.1, 0), (0.1, 0.1, 0.2))]
    paths = blend(waypoints, [0.0, 0.0, 0.0, 0.03, 0.0])
    assert [path.length for path in paths] == pytest.approx([0.1, 0.3])
    (still,) = blend([waypoints[0], waypoints[0]], [0.0, 0.0])
    assert still.length == 0.0
    with pytest.raises(ValueError, match="one radius for each"):
        blend(waypoints, [0.0])


def test_arc_of_more_than_half_a_circle() -> None:
    def on(angle: float) -> Array:
        return transform(np.eye(3), (0.2 * math.cos(angle), 0.2 * math.sin(angle), 0.5))

    arc = Arc(on(0.0), on(2.0), on(5.0))
    assert arc.sweep == pytest.approx(5.0)
    assert arc.length == pytest.approx(1.0)

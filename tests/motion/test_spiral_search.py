"""The search spiral of a peg: no point within its radius is further away than half a turn's pitch."""

from __future__ import annotations

import math
import random

import numpy as np
import pytest

from cellkit.motion.spiral_search import spiral


@pytest.mark.parametrize(("radius", "pitch"), [(0.003, 0.0003), (0.003, 0.0008), (0.0032, 0.0007), (0.0005, 0.0008)])
def test_it_comes_near_every_point_within_its_radius(radius: float, pitch: float) -> None:
    corners = np.array([(0.0, 0.0), *spiral(radius, pitch)])
    starts, ways = corners[:-1], np.diff(corners, axis=0)
    draw = random.Random(1)
    for _ in range(500):
        out, angle = radius * math.sqrt(draw.random()), draw.uniform(0, 2 * math.pi)
        point = np.array([out * math.cos(angle), out * math.sin(angle)])
        along = np.clip(((point - starts) * ways).sum(axis=1) / np.square(ways).sum(axis=1), 0.0, 1.0)
        nearest = float(np.linalg.norm(starts + along[:, None] * ways - point, axis=1).min())
        assert nearest <= pitch / 2 + 0.035 * radius


def test_it_stays_within_its_radius_and_goes_once_round_there() -> None:
    radius = 0.003
    distances = [math.hypot(x, y) for x, y in spiral(radius, 0.0007)]
    assert max(distances) == pytest.approx(radius)
    assert sum(distance == pytest.approx(radius) for distance in distances) >= 12
    assert np.all(np.diff(distances) > -1e-12)


@pytest.mark.parametrize(("radius", "pitch"), [(0.0, 0.001), (0.003, 0.0), (-1.0, 0.001), (math.inf, 0.001)])
def test_lengths_that_make_no_spiral_are_refused(radius: float, pitch: float) -> None:
    with pytest.raises(ValueError, match="above zero"):
        spiral(radius, pitch)

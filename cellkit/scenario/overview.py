"""The view point for a picture of the whole cell."""

from __future__ import annotations

import math

import numpy as np

from cellkit.cell.plan import CellPlan
from cellkit.controller.world import CameraGeometry
from cellkit.geometry import Pose, transform


def overview(plan: CellPlan) -> tuple[CameraGeometry, Pose]:
    """Return a camera that looks at all arms from the front, above and aside (z forward, x right, y down)."""
    bases = [plan.layout.frame(role).position for role in plan.arms] or [np.zeros(3)]
    size = max((model.reach.value or 1.0 for model in plan.arms.values()), default=1.0)
    target = np.mean(bases, axis=0) + size * np.array((0.25, 0.0, 0.36))
    eye = target + size * np.array((2.15, -1.75, 1.30))
    forward = (target - eye) / np.linalg.norm(target - eye)
    right = np.cross(forward, (0.0, 0.0, 1.0))
    right /= np.linalg.norm(right)
    rotation = np.column_stack([right, np.cross(forward, right), forward])
    return CameraGeometry(1280, 800, math.radians(42), 0.1, 10.0), Pose(transform(rotation, eye), "world")

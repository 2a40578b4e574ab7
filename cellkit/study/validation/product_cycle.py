"""The cycle 25/300/25 of a shipped arm, planned as a program's motions are: the product, not a formula of its own.

The arm carries 1 kg, the tool points down, corners are blended as far as the segments allow, and the place is the best
one on a grid, as in catalogues.
"""

from __future__ import annotations

import itertools
import math

import numpy as np

from cellkit.controller.planner import MotionPlanner
from cellkit.devices.motion import PathMotion, Waypoint
from cellkit.errors import PlanningError
from cellkit.geometry import Array, Pose
from cellkit.masses import Load
from cellkit.models.arm import ArmModel
from cellkit.motion.kinematics import ArmKinematics

LIFT, ACROSS = 0.025, 0.300  # m
LOAD = Load(1.0, np.array([0.0, 0.0, 0.05]))
RADII = np.linspace(0.4, 0.95, 8)
HEIGHTS = np.linspace(-0.25, 0.25, 6)
DIRECTIONS = np.radians((0, 30, 60, 90, 120, 150))


def product_cycle(model: ArmModel) -> float:
    """Return the shortest cycle (s) over all places of the grid; inf if none is within reach."""
    planner = MotionPlanner(ArmKinematics(model))
    places = itertools.product(RADII * model.reach.known(), HEIGHTS, DIRECTIONS)
    return min((_cycle(planner, *place) for place in places), default=math.inf)


def _cycle(planner: MotionPlanner, radius: float, height: float, direction: float) -> float:
    kinematics = planner.kinematics
    home = np.array(kinematics.model.home)
    down = kinematics.forward(home)
    half = 0.5 * ACROSS * np.array([math.sin(direction), math.cos(direction), 0.0])
    centre, up = np.array([radius, 0.0, down[2, 3] + height]), np.array([0.0, 0.0, LIFT])
    corners = [centre - half, centre - half + up, centre + half + up, centre + half]
    try:
        joints = kinematics.inverse(_at(down, corners[0]).matrix, home)
        time = 0.0
        for way in (corners[1:], corners[-2::-1]):
            waypoints = tuple(Waypoint(_at(down, point), 0.95 * LIFT) for point in way)
            limits = kinematics.model.cartesian
            motion = PathMotion(waypoints, limits.max_speed, limits.max_acceleration)
            trajectory = planner.plan(motion, joints, np.eye(4), LOAD)
            time, joints = time + trajectory.duration, trajectory.end
    except PlanningError:
        return math.inf
    return time


def _at(down: Array, point: Array) -> Pose:
    pose = down.copy()
    pose[:3, 3] = point
    return Pose(pose, "base")

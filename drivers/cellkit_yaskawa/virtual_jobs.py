"""From the instructions of a job to motions of the kernel: straight lines with rounded corners become one path."""

from __future__ import annotations

import math

from cellkit.controller.arm_controller import ArmController
from cellkit.devices.motion import CircularMotion, JointMotion, LinearMotion, Motion, PathMotion, Waypoint
from cellkit.errors import PlanningError
from cellkit.geometry import Array, Pose
from cellkit_yaskawa.jobs import corner
from cellkit_yaskawa.protocol.axes import Axes
from cellkit_yaskawa.protocol.inform import Job, MoveLine


def motions_of(kernel: ArmController, axes: Axes, job: Job, index: int, here: Array) -> list[tuple[Motion, int]]:
    """Return the motions of an instruction and of those that belong to it, each with the number that it ends."""
    line = job.lines[index]
    assert isinstance(line, MoveLine)
    limits = kernel.model.cartesian
    joints = axes.joints(job.positions[line.position])
    share = min(line.acceleration, line.deceleration) / 100.0
    if line.word == "MOVJ":
        return [(JointMotion(joints, line.speed / 100.0, share), 1)]
    speed, acceleration = min(line.speed / 1000.0, limits.max_speed), share * limits.max_acceleration
    if line.word == "MOVC":
        return _arc(kernel, axes, job, index, here, speed, acceleration)
    group = _group(job, index)
    poses = [here, *(_pose(kernel, axes, job, one.position) for one in group)]
    waypoints = []
    for i, one in enumerate(group, 1):
        radius = 0.0
        if one.corner_radius is not None and i < len(group):
            radius = blend_radius(one.corner_radius, *corner(poses[i - 1], poses[i], poses[i + 1]))
        waypoints.append(Waypoint(Pose.trusted(poses[i], "base"), radius))
    if len(group) == 1:
        return [(LinearMotion(waypoints[0].pose, speed, acceleration), 1)]
    return [(PathMotion(tuple(waypoints), speed, acceleration), len(group))]


def _arc(
    kernel: ArmController, axes: Axes, job: Job, index: int, here: Array, speed: float, acceleration: float
) -> list[tuple[Motion, int]]:
    """Three points make an arc; to the first the arm goes straight."""
    three = job.lines[index : index + 3]
    if len(three) < 3 or not all(isinstance(one, MoveLine) and one.word == "MOVC" for one in three):
        raise PlanningError("fewer than three MOVC in a row")
    first, via, goal = (
        Pose.trusted(_pose(kernel, axes, job, one.position), "base") for one in three if isinstance(one, MoveLine)
    )
    motions: list[tuple[Motion, int]] = []
    metres, angle = first.distance(Pose.trusted(here.copy(), "base"))
    if metres > 1e-4 or angle > 1e-3:
        motions.append((LinearMotion(first, speed, acceleration), 0))
    return [*motions, (CircularMotion(via, goal, speed, acceleration), 3)]


def _pose(kernel: ArmController, axes: Axes, job: Job, position: int) -> Array:
    flange = kernel.kinematics.forward(axes.joints(job.positions[position]))
    pose: Array = flange @ kernel.tool.tcp.matrix
    return pose


def blend_radius(corner_radius: float, turn: float, room: float) -> float:
    """How far (m) from a corner its rounding begins, for CR= in mm and a turn in rad."""
    return min(corner_radius / 1000.0 * math.tan(turn / 2.0), room)


def _group(job: Job, index: int) -> list[MoveLine]:
    """MOVL lines from one on, up to and with the first that stops or after which something else comes."""
    group: list[MoveLine] = []
    for line in job.lines[index:]:
        if not isinstance(line, MoveLine) or line.word != "MOVL" or (group and _pace(line) != _pace(group[0])):
            break
        group.append(line)
        if line.stops:
            break
    return group


def _pace(line: MoveLine) -> tuple[float, int, int]:
    return line.speed, line.acceleration, line.deceleration

"""Sending one motion: as a move command where there is one for it, as a job otherwise."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Protocol

import numpy as np

from cellkit.devices.motion import CircularMotion, JointMotion, LinearMotion, Motion, PathMotion
from cellkit.devices.tool import Tool
from cellkit.geometry import Array, Pose, inverse_transform
from cellkit.joints import JointLimits
from cellkit.models.arm import ArmModel
from cellkit.motion.kinematics import ArmKinematics
from cellkit.motion.unreachable_reason import solve_or_explain
from cellkit_yaskawa.client import HsesClient
from cellkit_yaskawa.config import YaskawaConfig
from cellkit_yaskawa.jobs import job_of, needs_job, poses_of
from cellkit_yaskawa.pace import joint_share, path_speed
from cellkit_yaskawa.protocol.axes import Axes, figure
from cellkit_yaskawa.protocol.codes import Command
from cellkit_yaskawa.protocol.records import (
    JOINT_MOVE,
    LINEAR_SPEED,
    ROBOT_FRAME,
    SHARE,
    STRAIGHT_MOVE,
    CartesianMove,
    Move,
)


class CommandedArm(Protocol):
    """The arm that a motion is sent to."""

    axes: Axes
    client: HsesClient
    config: YaskawaConfig
    model: ArmModel

    @property
    def kinematics(self) -> ArmKinematics:
        """The kinematics of the model."""

    @property
    def limits(self) -> JointLimits:
        """The joint limits of the model."""

    @property
    def tool(self) -> Tool:
        """The tool at the flange."""

    def next_job(self) -> int:
        """Return a number for the next job."""

    async def still_wanted(self, run: Run) -> None:
        """Return unless a stop has ended the motion meanwhile."""


@dataclass(slots=True, eq=False)
class Run:
    """A motion under way. ``dead`` once a stop has come: nothing may be sent for it any more."""

    motion: Motion
    dead: bool = False
    sent: bool = False
    job: bool = False
    held: bool = False
    lines: int = 0
    """Instructions of its job."""
    pose: Pose | None = None
    """Where its end was asked for as a pose."""
    goal: Array = field(default_factory=lambda: np.zeros(0))
    """(n,) joints in rad at its end, once it was sent."""


def resumable(motion: Motion) -> bool:
    """Whether a motion can only be resumed: its beginning is part of it, so it cannot be sent anew from its middle."""
    return isinstance(motion, CircularMotion | PathMotion)


async def send(arm: CommandedArm, run: Run, override: float) -> None:
    """Send a motion, at a share of its speed. Raises what ``HsesClient`` raises, and ``PlanningError``."""
    motion, client, tool = run.motion, arm.client, arm.config.tool_number
    start = await client.position()
    here = arm.axes.joints(start.values)
    points = joints_of(arm, motion, here)
    run.goal, run.job = points[-1], needs_job(motion, arm.model.cartesian)
    speed = speed_of(arm, motion, here, override)
    if run.job:
        await send_job(arm, run, points, start.values[: arm.model.dof], here, speed)
        return
    await arm.still_wanted(run)
    run.sent = True  # whatever happens from here on, a stop has to make sure
    units = max(1, round(10_000 * speed))  # 0.01 %, or 0.1 mm/s
    if isinstance(motion, JointMotion):
        target = Move(SHARE, units, arm.axes.pulses(run.goal), tool)
        await client.move(Command.MOVE_PULSE, JOINT_MOVE, target.encode())
        return
    assert isinstance(motion, LinearMotion)
    run.pose = motion.goal
    move = Move(LINEAR_SPEED, units, arm.axes.coordinates(motion.goal.matrix), tool)
    await client.move(
        Command.MOVE_CARTESIAN, STRAIGHT_MOVE, CartesianMove(move, ROBOT_FRAME, figure(run.goal)).encode()
    )


def speed_of(arm: CommandedArm, motion: Motion, here: Array, override: float) -> float:
    """Share of the joint speeds, or m/s, to be asked for at a speed override."""
    if isinstance(motion, JointMotion):
        return joint_share(motion, here, arm.limits, override)
    if isinstance(motion, LinearMotion):
        start = arm.kinematics.forward(here) @ arm.tool.tcp.matrix
        length = float(np.linalg.norm(motion.goal.matrix[:3, 3] - start[:3, 3]))
        return path_speed(length, motion.speed, motion.acceleration, arm.model.cartesian, override)
    return motion.speed * override


async def send_job(
    arm: CommandedArm, run: Run, points: list[Array], start: tuple[int, ...], here: Array, speed: float
) -> None:
    """Load a job for the motion, select and start it."""
    name = f"{arm.config.job_name}{arm.next_job()}"
    pose = arm.kinematics.forward(here) @ arm.tool.tcp.matrix
    pulses = [arm.axes.pulses(point) for point in points]
    tool, limits = arm.config.tool_number, arm.model.cartesian
    job = job_of(name, run.motion, start, pulses, pose, limits, speed, tool)
    run.lines = len(job.lines)
    await arm.client.load_job(job)
    await arm.client.select(name)
    if not (await arm.client.status()).one_cycle:
        await arm.client.run_jobs_once()
    await arm.still_wanted(run)
    run.sent = True
    await arm.client.start()


def joints_of(arm: CommandedArm, motion: Motion, near: Array) -> list[Array]:
    """(n,) joints in rad at each point of a motion, each in the configuration next to the one before."""
    if isinstance(motion, JointMotion):
        return [motion.joints]
    flange = inverse_transform(arm.tool.tcp.matrix)
    points = []
    for pose in poses_of(motion):
        near = solve_or_explain(arm.kinematics, pose @ flange, near)
        points.append(near)
    return points

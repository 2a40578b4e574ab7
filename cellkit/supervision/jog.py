"""Jogging: an arm moves slowly while its client repeats the request, and stops by itself when the requests end.

A jog is a job like any other: it needs ownership, an automatic mode and an arm without a stop or a fault. A stop ends
it, and all clients see it. It is no enabling device and no jog of a teach pendant: its end is a functional stop.
"""

from __future__ import annotations

import asyncio
import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from cellkit.devices import Arm
from cellkit.geometry import Array, Pose, inverse_transform
from cellkit.motion.path import METRES_PER_RAD
from cellkit.supervision.jobs import Job, JobBoard
from cellkit.supervision.ownership import Client
from cellkit.supervision.refusal import RefusalCode, RequestRefused

SILENCE = 0.3
"""s of cell time without a request after which a jog ends."""
FASTEST = 0.25
"""m/s of the TCP, the reduced speed of ISO 10218-1; when a joint turns, of every joint's origin too."""
FASTEST_TURN = 0.5
"""rad/s about an axis of a frame."""
SHARE = 0.25
"""Share of a joint's own speed limit that a jog uses at most; it counts where ``FASTEST`` would allow more."""
FARTHEST, FARTHEST_TURN = 0.5, math.pi / 2
"""m and rad that one press moves at most."""
FRAMES = ("base", "tcp", "world")
AXES = ("x", "y", "z", "rx", "ry", "rz")
_MARGIN = 0.01  # rad that a joint keeps from its end
_STRIDE, _STRIDE_TURN = 0.01, 0.02  # m and rad between two checks of the way ahead
_JUMP = 0.3  # rad of one joint between two checks: more means that the configuration would have to change
_CRAMPED = 0.02  # m/rad, see ArmKinematics.dexterity: a straight line near a singularity needs fast joints


@dataclass(frozen=True, slots=True)
class Jog:
    """The request of a jog: ``axis`` is a joint's number from 1, or one of ``AXES`` in ``frame``.

    ``speed`` is a share of the highest jog speed, above 0 to 1; ``step`` in m or rad, 0: until released.
    """

    axis: str
    positive: bool
    frame: str
    speed: float
    step: float

    @classmethod
    def read(cls, arm: Arm, asked: Mapping[str, Any]) -> Jog:
        """Read a jog from a request. Raises ``RequestRefused`` for an unknown argument or one out of range."""
        axis, frame, direction = asked.get("axis"), asked.get("frame", "base"), asked.get("direction")
        axes = (*(str(number + 1) for number in range(len(arm.limits))), *AXES)
        if axis not in axes:
            raise RequestRefused(RefusalCode.ARGUMENT, f"unknown axis {axis!r}; known: {', '.join(axes)}")
        if frame not in FRAMES:
            raise RequestRefused(RefusalCode.ARGUMENT, f"unknown frame {frame!r}; known: {', '.join(FRAMES)}")
        if direction not in (-1, 1):
            raise RequestRefused(RefusalCode.ARGUMENT, f"direction {direction!r}: it must be 1 or -1")
        turns = not axis.isalpha() or axis.startswith("r")
        most = FARTHEST_TURN if turns else FARTHEST
        speed = _number("speed", asked.get("speed", 1.0), 0.01, 1.0, "")
        step = _number("step", asked.get("step", 0.0), 0.0, most, " rad" if turns else " m")
        return cls(axis, direction == 1, frame, speed, step)

    @property
    def joint(self) -> int | None:
        """The joint's index; None: along or about an axis of a frame."""
        return None if self.axis.isalpha() else int(self.axis) - 1

    @property
    def sign(self) -> float:
        """The direction, 1 or -1."""
        return 1.0 if self.positive else -1.0


async def carry_out(arm: Arm, jog: Jog, base: Array) -> None:
    """Move until the end of the step or of the possible way; ``base``: (4, 4) of the arm's base in frame ``world``.

    Raises ``RequestRefused`` where no way in that direction exists, and the errors of the arm's motions.
    """
    state = await arm.state()
    joints = state.joints.position
    if jog.joint is not None:
        await _turn_joint(arm, jog, jog.joint, joints)
        return
    index = AXES.index(jog.axis)
    rotation = {"base": np.eye(3), "tcp": state.tcp.matrix[:3, :3], "world": base[:3, :3].T}[jog.frame]
    axis = jog.sign * rotation[:, index % 3]
    turns = index >= 3
    way = _way(arm, state.tcp.matrix, axis, turns, joints, jog.step or (FARTHEST_TURN if turns else FARTHEST))
    goal = _moved(state.tcp.matrix, axis, turns, _enough(jog, way, turns))
    speed = jog.speed * (FASTEST_TURN * METRES_PER_RAD if turns else FASTEST)
    await arm.move_linear(Pose.trusted(goal, "base"), speed=min(speed, arm.model.cartesian.max_speed))


async def _turn_joint(arm: Arm, jog: Jog, joint: int, joints: Array) -> None:
    limits = arm.limits
    end = limits.upper[joint] - _MARGIN if jog.positive else limits.lower[joint] + _MARGIN
    way = max(0.0, min(float(jog.sign * (end - joints[joint])), jog.step or FARTHEST_TURN))
    target = np.array(joints)
    target[joint] += jog.sign * _enough(jog, way, True)
    fastest = min(FASTEST / max(lever(arm, joints, joint), 1e-6), SHARE * float(limits.velocity[joint]))
    await arm.move_joint(target, speed=jog.speed * fastest / float(limits.velocity[joint]))


def lever(arm: Arm, joints: Array, joint: int) -> float:
    """Return the speed (m/rad) of the fastest of TCP, flange and joint origins when this joint alone turns."""
    turned = np.array(joints)
    turned[joint] += 1e-6
    before, after = (_points(arm, angles) for angles in (joints, turned))
    return float(np.linalg.norm(after - before, axis=1).max()) / 1e-6


def _points(arm: Arm, joints: Array) -> Array:
    frames = arm.kinematics.joint_frames(joints)
    return np.stack([frame[:3, 3] for frame in (*frames, frames[-1] @ arm.tool.tcp.matrix)])


def _enough(jog: Jog, way: float, turns: bool) -> float:
    """Return the way to move. Raises ``RequestRefused`` where it is zero or shorter than the step."""
    where = f"{'+' if jog.positive else '-'}{jog.axis if jog.joint is None else f'joint {jog.axis}'}"
    if jog.step and way < jog.step - 1e-9:
        far = f"{math.degrees(way):.1f} °" if turns else f"{way * 1e3:.0f} mm"
        text = f"a step to {where} is too far: the arm can move {far} more in that direction"
        raise RequestRefused(RefusalCode.FAILED, text)
    if way <= 0.0:
        raise RequestRefused(RefusalCode.FAILED, f"the arm cannot move further to {where}")
    return way


def _moved(tcp: Array, axis: Array, turns: bool, way: float) -> Array:
    goal = np.array(tcp)
    if not turns:
        goal[:3, 3] += way * axis
        return goal
    x, y, z = axis
    cross = np.array([[0.0, -z, y], [z, 0.0, -x], [-y, x, 0.0]])
    goal[:3, :3] = (np.eye(3) + math.sin(way) * cross + (1.0 - math.cos(way)) * cross @ cross) @ tcp[:3, :3]
    return goal


def _way(arm: Arm, tcp: Array, axis: Array, turns: bool, joints: Array, most: float) -> float:
    """Return the distance (m or rad) of straight motion, up to ``most``, without a joint's end or a singularity."""
    flange = inverse_transform(arm.tool.tcp.matrix)
    stride = _STRIDE_TURN if turns else _STRIDE
    steps = max(1, math.ceil(most / stride - 1e-9))
    at, reached = np.array(joints), 0.0
    begun = arm.kinematics.dexterity(at)[0]
    for number in range(1, steps + 1):
        way = min(number * stride, most)
        solution = arm.kinematics.solve_from(_moved(tcp, axis, turns, way) @ flange, np.array(at))
        if solution is None or np.abs(solution - at).max() > _JUMP or arm.limits.violation(solution):
            break
        dexterity = arm.kinematics.dexterity(solution)[0]
        if dexterity < _CRAMPED and dexterity < begun:
            break  # moving out of a singularity is allowed, moving into one is not
        at, reached = solution, way
    return reached


def _number(name: str, value: Any, least: float, most: float, unit: str) -> float:
    if isinstance(value, bool) or not isinstance(value, int | float) or not least <= value <= most:
        text = f"{name} {value!r}: it must be a number from {least:g} to {most:g}{unit}"
        raise RequestRefused(RefusalCode.ARGUMENT, text)
    return float(value)


class Jogs:
    """The jogs that run. The client ends a jog, or the jog ends without requests."""

    def __init__(self, board: JobBoard) -> None:
        self._board = board
        self._timers: dict[str, asyncio.TimerHandle] = {}
        self._clients: dict[str, Client] = {}
        board.on_change(self._changed)

    def begin(self, arm: Arm, jog: Jog, base: Array, client: Client) -> Job:
        """Submit a jog as a job. Raises ``RequestRefused`` while the arm is busy."""
        running = self._board.active(arm.name)
        if running:
            raise RequestRefused(RefusalCode.WRONG_STATE, f"{arm.name} is busy with {running[0].command}")

        arguments = {
            "axis": jog.axis,
            "direction": int(jog.sign),
            "frame": jog.frame,
            "speed": jog.speed,
            "step": jog.step,
        }
        job = self._board.submit(
            "Jog", arm.name, arguments, client.user, (arm.name,), lambda _job: carry_out(arm, jog, base)
        )
        self._clients[job.id] = client
        self._wait(job)
        return job

    def alive(self, client: Client, job: Job) -> None:
        """Prolong a jog: its button is pressed. Raises ``RequestRefused`` for a job that is no jog of this client."""
        if job.state.ended:
            return  # the jog reached the end of its way
        self._own(client, job)
        self._timers.pop(job.id).cancel()
        self._wait(job)

    def end(self, client: Client, job: Job) -> None:
        """End a jog: its button was released. Raises ``RequestRefused`` for a job that is no jog of this client."""
        if not job.state.ended:
            self._own(client, job)
            self._board.cancel(job, "the button was released")

    def _own(self, client: Client, job: Job) -> None:
        if self._clients.get(job.id) != client:
            raise RequestRefused(RefusalCode.UNKNOWN, f"job {job.id} is no jog of this session")

    def _wait(self, job: Job) -> None:
        loop: asyncio.AbstractEventLoop = asyncio.get_running_loop()
        why = f"the client of the jog sent no request for {SILENCE:g} s"
        self._timers[job.id] = loop.call_later(SILENCE, self._silent, job, why)

    def _silent(self, job: Job, why: str) -> None:
        if not job.state.ended:
            self._board.cancel(job, why)

    def _changed(self, job: Job) -> None:
        if job.state.ended and job.id in self._clients:
            del self._clients[job.id]
            self._timers.pop(job.id).cancel()

"""Arm, jaws, suction cup and wrench of the kinematic world: the arm follows its set-points exactly, grips are rules."""

from __future__ import annotations

import asyncio
import math
from collections.abc import Callable, Sequence
from typing import Any, Protocol, TypeAlias

import numpy as np
from typing_extensions import override

from cellkit.controller.plants.arm import ArmPlant, Setpoints
from cellkit.controller.plants.force_torque import WrenchPlant
from cellkit.controller.plants.parallel_gripper import JawPlant, JawState
from cellkit.controller.world import WorldEvent
from cellkit.geometry import Array, Pose, Wrench, inverse_transform
from cellkit.joints import JointState
from cellkit.masses import Load
from cellkit.models.arm import ArmModel
from cellkit.models.gripper import ParallelGripperModel, VacuumGripperModel
from cellkit.motion.kinematics import ArmKinematics
from cellkit.motion.trajectory import Hold
from cellkit_sim.callbacks import notify
from cellkit_sim.gripping import between_pads, cup_gap, friction_holds, jaw_travel_time
from cellkit_sim.kinematic_bodies import Holder, KinematicBodies, KinematicBody, Times, aligned_for_grip
from cellkit_sim.suction import Suction

ALIGN = 0.35
"""Largest angle (rad) by which closing pads turn a part that lies askew."""
SLIP_AFTER = 0.1
"""s after which a part that friction cannot hold slips out."""

Vectors: TypeAlias = Sequence[float] | Array
"""A vector of three floats, or its components (3, k) at k moments."""


class SurroundingWorld(Protocol):
    """What arms, grippers and sensors need of the world around them."""

    bodies: KinematicBodies
    gravity: float

    def now(self) -> float:
        """Cell time in s; 0 before the run."""

    def attach(self, body: KinematicBody, relative: Array, holder: Holder) -> None:
        """Let a body follow a frame."""

    def release(self, name: str, holder: Holder) -> None:
        """Let go of a body."""

    def report(self, event: WorldEvent) -> None:
        """Report what has happened."""


class KinematicArm(ArmPlant):
    """``ArmPlant`` without dynamics."""

    def __init__(self, world: SurroundingWorld, model: ArmModel, mount: Pose) -> None:
        self._world, self.mount = world, mount.matrix
        self._kinematics = ArmKinematics.of(model)
        self._source: Setpoints = Hold(model.home)
        self._cached: JointState | None = None
        self._flange: Array | None = None
        self._moments: Sequence[float] = ()
        self._flanges: Array | None = None

    @override
    def follow(self, source: Setpoints) -> None:
        self._source = source
        self._cached = None

    @override
    def state(self) -> JointState:
        """Return the state, without torques."""
        now = self._world.now()
        if self._cached is None or self._cached.stamp != now:
            self._cached, self._flange = JointState.trusted(now, *self._source.sample(now)), None
        return self._cached

    def joints(self, times: Sequence[float]) -> tuple[Array, Array]:
        """Return positions (k, n) in rad and velocities (k, n) in rad/s at k times (s)."""
        positions, velocities = map(np.array, zip(*(self._source.sample(time) for time in times), strict=True))
        return positions, velocities

    def motion(self, times: Sequence[float]) -> tuple[Array, Array]:
        """Return the same as ``joints``. The flange follows them."""
        positions, velocities = self.joints(times)
        flanges = self._kinematics.forward(positions if len(times) > 1 else positions[0])
        self._moments, self._flanges = times, self.mount @ flanges.reshape(-1, 4, 4)
        return positions, velocities

    def flange(self, times: Times = None) -> Array:
        """Return the pose (4, 4) of the flange in world now, or the poses (k, 4, 4) at times given to ``motion``."""
        if times is not None:
            assert times is self._moments
            assert self._flanges is not None
            return self._flanges
        state = self.state()
        if self._flange is None:
            self._flange = self.mount @ self._kinematics.forward(state.position)
        return self._flange


class KinematicJaws(JawPlant):
    """``JawPlant`` by rule: jaws stop at a part between them, centre it and hold it until they open."""

    def __init__(self, world: SurroundingWorld, name: str, arm: KinematicArm, model: ParallelGripperModel) -> None:
        self._world, self._name, self._arm, self._model = world, name, arm, model
        self._stroke = model.stroke.known()
        self._in_flange = model.frame()
        self._from = self._to = self._requested = self._stroke
        self._began, self._speed, self._force = 0.0, model.speed_max.known(), 0.0
        self._future: asyncio.Future[JawState] | None = None
        self._timer: asyncio.TimerHandle | None = None
        self._callbacks: list[Callable[[], None]] = []
        self.held: str | None = None

    @override
    def drive(self, width: float, speed: float, force: float) -> asyncio.Future[JawState]:
        if not (speed > 0 and force > 0 and math.isfinite(width)):
            raise ValueError(f"jaws cannot move to {width} m at {speed} m/s with {force} N")
        now = self._world.now()
        loop = asyncio.get_running_loop()
        self._cancel()
        goal = min(max(width, 0.0), self._stroke)
        start = self._width(now)
        if self.held is not None:
            if goal > start:
                self._world.release(self.held, self._frame)
                self.held = None
            else:
                goal = start
        elif goal < start:
            contact = self._between(start)
            if contact is not None and contact[1] > goal:
                goal = contact[1]
        self._from, self._to, self._began, self._speed, self._force = start, goal, now, speed, force
        self._requested = min(max(width, 0.0), self._stroke)
        self._future = loop.create_future()
        self._timer = loop.call_later(jaw_travel_time(goal - start, speed), self._finish, self._future)
        return self._future

    @override
    def halt(self) -> None:
        width = self._width(self._world.now())
        self._cancel()
        self._from = self._to = width

    @override
    def state(self) -> JawState:
        now = self._world.now()
        force = float(self._force) if self.held is not None else 0.0
        return JawState(now, self._width(now), force, self._future is not None)

    @override
    def on_slip(self, callback: Callable[[], None]) -> None:
        self._callbacks.append(callback)

    def forget(self, name: str) -> None:
        """Release a part that was removed from the gripper: the jaws close further, which counts as a slip."""
        if self.held == name:
            self.held = None
            self._from = self._to = self._requested
            notify(self._callbacks)

    def _frame(self, times: Times = None) -> Array:
        """Return the gripper frame in world, as a ``Holder``."""
        return self._arm.flange(times) @ self._in_flange

    def motion(self, times: Sequence[float]) -> list[float]:
        """Return the widths (m) at k times (s)."""
        return [self._width(time) for time in times]

    def _width(self, now: float) -> float:
        travel = self._speed * (now - self._began)
        distance = self._to - self._from
        return self._to if travel >= abs(distance) else self._from + math.copysign(travel, distance)

    def _between(self, opening: float) -> tuple[KinematicBody, float, Array] | None:
        """Return the part that closing jaws meet first, the width at which they stop, and its pose in the gripper."""
        frame = self._frame()
        inverse = inverse_transform(frame)
        widest: tuple[KinematicBody, float, Array] | None = None
        now = self._world.now()
        middle = frame[:3, 3] + frame[:3, 2] * self._model.tcp
        for body, pose in self._world.bodies.near(middle, self._stroke, now):
            place = inverse @ pose
            if between_pads(body.shape, place, self._model, opening) is None:
                continue
            place[:3, :3] = aligned_for_grip(place[:3, :3], ALIGN)
            low, high = body.shape.interval(place[:3, :3], 0)
            place[0, 3] = -(low + high) / 2
            if widest is None or high - low > widest[1]:
                widest = (body, high - low, place)
        return widest

    def _finish(self, future: asyncio.Future[JawState]) -> None:
        now = self._world.now()
        closing = self._to < self._from or self._requested < self._to
        if self.held is None and closing:
            contact = self._between(self._from)
            if contact is not None and contact[1] >= self._to - 1e-6:
                self._grip(*contact)
            elif self._requested < self._to:
                # The part between the jaws is gone: close on to the requested width.
                self._from, self._to, self._began = self._to, self._requested, now
                delay = jaw_travel_time(self._to - self._from, self._speed)
                self._timer = asyncio.get_running_loop().call_later(delay, self._finish, future)
                return
        self._timer = self._future = None
        if not future.done():
            future.set_result(self.state())

    def _grip(self, body: KinematicBody, width: float, place: Array) -> None:
        self._from = self._to = width
        if friction_holds(body.body.mass, body.body.friction, self._force, self._world.gravity):
            self.held = body.body.name
            self._world.attach(body, place, self._frame)
        else:
            self._timer = asyncio.get_running_loop().call_later(
                SLIP_AFTER, self._slip, body.body.name, "too heavy for friction"
            )

    def lose(self) -> bool:
        """Let the held part slip out. Return False if no part is held."""
        name, self.held = self.held, None
        if name is None:
            return False
        self._world.release(name, self._frame)
        self._slip(name, "slipped out")
        return True

    def _slip(self, part: str, reason: str) -> None:
        self._from = self._to = self._requested
        self._world.report(WorldEvent(self._world.now(), "part_dropped", self._name, part, reason))
        notify(self._callbacks)

    def _cancel(self) -> None:
        if self._future is not None and not self._future.done():
            self._future.cancel()
        if self._timer is not None:
            self._timer.cancel()
        self._future = self._timer = None


class KinematicSuction(Suction):
    """``SuctionPlant`` by rule: the cup holds a body within reach whose weight is below the holding force."""

    def __init__(self, world: SurroundingWorld, name: str, arm: KinematicArm, model: VacuumGripperModel) -> None:
        super().__init__(model)
        self._world, self._name, self._arm = world, name, arm
        self._loss_timer: asyncio.TimerHandle | None = None

    def _now(self) -> float:
        return self._world.now()

    @override
    def leak(self, rate: float) -> None:
        """Set the rate of the leak (Pa/s), and the timer at which the held part becomes too heavy."""
        super().leak(rate)
        self._schedule_loss()

    def motion(self, times: Sequence[float]) -> list[float]:
        """Return the widths at k times: a cup has none."""
        return [0.0] * len(times)

    def _schedule_loss(self) -> None:
        if self._loss_timer is not None:
            self._loss_timer.cancel()
            self._loss_timer = None
        if self._leak_rate > 0.0 and self.held is not None:
            body = self._world.bodies.all[self.held]
            spare = self._force - body.body.mass * self._world.gravity
            delay = spare / self._model.holding_force() * self._model.vacuum_max.known() / self._leak_rate
            self._loss_timer = asyncio.get_running_loop().call_later(max(0.0, delay), self.lose)

    def _find(self) -> str | None:
        face = self._arm.flange() @ self._model.frame()
        face[:3, 3] += face[:3, 2] * self._model.tcp
        near = self._world.bodies.near(face[:3, 3], 0.02, self._now())
        gaps = ((cup_gap(body.shape, pose, face), body.body.name) for body, pose in near)
        reached = [(gap, name) for gap, name in gaps if gap is not None]
        return min(reached)[1] if reached else None

    def _attach(self, name: str) -> None:
        body = self._world.bodies.all[name]
        if body.body.mass * self._world.gravity > self._force:
            self.lose()
            return
        self._world.attach(body, inverse_transform(self._arm.flange()) @ body.matrix(self._now()), self._arm.flange)
        self._schedule_loss()

    def _detach(self, name: str) -> None:
        if self._world.bodies.all[name].holder is not None:
            self._world.release(name, self._arm.flange)

    def _lost(self, name: str) -> None:
        self._world.report(WorldEvent(self._now(), "part_dropped", self._name, name, "more than the cup holds"))


class KinematicWrench(WrenchPlant):
    """``WrenchPlant``: the weight of the tools and of the held parts, without inertia."""

    def __init__(
        self, world: SurroundingWorld, arm: KinematicArm, tools: Load, held: Callable[[], Sequence[KinematicBody]]
    ) -> None:
        self._world, self._arm, self._held = world, arm, held
        x, y, z = tools.centre_of_gravity
        self._mass, self._centre = tools.mass, (float(x), float(y), float(z))

    @override
    def wrench(self) -> Wrench:
        flange, now = self._arm.flange(), self._world.now()
        held = self._held()
        centres = [(inverse_transform(flange) @ body.matrix(now))[:3, 3].tolist() for body in held]
        total = self._sum((flange[2, :3] * -self._world.gravity).tolist(), held, centres)
        return Wrench.trusted(np.array(total[:3]), np.array(total[3:]), "flange")

    def motion(self, times: Sequence[float]) -> Array:
        """Return force (N) and torque (N m) at k times given to the arm's ``motion``, (k, 6)."""
        flanges = self._arm.flange(times)
        held = self._held()
        centres = []
        for body in held:
            inverse = np.array([inverse_transform(flange) for flange in flanges])
            centres.append((inverse @ body.motion(times))[:, :3, 3].T)
        return np.array(self._sum((flanges[:, 2, :3] * -self._world.gravity).T, held, centres)).T

    def _sum(self, down: Vectors, held: Sequence[KinematicBody], centres: Sequence[Vectors]) -> list[Any]:
        """Return force and torque of the tools and the held bodies; arguments as in ``_weight``."""
        total = _weight(self._mass, self._centre, down)
        for body, centre in zip(held, centres, strict=True):
            weight = _weight(body.body.mass, centre, down)
            total = [one + other for one, other in zip(total, weight, strict=True)]
        return total


def _weight(mass: float, centre: Vectors, down: Vectors) -> list[Any]:
    """Return force (N) and torque (N m) of a mass (kg) at ``centre`` (m) under the gravity ``down`` (m/s²).

    The components are plain floats, since numpy takes four times as long for one vector, or arrays for many moments.
    """
    (cx, cy, cz), (x, y, z) = centre, down
    torque = (mass * (cy * z - cz * y), mass * (cz * x - cx * z), mass * (cx * y - cy * x))
    return [mass * x, mass * y, mass * z, *torque]

"""Coupled jaws in PyBullet: a speed-limited close or open, force-limited motors, stand-still and slip detection."""

from __future__ import annotations

import asyncio
import math
from collections.abc import Callable
from typing import Any

from typing_extensions import override

from cellkit.controller.plants.parallel_gripper import JawPlant, JawState
from cellkit.models.gripper import ParallelGripperModel
from cellkit_sim.callbacks import tell
from cellkit_sim.gripping import PAD_FRICTION, SETTLE, SLIP_WIDTH, twist_arm
from cellkit_sim.hand_urdf import HandLinks
from cellkit_sim.physics_arm import PhysicsArm

PRESS_DEPTH = 0.010
"""m that the motors' target lies inside a part: with gain 1 this asks for more than any force limit gives."""
BLOCKED = 0.0001
"""m of opening width that jaws must lag behind their target to count as blocked; or a step and a half of their way."""
ARRIVED = 0.0005
"""m of opening width short of the goal that is near enough."""
GET_GOING = 0.015
"""s that jaws may take to get going before a stand counts as being blocked."""
BLOCKED_FOR = 2 / 240
"""s without motion after which jaws count as blocked."""
STILL = 0.3
"""Share of the commanded speed below which jaws stand still: pads spring back a little when they meet a part."""
WIDTH_EVERY = 4
"""Steps between two looks at whether jaws that hold have closed further."""
CONTACT_EVERY = 16
"""Steps between two looks at whether a held part still touches a pad."""


class PhysicsJaws(JawPlant):
    """``JawPlant``. ``on_lost(body)`` is called with the PyBullet number of a held body that got lost."""

    def __init__(
        self, arm: PhysicsArm, hand: HandLinks, model: ParallelGripperModel, step: float, time: Callable[[], float],
        on_lost: Callable[[int], None],
    ) -> None:  # fmt: skip
        self._arm, self._model, self._time, self._step, self._on_lost = arm, model, time, step, on_lost
        self._client = arm.client
        self._fingers = [arm.links[name] for name in hand.fingers]
        self._settle_steps = max(1, int(SETTLE / step))
        self._blocked_steps = max(2, math.ceil(BLOCKED_FOR / step - 1e-6))
        self._stroke = model.stroke.known()
        self._force = model.force_max.known()
        self._future: asyncio.Future[JawState] | None = None
        self._callbacks: list[Callable[[], None]] = []
        self._driving = False
        self._start = self._goal = self._target = self._stroke
        self._began = 0.0
        self._speed = model.speed_max.known()
        self._still = 0
        self._pressed = 0  # -1 closing on something, 1 opening against something, 0 free
        self._gripped_width = 0.0
        self._unseen: tuple[int, float] | None = None  # a body that the pads do not see, since when
        self._oiled: tuple[int, float] | None = None  # a body that slips, and its own friction
        self._count = self._missing = 0
        self.held_by_others: Callable[[int], bool] = lambda body: False
        """Whether other pads hold a body, by its number, as well."""
        self.held: int | None = None
        """PyBullet number of the body between the pads."""
        self._prepare()

    @override
    def drive(self, width: float, speed: float, force: float) -> asyncio.Future[JawState]:
        """The move begins with the next step."""
        if not (speed > 0 and force > 0 and math.isfinite(width)):
            raise ValueError(f"jaws cannot move to {width} m at {speed} m/s with {force} N")
        self._cancel()
        self._future = asyncio.get_running_loop().create_future()
        self._start, self._goal = self._width()[0], min(max(width, 0.0), self._stroke)
        self._speed, self._force = speed, force
        self._began = self._time()
        if self._pressed * (self._goal - self._start) < 0:
            self._release()
        self._still, self._driving = 0, True
        return self._future

    @override
    def halt(self) -> None:
        self._cancel()
        width = self._width()[0]
        if self._driving and not self._pressed:
            # Jaws stopped in the middle of a push are against something only if they lag behind their target.
            self._pressed = self._lag(width)
            if self._pressed:
                self._stand(width)
        self._driving = False
        if not self._pressed:
            self._goal = width
            self._command(width)

    @override
    def state(self) -> JawState:
        """The force is that of the motors."""
        width, _, force = self._width()
        return JawState(self._time(), width, force, self._driving)

    @override
    def on_slip(self, callback: Callable[[], None]) -> None:
        self._callbacks.append(callback)

    def pull(self, time: float) -> None:
        """Before each step: the target for its end."""
        if self._unseen is not None and time > self._unseen[1] + 1.5 * self._step:
            self._see(self._unseen[0], True)
            self._unseen = None
        if not self._driving or self._pressed:
            return
        travel = self._speed * (time - self._began)
        way = self._goal - self._start
        self._command(self._goal if travel >= abs(way) else self._start + math.copysign(travel, way))

    def watch(self, time: float) -> None:
        """After each step: have the jaws come to a stand, has a held part gone?"""
        if self._driving:
            width, rate, _ = self._width()
            self._still = self._still + 1 if abs(rate) < STILL * self._speed else 0
            going = time - self._began > GET_GOING
            if going and self._still >= self._blocked_steps and not self._pressed:
                self._pressed = self._lag(width)
                if self._pressed:
                    self._press(width)
            if self._still >= self._settle_steps and (self._pressed or abs(width - self._goal) < ARRIVED):
                self._finish(width, time)
        elif self._pressed:
            self._count += 1
            if self._missing or self._count % WIDTH_EVERY == 0:
                width = self._width()[0]
                slipped = self._pressed * (width - self._gripped_width) > SLIP_WIDTH
                if slipped or self._missing or self._count % CONTACT_EVERY == 0:
                    self._look(width, slipped)

    def forget(self, body: int) -> None:
        """A body that somebody takes away is no longer held; the jaws close on, and that is a slip."""
        if self.held == body:
            self._wipe()
            self.held = None

    def lose(self) -> bool:
        """The part that is held slips, as if it were oiled, until it is out; False: none is held."""
        if self.held is None:
            return False
        p, cid = self._client.p, self._client.id
        if self._oiled is None:
            self._oiled = self.held, p.getDynamicsInfo(self.held, -1, physicsClientId=cid)[1]
        self._anchor(False)
        p.changeDynamics(self.held, -1, lateralFriction=0.0, physicsClientId=cid)
        self._forget_contacts(self.held)
        return True

    def _wipe(self) -> None:
        """A part that was made to slip has its own friction again."""
        if self._oiled is not None:
            body, friction = self._oiled
            self._client.p.changeDynamics(body, -1, lateralFriction=friction, physicsClientId=self._client.id)
            self._oiled = None

    def _anchor(self, on: bool) -> None:
        """Anchored contacts hold a part still that creeps otherwise."""
        p, cid = self._client.p, self._client.id
        for finger in self._fingers:
            p.changeDynamics(self._arm.body, finger, frictionAnchor=int(on), physicsClientId=cid)

    def _forget_contacts(self, body: int) -> None:
        """Anchored contacts keep the normal and the friction they were made with. After a turn of the tool in the world
        they would pull at a part that is let go, so the pads do not see it for one step and make new ones.

        Bullet forgets all contacts of the body for that step. Other pads that press on it would close into it: then it
        is left as it is.
        """
        if not self.held_by_others(body):
            self._unseen = body, self._time()
            self._see(body, False)

    def _see(self, body: int, on: bool) -> None:
        p, cid = self._client.p, self._client.id
        for finger in self._fingers:
            p.setCollisionFilterPair(self._arm.body, body, finger, -1, int(on), physicsClientId=cid)

    def _prepare(self) -> None:
        p, cid, body = self._client.p, self._client.id, self._arm.body
        for finger in self._fingers:
            p.resetJointState(body, finger, self._stroke / 2, physicsClientId=cid)
            p.changeDynamics(
                body, finger, lateralFriction=PAD_FRICTION, spinningFriction=twist_arm(self._model), physicsClientId=cid
            )
        gear = p.createConstraint(
            body, self._fingers[0], body, self._fingers[1], p.JOINT_GEAR, [1, 0, 0], [0, 0, 0], [0, 0, 0],
            physicsClientId=cid,
        )  # fmt: skip
        p.changeConstraint(gear, gearRatio=-1, erp=0.2, maxForce=200, physicsClientId=cid)
        self._command(self._stroke)

    def _width(self) -> tuple[float, float, float]:
        """Opening width (m), its rate (m/s), mean motor force (N)."""
        one, other = self._client.p.getJointStates(self._arm.body, self._fingers, physicsClientId=self._client.id)
        return one[0] + other[0], one[1] + other[1], (abs(one[3]) + abs(other[3])) / 2

    def _command(self, width: float, speed: float | None = None) -> None:
        """Motor targets; a negative width presses, ``speed`` (m/s of width) limits the way there."""
        p = self._client.p
        self._target = width
        limit: dict[str, Any] = {} if speed is None else {"maxVelocity": speed / 2}
        for finger in self._fingers:
            p.setJointMotorControl2(
                self._arm.body, finger, p.POSITION_CONTROL, targetPosition=width / 2, force=self._force,
                positionGain=1.0, physicsClientId=self._client.id, **limit,
            )  # fmt: skip

    def _press(self, width: float) -> None:
        """Push on from ``width``. Bullet may lose all contacts for a step, in which the motors' force alone would close
        light fingers by millimetres: no step may look like half a slip.
        """
        self._command(width + self._pressed * PRESS_DEPTH, SLIP_WIDTH / 2 / self._step)

    def _lag(self, width: float) -> int:
        """-1 or 1 when the jaws are held up on their way inwards or outwards."""
        if abs(self._target - width) < max(BLOCKED, 1.5 * self._speed * self._step):
            return 0
        return -1 if self._target < width else 1

    def _finish(self, width: float, time: float) -> None:
        self._driving = False
        if self._pressed:
            self._stand(width)
        force = self._width()[2]
        if self._future is not None and not self._future.done():
            self._future.set_result(JawState(time, width, force, False))
        self._future = None

    def _stand(self, width: float) -> None:
        self._anchor(True)
        self._gripped_width, self._count, self._missing = width, 0, 0
        self._press(width)
        touched = [self._touched(finger) for finger in self._fingers]
        self.held = next((body for body in touched[0] if body in touched[1]), None)

    def _touched(self, finger: int) -> list[int]:
        points = self._client.p.getContactPoints(
            bodyA=self._arm.body, linkIndexA=finger, physicsClientId=self._client.id
        )
        return [point[2] for point in points if point[2] != self._arm.body]

    def _look(self, width: float, slipped: bool) -> None:
        """Is the part gone? One gripped askew turns until it lies flat, and may leave a pad for a step."""
        if self._touches() and not (slipped and self.held is None):
            self._missing = 0
            if slipped:
                self._gripped_width = width
            return
        self._missing += 1
        if self._missing > self._settle_steps:
            self._lose()

    def _touches(self) -> bool:
        """Whether a held part still touches both pads, or whatever stopped the jaws any of them."""
        if self.held is None:
            return any(self._touched(finger) for finger in self._fingers)
        p, cid = self._client.p, self._client.id
        return all(
            p.getContactPoints(self._arm.body, self.held, finger, -1, physicsClientId=cid) for finger in self._fingers
        )

    def _lose(self) -> None:
        held = self.held
        self._release()
        self._command(self._goal, self._speed)
        if held is not None:
            self._on_lost(held)
        tell(self._callbacks)

    def _release(self) -> None:
        self._anchor(False)
        self._wipe()
        if self.held is not None:
            self._forget_contacts(self.held)
        self._pressed, self.held = 0, None

    def _cancel(self) -> None:
        if self._future is not None and not self._future.done():
            self._future.cancel()
        self._future = None

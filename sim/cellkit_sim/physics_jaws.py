"""Coupled jaws in PyBullet: motion at limited speed, motors of limited force, detection of stop, grip and slip."""

from __future__ import annotations

import asyncio
import math
from collections.abc import Callable
from typing import Any

from typing_extensions import override

from cellkit.controller.plants.parallel_gripper import JawPlant, JawState
from cellkit.models.gripper import ParallelGripperModel
from cellkit_sim.callbacks import notify
from cellkit_sim.grip_tie import GripTie
from cellkit_sim.gripper_urdf import GripperLinks
from cellkit_sim.gripping import PAD_FRICTION, SETTLE, SLIP_WIDTH, twist_arm
from cellkit_sim.physics_arm import PhysicsArm

PRESS_DEPTH = 0.010
"""Depth (m) of the motors' target inside a part; with gain 1 this demands more than any force limit."""
BLOCKED = 0.0001
"""Lag (m of opening) behind the target from which jaws count as blocked; at least the motion of 1.5 steps."""
ARRIVED = 0.0005
"""Distance (m of opening) to the goal at which jaws have arrived."""
START_TIME = 0.015
"""s that jaws may need to start; until then a stop does not count as blocked."""
BLOCKED_FOR = 2 / 240
"""s without motion after which jaws count as blocked."""
STILL = 0.3
"""Share of the commanded speed below which jaws count as still, since pads rebound slightly when they meet a part."""
WIDTH_EVERY = 4
"""Steps between two checks whether holding jaws have closed further."""
CONTACT_EVERY = 16
"""Steps between two checks whether a held part still touches the pads."""

TIE_AFTER = 0.1
"""s that contacts have held a part before it may be tied: pads and part have settled."""
UNTIE_IN = 0.012
"""s in which the pads press on a part again before its tie is removed."""
TOUCH_SPEED = 0.02
"""Speed (m/s of opening) at which they begin to."""


class PhysicsJaws(JawPlant):
    """``JawPlant``. ``on_lost(body)`` is called with the PyBullet number of a held body that was lost."""

    def __init__(
        self, arm: PhysicsArm, hand: GripperLinks, model: ParallelGripperModel, step: float, time: Callable[[], float],
        on_lost: Callable[[int], None],
    ) -> None:  # fmt: skip
        self.arm, self._model, self._time, self._step, self._on_lost = arm, model, time, step, on_lost
        self._client = arm.client
        self._fingers = [arm.links[name] for name in hand.fingers]
        self._palm = arm.links[hand.body]
        self._tie: GripTie | None = None
        self._held_since = 0.0
        self._contacts_alone = False  # the part does not suit a tie, or once demanded too much of friction
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
        self._limit: float | None = None
        self._still = 0
        self._pressed = 0  # -1 closing on a body, 1 opening against a body, 0 free
        self._gripped_width = 0.0
        self._without_contact: tuple[int, float] | None = None  # body that the pads do not touch, and since when (s)
        self._slippery: tuple[int, float] | None = None  # body without friction, and its original friction
        self._count = self._missing = 0
        self._measured: tuple[float, float, float]
        self._measured_at: float | None = None  # the time of the step after which the width was measured
        self.held_by_others: Callable[[int], bool] = lambda body: False
        """Returns whether other pads also hold the body with this number."""
        self.held: int | None = None
        """PyBullet number of the held body."""
        self._prepare()

    @override
    def drive(self, width: float, speed: float, force: float) -> asyncio.Future[JawState]:
        """Start a move; it begins with the next step."""
        if not (speed > 0 and force > 0 and math.isfinite(width)):
            raise ValueError(f"jaws cannot move to {width} m at {speed} m/s with {force} N")
        self._cancel()
        self._future = asyncio.get_running_loop().create_future()
        self._start, self._goal = self._width()[0], min(max(width, 0.0), self._stroke)
        self._speed, self._force = speed, force
        self._began = self._time()
        if self._pressed * (self._goal - self._start) < 0:
            self._release()
        self.untie()
        self._still, self._driving = 0, True
        return self._future

    @override
    def halt(self) -> None:
        self._cancel()
        width = self._width()[0]
        if self._driving and not self._pressed:
            # Jaws that are stopped while they move touch a body only if they lag behind their target.
            self._pressed = self._lag(width)
            if self._pressed:
                self._start_holding(width)
        self._driving = False
        if not self._pressed:
            self._goal = width
            self._command(width)

    @override
    def state(self) -> JawState:
        """Return the state; its force is that of the motors, or what they would press a tied part with."""
        width, _, force = self._width()
        if self._tie is not None and not self._tie.loose:
            force = self._force
        return JawState(self._time(), width, force, self._driving)

    @override
    def on_slip(self, callback: Callable[[], None]) -> None:
        self._callbacks.append(callback)

    def renew_command(self) -> None:
        """Send the motors' targets again, since the engine keeps their force as force times the length of a step."""
        self._command(self._target, self._limit)

    def pull(self, time: float) -> None:
        """Set the target for the end of a step, before the step."""
        if self._without_contact is not None and time > self._without_contact[1] + 1.5 * self._step:
            self._set_collisions(self._without_contact[0], True)
            self._without_contact = None
        if not self._driving or self._pressed:
            return
        travel = self._speed * (time - self._began)
        distance = self._goal - self._start
        self._command(self._goal if travel >= abs(distance) else self._start + math.copysign(travel, distance))

    def watch(self, time: float) -> None:
        """Check after each step whether the jaws have stopped, and whether a held part was lost."""
        if self._tie is not None:
            self._check_tie(self._tie, time)
        if self._driving:
            width, rate, _ = self._width()
            self._still = self._still + 1 if abs(rate) < STILL * self._speed else 0
            started = time - self._began > START_TIME
            if started and self._still >= self._blocked_steps and not self._pressed:
                self._pressed = self._lag(width)
                if self._pressed:
                    self._press(width)
            if self._still >= self._settle_steps and (self._pressed or abs(width - self._goal) < ARRIVED):
                self._finish(width, time)
        elif self._pressed and self._tie is None:
            self._count += 1
            if self._missing or self._count % WIDTH_EVERY == 0:
                width = self._width()[0]
                slipped = self._pressed * (width - self._gripped_width) > SLIP_WIDTH
                if slipped or self._missing or self._count % CONTACT_EVERY == 0:
                    self._check_part(width, slipped)

    def forget(self, body: int) -> None:
        """Release a body that was removed from the jaws; the jaws close further, which counts as a slip."""
        if self.held == body:
            self._remove_tie()
            self._restore_friction()
            self.held = None

    def lose(self) -> bool:
        """Let the held part slip out by removing its friction. Return False if no part is held."""
        if self.held is None:
            return False
        self._remove_tie()
        p, cid = self._client.p, self._client.id
        if self._slippery is None:
            self._slippery = self.held, p.getDynamicsInfo(self.held, -1, physicsClientId=cid)[1]
        self._set_anchors(False)
        p.changeDynamics(self.held, -1, lateralFriction=0.0, physicsClientId=cid)
        self._renew_contacts(self.held)
        return True

    @property
    def busy(self) -> bool:
        """Whether the jaws move, or press on a body that is not tied."""
        tied = self._tie is not None and not self._tie.loose
        return self._driving or (self._pressed != 0 and not tied) or self._without_contact is not None

    @property
    def settled(self) -> bool:
        """Whether the jaws hold a part that is tied or may be tied."""
        if self._tie is not None:
            return not self._tie.loose
        if self.held is None or self._driving or self._missing or self._contacts_alone or self._slippery is not None:
            return False
        return self._time() - self._held_since >= TIE_AFTER

    def tie(self) -> None:
        """Tie the held part, if the pads alone touch it."""
        if self._tie is not None or self.held is None:
            return
        if not GripTie.suits(self._client, self.held, self._force):
            self._contacts_alone = True
        elif self._pads_alone_touch(self.held):
            self._tie = GripTie(self._client, self.arm.body, self._palm, self._fingers, self.held)
            self._command(self._width()[0])

    def untie(self) -> None:
        """Begin to hold a tied part by its contacts again; the tie is removed when the pads press."""
        if self._tie is not None and not self._tie.loose:
            self._tie.loosen()
            self._held_since = self._time()

    def _check_tie(self, tie: GripTie, time: float) -> None:
        if tie.loose:
            since = time - self._held_since
            if since > UNTIE_IN:
                self._remove_tie()
            else:  # slowly at first, since a pad without contacts would move into the part
                self._press(self._width()[0], TOUCH_SPEED if since < UNTIE_IN / 2 else None)
        elif not tie.holds(self._force, twist_arm(self._model)):
            self._contacts_alone = True
            self.untie()

    def _remove_tie(self) -> None:
        if self._tie is not None:
            self.untie()
            self._tie.remove()
            self._tie, self._held_since = None, self._time()
            self._press(self._width()[0])

    def _pads_alone_touch(self, part: int) -> bool:
        points = self._client.p.getContactPoints(bodyA=part, physicsClientId=self._client.id)
        return all(point[2] == self.arm.body and point[4] in self._fingers for point in points)

    def _restore_friction(self) -> None:
        """Restore the friction of a part that was made to slip."""
        if self._slippery is not None:
            body, friction = self._slippery
            self._client.p.changeDynamics(body, -1, lateralFriction=friction, physicsClientId=self._client.id)
            self._slippery = None

    def _set_anchors(self, on: bool) -> None:
        """Switch friction anchors of the pads, which keep a part from creeping."""
        p, cid = self._client.p, self._client.id
        for finger in self._fingers:
            p.changeDynamics(self.arm.body, finger, frictionAnchor=int(on), physicsClientId=cid)

    def _renew_contacts(self, body: int) -> None:
        """Disable collisions of the pads with a body for one step, so that its contacts are made anew.

        Anchored contacts keep their original normal and friction. After a rotation of the tool they would pull at a
        released part. Bullet drops all contacts of the body for that step; other pads that press on it would close
        into it, so nothing is done if other pads hold the body.
        """
        if not self.held_by_others(body):
            self._without_contact = body, self._time()
            self._set_collisions(body, False)

    def _set_collisions(self, body: int, on: bool) -> None:
        p, cid = self._client.p, self._client.id
        for finger in self._fingers:
            p.setCollisionFilterPair(self.arm.body, body, finger, -1, int(on), physicsClientId=cid)

    def _prepare(self) -> None:
        p, cid, body = self._client.p, self._client.id, self.arm.body
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
        """Return opening (m), its rate (m/s), and mean motor force (N), which only a step changes."""
        time = self._time()
        if self._measured_at != time:
            left, right = self._client.p.getJointStates(self.arm.body, self._fingers, physicsClientId=self._client.id)
            self._measured = left[0] + right[0], left[1] + right[1], (abs(left[3]) + abs(right[3])) / 2
            self._measured_at = time
        return self._measured

    def _command(self, width: float, speed: float | None = None) -> None:
        """Set the motors' targets; a negative width presses, ``speed`` (m/s of opening) limits the motion."""
        p = self._client.p
        self._target, self._limit = width, speed
        limit: dict[str, Any] = {} if speed is None else {"maxVelocity": speed / 2}
        for finger in self._fingers:
            p.setJointMotorControl2(
                self.arm.body, finger, p.POSITION_CONTROL, targetPosition=width / 2, force=self._force,
                positionGain=1.0, physicsClientId=self._client.id, **limit,
            )  # fmt: skip

    def _press(self, width: float, speed: float | None = None) -> None:
        """Press on from ``width``, at a limited ``speed`` (m/s of opening).

        Bullet may lose all contacts for a step, in which the motors would close light fingers by millimetres. The limit
        keeps this below half of ``SLIP_WIDTH``.
        """
        self._command(width + self._pressed * PRESS_DEPTH, speed or SLIP_WIDTH / 2 / self._step)

    def _lag(self, width: float) -> int:
        """Return -1 or 1 if the jaws are blocked while closing or opening, else 0."""
        if abs(self._target - width) < max(BLOCKED, 1.5 * self._speed * self._step):
            return 0
        return -1 if self._target < width else 1

    def _finish(self, width: float, time: float) -> None:
        self._driving = False
        if self._pressed:
            self._start_holding(width)
        force = self._width()[2]
        if self._future is not None and not self._future.done():
            self._future.set_result(JawState(time, width, force, False))
        self._future = None

    def _start_holding(self, width: float) -> None:
        self._set_anchors(True)
        self._gripped_width, self._count, self._missing = width, 0, 0
        self._held_since, self._contacts_alone = self._time(), False
        self._press(width)
        touched = [self._bodies_at(finger) for finger in self._fingers]
        self.held = next((body for body in touched[0] if body in touched[1]), None)

    def _bodies_at(self, finger: int) -> list[int]:
        points = self._client.p.getContactPoints(
            bodyA=self.arm.body, linkIndexA=finger, physicsClientId=self._client.id
        )
        return [point[2] for point in points if point[2] != self.arm.body]

    def _check_part(self, width: float, slipped: bool) -> None:
        """Check whether the part was lost. A part gripped askew turns until it is flat, and may leave a pad briefly."""
        if self._in_contact() and not (slipped and self.held is None):
            self._missing = 0
            if slipped:
                self._gripped_width = width
            return
        self._missing += 1
        if self._missing > self._settle_steps:
            self._lose()

    def _in_contact(self) -> bool:
        """Return whether the held part still touches both pads, or, without a held part, any body touches a pad."""
        if self.held is None:
            return any(self._bodies_at(finger) for finger in self._fingers)
        p, cid = self._client.p, self._client.id
        return all(
            p.getContactPoints(self.arm.body, self.held, finger, -1, physicsClientId=cid) for finger in self._fingers
        )

    def _lose(self) -> None:
        held = self.held
        self._release()
        self._command(self._goal, self._speed)
        if held is not None:
            self._on_lost(held)
        notify(self._callbacks)

    def _release(self) -> None:
        self._remove_tie()
        self._set_anchors(False)
        self._restore_friction()
        if self.held is not None:
            self._renew_contacts(self.held)
        self._pressed, self.held = 0, None

    def _cancel(self) -> None:
        if self._future is not None and not self._future.done():
            self._future.cancel()
        self._future = None

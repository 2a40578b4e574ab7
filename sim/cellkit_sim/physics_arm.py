"""An arm in PyBullet: loading, motors that follow set-points, joint states, and the wrench at the flange."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import Any

import numpy as np

from cellkit.controller.plants.arm import Setpoints
from cellkit.controller.world import PowerSample
from cellkit.geometry import Array, Pose, Wrench, cross, frozen, rotation_from_quaternion
from cellkit.joints import JointState
from cellkit.models.arm import ArmModel
from cellkit.motion.trajectory import Hold
from cellkit_sim.bullet import Client
from cellkit_sim.gripper_urdf import TOOL, Gripper, GripperLinks, gripper_links
from cellkit_sim.urdf import BASE, FLANGE_JOINT, robot_urdf

DEFAULT_TORQUE = 500.0
"""Torque (N m) of a joint whose model states no torque, or no masses of links."""
SELF_CLEARANCE = 0.002
"""Own links nearer to each other than this (m) at home do not collide with each other."""


class PhysicsArm:
    """``ArmPlant`` whose motors get the set-points for the end of each step, so that joints follow without delay."""

    def __init__(
        self,
        client: Client,
        name: str,
        model: ArmModel,
        mount: Pose,
        grippers: Sequence[Gripper],
        time: Callable[[], float],
    ) -> None:
        p = client.p
        self.name, self.model, self.client = name, model, client
        self._time = time
        flags = p.URDF_USE_INERTIA_FROM_FILE | p.URDF_USE_SELF_COLLISION
        self.body = client.load_urdf(robot_urdf(model, *grippers), mount.matrix, flags)
        self.links: dict[str, int] = {BASE: -1}
        for index in range(p.getNumJoints(self.body, physicsClientId=client.id)):
            self.links[p.getJointInfo(self.body, index, physicsClientId=client.id)[12].decode()] = index
        self.link_names = {index: link for link, index in self.links.items()}
        self.tool = self.links[TOOL]
        self.hands: list[GripperLinks] = gripper_links(grippers)
        self.fingertips = self._indices(name for hand in self.hands for name in hand.fingers)
        self.moving_links = [index for index in self.links.values() if index > 0]  # the first one only turns in place
        self.cups = self._indices(hand.cup for hand in self.hands)
        self.flange_joint = next(
            index
            for index in self.links.values()
            if index >= 0 and p.getJointInfo(self.body, index, physicsClientId=client.id)[1].decode() == FLANGE_JOINT
        )
        dof = model.dof
        self._joints = list(range(dof))
        # Without known masses of the links, the masses are guesses, to which the vendor's torques do not apply.
        known = model.dynamics.links is not None
        self._forces = [(joint.max_effort if known else None) or DEFAULT_TORQUE for joint in model.kinematics.joints]
        self._gains = [1.0] * dof
        for joint, angle in enumerate(model.home):
            p.resetJointState(self.body, joint, angle, physicsClientId=client.id)
        p.enableJointForceTorqueSensor(self.body, self.flange_joint, 1, physicsClientId=client.id)
        for link in self.links.values():
            p.changeDynamics(
                self.body, link, activationState=p.ACTIVATION_STATE_DISABLE_SLEEPING, physicsClientId=client.id
            )
        self._disable_neighbour_collisions()
        self._source: Setpoints = Hold(model.home)
        self._set: Callable[..., None] = p.setJointMotorControlArray
        self._mode: int = p.POSITION_CONTROL
        self._cached: JointState | None = None
        self.work = 0.0  # J of positive mechanical work so far

    def follow(self, source: Setpoints) -> None:
        """Track ``source`` from the next step on."""
        self._source = source

    def pull(self, time: float) -> None:
        """Send the set-point for cell time ``time`` (s), the end of the coming step, to the motors."""
        self._set(
            self.body,
            self._joints,
            self._mode,
            targetPositions=self._source.position(time),
            forces=self._forces,
            positionGains=self._gains,
            physicsClientId=self.client.id,
        )

    def state(self) -> JointState:
        """Return positions, velocities and motor torques after the last step."""
        time = self._time()
        if self._cached is None or self._cached.stamp != time:
            states = self.client.p.getJointStates(self.body, self._joints, physicsClientId=self.client.id)
            position, velocity, _, effort = zip(*states, strict=True)
            self._cached = JointState.trusted(time, *frozen((position, velocity, effort)))
        return self._cached

    def add_work(self, time: float, duration: float, meters: Sequence[Callable[[PowerSample], None]] = ()) -> None:
        """Add the positive power of the motors to ``work``, as if it had lasted for ``duration`` s until now."""
        states = self.client.p.getJointStates(self.body, self._joints, physicsClientId=self.client.id)
        self.work += duration * sum(max(0.0, velocity * torque) for _, velocity, _, torque in states)
        if meters:
            _, velocities, _, torques = zip(*states, strict=True)
            sample = PowerSample(time, duration, self.name, velocities, torques)
            for meter in meters:
                meter(sample)

    def flange(self) -> Array:
        """Return the pose (4, 4) of the flange in world."""
        return self.client.link_frame(self.body, self.tool)

    def face(self, hand: GripperLinks) -> Array:
        """Return the pose (4, 4) in world of the face that a gripper is bolted to."""
        return self.client.link_frame(self.body, self.links[hand.body])

    def _indices(self, names: Iterable[str]) -> frozenset[int]:
        return frozenset(self.links[name] for name in names if name in self.links)

    def _disable_neighbour_collisions(self) -> None:
        """Disable collisions of own links with at most one link between them, or that touch at home."""
        p, cid = self.client.p, self.client.id
        dof = self.model.dof
        order = {index: min(index, dof - 1) for index in self.links.values()}
        for a, place_a in order.items():
            for b, place_b in order.items():
                if a >= b:
                    continue
                near = place_b - place_a <= 2
                if near or p.getClosestPoints(self.body, self.body, SELF_CLEARANCE, a, b, physicsClientId=cid):
                    p.setCollisionFilterPair(self.body, self.body, a, b, 0, physicsClientId=cid)


class PhysicsWrench:
    """``WrenchPlant`` over PyBullet's force/torque sensor at the flange joint."""

    def __init__(self, arm: PhysicsArm) -> None:
        self._arm = arm
        client = arm.client
        info: Any = client.p.getDynamicsInfo(arm.body, arm.tool, physicsClientId=client.id)
        # The sensor measures at the centre of mass, in the axes of the inertia.
        self._lever, self._axes = info[3], rotation_from_quaternion(info[4])

    def wrench(self) -> Wrench:
        """Return the wrench of the tool on the flange, at the flange's origin and in its axes."""
        client = self._arm.client
        reaction = np.array(
            client.p.getJointState(self._arm.body, self._arm.flange_joint, physicsClientId=client.id)[2]
        )
        force, torque = self._axes @ reaction[:3], self._axes @ reaction[3:]
        return Wrench.trusted(-force, -(torque + cross(self._lever, force.tolist())), "flange")

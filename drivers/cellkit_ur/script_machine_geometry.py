"""The part of a machine that provides the pose of the arm, and the geometry of its joints, tool and load."""

# ruff: noqa: D102  (what the methods mean stands in ``urscript.machine``)

from __future__ import annotations

from collections import deque
from typing import TypeAlias, cast

import numpy as np

from cellkit.devices.tool import Load, Tool
from cellkit.errors import PlanningError
from cellkit.geometry import Pose, inverse_transform
from cellkit_ur.control_box import ControlBox
from cellkit_ur.controller_state import ControllerState
from cellkit_ur.inertia import inertia_matrix, inertia_six
from cellkit_ur.protocol.base_frame import Six, from_vendor, matrix, six, to_vendor
from cellkit_ur.script_machine_io import MemoryMachine
from cellkit_ur.urscript import RuntimeException

Three: TypeAlias = tuple[float, float, float]
_STEADY = 1e-3  # rad/s
_HISTORY = 500


class SpaceMachine(MemoryMachine):
    """A machine with the pose of the arm and its kinematics."""

    now: ControllerState
    """The control step that runs."""

    def __init__(self, box: ControlBox) -> None:
        super().__init__(box)
        self._waypoint: Six | None = None
        self._history: deque[Six] = deque(maxlen=_HISTORY)

    def joints(self) -> Six:
        return cast(Six, self.now.motion.q)

    def joint_speeds(self) -> Six:
        return cast(Six, self.now.motion.qd)

    def target_joints(self) -> Six:
        return cast(Six, tuple(self.kernel.commanded()[0].tolist()))

    def target_joint_speeds(self) -> Six:
        return cast(Six, tuple(self.kernel.commanded()[1].tolist()))

    def tcp_pose(self) -> Six:
        return to_vendor(self.kernel.kinematics.forward(self.now.motion.q) @ self.kernel.tool.tcp.matrix)

    def target_tcp_pose(self) -> Six:
        return to_vendor(self.kernel.kinematics.forward(self.target_joints()) @ self.kernel.tool.tcp.matrix)

    def tcp_speed(self) -> Six:
        return self.now.motion.tcp_speed

    def target_tcp_speed(self) -> Six:
        return self.now.motion.target_tcp_speed

    def target_waypoint(self) -> Six:
        return self._waypoint or self.target_tcp_pose()

    def joints_before(self, steps: int) -> Six:
        history = self._history
        return history[max(0, len(history) - 1 - steps)] if history else self.joints()

    def is_steady(self) -> bool:
        return not self.kernel.moving and max(map(abs, self.now.motion.qd)) < _STEADY

    def forward(self, joints: Six, tcp: Six) -> Six:
        return to_vendor(self.kernel.kinematics.forward(joints) @ matrix(tcp))

    def inverse(self, pose: Six, near: Six, tcp: Six) -> Six | None:
        try:
            target = from_vendor(pose) @ inverse_transform(matrix(tcp))
            return cast(Six, tuple(self.kernel.kinematics.inverse(target, near).tolist()))
        except PlanningError:
            return None

    def within_safety_limits(self, joints: Six) -> bool:
        return self.kernel.kinematics.limits.violation(joints) is None

    def tcp_offset(self) -> Six:
        return six(self.kernel.tool.tcp.matrix)

    def set_tcp(self, pose: Six) -> None:
        tool = self.kernel.tool
        self.kernel.set_load(Tool(tool.name, Pose(matrix(pose), "flange"), tool.load), self.kernel.payload)

    def payload(self) -> tuple[float, Three, Six]:
        load = self.kernel.payload
        return load.mass, cast(Three, tuple(load.centre_of_gravity.tolist())), inertia_six(load.inertia)

    def set_payload(self, mass: float, cog: Three | None, inertia: Six | None) -> None:
        allowed = self.kernel.model.payload.value
        if mass < 0.0 or (allowed is not None and mass > allowed):
            raise RuntimeException(f"a payload of {mass:g} kg is outside 0 to {allowed} kg")
        centre = self.kernel.payload.centre_of_gravity if cog is None else np.array(cog)
        tool = self.kernel.tool
        # The vendor has one load: everything that is attached to the flange, tool included.
        turning = self.kernel.payload.inertia if inertia is None else inertia_matrix(inertia)
        self.kernel.set_load(Tool(tool.name, tool.tcp), Load(mass, centre, turning))

"""What clients set on a Franka controller, checked as strictly as the controller does it, and where it shows."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np

from cellkit.devices import Load, Tool
from cellkit.geometry import Array, Pose
from cellkit_franka.follower import is_rigid
from cellkit_franka.protocol.robot import Command, Setting
from cellkit_franka.protocol.state import StateWriter

IDENTITY = (1.0, 0.0, 0.0, 0.0, 0.0, 1.0, 0.0, 0.0, 0.0, 0.0, 1.0, 0.0, 0.0, 0.0, 0.0, 1.0)
STIFFEST_JOINT = 14250.0
"""Nm/rad; the stiffness that the vendor's manual names as the largest, from memory."""


class FciSettings:
    """End effector, load, thresholds and stiffnesses. The nominal end effector is the bare flange."""

    def __init__(self, payload: float | None) -> None:
        self.nominal: tuple[float, ...] = IDENTITY
        self.end_effector: tuple[float, ...] = IDENTITY
        self.stiffness_frame: tuple[float, ...] = IDENTITY
        self.mass = 0.0
        self.centre: tuple[float, ...] = (0.0,) * 3
        self.inertia: tuple[float, ...] = (0.0,) * 9
        self.others: dict[Command, tuple[float, ...]] = {}
        self._payload = math.inf if payload is None else payload

    def accept(self, setting: Setting) -> bool:
        """Take a setting; False when its argument is invalid."""
        numbers, command = setting.numbers, setting.command
        if not all(map(math.isfinite, numbers)) or not self._valid(command, numbers):
            return False
        if command is Command.SET_NE_TO_EE:
            self.end_effector = numbers
        elif command is Command.SET_EE_TO_K:
            self.stiffness_frame = numbers
        elif command is Command.SET_LOAD:
            self.mass, self.centre, self.inertia = numbers[0], numbers[1:4], numbers[4:]
        self.others[command] = numbers
        return True

    def _valid(self, command: Command, numbers: tuple[float, ...]) -> bool:
        if command is Command.SET_NE_TO_EE or command is Command.SET_EE_TO_K:
            return is_rigid(numbers)
        if command is Command.SET_LOAD:
            return 0.0 <= numbers[0] <= self._payload and _is_inertia(numbers[4:])
        if command is Command.SET_COLLISION_BEHAVIOR:
            return min(numbers) > 0.0 and _ordered(numbers)
        if command is Command.SET_JOINT_IMPEDANCE:
            return all(0.0 <= value <= STIFFEST_JOINT for value in numbers)
        if command is Command.SET_CARTESIAN_IMPEDANCE:
            # The ranges that libfranka's documentation names.
            return all(10.0 <= v <= 3000.0 for v in numbers[:3]) and all(1.0 <= v <= 300.0 for v in numbers[3:])
        return True

    @property
    def flange_to_end_effector(self) -> Array:
        """(4, 4) the end effector in the flange."""
        return matrix(self.nominal) @ matrix(self.end_effector)

    def tool(self) -> Tool:
        """Return the tool for the kernel."""
        return Tool("end effector", Pose(self.flange_to_end_effector, "flange"))

    def load(self) -> Load:
        """Return the load on the flange."""
        return Load(self.mass, np.array(self.centre), np.array(self.inertia).reshape(3, 3).T)

    def write(self, writer: StateWriter) -> None:
        """Show it in the state."""
        writer.put("F_T_EE", self.flange_to_end_effector.T.ravel().tolist())
        writer.put("F_T_NE", self.nominal)
        writer.put("NE_T_EE", self.end_effector)
        writer.put("EE_T_K", self.stiffness_frame)
        writer.put("m_load", (self.mass,))
        writer.put("F_x_Cload", self.centre)
        writer.put("I_load", self.inertia)


def matrix(numbers: Sequence[float]) -> Array:
    """(4, 4) of 16 column-major numbers."""
    return np.array(numbers).reshape(4, 4).T


def _ordered(numbers: Sequence[float]) -> bool:
    """Every lower threshold is not above its upper one: pairs of 7, 7, 6 and 6."""
    start = 0
    for count in (7, 7, 6, 6):
        lower, upper = numbers[start : start + count], numbers[start + count : start + 2 * count]
        if any(low > high for low, high in zip(lower, upper, strict=True)):
            return False
        start += 2 * count
    return True


def _is_inertia(numbers: Sequence[float]) -> bool:
    tensor = np.array(numbers).reshape(3, 3)
    return bool(np.abs(tensor - tensor.T).max() <= 1e-9 and np.linalg.eigvalsh(tensor).min() >= -1e-9)

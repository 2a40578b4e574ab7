"""The joints of an arm, and where they are to be."""

from __future__ import annotations

from typing import Protocol

from cellkit.geometry import Array
from cellkit.joints import JointState


class Setpoints(Protocol):
    """Where the joints of an arm are to be, at any cell time."""

    def sample(self, t: float) -> tuple[Array, Array]:
        """Joint positions (n,) in rad and velocities (n,) in rad/s at cell time ``t`` (s)."""

    def position(self, t: float) -> list[float]:
        """The positions alone, for a world that asks at every step."""


class ArmPlant(Protocol):
    """The joints of one arm."""

    def follow(self, source: Setpoints) -> None:
        """Track ``source`` from now on, in place of the one before."""

    def state(self) -> JointState:
        """The joints as they are now."""

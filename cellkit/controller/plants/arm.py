"""The plant of an arm: its joints, and the set-points that they follow."""

from __future__ import annotations

from typing import Protocol

from cellkit.geometry import Array
from cellkit.joints import JointState


class Setpoints(Protocol):
    """A source of joint set-points for any cell time."""

    def sample(self, t: float) -> tuple[Array, Array]:
        """Return joint positions (n,) in rad and velocities (n,) in rad/s at cell time ``t`` (s)."""

    def position(self, t: float) -> list[float]:
        """Return only the positions (n,) in rad, for a world that reads them at every step."""


class ArmPlant(Protocol):
    """The joints of one arm."""

    def follow(self, source: Setpoints) -> None:
        """Follow ``source`` from now on, in place of the earlier source."""

    def state(self) -> JointState:
        """Return the present state of the joints."""

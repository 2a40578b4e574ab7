"""Optional abilities of devices, as small interfaces.

A program checks for an ability with ``isinstance``. The conformance suite tests each ability that a driver has.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from dataclasses import dataclass

from cellkit.devices.device import Device
from cellkit.geometry import Array, Pose


class Servoing(ABC):
    """An arm that follows joint set-points streamed by the program."""

    @abstractmethod
    async def servo_joint(self, joints: Array) -> None:
        """Move towards ``joints`` (n,) in rad at once, within the joint limits.

        The call returns before the arm has arrived. A later call replaces the set-point; ``stop()`` ends the
        movement. Raises the errors of ``Arm.move_joint``.
        """


class Freedrive(ABC):
    """An arm that can be led by hand."""

    @abstractmethod
    async def set_freedrive(self, on: bool) -> None:
        """Switch freedrive on or off.

        While it is on, a person can move the arm by hand, and motions raise ``CommandRejected``. Off: the arm holds
        its position again.
        """


@dataclass(frozen=True, slots=True, eq=False)
class LocatedPart:
    """A part that a vision system has located; ``pose`` is in the frame that it names (usually ``world``)."""

    name: str
    pose: Pose


class Locating(Device):
    """A camera or vision system that reports the poses of known parts."""

    async def locate(self, kind: str) -> list[LocatedPart]:
        """Return the parts of a kind that are in view, in a stable order.

        Raises ``CommandRejected`` for an unknown kind and ``ConnectionLost``.
        """
        self._require_open()
        with self._reporting("locate"):
            return await self._locate(kind)

    @abstractmethod
    async def _locate(self, kind: str) -> list[LocatedPart]:
        """Return the parts of a kind that are in view (driver hook).

        Must raise ``CommandRejected`` for an unknown kind.
        """

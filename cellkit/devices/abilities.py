"""Optional abilities, as small interfaces. Narrow with ``isinstance``; the conformance suite switches on them."""

from __future__ import annotations

from abc import ABC, abstractmethod
from dataclasses import dataclass

from cellkit.devices.device import Device
from cellkit.geometry import Array, Pose


class Servoing(ABC):
    """An arm that follows joint set-points streamed by the program."""

    @abstractmethod
    async def servo_joint(self, joints: Array) -> None:
        """Go towards ``joints`` (n,) in rad at once, within the limits; a later call takes over.

        Raises what ``Arm.move_joint`` raises. ``stop()`` ends it.
        """


class Freedrive(ABC):
    """An arm that can be led by hand."""

    @abstractmethod
    async def set_freedrive(self, on: bool) -> None:
        """Let the arm be moved by hand, or hold it again. Motions are refused while it is on."""


@dataclass(frozen=True, slots=True, eq=False)
class LocatedPart:
    """A part that a vision system has found; ``pose`` in the frame the locator states (default ``world``)."""

    name: str
    pose: Pose


class Locating(Device):
    """A camera or vision system that reports where known parts lie."""

    async def locate(self, kind: str) -> list[LocatedPart]:
        """The parts of a kind in view, in a stable order. Raises ``CommandRejected`` for an unknown kind."""
        self._require_open()
        with self._telling("locate"):
            return await self._locate(kind)

    @abstractmethod
    async def _locate(self, kind: str) -> list[LocatedPart]:
        """Hook: look, and tell what was found. Raise ``CommandRejected`` for an unknown kind."""

"""What a driver package provides so that the driver contract can try it: its devices over virtual controllers.

A package names one class in ``DriverSpec.rig`` ("module:Class"), a :class:`DriverRig`. For every single test the suite
asks it for a fresh :class:`ArmRig`, :class:`JawsRig`, :class:`VacuumRig` or :class:`IoRig`: one device that was never
connected, over a virtual controller in a kinematic world, and switches for what can go wrong there. Everything is
made and called inside a running event loop, on the cell's clock.

What a rig says about the mechanics (``true_…``) is measured at the plant, never asked of the driver: whether an arm
stands is not the driver's to say.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from enum import Enum
from typing import Protocol, runtime_checkable

from cellkit.devices import (
    Arm,
    Device,
    DigitalIO,
    Fault,
    Gripper,
    OperationalMode,
    ParallelGripper,
    VacuumGripper,
    Workpiece,
)
from cellkit.geometry import Array


class Kind(Enum):
    """Kinds of devices that there is a contract for."""

    ARM = "arm"
    JAWS = "jaws"
    VACUUM = "vacuum"
    IO = "io"


class DeviceRig(Protocol):
    """One device that was never connected, and the line to its controller."""

    @property
    def device(self) -> Device:
        """The device under test, from ``start()`` on; always the same one."""

    @property
    def lacks(self) -> Mapping[str, str]:
        """Switches of this rig that the maker's controller has no counterpart for, each with why.

        Tests that need one are skipped with that reason. Use it sparingly: what is not tried is not known.
        """

    async def start(self) -> None:
        """Bring the virtual controller up; the device stays unconnected. Called once, first."""

    async def finish(self) -> None:
        """Take everything down again, whatever state it is in, leaving no task behind. Called once, last."""

    def drop_link(self) -> None:
        """Cut the line between device and controller, now."""

    def restore_link(self) -> None:
        """Mend the line; the device has to connect anew."""


class ArmRig(DeviceRig, Protocol):
    """An arm at its home position."""

    @property
    def device(self) -> Arm:
        """The arm under test."""

    def true_joints(self) -> Array:
        """(n,) joint positions in rad as they are at the plant, now."""

    def protective_stop(self) -> None:
        """The safety controller stops the arm."""

    def press_emergency_stop(self) -> None:
        """Somebody presses the button."""

    def release_emergency_stop(self) -> None:
        """Somebody pulls the button out again."""

    def raise_fault(self) -> Fault:
        """The controller finds a fault that can be cleared; what the device must report of it (code and text)."""

    async def set_mode(self, mode: OperationalMode) -> None:
        """Somebody turns the key switch."""

    def stall(self) -> None:
        """From now on the controller accepts motions and never finishes one, nor complains."""


class GripperRig(DeviceRig, Protocol):
    """A gripper on an arm that stands still."""

    @property
    def device(self) -> Gripper:
        """The gripper under test."""

    def put_part(self, part: Workpiece) -> None:
        """Put a part where the open gripper grasps it."""

    def lose_part(self) -> None:
        """The part that is held slips out or breaks away."""

    def holds_part(self) -> bool:
        """Whether the mechanics hold a part, now."""


class JawsRig(GripperRig, Protocol):
    """A parallel gripper, wide open."""

    @property
    def device(self) -> ParallelGripper:
        """The gripper under test."""

    def true_width(self) -> float:
        """Opening width in m at the plant, now."""


class VacuumRig(GripperRig, Protocol):
    """A vacuum gripper, suction off."""

    @property
    def device(self) -> VacuumGripper:
        """The gripper under test."""


class IoRig(DeviceRig, Protocol):
    """Digital signals with at least one input and one output, all of them off."""

    @property
    def device(self) -> DigitalIO:
        """The signals under test."""

    def set_input(self, signal: str, value: bool) -> None:
        """The station sets one of the cell's inputs."""

    def output(self, signal: str) -> bool:
        """What the station sees of one of the cell's outputs, now."""


@runtime_checkable
class DriverRig(Protocol):
    """What ``DriverSpec.rig`` names: a class, made without arguments, that offers one rig per test."""

    def offers(self) -> Mapping[Kind, Sequence[str]]:
        """Kinds of devices, each with the ids of the models it can be tried with, the usual one first.

        No ids at all for a kind that knows no models.
        """

    def rig(self, kind: Kind, model: str | None) -> DeviceRig:
        """A fresh rig of an offered kind; ``model`` is an id or the path of a model file, None: the usual one."""

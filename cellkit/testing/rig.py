"""What a driver package provides so that the driver contract can try it: its devices over virtual controllers.

A package names one class in ``DriverSpec.rig`` ("module:Class"), a :class:`DriverRig`. For every single test the suite
asks it for a fresh rig of one kind, :class:`ArmRig`, :class:`JawsRig`, :class:`IoRig` and so on: one device that was
never connected, over a pretended one, and switches for what can go wrong there. Everything is made and called inside a
running event loop, on the cell's clock.

What a rig says about the mechanics (``true_…``) is measured at the plant, never asked of the driver: whether an arm
stands is not the driver's to say.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Protocol, runtime_checkable

from cellkit.controller.plants.machine_tool import MachineTool
from cellkit.devices import (
    AnalogIO,
    Arm,
    Camera,
    CodeReader,
    Device,
    DigitalIO,
    Fault,
    ForceTorqueSensor,
    Gripper,
    Machine,
    OperationalMode,
    ParallelGripper,
    ProximitySensor,
    RangeScanner,
    VacuumGripper,
    Workpiece,
)
from cellkit.geometry import Array, Wrench
from cellkit.registry import Kind as Kind  # noqa: PLC0414 - drivers find it here


class DeviceRig(Protocol):
    """One device that was never connected, and the line to its controller."""

    device: Device
    """The device under test, from ``start()`` on; always the same one."""

    lacks: Mapping[str, str]
    """Switches of this rig that the vendor's controller has no counterpart for, each with why.

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

    device: Arm
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

    device: Gripper
    """The gripper under test."""

    def put_part(self, part: Workpiece) -> None:
        """Put a part where the open gripper grasps it."""

    def lose_part(self) -> None:
        """The part that is held slips out or breaks away."""

    def holds_part(self) -> bool:
        """Whether the mechanics hold a part, now."""


class JawsRig(GripperRig, Protocol):
    """A parallel gripper, wide open."""

    device: ParallelGripper
    """The gripper under test."""

    def true_width(self) -> float:
        """Opening width in m at the plant, now."""


class VacuumRig(GripperRig, Protocol):
    """A vacuum gripper, suction off."""

    device: VacuumGripper
    """The gripper under test."""


class IoRig(DeviceRig, Protocol):
    """Digital signals with at least one input and one output, all of them off."""

    device: DigitalIO
    """The signals under test."""

    def set_input(self, signal: str, value: bool) -> None:
        """The station sets one of the cell's inputs."""

    def output(self, signal: str) -> bool:
        """What the station sees of one of the cell's outputs, now."""


class AnalogRig(DeviceRig, Protocol):
    """Analog signals with at least one input and one output, all of them at the lower end of their range."""

    device: AnalogIO
    """The signals under test."""

    def set_input(self, signal: str, share: float | None) -> None:
        """The station puts an input at a share (0 to 1) of its range; None: its wire breaks."""

    def output(self, signal: str) -> float:
        """What the station sees of an output, as a share of its range."""


class ForceTorqueRig(DeviceRig, Protocol):
    """A force/torque sensor with nothing on it."""

    device: ForceTorqueSensor
    """The sensor under test."""

    def put_wrench(self, wrench: Wrench) -> None:
        """Hang something on the sensor (frame ``flange``)."""


class ProximityRig(DeviceRig, Protocol):
    """A beam with nothing in it."""

    device: ProximitySensor
    """The sensor under test."""

    def put_distance(self, distance: float | None) -> None:
        """Something stands so many m away, within the sensor's range; None: nothing does; NaN: glare."""


class ScannerRig(DeviceRig, Protocol):
    """A scanner in an empty room, with one field called ``near``: 1 m forwards, 0.5 m to each side."""

    device: RangeScanner
    """The scanner under test."""

    def put_post(self, distance: float | None, direction: float = 0.0) -> None:
        """A post 0.1 m wide stands so many m away, in a direction (rad); None: the room is empty."""

    def dazzle(self) -> None:
        """From now on all beams see glare."""

    def repeat(self) -> None:
        """From now on the scanner measures nothing new."""


class CodeReaderRig(DeviceRig, Protocol):
    """A reader with nothing before it."""

    device: CodeReader
    """The reader under test."""

    def put_label(self, text: str | None) -> None:
        """Hold a label before the reader."""

    def stall(self) -> None:
        """From now on the reader never answers a trigger."""


class MachineRig(DeviceRig, Protocol):
    """A machine tool with its door closed and its chuck open."""

    device: Machine
    """What the machine tells."""

    @property
    def machine(self) -> MachineTool:
        """The machine itself."""


class CameraRig(DeviceRig, Protocol):
    """A camera that looks straight down on a plate ``depth`` m away, with a red part on it."""

    depth: float

    device: Camera
    """The camera under test."""


@runtime_checkable
class DriverRig(Protocol):
    """What ``DriverSpec.rig`` names: a class, made without arguments, that offers one rig per test."""

    def offers(self) -> Mapping[Kind, Sequence[str]]:
        """Kinds of devices, each with the ids of the models it can be tried with, the usual one first.

        No ids at all for a kind that knows no models.
        """

    def rig(self, kind: Kind, model: str | None) -> DeviceRig:
        """A fresh rig of an offered kind; ``model`` is an id or the path of a model file, None: the usual one."""

"""Blocking wrappers of the open interfaces. Written by ``python -m cellkit.blocking.generate``: do not edit.

Every method does the same as in ``cellkit.devices``, and returns or raises when its work has ended.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager
from typing import Any, ClassVar, Self

from cellkit.blocking.portal import Scope
from cellkit.blocking.wrapper import BlockingWrapper, wrap
from cellkit.cell import cell
from cellkit.devices import (
    abilities,
    actuator,
    analog_io,
    arm,
    camera,
    code_reader,
    device,
    digital_io,
    force_torque,
    gripper,
    machine,
    observed,
    parallel_gripper,
    proximity,
    scanner,
    vacuum_gripper,
)
from cellkit.devices.abilities import LocatedPart
from cellkit.devices.analog_io import AnalogSignal
from cellkit.devices.arm import ArmState
from cellkit.devices.camera import CameraImage
from cellkit.devices.device import DeviceEvent, Lifecycle
from cellkit.devices.force_torque import WrenchReading
from cellkit.devices.gripper import GripResult
from cellkit.devices.machine import Clamping, Execution, MachineState
from cellkit.devices.motion import Waypoint
from cellkit.devices.parallel_gripper import JawsState
from cellkit.devices.scanner import Field, Scan
from cellkit.devices.tool import Tool
from cellkit.devices.vacuum_gripper import VacuumState
from cellkit.devices.workpiece import Workpiece
from cellkit.geometry import Array, Pose
from cellkit.joints import JointLimits
from cellkit.masses import Load
from cellkit.models.arm import ArmModel
from cellkit.models.gripper import ParallelGripperModel, VacuumGripperModel
from cellkit.models.sensor import ForceTorqueModel, ScannerModel
from cellkit.motion.kinematics import ArmKinematics


class Freedrive(BlockingWrapper):
    """An arm that can be led by hand."""

    asynchronous: ClassVar[type] = abilities.Freedrive
    _of: abilities.Freedrive

    def set_freedrive(self, on: bool) -> None:
        """Let the arm be moved by hand, or hold it again. Motions are refused while it is on."""
        self._portal.call(lambda: self._of.set_freedrive(on))


class Servoing(BlockingWrapper):
    """An arm that follows joint set-points streamed by the program."""

    asynchronous: ClassVar[type] = abilities.Servoing
    _of: abilities.Servoing

    def servo_joint(self, joints: Array) -> None:
        """Go towards ``joints`` (n,) in rad at once, within the limits; a later call takes over.

        Raises what ``Arm.move_joint`` raises. ``stop()`` ends it.
        """
        self._portal.call(lambda: self._of.servo_joint(joints))


class Device(BlockingWrapper):
    """A device under its role name. Subclass one of the open interfaces, not this."""

    asynchronous: ClassVar[type] = device.Device
    _of: device.Device

    @property
    def name(self) -> str:
        """The ``name`` of the original."""
        return self._of.name

    @property
    def lifecycle(self) -> Lifecycle:
        """Closed, open, or lost."""
        return self._of.lifecycle

    def connect(self) -> None:
        """Open the device. Does nothing when it is open already. Raises ``ConnectionFailed``."""
        self._portal.call(self._of.connect)

    def close(self) -> None:
        """Close the device, stopping it first. Does nothing when it is closed already."""
        self._portal.call(self._of.close)

    def __enter__(self) -> Self:
        self.connect()
        return self

    def __exit__(self, *_exception: object) -> None:
        self.close()

    def on_event(self, listener: Callable[[DeviceEvent], None]) -> Callable[[], None]:
        """Call ``listener`` for every event; the function returned ends that. Listeners observe, never control."""
        return self._portal.do(lambda: self._of.on_event(listener))


class Locating(Device):
    """A camera or vision system that reports where known parts lie."""

    asynchronous: ClassVar[type] = abilities.Locating
    _of: abilities.Locating

    def locate(self, kind: str) -> list[LocatedPart]:
        """The parts of a kind in view, in a stable order. Raises ``CommandRejected`` for an unknown kind."""
        return self._portal.call(lambda: self._of.locate(kind))


class Actuator(Device):
    """A device that moves. One command at a time; cancelling, timing out or losing one stops the device."""

    asynchronous: ClassVar[type] = actuator.Actuator
    _of: actuator.Actuator

    @property
    def busy(self) -> bool:
        """Whether a command is running, or being stopped."""
        return self._of.busy

    def stop(self) -> None:
        """Stop now, in any state; whoever waits for a command gets ``MotionAborted``. A functional stop.

        Does nothing on a closed device. Raises ``ConnectionLost`` when the stop cannot be delivered.
        """
        self._portal.call(self._of.stop)

    @property
    def held(self) -> bool:
        """Whether commands that come now have to wait."""
        return self._of.held

    def hold(self) -> None:
        """Let commands that come from now on wait until ``resume()``; the one that runs goes on to its end.

        A stop, closing and a lost link end the hold as well; whoever waits then hears of that.
        """
        self._portal.do(self._of.hold)

    def resume(self) -> None:
        """End a hold: what waits begins. Does nothing where there is none."""
        self._portal.do(self._of.resume)


class Camera(Device):
    """An RGB-D camera."""

    asynchronous: ClassVar[type] = camera.Camera
    _of: camera.Camera

    def capture(self) -> CameraImage:
        """Take a picture."""
        return self._portal.call(self._of.capture)


class Observed(Device):
    """A device whose changes can be waited for; a lost link or closing ends every wait."""

    asynchronous: ClassVar[type] = observed.Observed
    _of: observed.Observed


class AnalogIO(Observed):
    """Named analog inputs and outputs, as the cell sees them: it reads inputs and writes outputs."""

    asynchronous: ClassVar[type] = analog_io.AnalogIO
    _of: analog_io.AnalogIO

    @property
    def inputs(self) -> dict[str, AnalogSignal]:
        """The ``inputs`` of the original."""
        return self._of.inputs

    @property
    def outputs(self) -> dict[str, AnalogSignal]:
        """The ``outputs`` of the original."""
        return self._of.outputs

    def read(self, signal: str) -> float:
        """The value of an input, or what an output was last set to, in the signal's unit.

        Raises ``DeviceFault`` for an input whose wire is broken, where the terminal notices.
        """
        return self._portal.call(lambda: self._of.read(signal))

    def write(self, signal: str, value: float) -> None:
        """Set an output. Raises ``LimitViolation`` outside its range and ``CommandRejected`` for an input."""
        self._portal.call(lambda: self._of.write(signal, value))

    def wait_for(
        self,
        signal: str,
        *,
        above: float | None = None,
        below: float | None = None,
        timeout: float = 60.0,
    ) -> float:
        """Wait until a signal is above (or below, or between) what is given, and return its value.

        Raises ``MotionTimeout`` and what ``read`` raises.
        """
        return self._portal.call(lambda: self._of.wait_for(signal, above=above, below=below, timeout=timeout))


class Arm(Actuator):
    """A robot arm with any number of joints.

    Joint arrays have shape (n,) and are in rad. Poses are those of the TCP and carry their frame: ``base``,
    ``tcp`` (relative to where the TCP is) or a frame made known with ``set_frame``. ``speed`` is a share of the
    joint limits for joint motions (0 to 1], and m/s along the path for Cartesian ones.

    Every motion raises ``CommandRejected`` (or one of its kinds) when refused before anything moved,
    ``MotionAborted`` after a stop, ``MotionTimeout``, ``ProtectiveStop``, ``EmergencyStop``, ``DeviceFault``,
    ``ConnectionLost``.
    """

    asynchronous: ClassVar[type] = arm.Arm
    _of: arm.Arm

    @property
    def model(self) -> ArmModel:
        """The ``model`` of the original."""
        return self._of.model

    @property
    def kinematics(self) -> ArmKinematics:
        """Forward and inverse kinematics of the bare arm, flange in base."""
        return self._of.kinematics

    @property
    def limits(self) -> JointLimits:
        """The joint limits."""
        return self._of.limits

    @property
    def home(self) -> Array:
        """(n,) home position in rad, from the model: tool pointing down in front of the base."""
        return self._of.home

    @property
    def frames(self) -> tuple[str, ...]:
        """The frames that a pose may be given in."""
        return self._of.frames

    @property
    def tool(self) -> Tool:
        """The tool that poses refer to."""
        return self._of.tool

    @property
    def payload(self) -> Load:
        """The load carried in addition to the tool."""
        return self._of.payload

    def state(self) -> ArmState:
        """The arm as the device last reported it."""
        return self._portal.call(self._of.state)

    def set_frame(self, name: str, pose: Pose) -> None:
        """Make a frame known, by its pose in a frame that is known already."""
        self._portal.do(lambda: self._of.set_frame(name, pose))

    def set_tool(self, tool: Tool) -> None:
        """Change the tool. Raises ``LimitViolation``, with both figures, when tool and payload together are too heavy,
        or the tool is made for another flange.
        """
        self._portal.call(lambda: self._of.set_tool(tool))

    def set_payload(self, load: Load) -> None:
        """Change the load carried beside the tool. Raises ``LimitViolation`` with both figures."""
        self._portal.call(lambda: self._of.set_payload(load))

    def set_speed_override(self, share: float) -> None:
        """Scale the speed of all motions, the running one too, to ``share`` of what is programmed (0 to 1)."""
        self._portal.call(lambda: self._of.set_speed_override(share))

    def recover(self) -> None:
        """Clear a protective stop, a released emergency stop or a recoverable fault by the vendor's own sequence.

        Raises ``EmergencyStop`` while the button is still pressed and ``DeviceFault`` for what it cannot clear.
        """
        self._portal.call(self._of.recover)

    def move_joint(
        self,
        target: Sequence[float] | Array,
        *,
        speed: float = 1.0,
        acceleration: float = 1.0,
        timeout: float = 120.0,
        replace: bool = False,
    ) -> None:
        """Move all joints to ``target`` (n,) in rad, together, as fast as ``speed`` allows (MoveAxesAbsolute)."""
        self._portal.call(
            lambda: self._of.move_joint(
                target, speed=speed, acceleration=acceleration, timeout=timeout, replace=replace
            )
        )

    def move_pose(
        self,
        target: Pose,
        *,
        speed: float = 1.0,
        acceleration: float = 1.0,
        timeout: float = 120.0,
        replace: bool = False,
    ) -> None:
        """Move the TCP to a pose, joint-interpolated, in the configuration nearest to now (MoveDirectAbsolute)."""
        self._portal.call(
            lambda: self._of.move_pose(target, speed=speed, acceleration=acceleration, timeout=timeout, replace=replace)
        )

    def move_linear(
        self,
        target: Pose,
        *,
        speed: float | None = None,
        acceleration: float | None = None,
        timeout: float = 120.0,
        replace: bool = False,
    ) -> None:
        """Move the TCP on a straight line (MoveLinearAbsolute). Defaults: the model's Cartesian limits."""
        self._portal.call(
            lambda: self._of.move_linear(
                target, speed=speed, acceleration=acceleration, timeout=timeout, replace=replace
            )
        )

    def move_circular(
        self,
        via: Pose,
        target: Pose,
        *,
        speed: float | None = None,
        acceleration: float | None = None,
        timeout: float = 120.0,
        replace: bool = False,
    ) -> None:
        """Move the TCP on an arc through the position of ``via`` (MoveCircularAbsolute)."""
        self._portal.call(
            lambda: self._of.move_circular(
                via, target, speed=speed, acceleration=acceleration, timeout=timeout, replace=replace
            )
        )

    def move_path(
        self,
        waypoints: Sequence[Waypoint],
        *,
        speed: float | None = None,
        acceleration: float | None = None,
        timeout: float = 120.0,
        replace: bool = False,
    ) -> None:
        """Move the TCP through all waypoints on straight lines, blended within their radii, without stopping."""
        self._portal.call(
            lambda: self._of.move_path(
                waypoints, speed=speed, acceleration=acceleration, timeout=timeout, replace=replace
            )
        )

    def nearest(self, candidates: Sequence[Pose]) -> Pose:
        """The one of several equally good poses that the arm reaches with the least joint travel from now.

        One at which a joint is all but at its end comes last: a straight way to or from there would end half-way.
        Raises ``OutOfReach``, with the reason for the last one, when it reaches none.
        """
        return self._portal.call(lambda: self._of.nearest(candidates))


class CodeReader(Actuator):
    """A reader that is triggered and answers with a text. One reading at a time; ``stop()`` ends it."""

    asynchronous: ClassVar[type] = code_reader.CodeReader
    _of: code_reader.CodeReader

    def read_code(self, *, timeout: float = 5.0, replace: bool = False) -> str | None:
        """Trigger, and return the text; None when the reader found nothing to read.

        Raises ``MotionTimeout`` when it does not answer in time, ``MotionAborted``, ``ConnectionLost``.
        """
        return self._portal.call(lambda: self._of.read_code(timeout=timeout, replace=replace))


class DigitalIO(Observed):
    """Named digital inputs and outputs, as the cell sees them: it reads inputs and writes outputs."""

    asynchronous: ClassVar[type] = digital_io.DigitalIO
    _of: digital_io.DigitalIO

    @property
    def inputs(self) -> tuple[str, ...]:
        """The ``inputs`` of the original."""
        return self._of.inputs

    @property
    def outputs(self) -> tuple[str, ...]:
        """The ``outputs`` of the original."""
        return self._of.outputs

    def read(self, signal: str) -> bool:
        """The value of an input, or what an output was last set to."""
        return self._portal.call(lambda: self._of.read(signal))

    def write(self, signal: str, value: bool) -> None:
        """Set an output. Raises ``CommandRejected`` for an input or an unknown signal."""
        self._portal.call(lambda: self._of.write(signal, value))

    def wait_for(self, signal: str, value: bool = True, *, timeout: float = 60.0) -> None:
        """Wait until a signal has a value. Raises ``MotionTimeout`` and ``ConnectionLost``."""
        self._portal.call(lambda: self._of.wait_for(signal, value, timeout=timeout))

    def pulse(self, signal: str, seconds: float = 0.1) -> None:
        """Set an output for a moment; it is reset even when the wait is cancelled."""
        self._portal.call(lambda: self._of.pulse(signal, seconds))


class ForceTorqueSensor(Observed):
    """A six-axis sensor at the flange: what the tool exerts on the arm, in frame ``flange``."""

    asynchronous: ClassVar[type] = force_torque.ForceTorqueSensor
    _of: force_torque.ForceTorqueSensor

    @property
    def model(self) -> ForceTorqueModel | None:
        """The ``model`` of the original."""
        return self._of.model

    def read(self) -> WrenchReading:
        """The newest measurement, less the bias taken by ``zero()``.

        Raises ``DeviceFault`` for a saturated one (code ``out-of-range``, or the vendor's) and ``ConnectionLost`` when
        there is none that is fresh.
        """
        return self._portal.call(self._of.read)

    def zero(self) -> None:
        """Take what is measured now as zero (the tool's weight, in this orientation)."""
        self._portal.call(self._of.zero)

    def wait_for(self, force: float, *, along: Sequence[float] | None = None, timeout: float = 60.0) -> float:
        """Wait until ``force`` (N) is reached and return what was measured then; every sample is looked at.

        Its magnitude counts, or with ``along`` (3,) its component in that direction of ``flange``. Raises
        ``MotionTimeout`` and what ``read`` raises.
        """
        return self._portal.call(lambda: self._of.wait_for(force, along=along, timeout=timeout))

    def wait_until(self, felt: Callable[[Array], bool], *, timeout: float = 60.0) -> Array:
        """Wait until ``felt`` says so of the force, (3,) in N in frame ``flange``, and return it; it is asked about
        every sample. Raises ``MotionTimeout`` and what ``read`` raises.
        """
        return self._portal.call(lambda: self._of.wait_until(felt, timeout=timeout))


class Gripper(Actuator):
    """What every gripper does. The TCP lies between the pads or on the face of the cup, z out of the tool."""

    asynchronous: ClassVar[type] = gripper.Gripper
    _of: gripper.Gripper

    @property
    def model(self) -> ParallelGripperModel | VacuumGripperModel:
        """The ``model`` of the original."""
        return self._of.model

    @property
    def holding(self) -> bool:
        """Whether the last grip found a part that has not been released or lost since."""
        return self._of.holding

    def grip(
        self,
        part: Workpiece | None = None,
        *,
        force: float | None = None,
        timeout: float = 30.0,
        replace: bool = False,
    ) -> GripResult:
        """Close or suck, and say what was found. ``force`` in N; default: what ``part`` needs, else the model's middle.

        Raises ``LimitViolation`` before anything moves when the part does not suit the gripper.
        """
        return self._portal.call(lambda: self._of.grip(part, force=force, timeout=timeout, replace=replace))

    def release(self, part: Workpiece | None = None, *, timeout: float = 30.0, replace: bool = False) -> None:
        """Let go, opening no further than ``part`` needs (wide open without one)."""
        self._portal.call(lambda: self._of.release(part, timeout=timeout, replace=replace))

    def recover(self) -> None:
        """Clear a fault by the vendor's own sequence; the fingers may move. Does nothing where there is none.

        Raises ``DeviceBusy`` while a command runs and ``DeviceFault`` for what it cannot clear.
        """
        self._portal.call(self._of.recover)

    def check(self, part: Workpiece) -> None:
        """Raise ``LimitViolation``, with both figures, when this gripper cannot hold the part."""
        self._portal.do(lambda: self._of.check(part))

    def grasp(self, part: Workpiece) -> Pose:
        """Where the TCP belongs on a part, as a pose in the part's own frame."""
        return self._portal.do(lambda: self._of.grasp(part))

    def grasp_poses(self, part: Workpiece, at: Pose) -> list[Pose]:
        """TCP poses, all equally good, that grasp (or put down) a part lying at ``at``; in the frame of ``at``."""
        return self._portal.do(lambda: self._of.grasp_poses(part, at))

    def guard(self) -> AbstractContextManager[None]:
        """Inside this block, losing the part ends whatever is awaited and raises ``GraspLost``.

        So does losing the link, with ``ConnectionLost``: from then on nobody would tell. Raises either at once when it
        is so already.
        """
        return Scope(self._portal, self._of.guard)


class Machine(Observed):
    """A machine tool. Events tell what its program does (``execution``), whenever that changes."""

    asynchronous: ClassVar[type] = machine.Machine
    _of: machine.Machine

    def state(self) -> MachineState:
        """The machine as it was last reported. Raises ``ConnectionLost`` when the report is too old."""
        return self._portal.call(self._of.state)

    def wait_for(
        self,
        *,
        door: Clamping | None = None,
        chuck: Clamping | None = None,
        execution: Execution | None = None,
        timeout: float = 60.0,
    ) -> MachineState:
        """Wait until everything that is named is reported.

        Raises ``DeviceFault`` when the machine reports a fault or is not available, ``MotionTimeout``,
        ``ConnectionLost``.
        """
        return self._portal.call(
            lambda: self._of.wait_for(door=door, chuck=chuck, execution=execution, timeout=timeout)
        )


class ProximitySensor(Observed):
    """A beam: whether something is in it, and how far away."""

    asynchronous: ClassVar[type] = proximity.ProximitySensor
    _of: proximity.ProximitySensor

    def distance(self) -> float | None:
        """Distance (m) to what is in the beam; None when nothing is within range.

        Raises ``DeviceFault`` when the sensor says that it cannot measure, ``ConnectionLost`` when it is silent.
        """
        return self._portal.call(self._of.distance)

    def present(self, within: float | None = None) -> bool:
        """Whether something is in the beam, or nearer than ``within`` (m) where the beam ends on a background."""
        return self._portal.call(lambda: self._of.present(within))

    def wait_for(self, present: bool = True, *, within: float | None = None, timeout: float = 60.0) -> None:
        """Wait until something is (or nothing is) in the beam; ``within`` as in ``present``.

        Raises ``MotionTimeout`` and what ``distance`` raises.
        """
        self._portal.call(lambda: self._of.wait_for(present, within=within, timeout=timeout))


class RangeScanner(Observed):
    """A scanner with watched fields, by name."""

    asynchronous: ClassVar[type] = scanner.RangeScanner
    _of: scanner.RangeScanner

    @property
    def model(self) -> ScannerModel:
        """The ``model`` of the original."""
        return self._of.model

    @property
    def fields(self) -> dict[str, Field]:
        """The ``fields`` of the original."""
        return self._of.fields

    def scan(self) -> Scan:
        """The newest scan. Raises ``DeviceFault`` when it is no measurement (``dazzled``, ``frozen``),
        ``ConnectionLost`` when it is too old.
        """
        return self._portal.call(self._of.scan)

    def next_scan(self, *, timeout: float = 10.0) -> Scan:
        """Wait for a scan newer than the newest. Raises ``MotionTimeout`` and what ``scan`` raises."""
        return self._portal.call(lambda: self._of.next_scan(timeout=timeout))

    def distance(self, direction: float = 0.0, width: float = 0.02) -> float | None:
        """Distance (m) to the nearest thing in a sector ``width`` rad wide; None when nothing is in range there."""
        return self._portal.call(lambda: self._of.distance(direction, width))

    def violated(self, field: str) -> bool:
        """Whether something is in a field. A beam through it that measures nothing counts as something."""
        return self._portal.call(lambda: self._of.violated(field))

    def intruders(self, field: str) -> Array:
        """(n, 2) where the beams end that make a field violated, in m in the scanner's frame; n = 0: it is free.

        NaN where such a beam measures nothing: somebody may stand anywhere along it.
        """
        return self._portal.call(lambda: self._of.intruders(field))

    def wait_for(self, field: str, violated: bool, *, timeout: float = 60.0) -> None:
        """Wait until a field is (or is no longer) violated. Raises ``MotionTimeout`` and what ``scan`` raises."""
        self._portal.call(lambda: self._of.wait_for(field, violated, timeout=timeout))


class ParallelGripper(Gripper):
    """Two jaws that close along the x axis of the tool."""

    asynchronous: ClassVar[type] = parallel_gripper.ParallelGripper
    _of: parallel_gripper.ParallelGripper

    @property
    def model(self) -> ParallelGripperModel:
        """The ``model`` of the original."""
        return self._of.model

    def state(self) -> JawsState:
        """The jaws as the device last reported them."""
        return self._portal.call(self._of.state)

    def move(
        self,
        width: float,
        *,
        speed: float | None = None,
        force: float | None = None,
        timeout: float = 30.0,
        replace: bool = False,
    ) -> JawsState:
        """Open or close to ``width`` (m) at ``speed`` (m/s); stops early against a part, at ``force`` (N)."""
        return self._portal.call(
            lambda: self._of.move(width, speed=speed, force=force, timeout=timeout, replace=replace)
        )

    def check(self, part: Workpiece) -> None:
        """Raise ``LimitViolation`` when the part is too wide, too heavy or too slippery for the jaws."""
        self._portal.do(lambda: self._of.check(part))

    def grasp(self, part: Workpiece) -> Pose:
        """From above, jaws across the narrower side, pads as near to the part's middle as the ground allows."""
        return self._portal.do(lambda: self._of.grasp(part))


class VacuumGripper(Gripper):
    """Suction on a flat face."""

    asynchronous: ClassVar[type] = vacuum_gripper.VacuumGripper
    _of: vacuum_gripper.VacuumGripper

    @property
    def model(self) -> VacuumGripperModel:
        """The ``model`` of the original."""
        return self._of.model

    def state(self) -> VacuumState:
        """Vacuum level and part present, as the device last reported them."""
        return self._portal.call(self._of.state)

    def check(self, part: Workpiece) -> None:
        """Raise ``LimitViolation`` when the part's top is too small for the cup or its weight too much."""
        self._portal.do(lambda: self._of.check(part))

    def grasp(self, part: Workpiece) -> Pose:
        """From above, on the middle of the top face."""
        return self._portal.do(lambda: self._of.grasp(part))


class Cell(BlockingWrapper):
    """What ``async def main(cell)`` is given. Every getter raises ``ConfigError`` when the cell has no such thing."""

    asynchronous: ClassVar[type] = cell.Cell
    _of: cell.Cell

    @property
    def name(self) -> str:
        """The ``name`` of the original."""
        return self._of.name

    @property
    def quantity(self) -> int:
        """The ``quantity`` of the original."""
        return self._of.quantity

    def arm(self, role: str) -> Arm:
        """The arm in a role."""
        return wrap(self._portal, self._portal.do(lambda: self._of.arm(role)), Arm)

    def gripper(self, role: str) -> Gripper:
        """The gripper in a role, whatever its principle."""
        return wrap(self._portal, self._portal.do(lambda: self._of.gripper(role)), Gripper)

    def tool(self, role: str) -> Tool:
        """The tool data of the gripper in a role: ``arm.set_tool(cell.tool(role))`` makes it the one that works.

        Its load is that of all that hangs on the flange. An arm begins with its first gripper.
        """
        return self._portal.do(lambda: self._of.tool(role))

    def io(self, role: str) -> DigitalIO:
        """The digital signals in a role."""
        return wrap(self._portal, self._portal.do(lambda: self._of.io(role)), DigitalIO)

    def camera(self, role: str) -> Camera:
        """The camera in a role."""
        return wrap(self._portal, self._portal.do(lambda: self._of.camera(role)), Camera)

    def locator(self, role: str) -> Locating:
        """Whatever finds parts in a role."""
        return wrap(self._portal, self._portal.do(lambda: self._of.locator(role)), Locating)

    def force_torque(self, role: str) -> ForceTorqueSensor:
        """The force/torque sensor in a role."""
        return wrap(self._portal, self._portal.do(lambda: self._of.force_torque(role)), ForceTorqueSensor)

    def proximity(self, role: str) -> ProximitySensor:
        """The beam or presence sensor in a role."""
        return wrap(self._portal, self._portal.do(lambda: self._of.proximity(role)), ProximitySensor)

    def scanner(self, role: str) -> RangeScanner:
        """The 2D scanner in a role."""
        return wrap(self._portal, self._portal.do(lambda: self._of.scanner(role)), RangeScanner)

    def analog_io(self, role: str) -> AnalogIO:
        """The analog signals in a role."""
        return wrap(self._portal, self._portal.do(lambda: self._of.analog_io(role)), AnalogIO)

    def code_reader(self, role: str) -> CodeReader:
        """The barcode or text reader in a role."""
        return wrap(self._portal, self._portal.do(lambda: self._of.code_reader(role)), CodeReader)

    def machine(self, role: str) -> Machine:
        """The machine tool in a role."""
        return wrap(self._portal, self._portal.do(lambda: self._of.machine(role)), Machine)

    def workpiece(self, kind: str) -> Workpiece:
        """A kind of part."""
        return self._portal.do(lambda: self._of.workpiece(kind))

    def places(self, name: str) -> tuple[Pose, ...]:
        """The poses of a place, in frame ``world``: where parts stand, z up."""
        return self._portal.do(lambda: self._of.places(name))

    def part_finished(self, part: str) -> None:
        """Say that one part is done; the cycle time runs from one such moment to the next."""
        self._portal.do(lambda: self._of.part_finished(part))

    def report(self, key: str, value: float) -> None:
        """Tell an answer: a number that was asked for, by its name, in the unit that the task says.

        Raises ``ValueError`` for one that is not finite.
        """
        self._portal.do(lambda: self._of.report(key, value))

    def note(self, text: str) -> None:
        """Leave a remark in the trace."""
        self._portal.do(lambda: self._of.note(text))

    def on_event(self, listener: Callable[[DeviceEvent], None]) -> None:
        """Call for every event of the cell and of each of its devices. Listeners observe, never control."""
        self._portal.do(lambda: self._of.on_event(listener))

    def known(self) -> dict[str, dict[str, Any]]:
        """All that a program may ask for by name, besides devices: what the constructor was given."""
        return self._portal.do(self._of.known)

    def stop(self) -> None:
        """Stop everything that moves, all at once. A functional stop. Raises the first error after all were tried."""
        self._portal.call(self._of.stop)

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
        """Switch freedrive on or off.

        While it is on, a person can move the arm by hand, and motions raise ``CommandRejected``. Off: the arm holds
        its position again.
        """
        self._portal.call(lambda: self._of.set_freedrive(on))


class Servoing(BlockingWrapper):
    """An arm that follows joint set-points streamed by the program."""

    asynchronous: ClassVar[type] = abilities.Servoing
    _of: abilities.Servoing

    def servo_joint(self, joints: Array) -> None:
        """Move towards ``joints`` (n,) in rad at once, within the joint limits.

        The call returns before the arm has arrived. A later call replaces the set-point; ``stop()`` ends the
        movement. Raises the errors of ``Arm.move_joint``.
        """
        self._portal.call(lambda: self._of.servo_joint(joints))


class Device(BlockingWrapper):
    """A device with the name of its role. Drivers subclass one of the open interfaces, not this class."""

    asynchronous: ClassVar[type] = device.Device
    _of: device.Device

    @property
    def name(self) -> str:
        """The ``name`` of the original."""
        return self._of.name

    @property
    def lifecycle(self) -> Lifecycle:
        """The state of the link: closed, open or lost."""
        return self._of.lifecycle

    def connect(self) -> None:
        """Connect the device. Does nothing when it is open already. Raises ``ConnectionFailed``."""
        self._portal.call(self._of.connect)

    def close(self) -> None:
        """Stop the device and close its link. Does nothing when it is closed already."""
        self._portal.call(self._of.close)

    def __enter__(self) -> Self:
        self.connect()
        return self

    def __exit__(self, *_exception: object) -> None:
        self.close()

    def on_event(self, listener: Callable[[DeviceEvent], None]) -> Callable[[], None]:
        """Call ``listener`` for every event; return a function that ends this.

        A listener observes; it must not send commands to the device.
        """
        return self._portal.do(lambda: self._of.on_event(listener))


class Locating(Device):
    """A camera or vision system that reports the poses of known parts."""

    asynchronous: ClassVar[type] = abilities.Locating
    _of: abilities.Locating

    def locate(self, kind: str) -> list[LocatedPart]:
        """Return the parts of a kind that are in view, in a stable order.

        Raises ``CommandRejected`` for an unknown kind and ``ConnectionLost``.
        """
        return self._portal.call(lambda: self._of.locate(kind))


class Actuator(Device):
    """A device that moves.

    It carries out one command at a time. The device stops when a command is cancelled, replaced or exceeds its time.
    """

    asynchronous: ClassVar[type] = actuator.Actuator
    _of: actuator.Actuator

    @property
    def busy(self) -> bool:
        """Whether a command is running or being stopped."""
        return self._of.busy

    def stop(self) -> None:
        """Stop the device now and return when it is at rest. This is a functional stop, not a safety function.

        It is accepted in every state; on a closed device it does nothing. A command that is running or waiting raises
        ``MotionAborted``. Raises ``ConnectionLost`` when the stop cannot be delivered, and ``MotionTimeout`` when the
        device is not at rest after ``STOP_TIMEOUT`` s.
        """
        self._portal.call(self._of.stop)

    @property
    def held(self) -> bool:
        """Whether new commands wait until ``resume()``."""
        return self._of.held

    def hold(self) -> None:
        """Let new commands wait until ``resume()``; a running command continues to its end.

        ``stop()``, ``close()`` and a lost link end the hold as well; a command that waits then raises the error.
        """
        self._portal.do(self._of.hold)

    def resume(self) -> None:
        """End a hold, so that waiting commands begin. Does nothing without a hold."""
        self._portal.do(self._of.resume)


class Camera(Device):
    """An RGB-D camera."""

    asynchronous: ClassVar[type] = camera.Camera
    _of: camera.Camera

    def capture(self) -> CameraImage:
        """Take a picture and return it. Raises ``ConnectionLost`` and the errors of the camera's driver."""
        return self._portal.call(self._of.capture)


class Observed(Device):
    """A device that lets a program wait for a change; ``close()`` and a lost link end every wait."""

    asynchronous: ClassVar[type] = observed.Observed
    _of: observed.Observed


class AnalogIO(Observed):
    """Named analog inputs and outputs, from the side of the cell: it reads inputs and writes outputs."""

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
        """Return the value of an input, or the value that an output is set to, in the signal's unit.

        Raises ``CommandRejected`` for an unknown signal, ``ConnectionLost``, and ``DeviceFault`` for an input whose
        wire is broken, if the terminal detects that.
        """
        return self._portal.call(lambda: self._of.read(signal))

    def write(self, signal: str, value: float) -> None:
        """Set an output to ``value``, in the signal's unit.

        Raises ``LimitViolation`` outside the output's range, ``CommandRejected`` for an input or an unknown signal,
        and ``ConnectionLost``.
        """
        self._portal.call(lambda: self._of.write(signal, value))

    def wait_for(
        self,
        signal: str,
        *,
        above: float | None = None,
        below: float | None = None,
        timeout: float = 60.0,
    ) -> float:
        """Wait until a signal is above ``above``, below ``below``, or between both, and return its value.

        The bounds and the value are in the signal's unit, ``timeout`` is in s. Raises ``MotionTimeout``,
        ``CommandRejected`` without any bound, and the errors of ``read``.
        """
        return self._portal.call(lambda: self._of.wait_for(signal, above=above, below=below, timeout=timeout))


class Arm(Actuator):
    """A robot arm with any number of joints.

    Joint arrays have shape (n,) and are in rad. A pose is a pose of the TCP and names its frame: ``base``, ``tcp``
    (relative to the present pose of the TCP) or a frame that ``set_frame`` has defined.

    Arguments of all motions: ``speed`` and ``acceleration`` are shares of the joint limits in (0, 1] for joint motions
    (``move_joint``, ``move_pose``), and in m/s and m/s² along the path for Cartesian ones, with the model's Cartesian
    limits as default. ``timeout`` is in s; after it the arm stops. ``replace=True`` stops a running command and takes
    its place; otherwise a motion during another one raises ``DeviceBusy``.

    Every motion returns when the arm is at rest at its end. It raises ``CommandRejected`` or a subclass
    (``LimitViolation``, ``OutOfReach``, ``DeviceBusy``) when it is refused before anything has moved,
    ``MotionAborted`` after a stop, ``MotionTimeout``, ``ProtectiveStop``, ``EmergencyStop``, ``DeviceFault`` and
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
        """Forward and inverse kinematics of the arm without a tool: the pose of the flange in frame ``base``."""
        return self._of.kinematics

    @property
    def limits(self) -> JointLimits:
        """The joint limits: position in rad, velocity in rad/s, acceleration in rad/s²."""
        return self._of.limits

    @property
    def home(self) -> Array:
        """The home position of the model, (n,) in rad: the tool points down in front of the base."""
        return self._of.home

    @property
    def frames(self) -> tuple[str, ...]:
        """The names of the frames in which a pose may be given."""
        return self._of.frames

    @property
    def tool(self) -> Tool:
        """The present tool: a pose is a pose of its TCP."""
        return self._of.tool

    @property
    def payload(self) -> Load:
        """The load that the arm carries in addition to the tool."""
        return self._of.payload

    def state(self) -> ArmState:
        """Return the newest state that the device has reported.

        Raises ``ConnectionLost`` when that state is too old, and ``CommandRejected`` when the device is not connected.
        """
        return self._portal.call(self._of.state)

    def set_frame(self, name: str, pose: Pose) -> None:
        """Define a frame by its pose in a frame that exists already.

        Raises ``CommandRejected`` for the arm's own frames (``base``, ``tcp``, ``flange``) and when ``pose`` is in an
        unknown frame.
        """
        self._portal.do(lambda: self._of.set_frame(name, pose))

    def set_tool(self, tool: Tool) -> None:
        """Change the tool: its TCP (frame ``flange``) and its load.

        Raises ``LimitViolation``, with both figures, when tool and payload together are too heavy or the tool is made
        for another flange, and ``CommandRejected`` while a motion runs.
        """
        self._portal.call(lambda: self._of.set_tool(tool))

    def set_payload(self, load: Load) -> None:
        """Change the load that the arm carries in addition to the tool.

        Raises ``LimitViolation``, with both figures, when tool and load together are too heavy.
        """
        self._portal.call(lambda: self._of.set_payload(load))

    def set_speed_override(self, share: float) -> None:
        """Scale the speed of all motions, including the running one, to ``share`` (0 to 1) of the programmed speed.

        Raises ``LimitViolation`` outside 0 to 1.
        """
        self._portal.call(lambda: self._of.set_speed_override(share))

    def recover(self) -> None:
        """Clear a protective stop, a released emergency stop or a recoverable fault, with the vendor's own sequence.

        Raises ``EmergencyStop`` while the button is still pressed, and ``DeviceFault`` for a fault that it cannot
        clear.
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
        """Move all joints to ``target`` (n,) in rad, synchronised (SRCI MoveAxesAbsolute).

        ``speed`` and ``acceleration`` are shares of the joint limits in (0, 1]; ``timeout`` is in s. Raises
        ``LimitViolation`` for a target outside the joint limits, and the errors of every motion (see the class).
        """
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
        """Move the TCP to a pose, joint-interpolated (SRCI MoveDirectAbsolute).

        The arm takes the configuration that is nearest to the present joints. ``speed`` and ``acceleration`` are
        shares of the joint limits in (0, 1]; ``timeout`` is in s. Raises ``OutOfReach``, with the reason, and the
        errors of every motion (see the class).
        """
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
        """Move the TCP to a pose on a straight line (SRCI MoveLinearAbsolute).

        ``speed`` is in m/s and ``acceleration`` in m/s²; their defaults are the model's Cartesian limits. ``timeout``
        is in s. Raises ``OutOfReach``, with the reason, and the errors of every motion (see the class).
        """
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
        """Move the TCP to ``target`` on an arc through the position of ``via`` (SRCI MoveCircularAbsolute).

        ``speed`` is in m/s and ``acceleration`` in m/s²; their defaults are the model's Cartesian limits. ``timeout``
        is in s. Raises ``OutOfReach``, with the reason, and the errors of every motion (see the class).
        """
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
        """Move the TCP through all waypoints on straight lines, without a stop where a waypoint has a blend radius.

        The path leaves a corner by the waypoint's ``blend_radius`` (m) at most. ``speed`` is in m/s and
        ``acceleration`` in m/s²; their defaults are the model's Cartesian limits. ``timeout`` is in s. Raises
        ``OutOfReach``, with the number of the waypoint, and the errors of every motion (see the class).
        """
        self._portal.call(
            lambda: self._of.move_path(
                waypoints, speed=speed, acceleration=acceleration, timeout=timeout, replace=replace
            )
        )

    def nearest(self, candidates: Sequence[Pose]) -> Pose:
        """Return the pose, of several equally good ones, that the arm reaches with the least joint travel from now.

        A pose at which a joint is within 0.1 rad of its limit is chosen last: a straight line to or from such a pose
        would often end halfway. Raises ``OutOfReach``, with the reason for the last pose, when the arm reaches none of
        them, and ``CommandRejected`` without any pose.
        """
        return self._portal.call(lambda: self._of.nearest(candidates))


class CodeReader(Actuator):
    """A reader that answers a trigger with a text. It does one reading at a time; ``stop()`` ends the reading."""

    asynchronous: ClassVar[type] = code_reader.CodeReader
    _of: code_reader.CodeReader

    def read_code(self, *, timeout: float = 5.0, replace: bool = False) -> str | None:
        """Trigger the reader and return the text; None when it finds no code.

        ``timeout`` is in s; ``replace=True`` ends a running reading first. Raises ``MotionTimeout`` when the reader
        does not answer in time, ``MotionAborted``, ``DeviceBusy`` and ``ConnectionLost``.
        """
        return self._portal.call(lambda: self._of.read_code(timeout=timeout, replace=replace))


class DigitalIO(Observed):
    """Named digital inputs and outputs, from the side of the cell: it reads inputs and writes outputs."""

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
        """Return the value of an input, or the value that an output is set to.

        Raises ``CommandRejected`` for an unknown signal and ``ConnectionLost``.
        """
        return self._portal.call(lambda: self._of.read(signal))

    def write(self, signal: str, value: bool) -> None:
        """Set an output. Raises ``CommandRejected`` for an input or an unknown signal, and ``ConnectionLost``."""
        self._portal.call(lambda: self._of.write(signal, value))

    def wait_for(self, signal: str, value: bool = True, *, timeout: float = 60.0) -> None:
        """Wait until a signal has ``value``, for at most ``timeout`` s.

        Raises ``MotionTimeout``, ``CommandRejected`` for an unknown signal, and ``ConnectionLost``.
        """
        self._portal.call(lambda: self._of.wait_for(signal, value, timeout=timeout))

    def pulse(self, signal: str, seconds: float = 0.1) -> None:
        """Set an output for ``seconds`` s, then reset it; it is reset also when the call is cancelled.

        Raises ``CommandRejected`` for a negative or infinite time, and the errors of ``write``.
        """
        self._portal.call(lambda: self._of.pulse(signal, seconds))


class ForceTorqueSensor(Observed):
    """A six-axis sensor at the flange.

    It measures the force (N) and torque (N m) that the tool exerts on the arm, in frame ``flange``.
    """

    asynchronous: ClassVar[type] = force_torque.ForceTorqueSensor
    _of: force_torque.ForceTorqueSensor

    @property
    def model(self) -> ForceTorqueModel | None:
        """The ``model`` of the original."""
        return self._of.model

    def read(self) -> WrenchReading:
        """Return the newest measurement, less the bias that ``zero()`` stored.

        Raises ``DeviceFault`` for a saturated measurement (code ``out-of-range``, or the vendor's code) and
        ``ConnectionLost`` when the newest measurement is too old.
        """
        return self._portal.call(self._of.read)

    def zero(self) -> None:
        """Store the present measurement as the bias: the weight of the tool, valid for this orientation.

        Raises the errors of ``read``.
        """
        self._portal.call(self._of.zero)

    def wait_for(self, force: float, *, along: Sequence[float] | None = None, timeout: float = 60.0) -> float:
        """Wait until the measured force reaches ``force`` (N), and return the force (N) of that sample.

        Every sample is compared: the magnitude of its force or, with ``along`` (3,), the component in that direction
        of frame ``flange``. ``timeout`` is in s. Raises ``LimitViolation`` for a force that is not positive or beyond
        the sensor's range, ``MotionTimeout`` and the errors of ``read``.
        """
        return self._portal.call(lambda: self._of.wait_for(force, along=along, timeout=timeout))

    def wait_until(self, felt: Callable[[Array], bool], *, timeout: float = 60.0) -> Array:
        """Wait until ``felt`` returns True for a measured force, and return that force.

        ``felt`` receives the force of every sample, (3,) in N in frame ``flange``. ``timeout`` is in s. Raises
        ``MotionTimeout`` and the errors of ``read``.
        """
        return self._portal.call(lambda: self._of.wait_until(felt, timeout=timeout))


class Gripper(Actuator):
    """A gripper of any principle.

    Its TCP lies between the pads of the jaws or on the face of the cup; z points out of the tool. ``timeout`` of all
    commands is in s; after it the gripper stops. ``replace=True`` stops a running command and takes its place;
    otherwise a command during another one raises ``DeviceBusy``.
    """

    asynchronous: ClassVar[type] = gripper.Gripper
    _of: gripper.Gripper

    @property
    def model(self) -> ParallelGripperModel | VacuumGripperModel:
        """The ``model`` of the original."""
        return self._of.model

    @property
    def holding(self) -> bool:
        """Whether the last grip found a part that has not been released or lost since then."""
        return self._of.holding

    def grip(
        self,
        part: Workpiece | None = None,
        *,
        force: float | None = None,
        timeout: float = 30.0,
        replace: bool = False,
    ) -> GripResult:
        """Close the jaws or start suction, and return whether a part is held.

        ``part`` is the expected part: with it, a wrong width is reported. ``force`` is in N; its default is the force
        that ``part`` needs, without a part the middle of the jaws' range (suction always gives the model's force).
        Raises ``LimitViolation`` before anything moves when the part or the force does not suit the gripper,
        ``DeviceBusy``, ``MotionAborted``, ``MotionTimeout``, ``DeviceFault`` and ``ConnectionLost``.
        """
        return self._portal.call(lambda: self._of.grip(part, force=force, timeout=timeout, replace=replace))

    def release(self, part: Workpiece | None = None, *, timeout: float = 30.0, replace: bool = False) -> None:
        """Release the part. Jaws open no further than ``part`` needs, and completely without ``part``.

        Raises ``LimitViolation`` for a part that does not suit the gripper, ``DeviceBusy``, ``MotionAborted``,
        ``MotionTimeout``, ``DeviceFault`` and ``ConnectionLost``.
        """
        self._portal.call(lambda: self._of.release(part, timeout=timeout, replace=replace))

    def recover(self) -> None:
        """Clear a fault with the vendor's own sequence; does nothing without a fault. The fingers can move.

        Raises ``DeviceBusy`` while a command runs, and ``DeviceFault`` for a fault that it cannot clear.
        """
        self._portal.call(self._of.recover)

    def check(self, part: Workpiece) -> None:
        """Raise ``LimitViolation``, with both figures, when this gripper cannot hold the part."""
        self._portal.do(lambda: self._of.check(part))

    def grasp(self, part: Workpiece) -> Pose:
        """Return the pose of the TCP at which this gripper grasps a part, in the part's own frame."""
        return self._portal.do(lambda: self._of.grasp(part))

    def grasp_poses(self, part: Workpiece, at: Pose) -> list[Pose]:
        """Return all TCP poses, equally good, that grasp (or put down) a part whose pose is ``at``.

        The poses are in the frame of ``at``. They differ by the turns that leave the part looking the same.
        """
        return self._portal.do(lambda: self._of.grasp_poses(part, at))

    def guard(self) -> AbstractContextManager[None]:
        """Guard a block: inside it, the loss of the held part ends the awaited call and raises ``GraspLost``.

        A lost link raises ``ConnectionLost``, because a lost part could no longer be reported. Both are raised at once
        when no part is held or the link is lost already.
        """
        return Scope(self._portal, self._of.guard)


class Machine(Observed):
    """A machine tool. It emits an event ``execution`` whenever the execution state of its program changes."""

    asynchronous: ClassVar[type] = machine.Machine
    _of: machine.Machine

    def state(self) -> MachineState:
        """Return the newest state that the machine has reported. Raises ``ConnectionLost`` when it is too old."""
        return self._portal.call(self._of.state)

    def wait_for(
        self,
        *,
        door: Clamping | None = None,
        chuck: Clamping | None = None,
        execution: Execution | None = None,
        timeout: float = 60.0,
    ) -> MachineState:
        """Wait until the machine reports all given states at the same time, and return its state.

        ``timeout`` is in s. Raises ``DeviceFault`` when the machine reports a fault or is not available,
        ``MotionTimeout``, ``ConnectionLost``, and ``CommandRejected`` without any state to wait for.
        """
        return self._portal.call(
            lambda: self._of.wait_for(door=door, chuck=chuck, execution=execution, timeout=timeout)
        )


class ProximitySensor(Observed):
    """A sensor with one beam, which detects an object in the beam and measures its distance."""

    asynchronous: ClassVar[type] = proximity.ProximitySensor
    _of: proximity.ProximitySensor

    def distance(self) -> float | None:
        """Return the distance (m) to the object in the beam; None: no object is within range.

        Raises ``DeviceFault`` when the sensor reports that it cannot measure, and ``ConnectionLost`` when it is silent.
        """
        return self._portal.call(self._of.distance)

    def present(self, within: float | None = None) -> bool:
        """Return whether an object is in the beam.

        ``within`` (m) is the largest distance that counts, for a beam that ends on a background. Raises the errors of
        ``distance``.
        """
        return self._portal.call(lambda: self._of.present(within))

    def wait_for(self, present: bool = True, *, within: float | None = None, timeout: float = 60.0) -> None:
        """Wait until an object is in the beam or, with ``present=False``, until the beam is free.

        ``within`` (m) as in ``present``; ``timeout`` is in s. Raises ``MotionTimeout`` and the errors of ``distance``.
        """
        self._portal.call(lambda: self._of.wait_for(present, within=within, timeout=timeout))


class RangeScanner(Observed):
    """A 2D scanner with named fields that it watches."""

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
        """Return the newest scan.

        Raises ``DeviceFault`` when it is not a valid measurement (codes ``dazzled`` and ``frozen``), and
        ``ConnectionLost`` when it is too old.
        """
        return self._portal.call(self._of.scan)

    def next_scan(self, *, timeout: float = 10.0) -> Scan:
        """Wait for the next scan, for at most ``timeout`` s, and return it.

        Raises ``MotionTimeout`` and the errors of ``scan``.
        """
        return self._portal.call(lambda: self._of.next_scan(timeout=timeout))

    def distance(self, direction: float = 0.0, width: float = 0.02) -> float | None:
        """Return the distance (m) to the nearest object in a sector; None: no object is in range there.

        The sector is ``width`` rad wide around ``direction`` (rad, scanner's frame). Raises ``CommandRejected`` for a
        direction outside the field of view, and the errors of ``scan``.
        """
        return self._portal.call(lambda: self._of.distance(direction, width))

    def violated(self, field: str) -> bool:
        """Return whether an object is in a field.

        A beam through the field without a valid measurement counts as an object. Raises ``CommandRejected`` for an
        unknown field, and the errors of ``scan``.
        """
        return self._portal.call(lambda: self._of.violated(field))

    def intruders(self, field: str) -> Array:
        """Return the end points of the beams that violate a field, (n, 2) in m in the scanner's frame; n = 0: free.

        NaN for a beam without a valid measurement: an object may be anywhere along it. Raises ``CommandRejected`` for
        an unknown field, and the errors of ``scan``.
        """
        return self._portal.call(lambda: self._of.intruders(field))

    def wait_for(self, field: str, violated: bool, *, timeout: float = 60.0) -> None:
        """Wait until a field is violated or, with ``violated=False``, until it is free.

        ``timeout`` is in s. Raises ``MotionTimeout``, ``CommandRejected`` for an unknown field, and the errors of
        ``scan``.
        """
        self._portal.call(lambda: self._of.wait_for(field, violated, timeout=timeout))


class ParallelGripper(Gripper):
    """A gripper with two jaws that close along the x axis of the tool."""

    asynchronous: ClassVar[type] = parallel_gripper.ParallelGripper
    _of: parallel_gripper.ParallelGripper

    @property
    def model(self) -> ParallelGripperModel:
        """The ``model`` of the original."""
        return self._of.model

    def state(self) -> JawsState:
        """Return the newest state of the jaws that the device has reported. Raises ``ConnectionLost``."""
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
        """Open or close the jaws to ``width`` (m) and return their state.

        ``speed`` is in m/s (default: the model's maximum). The jaws stop early against a part, at ``force`` in N
        (default: the middle of the model's range). Raises ``LimitViolation`` for a value outside the model's range,
        ``DeviceBusy``, ``MotionAborted``, ``MotionTimeout``, ``DeviceFault`` and ``ConnectionLost``.
        """
        return self._portal.call(
            lambda: self._of.move(width, speed=speed, force=force, timeout=timeout, replace=replace)
        )

    def check(self, part: Workpiece) -> None:
        """Raise ``LimitViolation`` when the part is too wide, too heavy or too slippery for the jaws."""
        self._portal.do(lambda: self._of.check(part))

    def grasp(self, part: Workpiece) -> Pose:
        """Return the grasp from above, in the part's own frame.

        The jaws close across the narrower side; the pads are as near to the part's middle as its ground allows.
        """
        return self._portal.do(lambda: self._of.grasp(part))


class VacuumGripper(Gripper):
    """A gripper that holds a part by suction on a flat face."""

    asynchronous: ClassVar[type] = vacuum_gripper.VacuumGripper
    _of: vacuum_gripper.VacuumGripper

    @property
    def model(self) -> VacuumGripperModel:
        """The ``model`` of the original."""
        return self._of.model

    def state(self) -> VacuumState:
        """Return the newest vacuum level and part presence that the device has reported. Raises ``ConnectionLost``."""
        return self._portal.call(self._of.state)

    def check(self, part: Workpiece) -> None:
        """Raise ``LimitViolation`` when the part's top is too small for the cup, or the part is too heavy."""
        self._portal.do(lambda: self._of.check(part))

    def grasp(self, part: Workpiece) -> Pose:
        """Return the grasp from above, on the middle of the top face, in the part's own frame."""
        return self._portal.do(lambda: self._of.grasp(part))


class Cell(BlockingWrapper):
    """The cell that ``async def main(cell)`` receives.

    A role is the name of a device in the cell file. Every method that returns a device, workpiece or place raises
    ``ConfigError`` when the cell does not have it, or when the device is of another kind.
    """

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
        """Return the arm in a role."""
        return wrap(self._portal, self._portal.do(lambda: self._of.arm(role)), Arm)

    def gripper(self, role: str) -> Gripper:
        """Return the gripper in a role, with jaws or with vacuum."""
        return wrap(self._portal, self._portal.do(lambda: self._of.gripper(role)), Gripper)

    def tool(self, role: str) -> Tool:
        """Return the tool data of the gripper in a role: ``arm.set_tool(cell.tool(role))`` makes it the present tool.

        Its load includes everything on the flange. Before the program starts, the tool of an arm is its first gripper.
        """
        return self._portal.do(lambda: self._of.tool(role))

    def io(self, role: str) -> DigitalIO:
        """Return the digital signals in a role."""
        return wrap(self._portal, self._portal.do(lambda: self._of.io(role)), DigitalIO)

    def camera(self, role: str) -> Camera:
        """Return the camera in a role."""
        return wrap(self._portal, self._portal.do(lambda: self._of.camera(role)), Camera)

    def locator(self, role: str) -> Locating:
        """Return the device in a role that locates parts, such as a camera."""
        return wrap(self._portal, self._portal.do(lambda: self._of.locator(role)), Locating)

    def force_torque(self, role: str) -> ForceTorqueSensor:
        """Return the force/torque sensor in a role."""
        return wrap(self._portal, self._portal.do(lambda: self._of.force_torque(role)), ForceTorqueSensor)

    def proximity(self, role: str) -> ProximitySensor:
        """Return the beam, distance or presence sensor in a role."""
        return wrap(self._portal, self._portal.do(lambda: self._of.proximity(role)), ProximitySensor)

    def scanner(self, role: str) -> RangeScanner:
        """Return the 2D scanner in a role."""
        return wrap(self._portal, self._portal.do(lambda: self._of.scanner(role)), RangeScanner)

    def analog_io(self, role: str) -> AnalogIO:
        """Return the analog signals in a role."""
        return wrap(self._portal, self._portal.do(lambda: self._of.analog_io(role)), AnalogIO)

    def code_reader(self, role: str) -> CodeReader:
        """Return the barcode or text reader in a role."""
        return wrap(self._portal, self._portal.do(lambda: self._of.code_reader(role)), CodeReader)

    def machine(self, role: str) -> Machine:
        """Return the machine tool in a role."""
        return wrap(self._portal, self._portal.do(lambda: self._of.machine(role)), Machine)

    def workpiece(self, kind: str) -> Workpiece:
        """Return a kind of part by its name in the cell file."""
        return self._portal.do(lambda: self._of.workpiece(kind))

    def places(self, name: str) -> tuple[Pose, ...]:
        """Return the poses of a place, in frame ``world``: the points on which parts stand, z up."""
        return self._portal.do(lambda: self._of.places(name))

    def part_finished(self, part: str) -> None:
        """Report that a part is finished; the cycle time is the time between two such reports."""
        self._portal.do(lambda: self._of.part_finished(part))

    def report(self, key: str, value: float) -> None:
        """Report an answer: a number that the task asks for, with the name and in the unit that the task states.

        Raises ``ValueError`` for a number that is not finite.
        """
        self._portal.do(lambda: self._of.report(key, value))

    def note(self, text: str) -> None:
        """Write a remark into the trace."""
        self._portal.do(lambda: self._of.note(text))

    def on_event(self, listener: Callable[[DeviceEvent], None]) -> None:
        """Call ``listener`` for every event of the cell and of each of its devices.

        A listener observes; it must not send commands.
        """
        self._portal.do(lambda: self._of.on_event(listener))

    def known(self) -> dict[str, dict[str, Any]]:
        """Return workpieces, places and tools by name: all that a program can ask for besides devices."""
        return self._portal.do(self._of.known)

    def stop(self) -> None:
        """Stop all devices that move, at the same time: a functional stop, not a safety function.

        Raises the first error after all stops have ended.
        """
        self._portal.call(self._of.stop)

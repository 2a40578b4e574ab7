"""Blocking wrappers of the open interfaces of devices.

Every method does the same as in ``cellkit.devices``, and returns or raises when its work has ended. A class has the
docstring of its interface.
"""

# ruff: noqa: D101 - ``BlockingWrapper`` gives each class the docstring of its interface

from __future__ import annotations

from contextlib import AbstractContextManager
from typing import ClassVar, Self

from cellkit import devices
from cellkit.blocking.portal import Scope
from cellkit.blocking.wrapper import Attribute, BlockingWrapper, blocking
from cellkit.devices import AnalogSignal, Field, Lifecycle, Tool, actuator, observed
from cellkit.geometry import Array
from cellkit.joints import JointLimits
from cellkit.masses import Load
from cellkit.models.arm import ArmModel
from cellkit.models.gripper import ParallelGripperModel, VacuumGripperModel
from cellkit.models.sensor import ForceTorqueModel, ScannerModel
from cellkit.motion.kinematics import ArmKinematics


class Freedrive(BlockingWrapper):
    asynchronous: ClassVar[type] = devices.Freedrive

    set_freedrive = blocking(devices.Freedrive.set_freedrive)


class Servoing(BlockingWrapper):
    asynchronous: ClassVar[type] = devices.Servoing

    servo_joint = blocking(devices.Servoing.servo_joint)


class Device(BlockingWrapper):
    asynchronous: ClassVar[type] = devices.Device

    name = Attribute[str]()
    lifecycle = Attribute[Lifecycle]()
    connect = blocking(devices.Device.connect)
    close = blocking(devices.Device.close)
    on_event = blocking(devices.Device.on_event)

    def __enter__(self) -> Self:
        self.connect()
        return self

    def __exit__(self, *_exception: object) -> None:
        self.close()


class Locating(Device):
    asynchronous: ClassVar[type] = devices.Locating

    locate = blocking(devices.Locating.locate)


class Actuator(Device):
    asynchronous: ClassVar[type] = actuator.Actuator

    busy = Attribute[bool]()
    stop = blocking(actuator.Actuator.stop)
    held = Attribute[bool]()
    hold = blocking(actuator.Actuator.hold)
    resume = blocking(actuator.Actuator.resume)


class Camera(Device):
    asynchronous: ClassVar[type] = devices.Camera

    capture = blocking(devices.Camera.capture)


class Observed(Device):
    asynchronous: ClassVar[type] = observed.Observed


class AnalogIO(Observed):
    asynchronous: ClassVar[type] = devices.AnalogIO

    inputs = Attribute[dict[str, AnalogSignal]]()
    outputs = Attribute[dict[str, AnalogSignal]]()
    read = blocking(devices.AnalogIO.read)
    write = blocking(devices.AnalogIO.write)
    wait_for = blocking(devices.AnalogIO.wait_for)


class Arm(Actuator):
    asynchronous: ClassVar[type] = devices.Arm

    model = Attribute[ArmModel]()
    kinematics = Attribute[ArmKinematics]()
    limits = Attribute[JointLimits]()
    home = Attribute[Array]()
    frames = Attribute[tuple[str, ...]]()
    tool = Attribute[Tool]()
    payload = Attribute[Load]()
    state = blocking(devices.Arm.state)
    set_frame = blocking(devices.Arm.set_frame)
    set_tool = blocking(devices.Arm.set_tool)
    set_payload = blocking(devices.Arm.set_payload)
    set_speed_override = blocking(devices.Arm.set_speed_override)
    recover = blocking(devices.Arm.recover)
    move_joint = blocking(devices.Arm.move_joint)
    move_pose = blocking(devices.Arm.move_pose)
    move_linear = blocking(devices.Arm.move_linear)
    move_circular = blocking(devices.Arm.move_circular)
    move_path = blocking(devices.Arm.move_path)
    nearest = blocking(devices.Arm.nearest)


class CodeReader(Actuator):
    asynchronous: ClassVar[type] = devices.CodeReader

    read_code = blocking(devices.CodeReader.read_code)


class DigitalIO(Observed):
    asynchronous: ClassVar[type] = devices.DigitalIO

    inputs = Attribute[tuple[str, ...]]()
    outputs = Attribute[tuple[str, ...]]()
    read = blocking(devices.DigitalIO.read)
    write = blocking(devices.DigitalIO.write)
    wait_for = blocking(devices.DigitalIO.wait_for)
    pulse = blocking(devices.DigitalIO.pulse)


class ForceTorqueSensor(Observed):
    asynchronous: ClassVar[type] = devices.ForceTorqueSensor

    model = Attribute[ForceTorqueModel | None]()
    read = blocking(devices.ForceTorqueSensor.read)
    zero = blocking(devices.ForceTorqueSensor.zero)
    wait_for = blocking(devices.ForceTorqueSensor.wait_for)
    wait_until = blocking(devices.ForceTorqueSensor.wait_until)


class Gripper(Actuator):
    asynchronous: ClassVar[type] = devices.Gripper

    model = Attribute[ParallelGripperModel | VacuumGripperModel]()
    holding = Attribute[bool]()
    grip = blocking(devices.Gripper.grip)
    release = blocking(devices.Gripper.release)
    recover = blocking(devices.Gripper.recover)
    check = blocking(devices.Gripper.check)
    grasp = blocking(devices.Gripper.grasp)
    grasp_poses = blocking(devices.Gripper.grasp_poses)

    def guard(self) -> AbstractContextManager[None]:
        """Guard a block: inside it, the loss of the held part ends the awaited call and raises ``GraspLost``.

        A lost link raises ``ConnectionLost``, because a lost part could no longer be reported. Both are raised at once
        when no part is held or the link is lost already.
        """
        return Scope(self._portal, self._of.guard)


class Machine(Observed):
    asynchronous: ClassVar[type] = devices.Machine

    state = blocking(devices.Machine.state)
    wait_for = blocking(devices.Machine.wait_for)


class ProximitySensor(Observed):
    asynchronous: ClassVar[type] = devices.ProximitySensor

    distance = blocking(devices.ProximitySensor.distance)
    present = blocking(devices.ProximitySensor.present)
    wait_for = blocking(devices.ProximitySensor.wait_for)


class RangeScanner(Observed):
    asynchronous: ClassVar[type] = devices.RangeScanner

    model = Attribute[ScannerModel]()
    fields = Attribute[dict[str, Field]]()
    scan = blocking(devices.RangeScanner.scan)
    next_scan = blocking(devices.RangeScanner.next_scan)
    distance = blocking(devices.RangeScanner.distance)
    violated = blocking(devices.RangeScanner.violated)
    intruders = blocking(devices.RangeScanner.intruders)
    wait_for = blocking(devices.RangeScanner.wait_for)


class ParallelGripper(Gripper):
    asynchronous: ClassVar[type] = devices.ParallelGripper

    model = Attribute[ParallelGripperModel]()
    state = blocking(devices.ParallelGripper.state)
    move = blocking(devices.ParallelGripper.move)
    check = blocking(devices.ParallelGripper.check)
    grasp = blocking(devices.ParallelGripper.grasp)


class VacuumGripper(Gripper):
    asynchronous: ClassVar[type] = devices.VacuumGripper

    model = Attribute[VacuumGripperModel]()
    state = blocking(devices.VacuumGripper.state)
    check = blocking(devices.VacuumGripper.check)
    grasp = blocking(devices.VacuumGripper.grasp)

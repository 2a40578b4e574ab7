"""The open interfaces. Cell programs and drivers need nothing else from here."""

from cellkit.devices.abilities import Freedrive, LocatedPart, Locating, Servoing
from cellkit.devices.arm import Arm, ArmState
from cellkit.devices.device import Device, DeviceEvent, Lifecycle
from cellkit.devices.gripper import Grip, Gripper, GripResult
from cellkit.devices.io import DigitalIO
from cellkit.devices.motion import CircularMotion, JointMotion, LinearMotion, Motion, PathMotion, Waypoint
from cellkit.devices.parallel_gripper import JawsState, ParallelGripper
from cellkit.devices.safety import Fault, OperationalMode, SafetyStatus, StopCategory
from cellkit.devices.sensor import Camera, CameraImage, ForceTorqueSensor, ProximitySensor, WrenchReading
from cellkit.devices.tool import Load, Tool
from cellkit.devices.vacuum_gripper import VacuumGripper, VacuumState
from cellkit.devices.workpiece import Workpiece

__all__ = [
    "Arm",
    "ArmState",
    "Camera",
    "CameraImage",
    "CircularMotion",
    "Device",
    "DeviceEvent",
    "DigitalIO",
    "Fault",
    "ForceTorqueSensor",
    "Freedrive",
    "Grip",
    "GripResult",
    "Gripper",
    "JawsState",
    "JointMotion",
    "Lifecycle",
    "LinearMotion",
    "Load",
    "LocatedPart",
    "Locating",
    "Motion",
    "OperationalMode",
    "ParallelGripper",
    "PathMotion",
    "ProximitySensor",
    "SafetyStatus",
    "Servoing",
    "StopCategory",
    "Tool",
    "VacuumGripper",
    "VacuumState",
    "Waypoint",
    "Workpiece",
    "WrenchReading",
]

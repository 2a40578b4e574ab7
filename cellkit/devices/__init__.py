"""The open interfaces of all kinds of devices: what cell programs call and what drivers implement."""

from cellkit.devices.abilities import Freedrive, LocatedPart, Locating, Servoing
from cellkit.devices.analog_io import AnalogIO, AnalogSignal
from cellkit.devices.arm import Arm, ArmState
from cellkit.devices.camera import Camera, CameraImage
from cellkit.devices.code_reader import CodeReader
from cellkit.devices.controller_signals import OwnSignals
from cellkit.devices.device import Device, DeviceEvent, Lifecycle
from cellkit.devices.digital_io import DigitalIO
from cellkit.devices.force_torque import ForceTorqueSensor, WrenchReading
from cellkit.devices.gripper import Grip, Gripper, GripResult
from cellkit.devices.machine import Clamping, Execution, Machine, MachineAlarm, MachineState
from cellkit.devices.motion import CircularMotion, JointMotion, LinearMotion, Motion, PathMotion, Waypoint
from cellkit.devices.parallel_gripper import JawsState, ParallelGripper
from cellkit.devices.proximity import ProximitySensor
from cellkit.devices.safety import Fault, OperationalMode, SafetyStatus, StopCategory
from cellkit.devices.scanner import Field, RangeScanner, Scan
from cellkit.devices.tool import Load, Tool
from cellkit.devices.vacuum_gripper import VacuumGripper, VacuumState
from cellkit.devices.workpiece import Workpiece

__all__ = [
    "AnalogIO",
    "AnalogSignal",
    "Arm",
    "ArmState",
    "Camera",
    "CameraImage",
    "CircularMotion",
    "Clamping",
    "CodeReader",
    "Device",
    "DeviceEvent",
    "DigitalIO",
    "Execution",
    "Fault",
    "Field",
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
    "Machine",
    "MachineAlarm",
    "MachineState",
    "Motion",
    "OperationalMode",
    "OwnSignals",
    "ParallelGripper",
    "PathMotion",
    "ProximitySensor",
    "RangeScanner",
    "SafetyStatus",
    "Scan",
    "Servoing",
    "StopCategory",
    "Tool",
    "VacuumGripper",
    "VacuumState",
    "Waypoint",
    "Workpiece",
    "WrenchReading",
]

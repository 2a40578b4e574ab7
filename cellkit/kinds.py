"""The kinds of devices that are part of cellkit. Packages of third parties register their kinds in the same way.

The entry points ``cellkit.kinds`` name these rows; nothing else imports this module.
"""

from __future__ import annotations

from cellkit.registry import KindSpec

ARM = KindSpec(
    name="arm",
    title="robot arm",
    interface="cellkit.devices:Arm",
    cell="cellkit.cell.kinds.arm:ARM",
    supervision="cellkit.supervision.kinds.arm:ARM",
    contract="cellkit.testing.arm_contract:ArmContract",
    rig="cellkit.testing.arm_rig:ArmRig",
    reference="cellkit_virtual.arm:VirtualArm",
    schema="arm",
    model="cellkit.models.arm:ArmModel",
    nodes="cellkit.opcua.kinds.arm:ARM",
)

JAWS = KindSpec(
    name="jaws",
    title="parallel gripper",
    interface="cellkit.devices:ParallelGripper",
    cell="cellkit.cell.kinds.gripper:JAWS",
    supervision="cellkit.supervision.kinds.gripper:JAWS",
    contract="cellkit.testing.kinds.parallel_gripper:ParallelGripperContract",
    rig="cellkit.testing.kinds.parallel_gripper:ParallelGripperRig",
    reference="cellkit_virtual.grippers:VirtualParallelGripper",
    schema="gripper",
    model="cellkit.models.gripper:ParallelGripperModel",
    nodes="cellkit.opcua.kinds.gripper:JAWS",
    recording="cellkit.scenario.kinds.gripper:JAWS",
)

VACUUM = KindSpec(
    name="vacuum",
    title="vacuum gripper",
    interface="cellkit.devices:VacuumGripper",
    cell="cellkit.cell.kinds.gripper:VACUUM",
    supervision="cellkit.supervision.kinds.gripper:VACUUM",
    contract="cellkit.testing.kinds.vacuum_gripper:VacuumGripperContract",
    rig="cellkit.testing.kinds.vacuum_gripper:VacuumGripperRig",
    reference="cellkit_virtual.grippers:VirtualVacuumGripper",
    schema="gripper",
    model="cellkit.models.gripper:VacuumGripperModel",
    nodes="cellkit.opcua.kinds.gripper:VACUUM",
    recording="cellkit.scenario.kinds.gripper:VACUUM",
)

IO = KindSpec(
    name="io",
    title="digital signals",
    interface="cellkit.devices:DigitalIO",
    cell="cellkit.cell.kinds.digital_io:IO",
    supervision="cellkit.supervision.kinds.digital_io:IO",
    contract="cellkit.testing.kinds.digital_io:DigitalIOContract",
    rig="cellkit.testing.kinds.digital_io:DigitalIORig",
    reference="cellkit_virtual.signals:VirtualDigitalIO",
    nodes="cellkit.opcua.kinds.signals:IO",
    recording="cellkit.scenario.kinds.signals:IO",
)

ANALOG_IO = KindSpec(
    name="analog_io",
    title="analog signals",
    interface="cellkit.devices:AnalogIO",
    cell="cellkit.cell.kinds.analog_io:ANALOG_IO",
    supervision="cellkit.supervision.kinds.analog_io:ANALOG_IO",
    contract="cellkit.testing.kinds.analog_io:AnalogIOContract",
    rig="cellkit.testing.kinds.analog_io:AnalogIORig",
    reference="cellkit_virtual.signals:VirtualAnalogIO",
    nodes="cellkit.opcua.kinds.signals:ANALOG_IO",
    recording="cellkit.scenario.kinds.signals:ANALOG_IO",
)

FORCE_TORQUE = KindSpec(
    name="force_torque",
    title="force/torque sensor",
    interface="cellkit.devices:ForceTorqueSensor",
    cell="cellkit.cell.kinds.force_torque:FORCE_TORQUE",
    supervision="cellkit.supervision.kinds.force_torque:FORCE_TORQUE",
    contract="cellkit.testing.kinds.force_torque:ForceTorqueContract",
    rig="cellkit.testing.kinds.force_torque:ForceTorqueRig",
    reference="cellkit_virtual.sensors:VirtualForceTorqueSensor",
    schema="sensor",
    model="cellkit.models.sensor:ForceTorqueModel",
    nodes="cellkit.opcua.kinds.force_torque:FORCE_TORQUE",
)

PROXIMITY = KindSpec(
    name="proximity",
    title="distance sensor",
    interface="cellkit.devices:ProximitySensor",
    cell="cellkit.cell.kinds.proximity:PROXIMITY",
    supervision="cellkit.supervision.kinds.proximity:PROXIMITY",
    contract="cellkit.testing.kinds.proximity:ProximityContract",
    rig="cellkit.testing.kinds.proximity:ProximityRig",
    reference="cellkit_virtual.sensors:VirtualProximitySensor",
    schema="sensor",
    model="cellkit.models.sensor:DistanceModel",
    nodes="cellkit.opcua.kinds.proximity:PROXIMITY",
)

SCANNER = KindSpec(
    name="scanner",
    title="2D scanner",
    interface="cellkit.devices:RangeScanner",
    cell="cellkit.cell.kinds.scanner:SCANNER",
    supervision="cellkit.supervision.kinds.scanner:SCANNER",
    contract="cellkit.testing.kinds.scanner:ScannerContract",
    rig="cellkit.testing.kinds.scanner:ScannerRig",
    reference="cellkit_virtual.sensors:VirtualRangeScanner",
    schema="sensor",
    model="cellkit.models.sensor:ScannerModel",
    nodes="cellkit.opcua.kinds.scanner:SCANNER",
)

CODE_READER = KindSpec(
    name="code_reader",
    title="code reader",
    interface="cellkit.devices:CodeReader",
    cell="cellkit.cell.kinds.code_reader:CODE_READER",
    supervision="cellkit.supervision.kinds.code_reader:CODE_READER",
    contract="cellkit.testing.kinds.code_reader:CodeReaderContract",
    rig="cellkit.testing.kinds.code_reader:CodeReaderRig",
    reference="cellkit_virtual.machines:VirtualCodeReader",
    nodes="cellkit.opcua.kinds.code_reader:CODE_READER",
)

MACHINE = KindSpec(
    name="machine",
    title="machine tool",
    interface="cellkit.devices:Machine",
    cell="cellkit.cell.kinds.machine:MACHINE",
    supervision="cellkit.supervision.kinds.machine:MACHINE",
    contract="cellkit.testing.kinds.machine:MachineContract",
    rig="cellkit.testing.kinds.machine:MachineRig",
    reference="cellkit_virtual.machines:VirtualMachine",
    nodes="cellkit.opcua.kinds.machine:MACHINE",
    recording="cellkit.scenario.kinds.machine:MACHINE",
)

CAMERA = KindSpec(
    name="camera",
    title="camera",
    interface="cellkit.devices:Camera",
    cell="cellkit.cell.kinds.camera:CAMERA",
    supervision="cellkit.supervision.kinds.camera:CAMERA",
    contract="cellkit.testing.kinds.camera:CameraContract",
    rig="cellkit.testing.kinds.camera:CameraRig",
    reference="cellkit_virtual.sensors:VirtualCamera",
    nodes="cellkit.opcua.kinds.camera:CAMERA",
)

"""The reference driver keeps the driver contract."""

from cellkit.testing.arm_contract import ArmContract
from cellkit.testing.kinds.analog_io import AnalogIOContract
from cellkit.testing.kinds.camera import CameraContract
from cellkit.testing.kinds.code_reader import CodeReaderContract
from cellkit.testing.kinds.digital_io import DigitalIOContract
from cellkit.testing.kinds.force_torque import ForceTorqueContract
from cellkit.testing.kinds.machine import MachineContract
from cellkit.testing.kinds.parallel_gripper import ParallelGripperContract
from cellkit.testing.kinds.proximity import ProximityContract
from cellkit.testing.kinds.scanner import ScannerContract
from cellkit.testing.kinds.vacuum_gripper import VacuumGripperContract


class TestVirtualArmOnSixAxes(ArmContract):
    driver = "virtual"
    model = "ur5e"


class TestVirtualArmOnSevenAxes(ArmContract):
    driver = "virtual"
    model = "fr3"


class TestVirtualJaws(ParallelGripperContract):
    driver = "virtual"
    model = "2f-85"


class TestVirtualCup(VacuumGripperContract):
    driver = "virtual"


class TestVirtualIO(DigitalIOContract):
    driver = "virtual"


class TestVirtualAnalogIO(AnalogIOContract):
    driver = "virtual"


class TestVirtualForceTorque(ForceTorqueContract):
    driver = "virtual"


class TestVirtualBeam(ProximityContract):
    driver = "virtual"


class TestVirtualScanner(ScannerContract):
    driver = "virtual"


class TestVirtualCodeReader(CodeReaderContract):
    driver = "virtual"


class TestVirtualMachine(MachineContract):
    driver = "virtual"


class TestVirtualCamera(CameraContract):
    driver = "virtual"

"""The reference driver keeps the driver contract."""

from cellkit.testing.arm_contract import ArmContract
from cellkit.testing.gripper_contract import ParallelGripperContract, VacuumGripperContract
from cellkit.testing.io_contract import AnalogIOContract, DigitalIOContract
from cellkit.testing.machine_contract import MachineContract
from cellkit.testing.sensor_contract import (
    CameraContract,
    CodeReaderContract,
    ForceTorqueContract,
    ProximityContract,
    ScannerContract,
)


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

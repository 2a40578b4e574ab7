"""The reference driver keeps the driver contract."""

from cellkit.testing.arm_contract import ArmContract
from cellkit.testing.gripper_contract import ParallelGripperContract, VacuumGripperContract
from cellkit.testing.io_contract import DigitalIOContract


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

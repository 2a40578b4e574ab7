"""The driver contract, over the virtual control box: in memory and virtual time, and over loopback sockets."""

import pytest
from cellkit_ufactory.rig import UfactoryRig

from cellkit.testing.arm_contract import ArmContract
from cellkit.testing.arm_goals import ArmGoals
from cellkit.testing.arm_readings import ArmReadings
from cellkit.testing.arm_refusals import ArmRefusals
from cellkit.testing.kinds.analog_io import AnalogIOContract
from cellkit.testing.kinds.digital_io import DigitalIOContract
from cellkit.testing.observed_contract import LinkFaultRules
from cellkit.testing.rig import DriverRig
from cellkit.testing.wire_contract import WireFaults


class TestUfactoryContract(ArmContract):
    driver = "ufactory"


class TestUfactoryRedundantGoals(ArmGoals, ArmReadings, ArmRefusals):
    """The rules in which a model's figures matter; the other rules are about the controller."""

    driver = "ufactory"
    model = "xarm7"


@pytest.mark.long
class TestUfactoryRedundant(ArmContract):
    driver = "ufactory"
    model = "xarm7"


class TestUfactoryLiteGoals(ArmGoals, ArmReadings, ArmRefusals):
    """The rules in which a model's figures matter; the other rules are about the controller."""

    driver = "ufactory"
    model = "lite6"


@pytest.mark.long
class TestUfactoryLite(ArmContract):
    driver = "ufactory"
    model = "lite6"


class TestUfactoryFaults(WireFaults):
    driver = "ufactory"


class TestUfactorySignals(DigitalIOContract):
    driver = "ufactory"


class TestUfactoryAnalogSignals(AnalogIOContract, LinkFaultRules):
    driver = "ufactory"


@pytest.mark.long
class TestUfactorySignalsLoopback(DigitalIOContract):
    driver = "ufactory"
    speed = 1.0

    def driver_rig(self) -> DriverRig:
        return UfactoryRig(sockets=True)


@pytest.mark.long
class TestUfactoryLoopback(ArmContract):
    driver = "ufactory"
    speed = 1.0

    def driver_rig(self) -> DriverRig:
        return UfactoryRig(sockets=True)


@pytest.mark.long
class TestUfactoryLoopbackFaults(WireFaults):
    driver = "ufactory"
    speed = 1.0

    def driver_rig(self) -> DriverRig:
        return UfactoryRig(sockets=True)

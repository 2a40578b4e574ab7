"""The driver contract over the virtual controller: in memory and virtual time, and over sockets in real time."""

from __future__ import annotations

import pytest
from cellkit_fanuc.rig import FanucRig

from cellkit.testing.arm_contract import ArmContract
from cellkit.testing.arm_goals import ArmGoals
from cellkit.testing.arm_readings import ArmReadings
from cellkit.testing.arm_refusals import ArmRefusals
from cellkit.testing.kinds.analog_io import AnalogIOContract
from cellkit.testing.kinds.digital_io import DigitalIOContract
from cellkit.testing.observed_contract import LinkFaultRules
from cellkit.testing.rig import DriverRig
from cellkit.testing.wire_contract import WireFaults


class TestFanucContract(ArmContract):
    driver = "fanuc"


class TestFanucLrMateGoals(ArmGoals, ArmReadings, ArmRefusals):
    """The rules in which a model's figures matter; the other rules are about the controller."""

    driver = "fanuc"
    model = "lrmate-200id"


@pytest.mark.long
class TestFanucLrMateContract(ArmContract):
    driver = "fanuc"
    model = "lrmate-200id"


class TestFanucFaults(WireFaults):
    driver = "fanuc"


class TestFanucSignals(DigitalIOContract):
    driver = "fanuc"


class TestFanucAnalogSignals(AnalogIOContract, LinkFaultRules):
    driver = "fanuc"


@pytest.mark.long
class TestFanucSignalsLoopback(DigitalIOContract):
    driver = "fanuc"
    speed = 1.0

    def driver_rig(self) -> DriverRig:
        return FanucRig(sockets=True)


@pytest.mark.long
class TestFanucLoopback(ArmContract):
    driver = "fanuc"
    speed = 1.0

    def driver_rig(self) -> DriverRig:
        return FanucRig(sockets=True)


@pytest.mark.long
class TestFanucLoopbackFaults(WireFaults):
    driver = "fanuc"
    speed = 1.0

    def driver_rig(self) -> DriverRig:
        return FanucRig(sockets=True)

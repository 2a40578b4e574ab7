"""The driver contract and the faults at the wire, over the virtual controller: in memory, and over loopback UDP."""

from typing import ClassVar

import pytest
from cellkit_yaskawa.rig import YaskawaRig

from cellkit.testing.arm_contract import ArmContract
from cellkit.testing.arm_goals import ArmGoals
from cellkit.testing.arm_readings import ArmReadings
from cellkit.testing.arm_refusals import ArmRefusals
from cellkit.testing.kinds.digital_io import DigitalIOContract
from cellkit.testing.rig import DriverRig
from cellkit.testing.wire_contract import WireFaults


class TestYaskawaContract(ArmContract):
    driver = "yaskawa"


class TestYaskawaFaults(WireFaults):
    driver = "yaskawa"


class TestHc10Goals(ArmGoals, ArmReadings, ArmRefusals):
    """The rules in which a model's figures matter; the other rules are about the controller."""

    driver = "yaskawa"
    model = "hc10"


@pytest.mark.long
class TestHc10Contract(ArmContract):
    driver = "yaskawa"
    model = "hc10"


class TestYaskawaSignals(DigitalIOContract):
    driver = "yaskawa"


@pytest.mark.long
class TestYaskawaSignalsLoopback(DigitalIOContract):
    driver = "yaskawa"
    speed: ClassVar = 1.0

    def driver_rig(self) -> DriverRig:
        return YaskawaRig(sockets=True)


@pytest.mark.long
class TestYaskawaLoopback(ArmContract):
    driver = "yaskawa"
    speed: ClassVar = 1.0

    def driver_rig(self) -> DriverRig:
        return YaskawaRig(sockets=True)


@pytest.mark.long
class TestYaskawaLoopbackFaults(WireFaults):
    driver = "yaskawa"
    speed: ClassVar = 1.0

    def driver_rig(self) -> DriverRig:
        return YaskawaRig(sockets=True)

"""The driver contract for the igus driver, in memory and over loopback sockets."""

from __future__ import annotations

import pytest
from cellkit_igus.rig import IgusRig

from cellkit.testing.arm_contract import ArmContract
from cellkit.testing.kinds.digital_io import DigitalIOContract
from cellkit.testing.rig import DriverRig
from cellkit.testing.wire_contract import WireFaults


class TestIgusContract(ArmContract):
    driver = "igus"


class TestIgusFaults(WireFaults):
    driver = "igus"


class TestIgusSignals(DigitalIOContract):
    driver = "igus"


@pytest.mark.long
class TestIgusSignalsLoopback(DigitalIOContract):
    driver = "igus"
    speed = 1.0

    def driver_rig(self) -> DriverRig:
        return IgusRig(sockets=True)


@pytest.mark.long
class TestIgusLoopback(ArmContract):
    driver = "igus"
    speed = 1.0

    def driver_rig(self) -> DriverRig:
        return IgusRig(sockets=True)


@pytest.mark.long
class TestIgusLoopbackFaults(WireFaults):
    driver = "igus"
    speed = 1.0

    def driver_rig(self) -> DriverRig:
        return IgusRig(sockets=True)

"""The driver contract for SICK's scanners: both dialects and both models, in memory and over loopback sockets."""

from __future__ import annotations

import pytest
from cellkit_sick.rig import SickRig

from cellkit.testing.kinds.scanner import ScannerContract
from cellkit.testing.observed_contract import LinkFaultRules
from cellkit.testing.rig import DriverRig


class TestColaA(ScannerContract, LinkFaultRules):
    driver = "sick"


class TestColaALms111(ScannerContract):
    driver = "sick"
    model = "lms111"


class TestColaB(ScannerContract, LinkFaultRules):
    def driver_rig(self) -> DriverRig:
        return SickRig(protocol="cola-b")


@pytest.mark.long
class TestColaALoopback(ScannerContract, LinkFaultRules):
    speed = 1.0

    def driver_rig(self) -> DriverRig:
        return SickRig(sockets=True)


@pytest.mark.long
class TestColaBLoopback(ScannerContract, LinkFaultRules):
    model = "lms111"
    speed = 1.0

    def driver_rig(self) -> DriverRig:
        return SickRig(protocol="cola-b", sockets=True)

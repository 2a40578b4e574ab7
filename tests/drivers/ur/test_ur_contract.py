"""The driver contract and the faults of the wire, in memory; and once more over sockets, in real time."""

import pytest
from cellkit_ur.rig import UrRig

from cellkit.testing.arm_contract import ArmContract
from cellkit.testing.rig import DriverRig
from cellkit.testing.wire_contract import WireFaults
from tests.some_rules import MODEL_FIGURES, some_rules


class TestUrContract(ArmContract):
    driver = "ur"


class TestUr3eGoals(some_rules(ArmContract, *MODEL_FIGURES)):
    """The rules in which a model's figures matter; the other rules are about the controller."""

    driver = "ur"
    model = "ur3e"


@pytest.mark.long
class TestUr3e(ArmContract):
    """Joints of different speeds, and one joint that turns without end."""

    driver = "ur"
    model = "ur3e"


@pytest.mark.long
class TestUr10e(ArmContract):
    driver = "ur"
    model = "ur10e"


@pytest.mark.long
class TestUr20(ArmContract):
    driver = "ur"
    model = "ur20"


class TestUrFaults(WireFaults):
    driver = "ur"


@pytest.mark.long
class TestUrLoopback(ArmContract):
    driver = "ur"
    speed = 1.0

    def driver_rig(self) -> DriverRig:
        return UrRig(sockets=True)


@pytest.mark.long
class TestUrLoopbackFaults(WireFaults):
    driver = "ur"
    speed = 1.0

    def driver_rig(self) -> DriverRig:
        return UrRig(sockets=True)

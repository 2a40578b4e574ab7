"""The driver contract for the KUKA driver, in memory and over loopback sockets."""

from __future__ import annotations

import pytest
from cellkit_kuka.rig import KukaRig

from cellkit.testing.arm_contract import ArmContract
from cellkit.testing.kinds.analog_io import AnalogIOContract
from cellkit.testing.kinds.digital_io import DigitalIOContract
from cellkit.testing.observed_contract import LinkFaultRules
from cellkit.testing.rig import DriverRig
from cellkit.testing.wire_contract import WireFaults
from tests.some_rules import some_rules


class TestKukaContract(ArmContract):
    driver = "kuka"


class TestKukaFaults(WireFaults):
    driver = "kuka"


class TestKukaSevenAxesLine(
    some_rules(
        WireFaults,
        "test_a_silent_line_is_noticed",
        "test_a_protective_stop_during_a_motion_and_the_way_back",
        "test_the_wrong_mode_refuses_motions_until_it_is_right_again",
    )
):
    driver = "kuka"
    model = "iiwa14"


@pytest.mark.long
class TestKukaSevenAxes(WireFaults):
    driver = "kuka"
    model = "iiwa14"


class TestKukaSignals(DigitalIOContract):
    driver = "kuka"


class TestKukaAnalogSignals(AnalogIOContract, LinkFaultRules):
    driver = "kuka"


@pytest.mark.long
class TestKukaSignalsLoopback(DigitalIOContract):
    driver = "kuka"
    speed = 1.0

    def driver_rig(self) -> DriverRig:
        return KukaRig(sockets=True)


@pytest.mark.long
class TestKukaLoopback(ArmContract):
    driver = "kuka"
    speed = 1.0

    def driver_rig(self) -> DriverRig:
        return KukaRig(sockets=True)


@pytest.mark.long
class TestKukaLoopbackFaults(WireFaults):
    driver = "kuka"
    speed = 1.0

    def driver_rig(self) -> DriverRig:
        return KukaRig(sockets=True)

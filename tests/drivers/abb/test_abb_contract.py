"""ABB's driver keeps the driver contract, over virtual IRC5 and OmniCore controllers, in memory and on sockets."""

from __future__ import annotations

import pytest
from cellkit_abb.rig import AbbRig

from cellkit.testing.arm_contract import ArmContract
from cellkit.testing.arm_goals import ArmGoals
from cellkit.testing.arm_readings import ArmReadings
from cellkit.testing.arm_refusals import ArmLifecycle
from cellkit.testing.arm_safety import ArmLink
from cellkit.testing.kinds.analog_io import AnalogIOContract
from cellkit.testing.kinds.digital_io import DigitalIOContract
from cellkit.testing.observed_contract import LinkFaultRules
from cellkit.testing.wire_contract import WireFaults
from tests.some_rules import MODEL_FIGURES, some_rules


class TestAbbContract(ArmContract):
    driver = "abb"


class TestAbb1200Goals(some_rules(ArmContract, *MODEL_FIGURES)):
    """The rules in which a model's figures matter; the other rules are about the controller."""

    driver = "abb"
    model = "irb-1200"


@pytest.mark.long
class TestAbb1200Contract(ArmContract):
    driver = "abb"
    model = "irb-1200"


class TestAbbOmniCoreWeb(ArmLifecycle, ArmReadings, some_rules(ArmGoals, "test_move_joint_reaches_its_goal"), ArmLink):
    """The rules in which the web services of an OmniCore matter; the rest of the controller is an IRC5's."""

    driver = "abb"
    model = "gofa"


@pytest.mark.long
class TestAbbOmniCoreContract(ArmContract):
    driver = "abb"
    model = "gofa"


class TestAbbFaults(WireFaults):
    driver = "abb"


class TestAbbOmniCoreLine(
    some_rules(
        WireFaults,
        "test_a_silent_line_is_noticed",
        "test_a_protective_stop_during_a_motion_and_the_way_back",
    )
):
    driver = "abb"
    model = "gofa"


@pytest.mark.long
class TestAbbOmniCoreFaults(WireFaults):
    driver = "abb"
    model = "gofa"


class TestAbbSignals(DigitalIOContract):
    driver = "abb"


class TestAbbAnalogSignals(AnalogIOContract, LinkFaultRules):
    driver = "abb"


class OmniCoreRig(AbbRig):
    """Signals of an OmniCore: the default tests the signals of the usual model's controller."""

    usual = "gofa"


class TestAbbOmniCoreSignals(DigitalIOContract):
    driver = "abb"

    def driver_rig(self) -> OmniCoreRig:
        return OmniCoreRig()


@pytest.mark.long
class TestAbbOmniCoreAnalogSignals(AnalogIOContract, LinkFaultRules):
    driver = "abb"

    def driver_rig(self) -> OmniCoreRig:
        return OmniCoreRig()


@pytest.mark.long
class TestAbbSignalsLoopback(DigitalIOContract):
    driver = "abb"
    speed = 1.0

    def driver_rig(self) -> AbbRig:
        return AbbRig(sockets=True)


@pytest.mark.long
class TestAbbLoopback(ArmContract):
    driver = "abb"
    speed = 1.0

    def driver_rig(self) -> AbbRig:
        return AbbRig(sockets=True)


@pytest.mark.long
class TestAbbOmniCoreLoopback(TestAbbLoopback):
    model = "gofa"

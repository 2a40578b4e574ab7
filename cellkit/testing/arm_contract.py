"""The whole contract of arms.

A driver's test file needs three lines for it::

    from cellkit.testing.arm_contract import ArmContract


    class TestMyArm(ArmContract):
        driver = "my_driver"
"""

from __future__ import annotations

from cellkit.testing.arm_goals import ArmAbilities, ArmGoals
from cellkit.testing.arm_readings import ArmReadings
from cellkit.testing.arm_refusals import ArmLifecycle, ArmRefusals
from cellkit.testing.arm_safety import ArmIndependence, ArmLink, ArmSafety
from cellkit.testing.arm_stops import ArmBusy, ArmStops


class ArmContract(
    ArmLifecycle,
    ArmReadings,
    ArmRefusals,
    ArmGoals,
    ArmBusy,
    ArmStops,
    ArmLink,
    ArmSafety,
    ArmIndependence,
    ArmAbilities,
):
    """Every rule that a driver of an arm has to keep.

    Each rule runs in virtual time and is judged by the mechanics of the plant.
    """

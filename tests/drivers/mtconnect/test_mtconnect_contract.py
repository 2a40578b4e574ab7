"""The driver contract for machine tools behind an MTConnect agent."""

from __future__ import annotations

import pytest
from cellkit_mtconnect.rig import MTConnectRig

from cellkit.testing.kinds.machine import MachineContract
from cellkit.testing.observed_contract import LinkFaultRules
from cellkit.testing.rig import DriverRig


class TestMTConnect(MachineContract, LinkFaultRules):
    driver = "mtconnect"


@pytest.mark.long
class TestMTConnectLoopback(MachineContract, LinkFaultRules):
    driver = "mtconnect"
    speed = 1.0

    def driver_rig(self) -> DriverRig:
        return MTConnectRig(sockets=True)

"""The driver contract for sensors by both protocols and for signals, in memory and over loopback sockets."""

from __future__ import annotations

from collections.abc import Coroutine
from typing import Any

import pytest
from cellkit_iolink.rig import IoLinkRig

from cellkit.devices import DigitalIO
from cellkit.testing.kinds.digital_io import DigitalIOContract, DigitalIORig
from cellkit.testing.kinds.proximity import ProximityContract
from cellkit.testing.observed_contract import LinkFaultRules, ObservedContract
from cellkit.testing.rig import DriverRig


class IotCore:
    def driver_rig(self) -> DriverRig:
        return IoLinkRig(protocol="iotcore")


class Json:
    def driver_rig(self) -> DriverRig:
        return IoLinkRig(protocol="json")


class TestIotCoreSensor(IotCore, ProximityContract, LinkFaultRules):
    pass


class TestIotCoreOds9(IotCore, ProximityContract):
    model = "ods9-450"


class TestJsonSensor(Json, ProximityContract, LinkFaultRules):
    pass


class TestJsonOds9(Json, ProximityContract, LinkFaultRules):
    model = "ods9-450"


class TestIotCoreSignals(IotCore, DigitalIOContract):
    pass


class TestIotCoreSignalsOnABadLine(IotCore, ObservedContract[DigitalIORig], LinkFaultRules):
    kind = "io"

    def ask(self, device: DigitalIO) -> Coroutine[Any, Any, object]:
        return device.read(device.inputs[0])

    def wait(self, device: DigitalIO) -> Coroutine[Any, Any, object]:
        return device.wait_for(device.inputs[0], True, timeout=60.0)


@pytest.mark.long
class TestIotCoreSensorLoopback(ProximityContract, LinkFaultRules):
    speed = 1.0

    def driver_rig(self) -> DriverRig:
        return IoLinkRig(protocol="iotcore", sockets=True)


@pytest.mark.long
class TestJsonSensorLoopback(ProximityContract, LinkFaultRules):
    speed = 1.0
    model = "ods9-450"

    def driver_rig(self) -> DriverRig:
        return IoLinkRig(protocol="json", sockets=True)


@pytest.mark.long
class TestIotCoreSignalsLoopback(DigitalIOContract):
    speed = 1.0

    def driver_rig(self) -> DriverRig:
        return IoLinkRig(protocol="iotcore", sockets=True)

"""The driver contract for signals on a Modbus TCP coupler."""

from __future__ import annotations

import pytest
from cellkit_modbus.rig import ModbusRig

from cellkit.testing.kinds.analog_io import AnalogIOContract
from cellkit.testing.kinds.digital_io import DigitalIOContract
from cellkit.testing.observed_contract import LinkFaultRules
from cellkit.testing.rig import DriverRig


class TestModbusDigital(DigitalIOContract):
    driver = "modbus"


@pytest.mark.long
class TestModbusDigitalLoopback(DigitalIOContract):
    driver = "modbus"
    speed = 1.0

    def driver_rig(self) -> DriverRig:
        return ModbusRig(sockets=True)


class TestModbusAnalog(AnalogIOContract, LinkFaultRules):
    driver = "modbus"


@pytest.mark.long
class TestModbusAnalogLoopback(AnalogIOContract, LinkFaultRules):
    driver = "modbus"
    speed = 1.0

    def driver_rig(self) -> DriverRig:
        return ModbusRig(sockets=True)

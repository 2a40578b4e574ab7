"""The driver contract of an installed driver, with no test file at all.

``pytest --pyargs cellkit.testing.suite --cellkit-driver NAME [--cellkit-model ID]``: one class for every kind of
device that the driver's rig offers.
"""

from __future__ import annotations

from typing import Any

import pytest

from cellkit.errors import ConfigError
from cellkit.testing.arm_contract import ArmContract
from cellkit.testing.contract import Contract, chosen_kinds
from cellkit.testing.gripper_contract import ParallelGripperContract, VacuumGripperContract
from cellkit.testing.io_contract import AnalogIOContract, DigitalIOContract
from cellkit.testing.machine_contract import MachineContract
from cellkit.testing.plugin import chosen
from cellkit.testing.rig import Kind
from cellkit.testing.sensor_contract import (
    CameraContract,
    CodeReaderContract,
    ForceTorqueContract,
    ProximityContract,
    ScannerContract,
)

CONTRACTS: dict[Kind, type[Contract[Any]]] = {
    Kind.ARM: ArmContract,
    Kind.JAWS: ParallelGripperContract,
    Kind.VACUUM: VacuumGripperContract,
    Kind.IO: DigitalIOContract,
    Kind.ANALOG_IO: AnalogIOContract,
    Kind.FORCE_TORQUE: ForceTorqueContract,
    Kind.PROXIMITY: ProximityContract,
    Kind.SCANNER: ScannerContract,
    Kind.CODE_READER: CodeReaderContract,
    Kind.MACHINE: MachineContract,
    Kind.CAMERA: CameraContract,
}


def contracts_of(driver: str, model: str | None) -> dict[str, type[Contract[Any]]]:
    """Test classes by name, one for every kind of device to try. Raises ``ConfigError`` and ``DriverNotFound``."""
    classes: dict[str, type[Contract[Any]]] = {}
    for kind, chosen_model in chosen_kinds(driver, model):
        name = f"Test{kind.value.title().replace('_', '')}"
        members = {"driver": driver, "model": chosen_model, "__module__": __name__}
        classes[name] = type(name, (CONTRACTS[kind],), members)
    return classes


_choice = chosen()
if _choice is None:
    pytest.skip("name a driver: --cellkit-driver NAME", allow_module_level=True)
try:
    globals().update(contracts_of(*_choice))
except ConfigError as error:
    pytest.skip(str(error), allow_module_level=True)

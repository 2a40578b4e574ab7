"""The driver contract of an installed driver, without a test file.

``pytest --pyargs cellkit.testing.suite --cellkit-driver NAME [--cellkit-model ID]``: one class for every kind of device
that the driver's rig offers. With ``--cellkit-address HOST [--cellkit-port ENDPOINT=N]`` only the safe rules run, in
real time, against the device at that address.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import pytest

from cellkit import registry
from cellkit.errors import ConfigError
from cellkit.testing.address import AddressRig, read_ports
from cellkit.testing.contract import Contract, chosen_kinds, is_safe
from cellkit.testing.plugin import chosen


def contract_of(kind: str) -> type[Contract[Any]]:
    """Return the rules of a kind of device."""
    contract: Any = registry.load_object(registry.kind(kind).contract)
    return contract  # type: ignore[no-any-return]


def contracts_of(
    driver: str, model: str | None, address: str | None = None, ports: Sequence[str] = ()
) -> dict[str, type[Contract[Any]]]:
    """Return test classes by name, one for every kind of device. Raises ``ConfigError`` and ``DriverNotFound``."""
    rig = None if address is None else AddressRig(driver, address, read_ports(ports))
    classes: dict[str, type[Contract[Any]]] = {}
    for kind, chosen_model in chosen_kinds(driver, model) if rig is None else rig.kinds(model):
        name = f"Test{kind.title().replace('_', '')}"
        contract = contract_of(kind)
        members: dict[str, Any] = {"driver": driver, "model": chosen_model, "__module__": __name__}
        if rig is not None:
            members |= {"speed": 1.0, "driver_rig": lambda _self, rig=rig: rig}
            # pytest collects nothing of a name that is no function.
            members |= dict.fromkeys((rule for rule in _rules(contract) if not is_safe(getattr(contract, rule))), None)
        classes[name] = type(name, (contract,), members)
    return classes


def _rules(contract: type[Contract[Any]]) -> list[str]:
    return [name for name in dir(contract) if name.startswith("test_")]


_choice = chosen()
if _choice is None:
    pytest.skip("name a driver: --cellkit-driver NAME", allow_module_level=True)
try:
    globals().update(contracts_of(*_choice))
except ConfigError as error:
    pytest.skip(str(error), allow_module_level=True)

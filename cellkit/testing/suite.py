"""The driver contract of an installed driver, without a test file.

``pytest --pyargs cellkit.testing.suite --cellkit-driver NAME [--cellkit-model ID]``: one class for every kind of device
that the driver's rig offers.
"""

from __future__ import annotations

from typing import Any

import pytest

from cellkit import registry
from cellkit.errors import ConfigError
from cellkit.testing.contract import Contract, chosen_kinds
from cellkit.testing.plugin import chosen


def contract_of(kind: str) -> type[Contract[Any]]:
    """Return the rules of a kind of device."""
    contract: Any = registry.load_object(registry.kind(kind).contract)
    return contract  # type: ignore[no-any-return]


def contracts_of(driver: str, model: str | None) -> dict[str, type[Contract[Any]]]:
    """Return test classes by name, one for every kind of device. Raises ``ConfigError`` and ``DriverNotFound``."""
    classes: dict[str, type[Contract[Any]]] = {}
    for kind, chosen_model in chosen_kinds(driver, model):
        name = f"Test{kind.title().replace('_', '')}"
        members = {"driver": driver, "model": chosen_model, "__module__": __name__}
        classes[name] = type(name, (contract_of(kind),), members)
    return classes


_choice = chosen()
if _choice is None:
    pytest.skip("name a driver: --cellkit-driver NAME", allow_module_level=True)
try:
    globals().update(contracts_of(*_choice))
except ConfigError as error:
    pytest.skip(str(error), allow_module_level=True)

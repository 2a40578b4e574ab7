"""pytest plug-in: ``pytest --pyargs cellkit.testing.suite --cellkit-driver NAME [--cellkit-model ID]``.

pytest loads it wherever cellkit is installed, so that it imports nothing of cellkit before it is needed.
"""

from __future__ import annotations

import sys
from typing import NamedTuple

import pytest

pytest.register_assert_rewrite(
    "cellkit.testing.contract",
    "cellkit.testing.arm_rules",
    "cellkit.testing.arm_readings",
    "cellkit.testing.arm_refusals",
    "cellkit.testing.arm_goals",
    "cellkit.testing.arm_stops",
    "cellkit.testing.arm_safety",
    "cellkit.testing.arm_contract",
    "cellkit.testing.gripper_faults",
    "cellkit.testing.kinds",
    "cellkit.testing.observed_contract",
    "cellkit.testing.wire_contract",
)


class Choice(NamedTuple):
    """The options of one run; ``address`` is None for devices over their virtual ones."""

    driver: str
    model: str | None = None
    address: str | None = None
    ports: tuple[str, ...] = ()


_chosen: list[Choice] = []


def pytest_addoption(parser: pytest.Parser) -> None:
    """Add the options of the driver contract."""
    group = parser.getgroup("cellkit", "the driver contract of cellkit")
    group.addoption("--cellkit-driver", metavar="NAME", help="installed driver that cellkit.testing.suite tests")
    group.addoption("--cellkit-model", metavar="ID", help="model (id or file) to test it with; default: the usual ones")
    group.addoption(
        "--cellkit-address",
        metavar="HOST",
        help="run only the safe rules, against the vendor's simulator or the real controller at this address",
    )
    group.addoption(
        "--cellkit-port",
        action="append",
        default=[],
        metavar="ENDPOINT=N",
        help="port of an endpoint at that address (default: the vendor's usual one); repeatable",
    )


def pytest_configure(config: pytest.Config) -> None:
    """Store the requested driver, model and address; raise a usage error for those that do not exist."""
    driver, model = config.getoption("--cellkit-driver"), config.getoption("--cellkit-model")
    address, ports = config.getoption("--cellkit-address"), tuple(config.getoption("--cellkit-port"))
    _chosen.clear()
    # The content of the suite depends on the options: a module of an earlier run in this process is out of date.
    sys.modules.pop("cellkit.testing.suite", None)
    if driver is None:
        for option, value in (("model", model), ("address", address), ("port", ports)):
            if value:
                raise pytest.UsageError(f"--cellkit-{option} needs --cellkit-driver")
        return
    if ports and address is None:
        raise pytest.UsageError("--cellkit-port needs --cellkit-address")
    from cellkit import registry
    from cellkit.errors import CellkitError
    from cellkit.testing.contract import chosen_kinds

    try:
        if registry.driver(driver).rig is not None:  # without a rig, the suite skips with the reason
            chosen_kinds(driver, model)
    except CellkitError as error:
        raise pytest.UsageError(str(error)) from None
    _chosen.append(Choice(driver, model, address, ports))


def chosen() -> Choice | None:
    """Return the options of this run; None when no driver was named."""
    return _chosen[0] if _chosen else None

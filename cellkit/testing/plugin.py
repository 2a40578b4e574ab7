"""pytest plug-in: ``pytest --pyargs cellkit.testing.suite --cellkit-driver NAME [--cellkit-model ID]``.

pytest loads it wherever cellkit is installed, so that it imports nothing of cellkit before it is needed.
"""

from __future__ import annotations

import sys

import pytest

pytest.register_assert_rewrite(
    "cellkit.testing.contract",
    "cellkit.testing.arm_rules",
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

_chosen: list[tuple[str, str | None]] = []


def pytest_addoption(parser: pytest.Parser) -> None:
    """Add the two options of the driver contract."""
    group = parser.getgroup("cellkit", "the driver contract of cellkit")
    group.addoption("--cellkit-driver", metavar="NAME", help="installed driver that cellkit.testing.suite tests")
    group.addoption("--cellkit-model", metavar="ID", help="model (id or file) to test it with; default: the usual ones")


def pytest_configure(config: pytest.Config) -> None:
    """Store the requested driver and model; raise a usage error for one that does not exist."""
    driver, model = config.getoption("--cellkit-driver"), config.getoption("--cellkit-model")
    _chosen.clear()
    # The content of the suite depends on the options: a module of an earlier run in this process is out of date.
    sys.modules.pop("cellkit.testing.suite", None)
    if driver is None:
        if model is not None:
            raise pytest.UsageError("--cellkit-model needs --cellkit-driver")
        return
    from cellkit import registry
    from cellkit.errors import CellkitError
    from cellkit.testing.contract import chosen_kinds

    try:
        if registry.driver(driver).rig is not None:  # without a rig, the suite skips with the reason
            chosen_kinds(driver, model)
    except CellkitError as error:
        raise pytest.UsageError(str(error)) from None
    _chosen.append((driver, model))


def chosen() -> tuple[str, str | None] | None:
    """Return driver and model of this run; None when no driver was named."""
    return _chosen[0] if _chosen else None

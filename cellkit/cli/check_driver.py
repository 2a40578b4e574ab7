"""The command ``cellkit check-driver``.

It is the only place outside the tests that uses ``cellkit.testing``, and only when called.
"""

from __future__ import annotations

from collections.abc import Sequence

from cellkit.errors import ConfigError


def check_driver_command(name: str, model: str | None, address: str | None, ports: Sequence[str]) -> int:
    """Run the driver contract and return pytest's exit code: 0 passed, 1 failed, 2 could not be run."""
    if ports and address is None:
        raise ConfigError("--port needs --address: without an address the driver is tested on its virtual device")
    from cellkit.testing.check import check_driver

    return check_driver(name, model, address=address, ports=ports)

"""The command ``cellkit check-driver``.

It is the only place outside the tests that uses ``cellkit.testing``, and only when called.
"""

from __future__ import annotations


def check_driver_command(name: str, model: str | None) -> int:
    """Run the driver contract and return pytest's exit code: 0 passed, 1 failed, 2 could not be run."""
    from cellkit.testing.check import check_driver

    return check_driver(name, model)

"""Runs the driver contract on an installed driver, for ``cellkit check-driver NAME``."""

from __future__ import annotations

import importlib.util
import os
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

from cellkit.errors import ConfigError


def check_driver(
    name: str,
    model: str | None = None,
    verbose: bool = False,
    address: str | None = None,
    ports: Sequence[str] = (),
) -> int:
    """Test a driver against the contract; return 0 when all its rules hold, 1 when one does not.

    ``model`` is the id or file of the model to test it with (None: the usual one of every kind of device). ``verbose``
    names every rule. Other numbers are pytest's own.

    With ``address``, only the safe rules run, against the device that listens there: the vendor's simulator, a real
    controller or a virtual one. ``ports`` are texts ``ENDPOINT=N`` for ports other than the usual ones.

    Raises ``DriverNotFound`` for an unknown driver or model; ``ConfigError`` for a driver without a rig, and where
    pytest is not installed; ``ConnectionFailed`` when no such device answers at ``address``.
    """
    if importlib.util.find_spec("pytest") is None:
        raise ConfigError("check-driver needs pytest: pip install 'cellkit-robotics[test]'")
    from cellkit.testing.contract import chosen_kinds

    chosen_kinds(name, model)
    if address is not None:
        _reach(name, model, address, ports)
    command = [sys.executable, "-m", "pytest", "--pyargs", "cellkit.testing.suite", "--cellkit-driver", name]
    if model is not None:
        command += ["--cellkit-model", model]
    if address is not None:
        command += [f"--cellkit-address={address}", *(f"--cellkit-port={port}" for port in ports)]
    # The run reads no configuration file of the current folder and writes nothing into it.
    command += ["-c", os.devnull, "--rootdir", str(Path(__file__).parent), "-p", "no:cacheprovider"]
    command += ["-ra", "-W", "error", "-v" if verbose else "-q"]
    # The run needs a new process: pytest explains failed assertions only in modules that were not imported before.
    return subprocess.run(command, check=False).returncode  # noqa: S603  (a list, no shell; names are checked above)


def _reach(name: str, model: str | None, address: str, ports: Sequence[str]) -> None:
    """Connect once and close again, so that a wrong address is one clear error instead of a failure of every rule.

    The driver also warns here where its record has no evidence from real hardware.
    """
    from cellkit.testing.address import AddressRig, read_ports
    from cellkit.timing import run

    rigs = AddressRig(name, address, read_ports(ports))

    async def reach() -> None:
        rig = rigs.rig(*rigs.kinds(model)[0])
        await rig.start()
        try:
            await rig.device.connect()
        finally:
            await rig.finish()

    run(reach(), speed=1.0)

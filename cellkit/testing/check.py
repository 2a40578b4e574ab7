"""Runs the driver contract on an installed driver, for ``cellkit check-driver NAME``."""

from __future__ import annotations

import importlib.util
import os
import subprocess
import sys
from pathlib import Path

from cellkit.errors import ConfigError


def check_driver(name: str, model: str | None = None, verbose: bool = False) -> int:
    """Test a driver against the contract; return 0 when all its rules hold, 1 when one does not.

    ``model`` is the id or file of the model to test it with (None: the usual one of every kind of device). ``verbose``
    names every rule. Other numbers are pytest's own.

    Raises ``DriverNotFound`` for an unknown driver or model; ``ConfigError`` for a driver without a rig, and where
    pytest is not installed.
    """
    if importlib.util.find_spec("pytest") is None:
        raise ConfigError("check-driver needs pytest: pip install 'cellkit-robotics[test]'")
    from cellkit.testing.contract import chosen_kinds

    chosen_kinds(name, model)
    command = [sys.executable, "-m", "pytest", "--pyargs", "cellkit.testing.suite", "--cellkit-driver", name]
    if model is not None:
        command += ["--cellkit-model", model]
    # The run reads no configuration file of the current folder and writes nothing into it.
    command += ["-c", os.devnull, "--rootdir", str(Path(__file__).parent), "-p", "no:cacheprovider"]
    command += ["-ra", "-W", "error", "-v" if verbose else "-q"]
    # The run needs a new process: pytest explains failed assertions only in modules that were not imported before.
    return subprocess.run(command, check=False).returncode  # noqa: S603  (a list, no shell; names are checked above)

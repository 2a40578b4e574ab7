"""Node packages for these tests, which are skipped without npm."""

from __future__ import annotations

from pathlib import Path

import pytest

from bench import npm
from bench.npm import ENVIRONMENTS, PATIENCE

__all__ = ["ENVIRONMENTS", "HERE", "PATIENCE", "npm_environment", "official_nodesets"]

HERE = Path(__file__).parent


def npm_environment(package_json: Path) -> Path:
    """Return the folder of :func:`bench.npm.npm_environment`; skip the test where node or npm is not installed."""
    try:
        return npm.npm_environment(package_json)
    except FileNotFoundError as error:
        pytest.skip(str(error))


def official_nodesets() -> Path:
    """Return the folder of the official NodeSet2 files."""
    return npm_environment(HERE / "package.json") / "node_modules" / "node-opcua-nodesets" / "nodesets"

"""o6, a Python on open62541's newest C, watches and commands the cell by each security policy."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from strangers import settings_of

from cellkit.opcua.security.settings import POLICIES
from tests.opcua.gateway_rig import ServedCell

pytestmark = pytest.mark.clients


@pytest.mark.parametrize("policy", POLICIES)
def test_the_arm_is_watched_and_moved(
    cell: ServedCell, client: Callable[..., dict[str, Any]], tmp_path: Path, policy: str
) -> None:
    settings = json.dumps(settings_of(cell, tmp_path, policy=policy))
    try:
        found = client("opcua", "drive_o6.py", settings, requirements="requirements_o6.txt")
    except subprocess.CalledProcessError as error:
        pytest.skip(f"the environment of o6 cannot be made here: {error}")
    assert found["axes"] == [f"A{number}" for number in range(1, 7)]
    assert found["unit"] == 17476
    assert (found["unowned"], found["control"]) == ("BAD_RESOURCE_UNAVAILABLE", "GOOD")
    assert (found["home"], found["moved"]) == (5, 5)
    assert found["changes"] > 15
    assert (found["mistyped"], found["missing"]) == ("BAD_INVALID_ARGUMENT", "BAD_ARGUMENTS_MISSING")
    assert found["released"] == "GOOD"

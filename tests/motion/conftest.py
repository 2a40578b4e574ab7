"""Arms for the motion tests, built once."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).resolve().parent))

import arms

from cellkit.motion import ArmKinematics


@pytest.fixture(scope="session")
def ur5e() -> ArmKinematics:
    return ArmKinematics(arms.ur5e())


@pytest.fixture(scope="session", params=["ur5e", "panda", "spherical"])
def any_arm(request: pytest.FixtureRequest) -> ArmKinematics:
    return ArmKinematics(getattr(arms, request.param)())

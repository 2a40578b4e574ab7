"""Recorded runs for all tests of this folder."""

from __future__ import annotations

import pytest
from recording_rig import Recorded, recorded


@pytest.fixture(scope="session")
def physics(tmp_path_factory: pytest.TempPathFactory) -> Recorded:
    """Record one part of `pick_and_place` in the physics world, with one picture per second."""
    return recorded(tmp_path_factory.mktemp("physics") / "run.mcap", "pick_and_place", "physics", images=1.0)


@pytest.fixture(scope="session")
def feeder(tmp_path_factory: pytest.TempPathFactory) -> Recorded:
    """Record parts that come one after the other."""
    return recorded(tmp_path_factory.mktemp("feeder") / "run.mcap", "feeder_pick", "kinematic", quantity=3)

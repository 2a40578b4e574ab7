"""Random poses of arriving parts, and the place of removed parts."""

from __future__ import annotations

import math
import random

from cellkit.devices.workpiece import Workpiece
from cellkit.geometry import Pose
from cellkit.scenario.processes.config import Jitter
from cellkit.scenario.processes.judging import DROP

ELSEWHERE = Pose.from_rpy((20.0, 20.0, 0.5), frame="world")
"""The place of removed parts, far from the cell."""


def arrival(place: Pose, part: Workpiece, jitter: Jitter, chance: random.Random) -> Pose:
    """Return the pose of the middle of a part on its place, with a random offset and turn within the jitter."""
    x, y = (chance.uniform(-jitter.xy, jitter.xy) for _ in range(2))
    yaw = math.radians(chance.uniform(-jitter.yaw_deg, jitter.yaw_deg))
    return place @ Pose.from_rpy((x, y, part.size[2] / 2 + DROP), (0.0, 0.0, yaw))

"""Where parts come to lie, by chance, and where they are when somebody has taken them away."""

from __future__ import annotations

import math
import random

from cellkit.devices.workpiece import Workpiece
from cellkit.geometry import Pose
from cellkit.scenario.processes.config import Jitter
from cellkit.scenario.processes.judging import DROP

ELSEWHERE = Pose.from_rpy((20.0, 20.0, 0.5), frame="world")
"""Where parts are that were taken away."""


def arrival(place: Pose, part: Workpiece, jitter: Jitter, chance: random.Random) -> Pose:
    """The middle of a part that stands on its place, in the frame of ``place``, as far off and askew as it may be."""
    x, y = (chance.uniform(-jitter.xy, jitter.xy) for _ in range(2))
    yaw = math.radians(chance.uniform(-jitter.yaw_deg, jitter.yaw_deg))
    return place @ Pose.from_rpy((x, y, part.size[2] / 2 + DROP), (0.0, 0.0, yaw))

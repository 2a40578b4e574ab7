"""Mechanics without a world: the arm is where its source says, but for what a test adds."""

from __future__ import annotations

import numpy as np

from cellkit.controller.plants.arm import Setpoints
from cellkit.geometry import Array
from cellkit.joints import JointState
from cellkit.motion.trajectory import Hold
from cellkit.timing import now


class IdealPlant:
    def __init__(self, start: Array) -> None:
        self.offset = np.zeros_like(start)
        self.source: Setpoints = Hold(start)

    def follow(self, source: Setpoints) -> None:
        self.source = source

    def state(self) -> JointState:
        position, velocity = self.source.sample(now())
        return JointState(now(), position + self.offset, velocity)

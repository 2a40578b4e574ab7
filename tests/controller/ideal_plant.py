"""Mechanics without a world: the arm is where its source says, but for what a test adds."""

from __future__ import annotations

import numpy as np

from cellkit.controller.plant import SetpointSource
from cellkit.geometry import Array
from cellkit.joints import JointState
from cellkit.timing import now


class IdealPlant:
    def __init__(self, start: Array) -> None:
        self.offset = np.zeros_like(start)
        rest = np.zeros_like(start)
        self.source: SetpointSource = lambda _time: (start, rest)

    def follow(self, source: SetpointSource) -> None:
        self.source = source

    def state(self) -> JointState:
        position, velocity = self.source(now())
        return JointState(now(), position + self.offset, velocity)

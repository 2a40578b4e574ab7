"""How far a motion has come, from where it began, where it goes and where the arm is."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from cellkit.devices import DeviceEvent
from cellkit.geometry import Array, largest
from cellkit.supervision.kinds.reading import Reading

_NEAR = 1e-6  # rad or m: what is shorter has no progress


class MotionProgress:
    """Of one arm. Joint motions go by the joint that has the farthest to go, Cartesian ones by the distance."""

    def __init__(self) -> None:
        self._item = ""
        self._goal: Array | None = None
        self._whole = 0.0

    def begin(self, event: DeviceEvent) -> None:
        """A command began; what has no single target has no progress."""
        target: Any = event.data.get("target")
        self._goal, self._whole = None, 0.0
        if not isinstance(target, list) or not target or isinstance(target[0], list):
            return
        if event.data.get("command") == "move_joint":
            self._item, self._goal = "joint_positions", np.array(target)
        elif event.data.get("command") in ("move_pose", "move_linear"):
            self._item, self._goal = "tcp_pose", np.array(target).reshape(4, 4)[:3, 3]

    def look(self, readings: Mapping[str, Reading]) -> float | None:
        """Percent of the way, below 100 until the command says that it is done."""
        reading = readings.get(self._item)
        if self._goal is None or reading is None or reading.value is None:
            return None
        left = largest(np.array(reading.value[: len(self._goal)]) - self._goal)
        self._whole = max(self._whole, left)
        return None if self._whole < _NEAR else float(min(99.0, 100.0 * (1.0 - left / self._whole)))

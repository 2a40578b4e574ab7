"""The progress of a motion, from its start, its goal and the present position of the arm."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from cellkit.devices import DeviceEvent
from cellkit.geometry import Array, largest
from cellkit.supervision.kinds.reading import Reading

_NEAR = 1e-6  # rad or m: a shorter motion has no progress


class MotionProgress:
    """The progress of one arm's motion.

    A joint motion is measured at the joint with the longest way, a Cartesian motion by its distance.
    """

    def __init__(self) -> None:
        self._item = ""
        self._goal: Array | None = None
        self._whole = 0.0

    def begin(self, event: DeviceEvent) -> None:
        """Follow a command that has started; a command without a single goal has no progress."""
        target: Any = event.data.get("target")
        self._goal, self._whole = None, 0.0
        if not isinstance(target, list) or not target or isinstance(target[0], list):
            return
        if event.data.get("command") == "move_joint":
            self._item, self._goal = "joint_positions", np.array(target)
        elif event.data.get("command") in ("move_pose", "move_linear"):
            self._item, self._goal = "tcp_pose", np.array(target).reshape(4, 4)[:3, 3]

    def look(self, readings: Mapping[str, Reading]) -> float | None:
        """Return percent of the way, below 100 until the command reports its end; None: not known."""
        reading = readings.get(self._item)
        if self._goal is None or reading is None or reading.value is None:
            return None
        left = largest(np.array(reading.value[: len(self._goal)]) - self._goal)
        self._whole = max(self._whole, left)
        return None if self._whole < _NEAR else float(min(99.0, 100.0 * (1.0 - left / self._whole)))

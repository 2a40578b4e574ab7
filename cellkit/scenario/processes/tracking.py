"""A tracker in a simulated run: it measures a target on an arm's flange, with the errors of the arm and its own."""

from __future__ import annotations

import random
from collections.abc import Sequence

import numpy as np

from cellkit.cell.build import BuiltCell
from cellkit.cell.kinds.analog_io import AnalogIoDevice
from cellkit.geometry import Array
from cellkit.scenario.config import Scenario
from cellkit.scenario.processes.config import Tracker
from cellkit.scenario.processes.ground_truth import GroundTruth
from cellkit.scenario.processes.judging import require
from cellkit.timing import Periodic, now

RESTED = 0.1
"""Time (s) at rest that makes a standstill."""


class TrackerInstrument:
    """Writes its readings into the analog signals; keeps the true position of every standstill: ``world``, m."""

    def __init__(self, config: Tracker, scenario: Scenario, built: BuiltCell, seed: int) -> None:
        plan = built.plan
        require(scenario, "tracker.robot", config.robot, plan.arms, "arm")
        require(scenario, "tracker.io", config.io, built.analog_images, "analog signals")
        device = plan.file.devices[config.io]
        assert isinstance(device, AnalogIoDevice)
        for key in ("x", "y", "z"):
            require(scenario, f"tracker.{key}", getattr(config, key), device.inputs, "analog input")
        self._signals = [(name, device.inputs[name].signal()) for name in (config.x, config.y, config.z)]
        self._config = config
        self._image = built.analog_images[config.io]
        self._arm = GroundTruth(built, config.robot)
        self._random = random.Random(f"tracker {seed}")
        self.target = np.array(config.target) + self._spread(config.target_jitter)
        """The position (3,) of the target in frame ``flange``."""
        self._origin = self._spread(config.origin_jitter)
        direction = np.array([self._random.gauss(0.0, 1.0) for _ in range(3)])
        self._bias = config.bias * direction / float(np.linalg.norm(direction))
        self._scatter = np.zeros(3)
        self._still_since: float | None = None
        self._counted = True
        self._beat: Periodic | None = None
        self.standstills: list[Array] = []

    def start(self) -> None:
        """Begin to measure."""
        self._look()
        self._beat = Periodic(self._config.period, self._look)

    def finish(self) -> None:
        """End measuring."""
        if self._beat is not None:
            self._beat.close()

    def _look(self) -> None:
        if not self._arm.stands_still():
            self._still_since, self._counted = None, False
        elif self._still_since is None:
            self._still_since = now()
            self._scatter = np.array([self._random.gauss(0.0, self._config.scatter) for _ in range(3)])
        true = (self._arm.flange() @ np.append(self.target, 1.0))[:3] + self._bias + self._scatter
        if not self._counted and self._still_since is not None and now() - self._still_since >= RESTED:
            self._counted = True
            self.standstills.append(true)
        noise = np.array([self._random.gauss(0.0, self._config.noise) for _ in range(3)])
        for (name, signal), value in zip(self._signals, true - self._origin + noise, strict=True):
            self._image[name] = min(1.0, max(0.0, signal.share(float(value))))

    def _spread(self, most: float) -> Array:
        return np.array([self._random.uniform(-most, most) for _ in range(3)])


def pose_accuracy(attained: Sequence[Array], commanded: Array) -> float:
    """Return AP of ISO 9283: the distance from the mean of the attained positions to the commanded one."""
    return float(np.linalg.norm(np.mean(attained, axis=0) - commanded))


def pose_repeatability(attained: Sequence[Array]) -> float:
    """Return RP of ISO 9283: the mean distance from the mean position, and three times its scatter."""
    distances = np.linalg.norm(np.array(attained) - np.mean(attained, axis=0), axis=1)
    return float(distances.mean() + 3.0 * distances.std(ddof=1))

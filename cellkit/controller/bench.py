"""Plants that are set by hand: what stands before a device on a test bench, where there is no cell around it."""

from __future__ import annotations

import math
from collections.abc import Callable

import numpy as np
from typing_extensions import override

from cellkit.controller.plant import CodePlant, ProximityPlant, ScannerPlant, WrenchPlant
from cellkit.geometry import Array, Wrench
from cellkit.models.sensor import ScannerModel


class BenchWrench(WrenchPlant):
    """A ``WrenchPlant``: whatever hangs on the sensor."""

    def __init__(self) -> None:
        self.value = Wrench(np.zeros(3), np.zeros(3), "flange")

    @override
    def wrench(self) -> Wrench:
        return self.value


class BenchBeam(ProximityPlant):
    """A ``ProximityPlant``: whatever stands in the beam; NaN: it measures nothing."""

    def __init__(self) -> None:
        self._distance: float | None = None
        self._callbacks: list[Callable[[], None]] = []

    def put(self, distance: float | None) -> None:
        """Something stands so many m away, or nothing does."""
        self._distance = distance
        for callback in tuple(self._callbacks):
            callback()

    @override
    def distance(self) -> float | None:
        return self._distance

    @override
    def on_change(self, callback: Callable[[], None]) -> None:
        self._callbacks.append(callback)


class BenchScan(ScannerPlant):
    """A ``ScannerPlant``: an empty room with a post in it. Every turn is a little different, as real ones are."""

    def __init__(self, model: ScannerModel) -> None:
        half = model.field_of_view.known() / 2
        self._angles = np.linspace(-half, half, model.beams)
        self._true = np.full(model.beams, np.inf)
        self._noise = model.noise.value or 0.0
        self._random = np.random.default_rng(0)
        self.dazzled = False
        self.repeats = False
        self._last: Array | None = None

    def put(self, distance: float | None, direction: float = 0.0, width: float = 0.1) -> None:
        """A post ``width`` m wide stands so many m away in a direction (rad); None: the room is empty."""
        self._true[:] = np.inf
        if distance is not None:
            half = math.atan2(width / 2, distance)
            self._true[np.abs(self._angles - direction) <= half] = distance

    @override
    def ranges(self) -> Array:
        if self.repeats and self._last is not None:
            return self._last
        if self.dazzled:
            return np.full_like(self._true, np.nan)
        self._last = np.where(
            np.isfinite(self._true), self._true + self._noise * self._random.standard_normal(len(self._true)), np.inf
        )
        return self._last


class BenchCode(CodePlant):
    """A ``CodePlant``: whatever label is held before the reader."""

    def __init__(self) -> None:
        self.text: str | None = None

    @override
    def code(self) -> str | None:
        return self.text

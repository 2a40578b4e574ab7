"""Counts of a gripper as widths, speeds and forces, and back."""

from __future__ import annotations

from cellkit.models.gripper import ParallelGripperModel

FULL = 255


class Scale:
    """Positions lie evenly between the counts of open and closed, speeds and forces between 0 and 255."""

    def __init__(self, model: ParallelGripperModel, open_position: int, closed_position: int) -> None:
        self._stroke = model.stroke.known()
        self._open, self._closed = open_position, closed_position
        self._speeds = model.speed_min.known(), model.speed_max.known()
        self._forces = model.force_min.known(), model.force_max.known()

    def position(self, width: float) -> int:
        """Return counts for a width (m); at either end those that press the fingers home."""
        if width <= 0.0:
            return FULL
        if width >= self._stroke:
            return 0
        return self.counts(width)

    def counts(self, width: float) -> int:
        """Return the counts that the gripper reports at a width (m)."""
        return round(self._open + (1.0 - width / self._stroke) * (self._closed - self._open))

    def width(self, position: int) -> float:
        """Width (m) at some counts."""
        share = (position - self._open) / (self._closed - self._open)
        return self._stroke * min(1.0, max(0.0, 1.0 - share))

    def speed_counts(self, speed: float) -> int:
        """Return the counts for a speed (m/s) within the model's limits."""
        return _counts(speed, self._speeds)

    def force_counts(self, force: float) -> int:
        """Return the counts for a force (N) within the model's limits."""
        return _counts(force, self._forces)

    def speed(self, counts: int) -> float:
        """Speed in m/s."""
        return _value(counts, self._speeds)

    def force(self, counts: int) -> float:
        """Force in N."""
        return _value(counts, self._forces)


def _counts(value: float, limits: tuple[float, float]) -> int:
    low, high = limits
    return min(FULL, max(0, round(FULL * (value - low) / (high - low))))


def _value(counts: int, limits: tuple[float, float]) -> float:
    low, high = limits
    return low + (high - low) * counts / FULL

"""The open interface of 2D scanners: distances all around, and fields that are watched for intruders.

A watched field is a function of the cell program. It is no protective field in the sense of IEC 61496, whatever
scanner measures it, and protects nobody.
"""

from __future__ import annotations

import math
from abc import abstractmethod
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from cellkit.devices.observed import Observed
from cellkit.errors import CommandRejected, DeviceFault
from cellkit.geometry import Array
from cellkit.models.sensor import ScannerModel
from cellkit.yamlfile import near_names

MIN_BEAMS = 2
"""Neighbouring beams that must end inside a field before it counts as violated: one alone may be a fly."""
DAZZLED_SHARE = 0.1
"""Share of the beams without a valid measurement above which the scanner counts as dazzled."""
FROZEN_SCANS = 10
"""Scans in a row that are the same to the millimetre after which they are no measurements: real ones are noisy."""


@dataclass(frozen=True, slots=True, eq=False)
class Scan:
    """One turn. ``ranges`` (n,) in m: infinite where nothing is in range, NaN where the beam measured nothing (glare).

    Beam k looks along ``start + k * step`` rad in the scanner's frame: 0 is x, forwards; positive angles turn to y.
    """

    stamp: float
    number: int
    start: float
    step: float
    ranges: Array

    @property
    def angles(self) -> Array:
        """(n,) directions of the beams in rad."""
        angles: Array = self.start + self.step * np.arange(len(self.ranges), dtype=np.float64)
        return angles

    def points(self) -> Array:
        """(n, 2) where the beams end, in m in the scanner's frame; NaN where there is no end."""
        angles = self.angles
        ends = np.where(np.isfinite(self.ranges), self.ranges, np.nan)
        return np.column_stack([ends * np.cos(angles), ends * np.sin(angles)])


@dataclass(frozen=True, slots=True)
class Field:
    """A watched polygon in the plane of the scan; corners (x, y) in m in the scanner's frame."""

    corners: tuple[tuple[float, float], ...]

    def holds(self, points: Array) -> Array:
        """(n,) whether points (n, 2) lie inside, by the even-odd rule."""
        inside = np.zeros(len(points), dtype=bool)
        x, y = points[:, 0], points[:, 1]
        for (ax, ay), (bx, by) in zip(self.corners, (*self.corners[1:], self.corners[0]), strict=True):
            if ay == by:
                continue
            inside ^= ((ay > y) != (by > y)) & (x < (bx - ax) * (y - ay) / (by - ay) + ax)
        return inside

    def crossed_by(self, angles: Array) -> Array:
        """(n,) whether a beam in a direction (rad) passes through the field at all."""
        bearings = np.array([math.atan2(y, x) for x, y in self.corners])
        if self.holds(np.zeros((1, 2)))[0]:
            return np.ones(len(angles), dtype=bool)
        middle = math.atan2(sum(math.sin(b) for b in bearings), sum(math.cos(b) for b in bearings))
        off = (bearings - middle + math.pi) % (2 * math.pi) - math.pi
        beams = (angles - middle + math.pi) % (2 * math.pi) - math.pi
        crossed: Array = (beams >= off.min()) & (beams <= off.max())
        return crossed


class RangeScanner(Observed):
    """A scanner with watched fields, by name."""

    def __init__(self, name: str, model: ScannerModel, fields: Mapping[str, Field] | None = None) -> None:
        super().__init__(name)
        self.model = model
        self.fields = dict(fields or {})
        self._same = 0
        self._last: Scan | None = None

    async def scan(self) -> Scan:
        """The newest scan. Raises ``DeviceFault`` when it is no measurement (``dazzled``, ``frozen``),
        ``ConnectionLost`` when it is too old.
        """
        self._require_open()
        scan = await self._read()
        self._note(scan)
        if self._same >= FROZEN_SCANS:
            text = f"{self._same} scans in a row are the same to the millimetre: it repeats itself"
            raise DeviceFault(self.name, text, code="frozen")
        blind = float(np.mean(np.isnan(scan.ranges)))
        if blind > DAZZLED_SHARE:
            raise DeviceFault(self.name, f"{blind:.0%} of the beams measure nothing", code="dazzled")
        return scan

    async def next_scan(self, *, timeout: float = 10.0) -> Scan:
        """Wait for a scan newer than the newest. Raises ``MotionTimeout`` and what ``scan`` raises."""
        seen = await self.scan()
        found = seen

        async def reached() -> bool:
            nonlocal found
            found = await self.scan()
            return found.stamp != seen.stamp

        await self._wait_until(reached, self._watch, timeout, "there was no new scan")
        return found

    async def distance(self, direction: float = 0.0, width: float = 0.02) -> float | None:
        """Distance (m) to the nearest thing in a sector ``width`` rad wide; None when nothing is in range there."""
        scan = await self.scan()
        angles = scan.angles
        # Half a step of the beams more, so that the narrowest sector holds one.
        inside = np.abs(angles - direction) <= max(width, scan.step) / 2 + 1e-9
        if not inside.any():
            low, high = float(np.degrees(angles[0])), float(np.degrees(angles[-1]))
            text = f"{math.degrees(direction):.1f} deg is outside the scanner's {low:.1f} to {high:.1f} deg"
            raise CommandRejected(self.name, text)
        ends = scan.ranges[inside]
        ends = ends[np.isfinite(ends)]
        return float(ends.min()) if len(ends) else None

    async def violated(self, field: str) -> bool:
        """Whether something is in a field. A beam through it that measures nothing counts as something."""
        self._known(field)
        return self._inside(await self.scan(), field)

    async def intruders(self, field: str) -> Array:
        """(n, 2) where the beams end that make a field violated, in m in the scanner's frame; n = 0: it is free.

        NaN where such a beam measures nothing: somebody may stand anywhere along it.
        """
        self._known(field)
        scan = await self.scan()
        ends: Array = scan.points()[self._hits(scan, field)]
        return ends

    async def wait_for(self, field: str, violated: bool, *, timeout: float = 60.0) -> None:
        """Wait until a field is (or is no longer) violated. Raises ``MotionTimeout`` and what ``scan`` raises."""
        self._known(field)

        async def reached() -> bool:
            return self._inside(await self.scan(), field) == violated

        words = "violated" if violated else "free"
        await self._wait_until(reached, self._watch, timeout, f"the field {field!r} did not become {words}", field)

    def _inside(self, scan: Scan, field: str) -> bool:
        return bool(self._hits(scan, field).any())

    def _hits(self, scan: Scan, field: str) -> Array:
        """(n,) the beams that end inside a field, or may do, with at least ``MIN_BEAMS`` neighbours among them."""
        polygon = self.fields[field]
        points = scan.points()
        finite = np.isfinite(scan.ranges)
        hit = np.zeros(len(points), dtype=bool)
        hit[finite] = polygon.holds(points[finite])
        hit |= np.isnan(scan.ranges) & polygon.crossed_by(scan.angles)
        edges = np.flatnonzero(np.diff(np.concatenate(([False], hit, [False]))))
        for begin, end in edges.reshape(-1, 2).tolist():
            if end - begin < MIN_BEAMS:
                hit[begin:end] = False
        return hit

    def _note(self, scan: Scan) -> None:
        """Count scans that repeat the one before: each looked at once."""
        last, self._last = self._last, scan
        if last is None or scan is last or scan.stamp == last.stamp:
            return
        # An empty room looks the same all the time; only what is measured is noisy.
        measured = int(np.isfinite(scan.ranges).sum()) >= MIN_BEAMS
        alike = np.array_equal(np.round(scan.ranges, 3), np.round(last.ranges, 3), equal_nan=True)
        self._same = self._same + 1 if scan.number == last.number or (measured and alike) else 0

    def _known(self, field: str) -> None:
        if field not in self.fields:
            raise CommandRejected(self.name, f"has no field {field!r}; {near_names(field, self.fields)}")

    @abstractmethod
    async def _read(self) -> Scan:
        """Hook: the newest scan. Raise ``ConnectionLost`` when it is too old."""

    def _watch(self, on_change: Callable[[], None]) -> Callable[[], None]:
        """Hook: call ``on_change`` for every new scan; return what ends that.

        Without one of its own, a driver calls ``_notify_observers``.
        """
        return self._observe(on_change)


def field_of(corners: Sequence[Sequence[float]]) -> Field:
    """A field from its corners. Raises ``ValueError`` for fewer than three, or a polygon without area."""
    points = tuple((float(x), float(y)) for x, y in corners)
    if len(points) < 3:
        raise ValueError("a field has at least three corners")
    area = sum(ax * by - bx * ay for (ax, ay), (bx, by) in zip(points, (*points[1:], points[0]), strict=True)) / 2
    if abs(area) < 1e-6:
        raise ValueError("a field without any area")
    return Field(points)

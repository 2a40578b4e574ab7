"""The open interface of 2D scanners: distances in all directions, and fields that are watched for intruders.

A watched field is a function of the cell program. It is not a protective field in the sense of IEC 61496, with any
scanner, and must not be used to protect a person.
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
"""Neighbouring beams that must end inside a field before it counts as violated; a single one can be noise."""
DAZZLED_SHARE = 0.1
"""Share of the beams without a valid measurement above which the scanner counts as dazzled."""
FROZEN_SCANS = 10
"""Equal scans in a row, to the millimetre, after which they count as frozen: real measurements have noise."""


@dataclass(frozen=True, slots=True, eq=False)
class Scan:
    """The measurements of one turn.

    ``ranges`` (n,) is in m: infinite where no object is in range, NaN where the beam has no valid measurement (glare).
    Beam k has the direction ``start + k * step`` rad in the scanner's frame: 0 is x, forwards; positive angles turn
    to y. ``stamp`` is the time of the scan in s.
    """

    stamp: float
    number: int
    start: float
    step: float
    ranges: Array

    @property
    def angles(self) -> Array:
        """The directions of the beams, (n,) in rad."""
        angles: Array = self.start + self.step * np.arange(len(self.ranges), dtype=np.float64)
        return angles

    def points(self) -> Array:
        """Return the end points of the beams, (n, 2) in m in the scanner's frame; NaN for a beam without an end."""
        angles = self.angles
        ends = np.where(np.isfinite(self.ranges), self.ranges, np.nan)
        return np.column_stack([ends * np.cos(angles), ends * np.sin(angles)])


@dataclass(frozen=True, slots=True)
class Field:
    """A watched polygon in the plane of the scan; corners (x, y) in m in the scanner's frame."""

    corners: tuple[tuple[float, float], ...]

    def holds(self, points: Array) -> Array:
        """Return for each of the points (n, 2), in m, whether it is inside, by the even-odd rule; shape (n,)."""
        inside = np.zeros(len(points), dtype=bool)
        x, y = points[:, 0], points[:, 1]
        for (ax, ay), (bx, by) in zip(self.corners, (*self.corners[1:], self.corners[0]), strict=True):
            if ay == by:
                continue
            inside ^= ((ay > y) != (by > y)) & (x < (bx - ax) * (y - ay) / (by - ay) + ax)
        return inside

    def crossed_by(self, angles: Array) -> Array:
        """Return for each of the directions (n,), in rad, whether a beam passes through the field; shape (n,)."""
        bearings = np.array([math.atan2(y, x) for x, y in self.corners])
        if self.holds(np.zeros((1, 2)))[0]:
            return np.ones(len(angles), dtype=bool)
        middle = math.atan2(sum(math.sin(b) for b in bearings), sum(math.cos(b) for b in bearings))
        off = (bearings - middle + math.pi) % (2 * math.pi) - math.pi
        beams = (angles - middle + math.pi) % (2 * math.pi) - math.pi
        crossed: Array = (beams >= off.min()) & (beams <= off.max())
        return crossed


class RangeScanner(Observed):
    """A 2D scanner with named fields that it watches."""

    def __init__(self, name: str, model: ScannerModel, fields: Mapping[str, Field] | None = None) -> None:
        super().__init__(name)
        self.model = model
        self.fields = dict(fields or {})
        self._same = 0
        self._last: Scan | None = None

    async def scan(self) -> Scan:
        """Return the newest scan.

        Raises ``DeviceFault`` when it is not a valid measurement (codes ``dazzled`` and ``frozen``), and
        ``ConnectionLost`` when it is too old.
        """
        self._require_open()
        scan = await self._read()
        self._note(scan)
        if self._same >= FROZEN_SCANS:
            text = f"{self._same} scans in a row are the same to the millimetre: the scanner repeats its data"
            raise DeviceFault(self.name, text, code="frozen")
        blind = float(np.mean(np.isnan(scan.ranges)))
        if blind > DAZZLED_SHARE:
            raise DeviceFault(self.name, f"{blind:.0%} of the beams measure nothing", code="dazzled")
        return scan

    async def next_scan(self, *, timeout: float = 10.0) -> Scan:
        """Wait for the next scan, for at most ``timeout`` s, and return it.

        Raises ``MotionTimeout`` and the errors of ``scan``.
        """
        before = await self.scan()
        newest = before

        async def reached() -> bool:
            nonlocal newest
            newest = await self.scan()
            return newest.stamp != before.stamp

        await self._wait_until(reached, self._watch, timeout, "there was no new scan")
        return newest

    async def distance(self, direction: float = 0.0, width: float = 0.02) -> float | None:
        """Return the distance (m) to the nearest object in a sector; None: no object is in range there.

        The sector is ``width`` rad wide around ``direction`` (rad, scanner's frame). Raises ``CommandRejected`` for a
        direction outside the field of view, and the errors of ``scan``.
        """
        scan = await self.scan()
        angles = scan.angles
        # At least one step of the beams wide, so that the narrowest sector contains a beam.
        inside = np.abs(angles - direction) <= max(width, scan.step) / 2 + 1e-9
        if not inside.any():
            low, high = float(np.degrees(angles[0])), float(np.degrees(angles[-1]))
            text = f"{math.degrees(direction):.1f} deg is outside the scanner's {low:.1f} to {high:.1f} deg"
            raise CommandRejected(self.name, text)
        ends = scan.ranges[inside]
        ends = ends[np.isfinite(ends)]
        return float(ends.min()) if len(ends) else None

    async def violated(self, field: str) -> bool:
        """Return whether an object is in a field.

        A beam through the field without a valid measurement counts as an object. Raises ``CommandRejected`` for an
        unknown field, and the errors of ``scan``.
        """
        self._known(field)
        return self._inside(await self.scan(), field)

    async def intruders(self, field: str) -> Array:
        """Return the end points of the beams that violate a field, (n, 2) in m in the scanner's frame; n = 0: free.

        NaN for a beam without a valid measurement: an object may be anywhere along it. Raises ``CommandRejected`` for
        an unknown field, and the errors of ``scan``.
        """
        self._known(field)
        scan = await self.scan()
        ends: Array = scan.points()[self._hits(scan, field)]
        return ends

    async def wait_for(self, field: str, violated: bool, *, timeout: float = 60.0) -> None:
        """Wait until a field is violated or, with ``violated=False``, until it is free.

        ``timeout`` is in s. Raises ``MotionTimeout``, ``CommandRejected`` for an unknown field, and the errors of
        ``scan``.
        """
        self._known(field)

        async def reached() -> bool:
            return self._inside(await self.scan(), field) == violated

        words = "violated" if violated else "free"
        await self._wait_until(reached, self._watch, timeout, f"the field {field!r} did not become {words}", field)

    def _inside(self, scan: Scan, field: str) -> bool:
        return bool(self._hits(scan, field).any())

    def _hits(self, scan: Scan, field: str) -> Array:
        """Return which beams end, or may end, inside a field, in groups of at least ``MIN_BEAMS``; shape (n,)."""
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
        """Count the scans that repeat the one before; each scan counts once."""
        last, self._last = self._last, scan
        if last is None or scan is last or scan.stamp == last.stamp:
            return
        # The scans of an empty room are all equal; only measured distances have noise.
        measured = int(np.isfinite(scan.ranges).sum()) >= MIN_BEAMS
        alike = np.array_equal(np.round(scan.ranges, 3), np.round(last.ranges, 3), equal_nan=True)
        self._same = self._same + 1 if scan.number == last.number or (measured and alike) else 0

    def _known(self, field: str) -> None:
        if field not in self.fields:
            raise CommandRejected(self.name, f"has no field {field!r}; {near_names(field, self.fields)}")

    @abstractmethod
    async def _read(self) -> Scan:
        """Return the newest scan (driver hook). Must raise ``ConnectionLost`` when it is too old."""

    def _watch(self, on_change: Callable[[], None]) -> Callable[[], None]:
        """Call ``on_change`` for every new scan; return a function that ends this (driver hook).

        The default calls it when the driver calls ``_notify_observers``.
        """
        return self._observe(on_change)


def field_of(corners: Sequence[Sequence[float]]) -> Field:
    """Make a field from its corners (x, y) in m. Raises ``ValueError`` for fewer than three, or without area."""
    points = tuple((float(x), float(y)) for x, y in corners)
    if len(points) < 3:
        raise ValueError("a field has at least three corners")
    area = sum(ax * by - bx * ay for (ax, ay), (bx, by) in zip(points, (*points[1:], points[0]), strict=True)) / 2
    if abs(area) < 1e-6:
        raise ValueError("the field has no area; choose corners that enclose one")
    return Field(points)

"""A turn of the scanner in cellkit's units, and back.

The vendor counts angles from the right of the scanner: 0 deg is to the right, 90 deg forwards, and a field of view of
270 deg goes from -45 to 225 deg, counter-clockwise. cellkit's 0 is forwards, so 90 deg less. Sources: the scan angle
shift of -90 deg of the families TiM5xx and LMS1xx in ``sick_generic_parser.cpp`` of SICKAG/sick_scan_xd (commit
2d47966), and "[From:To] -45 [deg] to 225 [deg]" for what is -135 to 135 deg in ROS in its recorded start of a TiM5xx
(``doc/tim5xx_startup_sequence.txt``).
"""

from __future__ import annotations

import math
from collections.abc import Collection
from dataclasses import dataclass

import numpy as np

from cellkit.devices import Scan
from cellkit.geometry import Array
from cellkit.models.sensor import ScannerModel
from cellkit_sick.protocol.scandata import DISTANCE, FIRST_DISTANCE, Channel, ScanData

FORWARDS = 90.0  # deg in the vendor's counting
TICKS = 10_000  # a degree
MM = 1000.0
NO_TARGET, DAZZLED = 0, 1


@dataclass(frozen=True, slots=True)
class Grid:
    """Which beams there are: angles of the first one and between two, in the vendor's 1/10000 deg, and how many."""

    start: int
    step: int
    count: int

    def fits(self, other: Grid) -> bool:
        """Return whether they are the same but for rounding."""
        same_step = abs(self.step - other.step) <= 0.01 * other.step
        return self.count == other.count and same_step and abs(self.start - other.start) <= other.step / 2

    def __str__(self) -> str:
        return f"{self.count} beams, one every {self.step / TICKS:.4f} deg from {self.start / TICKS:.2f} deg on"


def model_grid(model: ScannerModel) -> Grid:
    """Return all beams of a model."""
    half = math.degrees(model.field_of_view.known()) / 2
    step = math.degrees(model.resolution.known())
    return Grid(round((FORWARDS - half) * TICKS), round(step * TICKS), model.beams)


def range_grid(resolution: int, start: int, stop: int) -> Grid:
    """Return the beams between two angles (1/10000 deg), both of which count."""
    return Grid(start, resolution, round((stop - start) / resolution) + 1 if resolution > 0 else 0)


def channel_grid(channel: Channel) -> Grid:
    """Return the beams of a row of measurements."""
    return Grid(channel.start, channel.step, len(channel.counts))


def to_ranges(channel: Channel, ignored: Collection[int] = ()) -> Array:
    """(n,) distances in m.

    Counts below 16 are no distances: 0 is infinite (nothing in range), all others are NaN (the beam measured nothing),
    but for those in ``ignored``, which are infinite as well.
    """
    counts = channel.counts
    ranges: Array = (counts * channel.scale + channel.offset) / MM
    small = counts < FIRST_DISTANCE
    if small.any():
        nothing = counts == NO_TARGET
        if ignored:
            nothing |= np.isin(counts, list(ignored))
        ranges[small] = np.nan
        ranges[nothing] = np.inf
    return ranges


def to_counts(ranges: Array, model: ScannerModel) -> Array:
    """(n,) counts for distances in m: 0 where nothing is within the model's range, 1 where the beam is dazzled."""
    low, high = model.range_min.known(), model.range_max.known()
    seen = np.isfinite(ranges) & (ranges >= low) & (ranges <= high)
    counts: Array = np.where(seen, np.rint(np.where(seen, ranges, 0.0) * MM), float(NO_TARGET))
    counts[seen & (counts < FIRST_DISTANCE)] = FIRST_DISTANCE
    counts[np.isnan(ranges)] = DAZZLED
    return counts


def to_scan(data: ScanData, model: ScannerModel, stamp: float, number: int, ignored: Collection[int] = ()) -> Scan:
    """Return a turn in SI units. ``KeyError`` where it has no distances.

    Telegrams round angles to 1/10000 deg, which is 0.03 deg at the end of 811 beams a third of a degree apart; where
    the model's resolution is the same but for that, it is taken.
    """
    channel = data.channels[DISTANCE]
    told, exact = channel.step / TICKS, math.degrees(model.resolution.known())
    step = exact if abs(told - exact) <= 1.0 / TICKS else told
    start = math.radians(channel.start / TICKS - FORWARDS)
    ranges = to_ranges(channel, ignored)
    ranges.setflags(write=False)
    return Scan(stamp, number, start, math.radians(step), ranges)

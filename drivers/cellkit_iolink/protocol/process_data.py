"""A distance among the bits that a sensor sends in every cycle, as its IODD lays them out (bit 0 is the last one)."""

from __future__ import annotations

import math
from dataclasses import dataclass

from cellkit.errors import ProtocolError
from cellkit.models.sensor import DistanceModel, ProcessData


@dataclass(frozen=True, slots=True)
class Reading:
    """``distance`` in m, None when nothing is in range; ``measured`` is False when the sensor reports no value."""

    counts: int
    distance: float | None
    measured: bool = True


def read_distance(layout: ProcessData, data: bytes) -> Reading:
    """Decode the reading of the sensor.

    Raises ``ProtocolError`` for process data of another length than the layout's.
    """
    if len(data) != layout.size:
        raise ProtocolError("iolink", f"{len(data)} bytes of process data, expected {layout.size}", data=data)
    counts = int.from_bytes(data) >> layout.bit_offset & (1 << layout.bits) - 1
    if layout.signed and counts >> layout.bits - 1:
        counts -= 1 << layout.bits
    if counts in layout.invalid:
        return Reading(counts, None, measured=False)
    return Reading(counts, None if counts in layout.far else counts * layout.scale)


def write_distance(model: DistanceModel, layout: ProcessData, distance: float | None) -> bytes:
    """Process data at a distance (m): None is nothing in range, NaN a sensor that cannot measure.

    Nearer than the sensor's range it cannot either. Bits of other meaning are 0.
    """
    near, far = model.range_min.value or 0.0, model.range_max.value or math.inf
    if distance is not None and (math.isnan(distance) or distance < near):
        counts = _special(layout.invalid, "a sensor that cannot measure")
    elif distance is None or distance > far:
        counts = _special(layout.far, "nothing in range")
    else:
        counts = round(distance / layout.scale)
    return write_counts(layout, counts)


def write_counts(layout: ProcessData, counts: int) -> bytes:
    """Process data with some counts. Raises ``ValueError`` for counts that do not fit."""
    low = -(1 << layout.bits - 1) if layout.signed else 0
    if not low <= counts < low + (1 << layout.bits):
        raise ValueError(f"{counts} does not fit into {layout.bits} bits")
    value = (counts & (1 << layout.bits) - 1) << layout.bit_offset
    return value.to_bytes(layout.size)


def _special(counts: list[int], what: str) -> int:
    if not counts:
        raise ValueError(f"the model names no counts for {what}")
    return counts[0]

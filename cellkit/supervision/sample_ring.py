"""A bounded buffer of the newest high-rate samples, read in blocks that state how many samples were lost."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from cellkit.errors import ConfigError


@dataclass(frozen=True, slots=True)
class Column:
    """One quantity of a sample."""

    name: str
    unit: str
    """SI symbol such as ``N`` or ``rad``; empty for a count or a ratio."""


@dataclass(frozen=True, slots=True)
class Block:
    """Consecutive samples of a ring; the arrays are read-only copies."""

    first: int
    """Sequence number of the first row; in an empty block, of the next sample to come."""
    lost: int
    """Number of requested samples that are overwritten."""
    timestamps: NDArray[np.float64]
    """Seconds, one per row, by the writer's clock."""
    values: NDArray[np.float64]
    """One row per sample, one column per quantity."""


class SampleRing:
    """The last ``capacity`` samples of some columns; sequence numbers start at 0 and never repeat."""

    def __init__(self, columns: Sequence[Column], capacity: int) -> None:
        if not columns:
            raise ConfigError("a ring needs at least one column")
        if len({column.name for column in columns}) < len(columns):
            raise ConfigError("the columns of a ring need different names")
        if capacity < 1:
            raise ConfigError(f"a ring needs a capacity of at least one sample, not {capacity}")
        self.columns = tuple(columns)
        self.capacity = capacity
        self._timestamps = np.zeros(capacity)
        self._values = np.zeros((capacity, len(columns)))
        self._next = 0

    @property
    def next_sequence(self) -> int:
        """The sequence number of the next sample; equal to the number of samples written so far."""
        return self._next

    @property
    def oldest(self) -> int:
        """The sequence number of the oldest stored sample; equal to ``next_sequence`` while empty."""
        return max(0, self._next - self.capacity)

    def extend(
        self,
        timestamps: Sequence[float] | NDArray[np.float64],
        rows: Sequence[Sequence[float] | NDArray[np.float64]] | NDArray[np.float64],
    ) -> None:
        """Write several samples, oldest first. A value may be NaN (not known); a timestamp must be finite.

        Raises ``ValueError`` if the shapes do not fit or a timestamp is not finite; then nothing is written.
        """
        if len(timestamps) == len(rows) == 0:
            return
        times = np.asarray(timestamps, dtype=np.float64)
        values = np.asarray(rows, dtype=np.float64)
        if times.ndim != 1 or values.shape != (len(times), len(self.columns)):
            raise ValueError(f"{times.shape} timestamps and {values.shape} values for {len(self.columns)} columns")
        if not np.isfinite(times).all():
            raise ValueError("a timestamp is not finite")
        kept = min(len(times), self.capacity)
        places = np.arange(self._next + len(times) - kept, self._next + len(times)) % self.capacity
        self._timestamps[places] = times[len(times) - kept :]
        self._values[places] = values[len(times) - kept :]
        self._next += len(times)

    def read(self, from_sequence: int, max_rows: int) -> Block:
        """Return at most ``max_rows`` samples from a sequence number on, or from the oldest sample if it is later.

        A number that was not reached yet gives an empty block that starts at the next sample: so a reader can go on
        after a restart of the writer.
        """
        if from_sequence < 0 or max_rows < 0:
            raise ValueError("a sequence number and a number of rows must not be negative")
        first = min(max(from_sequence, self.oldest), self._next)
        places = np.arange(first, min(first + max_rows, self._next)) % self.capacity
        timestamps, values = self._timestamps[places], self._values[places]
        timestamps.flags.writeable = values.flags.writeable = False
        return Block(first, max(0, first - from_sequence), timestamps, values)

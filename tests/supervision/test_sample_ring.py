from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from cellkit.errors import ConfigError
from cellkit.supervision.sample_ring import Column, SampleRing

FORCE = [Column("Fx", "N"), Column("Fy", "N")]


def filled(capacity: int, samples: int) -> SampleRing:
    ring = SampleRing(FORCE, capacity)
    for number in range(samples):
        ring.extend([number / 1000], [[number, -number]])
    return ring


def test_what_was_written_comes_back() -> None:
    ring = filled(10, 4)
    block = ring.read(1, 100)
    assert (block.first, block.first + len(block.timestamps), block.lost) == (1, 4, 0)
    np.testing.assert_array_equal(block.timestamps, [0.001, 0.002, 0.003])
    np.testing.assert_array_equal(block.values, [[1, -1], [2, -2], [3, -3]])


def test_overwritten_samples_are_counted_as_lost() -> None:
    ring = filled(10, 25)
    assert (ring.oldest, ring.next_sequence) == (15, 25)
    block = ring.read(12, 2)
    assert (block.first, block.lost) == (15, 3)
    np.testing.assert_array_equal(block.values[:, 0], [15, 16])


def test_a_reader_at_the_end_gets_nothing_and_loses_nothing() -> None:
    block = filled(10, 25).read(25, 10)
    assert (block.first, block.first + len(block.timestamps), block.lost) == (25, 25, 0)
    assert block.values.shape == (0, 2)


def test_a_reader_ahead_of_a_restarted_writer_is_led_back() -> None:
    assert filled(10, 3).read(5_000, 10).first == 3


def test_an_empty_ring_reads_empty() -> None:
    ring = SampleRing(FORCE, 5)
    block = ring.read(0, 5)
    assert (ring.oldest, ring.next_sequence, block.first + len(block.timestamps)) == (0, 0, 0)


def test_blocks_are_copies_that_nobody_can_change() -> None:
    ring = filled(4, 4)
    block = ring.read(0, 4)
    ring.extend([9.0], [[9, 9]])
    np.testing.assert_array_equal(block.values[0], [0, 0])
    with pytest.raises(ValueError, match="read-only"):
        block.values[0, 0] = 1


def test_wrong_shapes_are_refused_and_nothing_is_written() -> None:
    ring = SampleRing(FORCE, 5)
    for times, rows in (([0.0], [[1.0]]), ([0.0, 1.0], [[1.0, 2.0]]), ([0.0], [[1.0, 2.0, 3.0]])):
        with pytest.raises(ValueError, match="columns"):
            ring.extend(times, rows)
    with pytest.raises(ValueError, match="finite"):
        ring.extend([float("nan")], [[1.0, 2.0]])
    ring.extend([], [])
    assert ring.next_sequence == 0
    for bad in ((-1, 1), (0, -1)):
        with pytest.raises(ValueError, match="negative"):
            ring.read(*bad)


def test_a_ring_needs_columns_of_different_names_and_room() -> None:
    for columns, capacity in (([], 5), ([Column("a", ""), Column("a", "N")], 5), (FORCE, 0)):
        with pytest.raises(ConfigError):
            SampleRing(columns, capacity)


@given(st.integers(1, 7), st.lists(st.integers(0, 20), max_size=8), st.integers(0, 80), st.integers(0, 9))
def test_any_writing_reads_like_the_end_of_one_list(
    capacity: int, batches: list[int], start: int, max_rows: int
) -> None:
    ring = SampleRing([Column("n", "")], capacity)
    written: list[float] = []
    for size in batches:
        rows = [float(len(written) + index) for index in range(size)]
        ring.extend(rows, [[row] for row in rows])
        written += rows
    block = ring.read(start, max_rows)
    there = max(0, len(written) - capacity)
    first = min(max(start, there), len(written))
    assert (block.first, block.lost) == (first, max(0, first - start))
    assert block.values[:, 0].tolist() == written[first : first + max_rows]
    assert block.timestamps.tolist() == written[first : first + max_rows]

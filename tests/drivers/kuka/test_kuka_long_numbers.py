"""A long number in a load: refused in time that grows with its length, not with the square of it."""

from __future__ import annotations

import time

import pytest
from cellkit_kuka.protocol.loads import read_load

from cellkit.errors import ProtocolError


def test_a_long_number_does_not_block_the_controller() -> None:
    begun = time.process_time()
    with pytest.raises(ProtocolError, match="is no LOAD"):
        read_load("{M " + "9" * 20_000 + "x}")
    assert time.process_time() - begun < 0.5, "a pattern that tries every split of the digits takes over 2 s"


def test_a_number_out_of_range_is_the_codecs_error() -> None:
    text = "{M 1,CM {X 0,Y 0,Z 0,A 0,B 1e999,C 0},J {X 0,Y 0,Z 0}}"
    with pytest.raises(ProtocolError, match="holds a number out of range"):
        read_load(text)

"""Mutated frames: every decoder of every codec raises the codec's own errors only.

2,000 for each driver in `make test`, of the frames of runs of one second; 10⁶ for each driver's codec in
`make test-long`, of runs of six.
"""

from __future__ import annotations

import random

import pytest
from harvest import Decoder, decoders
from mutate import mutated

from cellkit.errors import CellkitError

DRIVERS = (
    "cellkit_abb", "cellkit_ati", "cellkit_fanuc", "cellkit_franka", "cellkit_igus", "cellkit_iolink", "cellkit_kuka",
    "cellkit_mtconnect", "cellkit_onrobot", "cellkit_robotiq", "cellkit_sick", "cellkit_ufactory", "cellkit_ur",
    "cellkit_weiss", "cellkit_yaskawa",
)  # fmt: skip


def foreign(decoder: Decoder, count: int) -> dict[str, str]:
    """Decode ``count`` mutated frames; return the errors that are not the codec's own, with a frame for each."""
    draw, found = random.Random(decoder.name), dict[str, str]()
    for number in range(count):
        arguments = mutated(decoder.calls[number % len(decoder.calls)], draw)
        try:
            result = decoder.function(**arguments)
            if hasattr(result, "__next__"):
                list(result)
        except Exception as error:
            if not isinstance(error, CellkitError) and not type(error).__module__.startswith("cellkit_"):
                raw = {name: value for name, value in arguments.items() if name not in ("self", "cls")}
                found.setdefault(f"{decoder.name}: {type(error).__name__}: {error}"[:200], repr(raw)[:300])
    return found


def check(driver: str, count: int, seconds: float) -> None:
    chosen = decoders(seconds)[driver]
    errors = [foreign(decoder, -(-count // len(chosen))) for decoder in chosen]
    assert not any(errors), errors


def test_some_mutated_frames() -> None:
    assert set(decoders(1.0)) >= set(DRIVERS)
    for driver in DRIVERS:
        check(driver, 2000, 1.0)


@pytest.mark.long
@pytest.mark.parametrize("driver", DRIVERS)
def test_a_million_mutated_frames(driver: str) -> None:
    check(driver, 1_000_000, 6.0)

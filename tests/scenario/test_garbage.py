"""The garbage of many runs in one process does not pile up."""

from __future__ import annotations

import subprocess
import sys

RUNS = """
import gc
from cellkit.scenario import garbage
from cellkit.scenario.config import read_scenario
from cellkit.scenario.runner import Run, RunOptions

first = Run(read_scenario("pick_and_place"), RunOptions(world="kinematic", quantity=1))
for number in range(4 * garbage.EVERY):
    first.again(number, 1).execute()
    if number + 1 in (2 * garbage.EVERY, 4 * garbage.EVERY):
        print(len(gc.get_objects()))
"""


def test_the_garbage_of_earlier_runs_is_collected() -> None:
    """In a process of its own: these tests have frozen their own objects."""
    done = subprocess.run([sys.executable, "-c", RUNS], check=True, capture_output=True, text=True)
    before, after = map(int, done.stdout.split())
    assert after < before + 5000  # the garbage of a hundred runs is four times as much

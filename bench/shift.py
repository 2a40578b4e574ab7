"""Eight hours of the two-arm cell in the kinematic world, with the material, people, breaks and faults of a firm."""

from __future__ import annotations

import time

from cellkit.scenario.config import read_scenario
from cellkit.study.concepts import Concept
from cellkit.study.shift import Batches, ShiftConfig, simulate_shift

CONCEPT = Concept("", "dual_arm_handover", "giver=ur5e,taker=xarm6", "giver_hand=2f-85,taker_hand=rg2")
SURROUNDINGS = {
    "operators": 2,
    "breaks": [{"at": 2, "minutes": 15}, {"at": 4, "minutes": 30, "cell": "stops"}, {"at": 6, "minutes": 15}],
    "arrivals": {"interval": 600, "spread": 0.3, "lot": 105},
    "loading": 0.2,
    "unloading": 0.2,
    "buffer_before": 2,
    "buffer_after": 2,
    "setup": 10,
    "faults": {
        "giver_hand": {"mtbf": 3, "repair": 5, "stop": "abort", "scrap": 0.5},
        "feeder": {"mtbf": 2, "repair": 3, "outside": True},
    },
}


def measure() -> tuple[float, float, int]:
    """Return shift time over processor time of one core, that processor time (s), and the runs of the program.

    Every run is different; an earlier run does the imports.
    """
    scenario = read_scenario(CONCEPT.scenario)
    Batches(scenario, CONCEPT).batch(1, 3)
    start = time.process_time()
    shift = simulate_shift(scenario, CONCEPT, ShiftConfig.model_validate(SURROUNDINGS), 1)
    taken = time.process_time() - start
    assert shift.batches_different == shift.batches > 1000
    return shift.length / taken, taken, shift.batches

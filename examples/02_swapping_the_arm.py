"""Swapping the arm: run the unchanged program of the first example on arms of other vendors.

Run it with ``python examples/02_swapping_the_arm.py``. Add names of arms to run only those (``cellkit models`` lists
them). Only data changes: the model in the role "robot", and the lengths that the cell file gives in reaches of the arm.
"""

import sys
from pathlib import Path

from cellkit.errors import ConfigError
from cellkit.models.load import load_arm, model_ids
from cellkit.scenario.program import load_program
from cellkit.scenario.simulate import simulate

HERE = Path(__file__).parent


def cycle_time(model: str) -> float:
    """Return the cell time in s until the part has been put down."""
    program = load_program(HERE / "01_first_program.py")
    cell = HERE / "01_first_program.yaml"
    # In the kinematic world a run takes a fraction of a second. Its times differ by one or two percent from physics.
    events = simulate(cell, program, world="kinematic", models={"robot": model})
    return next(event.time for event in events if event.what == "part_finished")


if __name__ == "__main__":
    print(f"{'arm':12} {'vendor':20} {'reach':>8} {'cycle':>9}")
    for name in sys.argv[1:] or model_ids("arm"):
        arm = load_arm(name)
        reach = "?" if arm.reach.value is None else f"{arm.reach.value:.2f} m"
        try:
            found = f"{cycle_time(name):7.2f} s"
        except ConfigError as error:  # for example: its payload is too small for this gripper
            found = f"  left out: {error.message}"
        print(f"{arm.id:12} {arm.vendor.name:20} {reach:>8} {found}")

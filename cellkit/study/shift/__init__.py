"""A shift of a cell: repeated runs of its program in the kinematic world, with material, people and faults."""

from cellkit.study.shift.batches import Batches
from cellkit.study.shift.buffers import extra_buffer
from cellkit.study.shift.calibration import calibrate
from cellkit.study.shift.config import ShiftConfig
from cellkit.study.shift.result import Shift
from cellkit.study.shift.simulate import shifts, simulate_shift

__all__ = [
    "Batches",
    "Shift",
    "ShiftConfig",
    "calibrate",
    "extra_buffer",
    "shifts",
    "simulate_shift",
]

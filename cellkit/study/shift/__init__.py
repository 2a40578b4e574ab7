"""A shift of a cell: repeated runs of its program in the kinematic world, with material, people and faults."""

from cellkit.study.shift.batches import Batches
from cellkit.study.shift.buffers import BufferGain, extra_buffer
from cellkit.study.shift.calibration import Calibration, calibrate
from cellkit.study.shift.config import Arrivals, Break, FaultRate, ShiftConfig
from cellkit.study.shift.result import Shift, ShiftStudy
from cellkit.study.shift.simulate import shifts, simulate_shift

__all__ = [
    "Arrivals",
    "Batches",
    "Break",
    "BufferGain",
    "Calibration",
    "FaultRate",
    "Shift",
    "ShiftConfig",
    "ShiftStudy",
    "calibrate",
    "extra_buffer",
    "shifts",
    "simulate_shift",
]

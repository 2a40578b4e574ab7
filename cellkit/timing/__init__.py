"""Time: the event loop (virtual, real or scaled) and the only functions that read a clock."""

from cellkit.timing.clock import WallTimer, next_beat, now, sleep_until, utc
from cellkit.timing.memory_network import MemoryNet, memory_of
from cellkit.timing.pace import Pace, PaceState
from cellkit.timing.periodic import Periodic
from cellkit.timing.virtual_loop import Deadlock, Speed, Stepper, run

__all__ = [
    "Deadlock",
    "MemoryNet",
    "Pace",
    "PaceState",
    "Periodic",
    "Speed",
    "Stepper",
    "WallTimer",
    "memory_of",
    "next_beat",
    "now",
    "run",
    "sleep_until",
    "utc",
]

"""How a test waits: for an event, and in cell time that a busy machine can keep."""

from __future__ import annotations

import time

PATIENCE = 120.0  # s of wall time: only a hang takes longer, on a busy machine too
_SLOWEST = 0.2
_MEASURED = 0.1  # s of processor time


def cell_speed(most: float) -> float:
    """Return the speed of cell time in a served cell: ``most``, or less on a busy machine.

    A time limit in cell time passes ``speed`` times as quick as wall time, while the processes of the cell get only a
    share of the processor. The speed is ``most`` times the share that this process gets now, and at least 0.2.
    """
    begun, used = time.monotonic(), time.process_time()
    while time.process_time() - used < _MEASURED:
        pass
    share = (time.process_time() - used) / (time.monotonic() - begun)
    return max(min(most, _SLOWEST), most * min(share, 1.0))

"""cellkit's UR driver and ur-rtde against the same virtual controller, over loopback TCP: a state read and a command.

The command is a joint motion to the present pose: request, start, end and answer, without a motion.
"""

from __future__ import annotations

import contextlib
import json
import statistics
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

from bench.clients import client_python
from cellkit import registry
from cellkit.devices import Arm
from cellkit.models.load import load_arm
from cellkit.timing import WallTimer, run
from cellkit.transport import SocketNetwork

HOST = "127.0.0.61"
READS, COMMANDS = 2000, 20
CLIENT = Path(__file__).with_name("drive_ur_rtde.py")


@contextlib.contextmanager
def _controller() -> Iterator[None]:
    command = [sys.executable, "-m", "cellkit", "virtual", "ur5e", "--host", HOST, "--json"]
    process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    try:
        assert process.stdout is not None
        process.stdout.readline()
        yield
    finally:
        process.terminate()
        process.wait()


def _ours() -> tuple[float, float]:
    (wire,) = registry.driver("ur").wires_of("arm")
    config = registry.load_object(wire.config)(host=HOST)
    arm: Arm = registry.load_object(wire.device)("arm", load_arm("ur5e"), config, SocketNetwork())

    async def main() -> tuple[float, float]:
        async with arm:
            here = (await arm.state()).joints.position
            commands = []
            for _ in range(COMMANDS):
                timer = WallTimer()
                await arm.move_joint(here)
                commands.append(timer.seconds())
            timer = WallTimer()
            for _ in range(READS):
                await arm.state()
            return timer.seconds() / READS, statistics.median(commands)

    return run(main(), speed=1.0)


def measure() -> tuple[tuple[float, float], tuple[float, float]] | None:
    """Return the seconds of a state read and of a command, ours and ur-rtde's. None without ur-rtde's environment."""
    python = client_python("ur-")
    if python is None:
        return None
    with _controller():
        own = _ours()
        done = subprocess.run(
            [str(python), str(CLIENT), HOST, str(READS), str(COMMANDS)], check=True, capture_output=True, text=True
        )
    theirs = json.loads(done.stdout.strip().splitlines()[-1])
    return own, (theirs["read"], theirs["command"])

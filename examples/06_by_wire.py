"""By wire: run the first example's program over the vendor's protocol of the arm, and print some of the bytes.

Run it with ``python examples/06_by_wire.py``. Add the name of an arm to use that one (``cellkit drivers`` lists them).
A network connects driver and virtual controller. Here it is a network in memory that is recorded. In virtual time the
run does not wait, and the same run sends the same bytes.
"""

import sys
from pathlib import Path

from cellkit_virtual.driver import VirtualDevices

from cellkit.cell.factory import DeviceFactory
from cellkit.cell.wire_path import WireDevices
from cellkit.quality import quality, wire_drivers
from cellkit.scenario.program import load_program
from cellkit.scenario.simulate import simulate
from cellkit.transport import MemoryNetwork, RecordingNetwork
from cellkit.transport.recording import Passed

HERE = Path(__file__).parent
SHOWN = 8  # the number of packets to print


def cycle_time(model: str, factory: DeviceFactory) -> float:
    """Return the cell time in s from the connection of the last device until the part has been put down."""
    program = load_program(HERE / "01_first_program.py")
    cell = HERE / "01_first_program.yaml"
    events = simulate(cell, program, world="kinematic", models={"robot": model}, factory=factory)
    begun = max(event.time for event in events if event.what == "connected")
    return next(event.time for event in events if event.what == "part_finished") - begun


if __name__ == "__main__":
    arm = sys.argv[1] if len(sys.argv) > 1 else quality(wire_drivers("arm")[0]).models[0]
    passed: list[Passed] = []
    # The recording covers both ends, so it holds each packet twice: once sent and once received.
    network = RecordingNetwork(MemoryNetwork(), passed.append)
    print(f"{arm} directly: {cycle_time(arm, VirtualDevices()):.3f} s")
    print(f"{arm} by wire: {cycle_time(arm, WireDevices(VirtualDevices(), network)):.3f} s")
    for direction in ("sent", "received"):
        found = [one for one in passed if one.direction == direction]
        print(f"{sum(len(one.data) for one in found)} bytes {direction}, in {len(found)} pieces")
    for one in [one for one in passed if one.direction == "sent"][:SHOWN]:
        print(f"{one.time:7.3f} s  {one.local[1]:5} -> {one.peer[1]:5}  {one.data[:60]!r}")

"""Another library's client and server in virtual time: an hour at a conveyor, with the line cut in the middle, twice.

Run it with ``python examples/09_asyncio_sdk_as_driver/conveyor.py``. ``sdk_driver.py`` is the driver, on pymodbus' own
client; the device is pymodbus' own server. Neither knows that time is virtual and that there is no socket.
"""

import asyncio
import logging

from pymodbus.server import ModbusTcpServer
from pymodbus.simulator import DataType, SimData, SimDevice
from sdk_driver import CouplerIO

from cellkit.errors import ConnectionFailed, ConnectionLost
from cellkit.scenario.trace import Trace
from cellkit.timing import WallTimer, memory_of, now, run
from cellkit.transport import LinkFaults

HOST, UNIT = "127.0.0.2", 1
MOTOR, PART = (5, 0), (2, 0)  # function and address: of the coil, and of the discrete input
HOUR, TRAVEL = 3600.0, 2.0  # s
CUT = 1800.5, 1805.0  # s, until when the line is cut


async def conveyor(server: ModbusTcpServer) -> None:
    """Bring a part ``TRAVEL`` s after the motor was switched on; take it away when it is switched off."""
    running = 0.0
    while True:
        await asyncio.sleep(0.1)
        on = (await server.async_getValues(UNIT, 1, MOTOR[1]))[0]
        running = running + 0.1 if on else 0.0
        await server.async_setValues(UNIT, PART[0], PART[1], [running >= TRAVEL])


async def cut(faults: LinkFaults) -> None:
    """Cut the line and mend it."""
    await asyncio.sleep(CUT[0])
    faults.drop()
    await asyncio.sleep(CUT[1] - CUT[0])
    faults.restore()


async def cycle(io: CouplerIO) -> None:
    """One part."""
    await io.write("motor", True)
    await io.wait_for("part", timeout=10.0)
    await io.write("motor", False)
    await io.wait_for("part", False, timeout=10.0)
    await asyncio.sleep(5.0)


async def shift(trace: Trace) -> int:
    """One hour; returns how many parts came."""
    flags = [SimData(address=0, count=8, values=False, datatype=DataType.BITS)]
    words = [SimData(address=0, count=8, values=0, datatype=DataType.REGISTERS)]
    server = ModbusTcpServer(SimDevice(UNIT, (flags, flags, words, words)), address=(HOST, 502))
    await server.serve_forever(background=True)
    faults = LinkFaults()
    memory_of(asyncio.get_running_loop()).lines[HOST] = faults.line
    others = [asyncio.ensure_future(conveyor(server)), asyncio.ensure_future(cut(faults))]
    parts = 0
    io = CouplerIO("conveyor", ["part"], ["motor"], HOST)
    io.on_event(trace.device_event)
    while now() < HOUR:
        try:
            await io.connect()
            await cycle(io)
            parts += 1
        except (ConnectionLost, ConnectionFailed) as error:
            trace.add(now(), "program", "retry", why=str(error))
            await asyncio.sleep(1.0)
    await io.close()
    for other in others:
        other.cancel()
    server.close()
    return parts


def hour() -> str:
    """Play an hour and say what came of it."""
    seen: list[str] = []
    trace = Trace(watch=lambda event: seen.append(f"{event['t']:.2f} s  {event['what']} {event.get('why', '')}"))
    timer = WallTimer()
    parts = run(shift(trace))
    for line in seen:
        if "lost" in line or "retry" in line:
            print(f"  {line}")
    print(f"{parts} parts in an hour of cell time; trace {trace.sha256()}")
    print(f"  in {timer.seconds():.1f} s of wall time")
    return trace.sha256()


if __name__ == "__main__":
    logging.getLogger("pymodbus").setLevel(logging.CRITICAL)  # the driver reports what it would
    print("the same trace" if hour() == hour() else "two different traces")

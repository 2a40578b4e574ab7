"""Pick and place by a PLC that uses OPC UA only: it depends neither on cellkit nor on a robot's brand.

Serve a cell first, with a user and a trusted client. Then run this program with the server's address::

    cellkit users add plc --role operator
    cellkit serve pick_and_place --path wire
    PLC_PASSWORD=… python examples/07_plc_over_opcua/pick_and_place.py opc.tcp://127.0.0.1:4840 --certificates FOLDER

FOLDER holds ``client.der``, ``client.pem`` (its key) and ``server.der``. The same program runs on any brand: only the
address differs.
"""

import argparse
import asyncio
import json
import os
from pathlib import Path

from plc_cell import Cell, lifted, poses, secured

ABOVE = 0.08  # m over a part from where the tool moves straight down
DROP = 0.001  # m above its nest at which a part is released
CARRY = 0.7  # of the arm's speed while a part hangs between two pads


async def pick(cell: Cell, part: str, at: list[float], mass: float) -> None:
    """Pick up the part whose middle is at the pose `at`."""
    grasps = (await cell.do("hand", "GraspPoses", part, at))["poses"]
    grasp = (await cell.do("robot", "Nearest", grasps, "world"))["pose"]
    await cell.do("robot", "MovePose", lifted(grasp, ABOVE), "base", 0.0)
    await cell.do("robot", "MoveLinear", grasp, "base", 0.0)
    found = await cell.do("hand", "Grip", part, 0.0)
    if not found["held"]:
        raise RuntimeError(f"no part: {found['grip']}")
    await cell.do("robot", "SetPayload", mass)
    await cell.do("robot", "MoveLinear", lifted(grasp, ABOVE), "base", 0.0)


async def place(cell: Cell, part: str, at: list[float]) -> None:
    """Put the held part down with its middle at the pose `at`."""
    goals = (await cell.do("hand", "GraspPoses", part, at))["poses"]
    goal = (await cell.do("robot", "Nearest", goals, "world"))["pose"]
    await cell.do("robot", "MovePose", lifted(goal, ABOVE), "base", CARRY)
    await cell.do("robot", "MoveLinear", goal, "base", 0.0)
    await cell.do("hand", "Release", part)
    await cell.do("robot", "SetPayload", 0.0)
    await cell.do("robot", "MoveLinear", lifted(goal, ABOVE), "base", 0.0)


async def run_order(cell: Cell, part: str) -> int:
    """Empty one tray after the other until the order is complete; return the number of good parts."""
    size = await cell.read(f"Services/Workpieces/{part}/Size")
    mass = await cell.read(f"Services/Workpieces/{part}/Mass")
    nests = poses(await cell.read("Services/Places/fixture"))
    left = await cell.read("Services/Production/OrderQuantity")
    await cell.do("hand", "Release", part)
    await cell.do("robot", "MoveHome", 0.0)
    while left > 0:
        await cell.do("station", "WaitFor", "tray_ready", True, 60.0)
        found = poses((await cell.do("vision", "Locate", part))["poses"])
        for seen, nest in zip(found, nests, strict=False):
            await pick(cell, part, seen, mass)
            await place(cell, part, [*nest[:2], nest[2] + size[2] / 2 + DROP, *nest[3:]])
            left -= 1
        await cell.do("station", "Pulse", "tray_done", 0.1)
    await cell.do("robot", "MoveHome", 0.0)
    await asyncio.sleep(0.5)  # the station judges the last tray after the pulse
    return int(await cell.read("Services/Production/PartsGood"))


async def main(url: str, user: str, folder: Path, application: str) -> None:
    """Log in, take command, run one order, release command."""
    client = await secured(url, folder, application, user, os.environ["PLC_PASSWORD"])
    async with client:
        uris = await client.get_namespace_array()
        uri = next(uri for uri in uris if uri.startswith("urn:cellkit:cell:"))
        cell = Cell(client, uris.index(uri), uri.removeprefix("urn:cellkit:cell:"))
        await cell.take_command()
        renewing = asyncio.create_task(cell.hold_command())
        try:
            good = await run_order(cell, "part")
        finally:
            renewing.cancel()
            await cell.call("Services/Ownership/ReleaseControl")
        quantity = await cell.read("Services/Production/OrderQuantity")
        print(json.dumps({"good": good, "of": quantity}))


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("url")
    parser.add_argument("--user", default="plc")
    parser.add_argument("--certificates", type=Path, required=True)
    parser.add_argument("--application", default="urn:example:plc", help="the URI in the client's certificate")
    given = parser.parse_args()
    asyncio.run(main(given.url, given.user, given.certificates, given.application))

"""o6 (open62541 in Python) watches and commands a cell: settings as JSON; its result is the last line."""

from __future__ import annotations

import asyncio
import json
import sys
from typing import Any

import o6
from o6.ns import ns0

SETTINGS = json.loads(sys.argv[1])
ENDED = 5


async def main() -> dict[str, Any]:
    client = o6.Client(
        SETTINGS["url"],
        certificate=SETTINGS["certificate"],
        privateKey=SETTINGS["key"],
        trustList=[SETTINGS["serverCertificate"]],
        securityMode=ns0.datatypes.MessageSecurityMode.SIGN_AND_ENCRYPT,
        securityPolicy=f"http://opcfoundation.org/UA/SecurityPolicy#{SETTINGS['policy']}",
        applicationUri=SETTINGS["uri"],
        username=SETTINGS["user"],
        password=SETTINGS["password"],
    )
    async with client:

        def node(path: str) -> str:
            return f"nsu=urn:cellkit:cell:{SETTINGS['cell']};s={SETTINGS['cell']}/{path}"

        async def call(path: str, *given: Any) -> tuple[Any, ...]:
            return await client.call(node(path.rpartition("/")[0]), node(path), list(given))

        async def ended(answer: tuple[Any, ...]) -> int:
            state = node(f"Services/Operations/{answer[1]}/State")
            while (now := int(await client.read(state))) < ENDED:  # noqa: ASYNC110 - as a simple client would
                await asyncio.sleep(0.02)
            return now

        found: dict[str, Any] = {}
        axis = node("MotionDevices/robot/Axes/A1/ParameterSet/ActualPosition")
        children = await client.browse(node("MotionDevices/robot/Axes"), resultMask=63)
        found["axes"] = [str(child.browseName.name) for child in children]
        found["unit"] = int((await client.read(f"{axis}/EngineeringUnits")).unitId)
        robot = "Services/Commands/robot"
        found["unowned"] = _name((await call(f"{robot}/MoveHome", o6.Double(0.0)))[0])
        found["control"] = _name((await call("Services/Ownership/RequestControl", o6.Double(60.0)))[0])
        found["home"] = await ended(await call(f"{robot}/MoveHome", o6.Double(0.0)))
        changes: list[float] = []
        subscription = await client.createSubscription(publishingInterval=50.0)
        await client.monitor(
            axis, lambda value: changes.append(float(value)), 0.0, queueSize=100, subscription=subscription
        )
        joints = [float(joint) for joint in await client.read(node("MotionDevices/robot/Cartesian/JointPositions"))]
        joints[0] += 0.4
        goal = joints[0] * 57.29577951308232
        moving = await call(f"{robot}/MoveJoints", [o6.Double(joint) for joint in joints], o6.Double(0.02))
        found["moved"] = await ended(moving)
        while not changes or abs(changes[-1] - goal) > 0.01:  # noqa: ASYNC110
            await asyncio.sleep(0.02)
        found["changes"] = len(changes)
        found["mistyped"] = _name((await call(f"{robot}/MoveHome", "quick"))[0])
        found["missing"] = _name((await call(f"{robot}/MoveJoints", [o6.Double(joint) for joint in joints]))[0])
        found["released"] = _name((await call("Services/Ownership/ReleaseControl"))[0])
        return found


def _name(status: Any) -> str:
    return str(getattr(status, "name", status))


if __name__ == "__main__":
    print(json.dumps(asyncio.run(main())))

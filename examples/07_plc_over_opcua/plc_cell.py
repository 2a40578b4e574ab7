"""The function blocks of a PLC: start a command, poll until it has ended, read its result."""

import asyncio
import json
from pathlib import Path
from typing import Any

from asyncua import Client, ua
from asyncua.crypto.security_policies import SecurityPolicyBasic256Sha256

LEASE = 30.0  # s
ENDED, SUCCEEDED = 5, 5  # states of an operation; each state from 5 on is an end


async def secured(url: str, folder: Path, application: str, user: str, password: str) -> Client:
    """Return a client that signs, encrypts and logs in, not connected yet. ``application``: its certificate's URI."""
    client = Client(url)
    client.application_uri = application
    await client.set_security(
        SecurityPolicyBasic256Sha256,
        certificate=str(folder / "client.der"),
        private_key=str(folder / "client.pem"),
        server_certificate=str(folder / "server.der"),
    )
    client.set_user(user)
    client.set_password(password)
    return client


class Cell:
    """A served cell, whose nodes are addressed by their paths."""

    def __init__(self, client: Client, namespace: int, name: str) -> None:
        self._client = client
        self._namespace = namespace
        self._name = name

    def _id(self, path: str) -> ua.NodeId:
        return ua.NodeId(f"{self._name}/{path}", self._namespace)

    async def read(self, path: str) -> Any:
        """Read a variable's value."""
        return await self._client.get_node(self._id(path)).read_value()

    async def call(self, path: str, *arguments: ua.Variant) -> Any:
        """Call a method."""
        parent = path.rpartition("/")[0]
        return await self._client.get_node(self._id(parent)).call_method(self._id(path), *arguments)

    async def do(self, device: str, command: str, *arguments: object) -> dict[str, Any]:
        """Submit a command, wait for its end, and return its result."""
        variants = [_variant(value) for value in arguments]
        operation, _, status, reason = await self.call(f"Services/Commands/{device}/{command}", *variants)
        if status != 0:
            raise RuntimeError(f"{device} {command} was refused: {reason}")
        while (state := await self.read(f"Services/Operations/{operation}/State")) < ENDED:  # noqa: ASYNC110 - as a PLC
            await asyncio.sleep(0.02)
        if state != SUCCEEDED:
            why = await self.read(f"Services/Operations/{operation}/Reason")
            raise RuntimeError(f"{device} {command}: {why}")
        result: dict[str, Any] = json.loads(await self.read(f"Services/Operations/{operation}/Result"))
        return result

    async def take_command(self) -> None:
        """Take command for `LEASE` s; meanwhile the server refuses commands of other clients."""
        await self.call("Services/Ownership/RequestControl", _variant(LEASE))

    async def hold_command(self) -> None:
        """Renew the lease until cancelled."""
        while True:
            await self.take_command()
            await asyncio.sleep(LEASE / 3)


def _variant(value: object) -> ua.Variant:
    if isinstance(value, bool):
        return ua.Variant(value, ua.VariantType.Boolean)
    if isinstance(value, str):
        return ua.Variant(value, ua.VariantType.String)
    return ua.Variant(value, ua.VariantType.Double, is_array=isinstance(value, list))


def lifted(pose: list[float], height: float) -> list[float]:
    """Return the pose (x, y, z, then the quaternion) moved by `height` m against the tool's z axis."""
    x, y, z, qx, qy, qz, qw = pose
    axis = (2 * (qx * qz + qw * qy), 2 * (qy * qz - qw * qx), 1 - 2 * (qx * qx + qy * qy))
    return [x - height * axis[0], y - height * axis[1], z - height * axis[2], qx, qy, qz, qw]


def poses(numbers: list[float]) -> list[list[float]]:
    """Split a list of numbers into poses of seven numbers each."""
    return [numbers[start : start + 7] for start in range(0, len(numbers), 7)]

"""What the security tests share: certificates, a server, clients of both the well-behaved and the other kind."""

from __future__ import annotations

import asyncio
import shutil
from collections.abc import AsyncIterator, Callable, Coroutine
from contextlib import asynccontextmanager
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from asyncua import Client, Server, ua
from asyncua.crypto import security_policies
from cryptography import x509
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa

from cellkit.access.audit import AuditLog
from cellkit.access.caller import Role
from cellkit.access.settings import LoginLimits
from cellkit.access.users import UserDirectory
from cellkit.opcua.security.certificates import make_certificate
from cellkit.opcua.security.pki import Pki
from cellkit.opcua.security.server import GatewayServer
from cellkit.opcua.security.settings import SecuritySettings, ServerLimits
from tests.patience import PATIENCE

SLOW = 3.0  # s that the method `slow` takes, longer than a busy machine keeps a client from reading meanwhile
SERVER_URI = "urn:cellkit:test:server"
CLIENT_URI = "urn:cellkit:test:client"
PASSWORDS = {
    "olga": ("observer", "olga's long password"),
    "otto": ("operator", "otto's long password"),
    "emma": ("engineer", "emma's long password"),
    "anna": ("admin", "anna's long password"),
    "gina": ("operator", "gina's long password"),
}
POLICY = security_policies.SecurityPolicyBasic256Sha256


@dataclass(frozen=True)
class Card:
    """An application's certificate and key."""

    certificate: x509.Certificate
    key: rsa.RSAPrivateKey

    @property
    def der(self) -> bytes:
        return self.certificate.public_bytes(serialization.Encoding.DER)

    @property
    def pem_key(self) -> bytes:
        return self.key.private_bytes(
            serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
        )


@cache
def key(number: int = 0) -> rsa.RSAPrivateKey:
    del number
    return rsa.generate_private_key(public_exponent=65_537, key_size=2048)


@cache
def card(name: str = "client", uri: str = CLIENT_URI, days: int = 30) -> Card:
    own = key(hash(name))
    return Card(make_certificate(own, name, uri, ["localhost"], days), own)


@cache
def server_card() -> Card:
    own = key(-1)
    return Card(make_certificate(own, "server", SERVER_URI, ["localhost", "127.0.0.1"]), own)


def state(folder: Path) -> tuple[Pki, UserDirectory, AuditLog]:
    """A folder with the server's certificate, one trusted client and four users."""
    pki = Pki(folder / "pki")
    pki.certificate_file.write_bytes(server_card().der)
    pki.key_file.write_bytes(server_card().pem_key)
    pki.key_file.chmod(0o600)
    pki.trust_certificate(card().certificate)
    pki.reload()
    users = UserDirectory(folder / "users.json")
    if not USERS:
        made = UserDirectory(folder / "made.json")
        for name, (role, password) in PASSWORDS.items():
            made.add(name, role, password=password)
        USERS.append(made.file.read_bytes())
    users.file.write_bytes(USERS[0])
    users.file.chmod(0o600)
    users.reload()
    return pki, users, AuditLog(folder / "audit.jsonl")


USERS: list[bytes] = []


@dataclass
class Rig:
    """A running gateway with a method and variables to try things on."""

    server: GatewayServer
    folder: Path
    pki: Pki
    users: UserDirectory
    audit: AuditLog
    calls: list[Any]
    space: int

    @property
    def url(self) -> str:
        return f"opc.tcp://127.0.0.1:{self.server.port}"

    def node(self, name: str) -> ua.NodeId:
        return ua.NodeId(name, self.space)

    def lines(self) -> str:
        return self.audit.file.read_text(encoding="utf-8")


# A connection that waits for a log-in is never closed by time: a test that waits for a close would pass for no reason.
LIMITS = ServerLimits(pending_seconds=10.0 * PATIENCE, pending_connections_per_peer=40)
LOGIN = LoginLimits(per_second=1000.0, burst=1000)


async def make_server(
    folder: Path, limits: ServerLimits = LIMITS, login: LoginLimits = LOGIN, **more: Any
) -> tuple[GatewayServer, Pki, UserDirectory, AuditLog]:
    pki, users, audit = state(folder)
    settings = SecuritySettings(
        application_uri=SERVER_URI, port=0, limits=limits, login=login, reload_seconds=3600.0, **more
    )
    server = GatewayServer(settings, pki, users, audit)
    await server.init()
    return server, pki, users, audit


async def fill(server: Server) -> int:
    """The same little address space for both kinds of server."""
    space = int(await server.register_namespace("urn:cellkit:test"))
    machine = await server.nodes.objects.add_object(ua.NodeId("machine", space), "machine")
    await machine.add_variable(ua.NodeId("speed", space), "speed", 1.0)
    await machine.add_variable(ua.NodeId("count", space), "count", ua.Variant(3, ua.VariantType.Int32))
    await machine.add_variable(ua.NodeId("axes", space), "axes", [1.0, 2.0, 3.0, 4.0])
    loose = await machine.add_variable(ua.NodeId("loose", space), "loose", 1.0)
    await loose.set_writable()
    return space


@asynccontextmanager
async def rig(
    folder: Path, limits: ServerLimits = LIMITS, login: LoginLimits = LOGIN, **more: Any
) -> AsyncIterator[Rig]:
    server, pki, users, audit = await make_server(folder, limits, login, **more)
    space = await fill(server)
    calls: list[Any] = []
    machine = server.get_node(ua.NodeId("machine", space))

    async def move(*values: Any) -> list[ua.Variant]:
        from cellkit.access.caller import current_caller

        calls.append((current_caller.get(), values))
        return [ua.Variant(len(calls), ua.VariantType.Int32)]

    def unused(_parent: Any, *_arguments: Any) -> list[Any]:
        calls.append("asyncua called the callback itself")
        return []

    moved = await machine.add_method(
        ua.NodeId("move", space),
        "move",
        unused,
        [argument("target", ua.ObjectIds.Double, 1, 3), argument("speed", ua.ObjectIds.Double)],
        [argument("number", ua.ObjectIds.Int32)],
    )
    await machine.add_method(ua.NodeId("forgotten", space), "forgotten", unused, [], [])
    slow_one = await machine.add_method(ua.NodeId("slow", space), "slow", unused, [], [])

    async def slow() -> list[ua.Variant]:
        await asyncio.sleep(SLOW)
        return []

    server.add_method(slow_one.nodeid, slow, role=Role.OPERATOR)
    server.add_method(moved.nodeid, move, role=Role.OPERATOR)
    speed = ua.NodeId("speed", space)

    async def set_speed(value: float) -> None:
        calls.append(("speed", value))
        await server.write_attribute_value(speed, ua.DataValue(ua.Variant(value, ua.VariantType.Double)))

    server.add_writable(speed, set_speed, role=Role.ENGINEER)
    await server.start()
    try:
        yield Rig(server, folder, pki, users, audit, calls, space)
    finally:
        await server.stop()
        audit.close()


def argument(name: str, kind: int, rank: int = -1, length: int = 0) -> ua.Argument:
    made = ua.Argument()
    made.Name, made.DataType, made.ValueRank = name, ua.NodeId(kind), rank
    made.ArrayDimensions = [length] if length else []
    return made


class RigClient(Client):
    """asyncua's client with a certificate from memory."""

    def __init__(self, url: str, who: Card | None = None, policy: Any = POLICY, uri: str | None = None) -> None:
        super().__init__(url, timeout=PATIENCE, watchdog_intervall=PATIENCE)
        self.application_uri = uri or CLIENT_URI
        self.who = who
        self.session_timeout = int(1000 * PATIENCE)
        if who is not None:
            self.security_policy = policy(
                server_card().der, who.certificate, who.key, ua.MessageSecurityMode.SignAndEncrypt
            )
            self.uaclient.set_security(self.security_policy)


@asynccontextmanager
async def connected(
    url: str, user: str | None = "emma", who: Card | None = None, policy: Any = POLICY, **more: Any
) -> AsyncIterator[RigClient]:
    client = RigClient(url, who or card(), policy, **more)
    if user is not None:
        client.set_user(user)
        client.set_password(PASSWORDS[user][1])
    await client.connect()
    try:
        yield client
    finally:
        await client.disconnect()


def run(test: Callable[[], Coroutine[Any, Any, Any]], seconds: float = 3.0 * PATIENCE) -> Any:
    """Run an asynchronous test; it ends for sure."""

    async def bounded() -> Any:
        return await asyncio.wait_for(test(), seconds)

    return asyncio.run(bounded())


def wipe(folder: Path) -> None:
    shutil.rmtree(folder, ignore_errors=True)

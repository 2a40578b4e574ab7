"""Servers in a loop of their own: the gateway, plain asyncua set up with care, and plain asyncua as it comes."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Coroutine
from contextlib import AsyncExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Self

from asyncua import Server, ua
from asyncua.crypto.permission_rules import User, UserRole
from asyncua.crypto.truststore import TrustStore
from asyncua.crypto.validator import CertificateValidator, CertificateValidatorOptions
from secure_rig import PASSWORDS, SERVER_URI, SLOW, Rig, argument, card, fill, rig, server_card

from tests.patience import PATIENCE


@dataclass
class Target:
    """What an attack is run against."""

    url: str
    server: Server
    space: int
    calls: list[Any]
    rig: Rig | None = None
    loop: Any = None
    do: Any = None

    def node(self, name: str) -> ua.NodeId:
        return ua.NodeId(name, self.space)

    @property
    def port(self) -> int:
        return int(self.url.rpartition(":")[2].rstrip("/"))


class Loop:
    """An event loop in a thread."""

    def __enter__(self) -> Self:
        self.loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self.loop.run_forever, daemon=True)
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.loop.call_soon_threadsafe(self.loop.stop)
        self._thread.join(10)
        self.loop.close()

    def do(self, work: Coroutine[Any, Any, Any]) -> Any:
        return asyncio.run_coroutine_threadsafe(work, self.loop).result(PATIENCE)


class _Passwords:
    """What a careful user of asyncua writes."""

    def get_user(
        self, _server: Any, username: Any = None, password: Any = None, certificate: Any = None
    ) -> User | None:
        del certificate
        if username in PASSWORDS and PASSWORDS[username][1] == password:
            return User(role=UserRole.User, name=username)
        return None


async def _plain(stack: AsyncExitStack, folder: Path, *, careful: bool) -> Target:
    server = Server(user_manager=_Passwords() if careful else None)
    await server.init()
    await server.set_application_uri(SERVER_URI)
    server.set_endpoint("opc.tcp://127.0.0.1:0")
    server.iserver.certificate, server.iserver.private_key = server_card().certificate, server_card().key
    if careful:
        secure = ua.SecurityPolicyType
        server.set_security_policy(
            [
                secure.Basic256Sha256_SignAndEncrypt,
                secure.Aes128Sha256RsaOaep_SignAndEncrypt,
                secure.Aes256Sha256RsaPss_SignAndEncrypt,
            ]
        )
        server.set_identity_tokens([ua.UserNameIdentityToken])
        trusted = folder / "trusted"
        trusted.mkdir(parents=True)
        (trusted / "client.der").write_bytes(card().der)
        store = TrustStore([trusted], [])
        await store.load()
        options = CertificateValidatorOptions.TRUSTED_VALIDATION | CertificateValidatorOptions.PEER_CLIENT
        server.iserver.certificate_validator = CertificateValidator(options, store).validate
    space = await fill(server)
    calls: list[Any] = []

    async def callback(_parent: Any, *arguments: Any) -> list[ua.Variant]:
        calls.append(arguments)
        return [ua.Variant(1, ua.VariantType.Int32)]

    machine = server.get_node(ua.NodeId("machine", space))
    inputs = [argument("target", ua.ObjectIds.Double, 1, 3), argument("speed", ua.ObjectIds.Double)]
    outputs = [argument("number", ua.ObjectIds.Int32)]
    await machine.add_method(ua.NodeId("move", space), "move", callback, inputs, outputs)
    await machine.add_method(ua.NodeId("forgotten", space), "forgotten", callback, [], outputs)

    async def slow(_parent: Any) -> list[ua.Variant]:
        await asyncio.sleep(SLOW)
        return []

    await machine.add_method(ua.NodeId("slow", space), "slow", slow, [], [])
    await server.start()
    stack.push_async_callback(server.stop)
    return Target(f"opc.tcp://127.0.0.1:{server.bserver.port}", server, space, calls)


async def serve_plain(stack: AsyncExitStack, folder: Path, careful: bool) -> Target:
    return await _plain(stack, folder, careful=careful)


async def serve_gateway(stack: AsyncExitStack, folder: Path, **more: Any) -> Target:
    made = await stack.enter_async_context(rig(folder, **more))
    return Target(made.url, made.server, made.space, made.calls, made)

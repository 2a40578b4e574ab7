"""A plain asyncua server in a thread and loop of its own: a PLC, as the client side meets it."""

from __future__ import annotations

import asyncio
import socket
import threading
from collections.abc import Callable, Coroutine
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, TypeVar

import pytest
from asyncua import Server, ua
from asyncua.server.user_managers import User, UserRole

from cellkit.opcua.client import client as client_module
from cellkit.opcua.security.certificates import thumbprint
from cellkit.opcua.security.pki import Pki
from tests.patience import PATIENCE

ResultT = TypeVar("ResultT")
URI = "urn:plc"
TYPES = ua.VariantType
USER, PASSWORD = "operator", "open sesame"


def node(name: str) -> str:
    """How a cell file names a node of this server."""
    return f"nsu={URI};s={name}"


class _Users:
    def __init__(self, anonymous: bool) -> None:
        self._anonymous = anonymous

    def get_user(
        self, _server: Any, username: Any = None, password: Any = None, certificate: Any = None
    ) -> User | None:
        if username is None and self._anonymous:
            return User(role=UserRole.User)
        return User(role=UserRole.User) if (username, password) == (USER, PASSWORD) else None


class PlainServer:
    """Its variables by name; methods are called in its own thread. ``secure``: encrypted, and no anonymous users."""

    def __init__(self, folder: Path, secure: bool = False) -> None:
        self.secure = secure
        self.pki = Pki(folder)
        self.port = _free_port()
        self.url = f"opc.tcp://127.0.0.1:{self.port}"
        self.policies = [ua.SecurityPolicyType.NoSecurity]
        if secure:
            self.policies = [
                ua.SecurityPolicyType.Basic256Sha256_SignAndEncrypt,
                ua.SecurityPolicyType.Aes128Sha256RsaOaep_SignAndEncrypt,
                ua.SecurityPolicyType.Aes256Sha256RsaPss_SignAndEncrypt,
            ]
        self._values: dict[str, ua.Variant] = {}
        self._methods: dict[str, tuple[Callable[..., Any], list[Any], list[ua.VariantType]]] = {}
        self._nodes: dict[str, Any] = {}
        self._server: Any = None
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, daemon=True)
        self._thread.start()
        self._go_on = threading.Event()

    @property
    def thumbprint(self) -> str:
        """SHA-256 of its certificate."""
        return thumbprint(self.pki.certificate_file.read_bytes())

    # --- what it has ------------------------------------------------------------------------------------------

    def has(self, name: str, value: Any, kind: ua.VariantType = TYPES.Double) -> None:
        """A writable variable, from the next start on."""
        self._values[name] = ua.Variant(value, kind)

    def does(
        self,
        name: str,
        what: Callable[..., Any],
        takes: list[ua.VariantType | ua.Argument],
        gives: list[ua.VariantType],
    ) -> None:
        """A method of the object ``Machine``, from the next start on; ``what`` is a coroutine function."""
        self._methods[name] = what, takes, gives

    def put(self, name: str, value: Any, status: str = "Good") -> None:
        """Set a variable, as the device behind the server does."""
        data = ua.DataValue(
            ua.Variant(value, self._values[name].VariantType),
            ua.StatusCode(getattr(ua.StatusCodes, status)),
            SourceTimestamp=datetime.now(UTC),
        )
        self.do(self._nodes[name].write_attribute(ua.AttributeIds.Value, data))

    def get(self, name: str) -> Any:
        """A variable."""
        return self.do(self._nodes[name].read_value())

    # --- life cycle -------------------------------------------------------------------------------------------

    def do(self, work: Coroutine[Any, Any, ResultT]) -> ResultT:
        """Run in the server's loop."""
        return asyncio.run_coroutine_threadsafe(work, self._loop).result(PATIENCE)

    def start(self) -> None:
        """Start, with all settings that were made before."""
        self.do(self._start())

    async def _start(self) -> None:
        server = self._server = Server(user_manager=_Users(not self.secure))
        await server.init()
        server.set_endpoint(self.url)
        uri = "urn:plc:server"
        await server.set_application_uri(uri)
        if self.secure:
            self.pki.own_certificate("plc", uri, "127.0.0.1")
            await server.load_certificate(self.pki.certificate_file)
            await server.load_private_key(self.pki.key_file)
            server.set_identity_tokens([ua.UserNameIdentityToken])
        server.set_security_policy(self.policies)
        index = await server.register_namespace(URI)
        machine = await server.nodes.objects.add_object(ua.NodeId("Machine", index), f"{index}:Machine")
        for name, value in self._values.items():
            self._nodes[name] = await machine.add_variable(ua.NodeId(name, index), f"{index}:{name}", value)
            await self._nodes[name].set_writable()
        for name, (what, takes, gives) in self._methods.items():
            await machine.add_method(ua.NodeId(name, index), f"{index}:{name}", _plain(what), takes, gives)
        await server.start()

    def stop(self) -> None:
        """Shut down."""
        if self._server is not None:
            server, self._server = self._server, None
            self.do(server.stop())

    def cut(self) -> None:
        """Break all connections, without a word."""

        async def abort() -> None:
            for client in tuple(self._server.bserver.clients):
                client.transport.abort()

        self.do(abort())

    def sessions(self) -> int:
        """How many clients are connected."""
        return len(self._server.bserver.clients)

    def freeze(self) -> None:
        """Say nothing any more, until ``thaw``."""
        self._go_on.clear()
        self._loop.call_soon_threadsafe(self._go_on.wait)

    def thaw(self) -> None:
        """Go on."""
        self._go_on.set()

    def end(self) -> None:
        """Stop, and let go of the thread."""
        self.thaw()
        self.stop()
        self.do(_rest())
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(10)
        self._loop.close()


async def _rest() -> None:
    tasks = asyncio.all_tasks() - {asyncio.current_task()}  # type: ignore[arg-type]
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)


def _plain(what: Callable[..., Any]) -> Callable[..., Any]:
    """A method that is given plain values, and gives variants."""

    async def called(_parent: Any, *given: ua.Variant) -> list[ua.Variant]:
        found = await what(*(one.Value for one in given))
        return found if found is not None else []

    return called


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def patient_opening(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let a client wait for a busy server while it connects."""
    monkeypatch.setattr(client_module, "OPENING", PATIENCE)

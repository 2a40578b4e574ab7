"""Devices by a map of nodes: one client each; every node and command of the map is checked before it is used."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Mapping
from typing import Any, TypeVar

from cellkit.errors import CommandRejected, ConnectionFailed, DeviceFault
from cellkit.opcua.client.client import OpcuaClient, VariableDescription
from cellkit_opcua.config import OpcuaConfig
from cellkit_opcua.maps import Bit, Choice, Command, Number, Text, Value
from cellkit_opcua.watched import WatchedDevice

MapT = TypeVar("MapT", bound=OpcuaConfig)


class NodeDevice(WatchedDevice[MapT]):
    """A device behind any server, by a map of its nodes."""

    @abstractmethod
    def _mapped(self) -> Mapping[str, Value]:
        """Return all nodes by their names in the cell file."""

    def _written(self) -> tuple[str, ...]:
        """Return the names of the nodes that must be writable."""
        return ()

    def _commands(self) -> Mapping[str, Command]:
        """Return all commands by their names in the cell file."""
        return {}

    def _nodes(self) -> Mapping[str, str]:
        return {label: value.node for label, value in self._mapped().items()}

    async def _reach(self) -> OpcuaClient:
        client = OpcuaClient(self.name, self.config.client())
        await client.connect()
        return client

    async def _leave(self, client: OpcuaClient) -> None:
        await client.close()

    async def _verify(self, client: OpcuaClient) -> None:
        for label, value in self._mapped().items():
            wrong = await self._wrong(client, label, value)
            if wrong is not None:
                raise ConnectionFailed(self.name, f"{label}: {wrong}")
        for label, command in self._commands().items():
            wrong = await self._wrong_command(client, command)
            if wrong is not None:
                raise ConnectionFailed(self.name, f"{label}: {wrong}")

    async def _wrong(self, client: OpcuaClient, label: str, value: Value) -> str | None:
        """Return the error in a node; None: it is correct."""
        try:
            variable = await client.describe(value.node)
        except CommandRejected as error:
            return error.message
        mismatch = _mismatch(value, variable)
        if mismatch is not None:
            return f"{value.node} {mismatch}"
        if not variable.readable:
            return f"{value.node} is not readable for this user; change the user's rights at the server"
        if label in self._written() and not variable.writable:
            return f"{value.node} is not writable for this user; change the user's rights at the server"
        return None

    async def _wrong_command(self, client: OpcuaClient, command: Command) -> str | None:
        try:
            if command.write is not None:
                writable = (await client.describe(command.write)).writable
                return (
                    None
                    if writable
                    else f"{command.write} is not writable for this user; change its rights at the server"
                )
            assert command.method is not None
            taken = await client.arguments(command.method)
        except CommandRejected as error:
            return error.message
        if len(taken) == len(command.arguments):
            return None
        names = ", ".join(argument.name for argument in taken) or "none"
        return f"{command.method} takes {len(taken)} arguments ({names}), not {len(command.arguments)}"

    def _converted(self, label: str, value: Number | Bit | Text | Choice) -> Any:
        """Return the newest value of a node, converted for cellkit. Raises ``ConnectionLost`` and ``DeviceFault``."""
        raw = self._sample(label).value
        try:
            return value.value(raw)
        except (TypeError, ValueError) as error:
            raise DeviceFault(self.name, f"{label}: {error}", code="value") from None

    def _bit(self, label: str, value: Bit | None, otherwise: bool = False) -> bool:
        return otherwise if value is None else bool(self._converted(label, value))

    async def _command(self, command: Command, **values: Any) -> list[Any]:
        """Write a node or call a method and return its results. Raises ``CommandRejected`` and ``ConnectionLost``."""
        client, sent = self._connected(), command.sent(values)
        if command.write is not None:
            await client.write(command.write, sent[0])
            return []
        assert command.object is not None
        assert command.method is not None
        return await client.call(command.object, command.method, *sent, limit=command.takes)


_NUMBERS = ("SByte", "Byte", "Int16", "UInt16", "Int32", "UInt32", "Int64", "UInt64", "Float", "Double")
_TEXTS = ("String", "LocalizedText")


def _mismatch(value: Value, variable: VariableDescription) -> str | None:
    """Return the error in the type of a node; None: it is correct."""
    for kind, names, expected in (
        (Number, _NUMBERS, "a number"),
        (Bit, ("Boolean",), "Boolean"),
        (Text, _TEXTS, "a text"),
    ):
        if isinstance(value, kind) and variable.kind not in names:
            return f"is of type {variable.kind}, not {expected}"
    return None

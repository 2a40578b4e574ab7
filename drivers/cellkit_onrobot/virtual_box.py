"""A Compute Box as a virtual device, with one tool behind it: units, one connection at a time, the tool's power."""

from __future__ import annotations

import asyncio
from abc import abstractmethod
from collections.abc import Callable, Mapping, Sequence
from typing import ClassVar

from typing_extensions import override

from cellkit.controller.virtual_device import Endpoint, VirtualDevice
from cellkit.transport import ByteStream
from cellkit.transport.modbus import ModbusServer, ModbusUnit, Table
from cellkit_onrobot.protocol.box import BOX, CYCLE, FUNCTIONS, POWER, TOOL

AWAY = 1.5
"""s from a power cycle until the tool answers again; an assumption."""


class Block:
    """Registers of a tool that follow each other, from ``first`` on."""

    def __init__(self, first: int, values: Sequence[int]) -> None:
        self.first, self.values = first, values


def read_blocks(blocks: Sequence[Block], table: Table, address: int, count: int) -> Sequence[int]:
    """Return registers that all lie in one block; others raise ``KeyError``."""
    if table == "holding":
        for block in blocks:
            begin = address - block.first
            if begin >= 0 and begin + count <= len(block.values):
                return block.values[begin : begin + count]
    raise KeyError(address)


class VirtualBox(VirtualDevice):
    """Whatever the tool is. A unit that is not there is silent, and so is a tool without power."""

    ENDPOINTS: ClassVar[Mapping[str, Endpoint]] = {"modbus": Endpoint("tcp", 502, "Modbus TCP, unit 65")}

    def __init__(self, tool: ModbusUnit) -> None:
        super().__init__()
        self._tool = tool
        self._units: dict[int, ModbusUnit] = {BOX: _Power(self), TOOL: tool}
        self._connection = asyncio.Lock()
        self._boot: asyncio.TimerHandle | None = None

    async def _open(self) -> None:
        self._server = ModbusServer(self._units, "tcp", asked=lambda: not self.mute, functions=FUNCTIONS)
        await self._serve("modbus", self._client, client_first=True)

    async def _client(self, stream: ByteStream) -> None:
        async with self._connection:  # the next one is heard when this one has gone
            await self._server.serve(stream)

    @override
    async def stop(self) -> None:
        if self._boot is not None:
            self._boot.cancel()
        await super().stop()

    # --- power ------------------------------------------------------------------------------------------------

    @property
    def powered(self) -> bool:
        """Whether the tool has power, and has started."""
        return TOOL in self._units

    def cycle_power(self) -> None:
        """Switch the tool off; it is back a moment later."""
        if self._boot is not None:
            self._boot.cancel()
        self._units.pop(TOOL, None)
        self._power_lost()
        self._boot = asyncio.get_running_loop().call_later(AWAY, self._booted)

    def _booted(self) -> None:
        self._boot = None
        self._power_back()
        self._units[TOOL] = self._tool

    @abstractmethod
    def _power_lost(self) -> None:
        """Switch the power of the tool off (hook)."""

    @abstractmethod
    def _power_back(self) -> None:
        """Start the tool again (hook)."""

    # --- for people -------------------------------------------------------------------------------------------

    @override
    def switches(self) -> dict[str, Callable[..., object]]:
        return {"power": self.cycle_power, **self._mute_switches()}


class _Power:
    """The box as a unit: it can do nothing but switch its tool off for a moment."""

    def __init__(self, box: VirtualBox) -> None:
        self._box = box
        self._written = 0

    def read(self, table: Table, address: int, count: int) -> Sequence[int]:
        return read_blocks([Block(POWER, [self._written])], table, address, count)

    def write(self, table: Table, address: int, values: Sequence[int]) -> None:
        if table != "holding" or address != POWER or len(values) != 1:
            raise KeyError(address)
        if values[0] != CYCLE:
            raise ValueError(values[0])
        self._written = values[0]
        self._box.cycle_power()

"""VG10 as a virtual device: two channels over one suction cup, which stands for the cups of both."""

from __future__ import annotations

from collections.abc import Sequence

from typing_extensions import override

from cellkit.controller.plants.vacuum_gripper import SuctionPlant
from cellkit.errors import ProtocolError
from cellkit.transport.modbus import ModbusUnit, Table
from cellkit_onrobot.protocol import vg
from cellkit_onrobot.protocol.box import PRODUCT, PRODUCTS
from cellkit_onrobot.protocol.vg import ChannelCommand, Mode, VgStatus
from cellkit_onrobot.virtual_box import Block, read_blocks

WRITABLE = vg.CURRENT_LIMIT + 1
OFF = vg.encode_channel(ChannelCommand(Mode.RELEASE))


class VgPump(ModbusUnit):
    """A ``ModbusUnit``. The cup sucks while any channel grips, always as deep as the pump can."""

    def __init__(self, suction: SuctionPlant) -> None:
        self._suction = suction
        self._written = [OFF, OFF, vg.USUAL_CURRENT]
        self._sucking = False

    @override
    def read(self, table: Table, address: int, count: int) -> Sequence[int]:
        blocks = [
            Block(vg.COMMAND, self._written),
            Block(vg.VACUUM, vg.encode_status(self.status())),
            Block(PRODUCT, [PRODUCTS["vg10"]]),
        ]
        return read_blocks(blocks, table, address, count)

    @override
    def write(self, table: Table, address: int, values: Sequence[int]) -> None:
        if table != "holding" or address + len(values) > WRITABLE:
            raise KeyError(address)
        written = [*self._written]
        written[address : address + len(values)] = values
        try:
            commands = [vg.decode_channel(register) for register in written[: vg.CHANNELS]]
        except ProtocolError:
            raise ValueError(values) from None
        if written[vg.CURRENT_LIMIT] > vg.MOST_CURRENT:
            raise ValueError(values)
        self._written = written
        self._suck(any(command.mode is Mode.GRIP for command in commands))

    def commands(self) -> list[ChannelCommand]:
        """Return the last command of each channel."""
        return [vg.decode_channel(register) for register in self._written[: vg.CHANNELS]]

    def status(self) -> VgStatus:
        """As it is now: a channel that grips has as much vacuum as it wants, one that does not lets its go."""
        vacuum = self._suction.state().vacuum
        a, b = (
            min(vacuum, vg.target(command)) if self._sucking else vacuum for command in self.commands()
        )  # fmt: skip
        return VgStatus(a, b)

    def power_lost(self) -> None:
        """Stop the pump and open the valves."""
        self._written = [OFF, OFF, vg.USUAL_CURRENT]
        self._suck(False)

    def _suck(self, on: bool) -> None:
        if on is not self._sucking:
            self._sucking = on
            self._suction.switch(on)

"""Robotiq's grippers as a virtual device: the URCap's server, and Modbus RTU on a serial line."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import ClassVar

from typing_extensions import override

from cellkit.controller.plants.parallel_gripper import JawPlant
from cellkit.controller.virtual_device import Endpoint, VirtualDevice
from cellkit.digits import whole_number
from cellkit.errors import ProtocolError
from cellkit.models.gripper import ParallelGripperModel
from cellkit.transport import ByteStream
from cellkit.transport.modbus import ModbusServer, Table
from cellkit_robotiq.protocol import registers, urcap
from cellkit_robotiq.protocol.gripper import FAULTS
from cellkit_robotiq.virtual_hand import Hand

SLAVE = 9
FIRMWARE = 3
EXAMPLE_FAULT = 14


class _VirtualGripper(VirtualDevice):
    def __init__(self, model: ParallelGripperModel, jaws: JawPlant) -> None:
        super().__init__()
        self.model = model
        self.jaws = jaws
        self.hand = Hand(model, jaws)

    @property
    @override
    def title(self) -> str:
        return self.model.name

    @override
    async def stop(self) -> None:
        self.hand.close()
        await super().stop()

    def _basis(self) -> object:
        return None if self.mute else (self.hand.command, self.hand.status())

    def example_fault(self) -> tuple[str, str]:
        """Return a typical fault that can be cleared; code and text that a driver must report of it."""
        self.hand.raise_fault(EXAMPLE_FAULT)
        return str(EXAMPLE_FAULT), FAULTS[EXAMPLE_FAULT].text

    @override
    def switches(self) -> dict[str, Callable[..., object]]:

        def fault(number: str = str(EXAMPLE_FAULT)) -> None:
            code = whole_number(number, max(FAULTS))
            if code is None or code not in FAULTS:
                raise ValueError(f"a fault is one of {', '.join(map(str, FAULTS))}")
            self.hand.raise_fault(code)

        return {
            "fault": fault,
            **self._mute_switches(),
        }

    @override
    def status_line(self) -> str:
        status = self.hand.status()
        width = self.jaws.state().width * 1000
        doing = status.detection.name.lower().replace("_", " ") if status.going else "not going"
        words = f"{status.activation.name.lower()}, {doing}, {width:.1f} mm"
        return words + (f", fault {status.fault}" if status.fault else "")


class VirtualUrcap(_VirtualGripper):
    """The server that the URCap brings to a robot's controller. Several clients may connect."""

    ENDPOINTS: ClassVar[Mapping[str, Endpoint]] = {"urcap": Endpoint("tcp", 63352, "gripper variables (URCap)")}

    async def _open(self) -> None:
        await self._serve("urcap", self._client)

    async def _client(self, stream: ByteStream) -> None:
        lines = urcap.LineReader()
        stream.basis = self._basis
        while data := await stream.read():
            for line in lines.feed(data):
                answer = self._answer(line)
                if answer is not None and not self.mute:
                    stream.write(answer)
            await stream.drain()

    def _answer(self, line: bytes) -> bytes | None:
        try:
            request = urcap.decode_request(line)
        except ProtocolError:
            return None if not line.strip() else urcap.encode_answer("?", None)
        if isinstance(request, urcap.Get):
            return urcap.encode_answer(request.variable, self._value(request.variable))
        for name, value in request.values:
            if not self.hand.set(name, value):
                return urcap.encode_answer(name, None)
        return urcap.ACKNOWLEDGED

    def _value(self, name: str) -> int | None:
        value = _VALUES.get(name)
        return None if value is None else value(self.hand)


_VALUES: Mapping[str, Callable[[Hand], int]] = {
    "ACT": lambda hand: int(hand.command.activate),
    "GTO": lambda hand: int(hand.command.go),
    "ATR": lambda hand: int(hand.command.automatic_release),
    "ARD": lambda hand: int(hand.command.release_opens),
    "FOR": lambda hand: hand.command.force,
    "SPE": lambda hand: hand.command.speed,
    "POS": lambda hand: hand.status().position,
    "PRE": lambda hand: hand.command.position,
    "STA": lambda hand: int(hand.activation),
    "OBJ": lambda hand: int(hand.status().detection),
    "FLT": lambda hand: hand.fault,
    "COU": lambda hand: hand.status().current,
    "SID": lambda hand: SLAVE,
    "FWV": lambda hand: FIRMWARE,
}
"""The function that reads each variable: a client asks for one at a time."""


class VirtualRtu(_VirtualGripper):
    """A gripper at the far end of a serial line."""

    ENDPOINTS: ClassVar[Mapping[str, Endpoint]] = {"rtu": Endpoint("serial", 115200, "Modbus RTU, slave 9")}

    async def _open(self) -> None:
        server = ModbusServer({SLAVE: _Registers(self.hand)}, "rtu", asked=lambda: not self.mute, basis=self._basis)
        await self._attach("rtu", server.serve)


class _Registers:
    """A ``ModbusUnit``: what is written can be read again, the rest is the status."""

    def __init__(self, hand: Hand) -> None:
        self._hand = hand

    def read(self, table: Table, address: int, count: int) -> Sequence[int]:
        if table not in ("holding", "input_registers"):
            raise KeyError(table)
        for first, values in (
            (registers.COMMAND, registers.encode_command(self._hand.command)),
            (registers.STATUS, registers.encode_status(self._hand.status())),
        ):
            if first <= address and address + count <= first + registers.COUNT:
                return values[address - first : address - first + count]
        raise KeyError(address)

    def write(self, table: Table, address: int, values: Sequence[int]) -> None:
        first = registers.COMMAND
        if table != "holding" or not (first <= address and address + len(values) <= first + registers.COUNT):
            raise KeyError(address)
        written = registers.encode_command(self._hand.command)
        written[address - first : address - first + len(values)] = values
        self._hand.take(registers.decode_command(written))

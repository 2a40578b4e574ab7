"""The data of the virtual controller: variables, registers, signals, alarms, files; and its refusals."""

from __future__ import annotations

import struct
from collections import deque
from collections.abc import Callable, Collection
from dataclasses import dataclass

from cellkit_yaskawa.protocol.codes import Added, Command, Service, Status
from cellkit_yaskawa.protocol.frames import LARGEST_DATA, Request
from cellkit_yaskawa.protocol.records import AXIS_POSITION_SIZE, POSITION_SIZE, Alarm
from cellkit_yaskawa.protocol.signals import io_range

COUNT = struct.Struct("<I")
KEPT_ALARMS = 100
SLOT = 4  # bytes; the manual draws small values in a whole word, and clients send them with and without the rest


class Refusal(Exception):
    """A request is refused with a status, and an added one where that is ``SEE_ADDED``."""

    def __init__(self, added: int = 0, status: int = Status.SEE_ADDED) -> None:
        super().__init__(status, added)
        self.status, self.added = status, added


NO_INSTANCE = (0, Status.NO_INSTANCE)
BAD_ELEMENT = (0, Status.BAD_ELEMENT)
UNDEFINED = (0, Status.UNDEFINED_COMMAND)


def require_instance(request: Request, instances: Collection[int]) -> None:
    """Raise ``Refusal`` for a request of another instance."""
    if request.instance not in instances:
        raise Refusal(*NO_INSTANCE)


def require_size(request: Request, size: int) -> None:
    """Raise ``Refusal`` for a request with another number of bytes."""
    if len(request.data) != size:
        raise Refusal(Added.DATA_SIZE)


@dataclass(frozen=True, slots=True)
class Bank:
    """A kind of variables: how many, how large (bytes), how many elements a record has that can be read alone."""

    single: Command
    plural: Command
    count: int
    size: int
    elements: int = 1
    even: bool = False
    """Only an even number can be read or written together."""
    writable: int | None = None
    """How many of them can be written; None: all."""

    @property
    def most(self) -> int:
        """How many fit into one datagram."""
        most = (LARGEST_DATA - COUNT.size) // self.size
        return most - most % 2 if self.even else most


BANKS = (
    Bank(Command.REGISTER, Command.PLURAL_REGISTER, 1000, 2, writable=560),
    Bank(Command.B, Command.PLURAL_B, 100, 1, even=True),
    Bank(Command.I, Command.PLURAL_I, 100, 2),
    Bank(Command.D, Command.PLURAL_D, 100, 4),
    Bank(Command.R, Command.PLURAL_R, 100, 4),
    Bank(Command.S, Command.PLURAL_S, 100, 16),
    Bank(Command.S32, Command.PLURAL_S32, 100, 32),
    Bank(Command.P, Command.PLURAL_P, 128, POSITION_SIZE, POSITION_SIZE // 4),
    Bank(Command.BP, Command.PLURAL_BP, 128, AXIS_POSITION_SIZE, AXIS_POSITION_SIZE // 4),
    Bank(Command.EX, Command.PLURAL_EX, 128, AXIS_POSITION_SIZE, AXIS_POSITION_SIZE // 4),
)
IO = Bank(Command.IO, Command.PLURAL_IO, 9999, 1, even=True)
UNDEFINED_UNTIL_WRITTEN = (Command.P, Command.BP, Command.EX)


class Memory:
    """Variables by command and number, signals by instance, alarms newest first, files by name."""

    def __init__(self) -> None:
        self.values: dict[Command, dict[int, bytes]] = {bank.single: {} for bank in (*BANKS, IO)}
        self.alarms: deque[Alarm] = deque(maxlen=KEPT_ALARMS)
        self.files: dict[str, bytes] = {}
        self.text = ""
        """The text that the pendant shows."""
        self.on_signals: Callable[[int], None] = lambda instance: None
        """Called after a client has written the byte of signals at an instance."""
        self._banks = {bank.single: bank for bank in (*BANKS, IO)}
        self._plurals = {bank.plural: bank for bank in (*BANKS, IO)}

    def holds(self, command: int) -> bool:
        """Return whether a command reads or writes variables or signals."""
        return command in self._banks or command in self._plurals

    def carry_out(self, request: Request) -> bytes:
        """Read or write, and return the data of the answer. Raises ``Refusal``."""
        bank = self._plurals.get(Command(request.command))
        if bank is not None:
            return self._together(bank, request)
        bank = self._banks[Command(request.command)]
        self._check(bank, request.instance, writing=request.service in (Service.SET_ALL, Service.SET_ONE))
        if request.service in (Service.GET_ALL, Service.SET_ALL):
            if request.attribute not in (0, 1):
                raise Refusal(*BAD_ELEMENT)
            offset, size = 0, bank.size
        elif request.service in (Service.GET_ONE, Service.SET_ONE):
            if not 1 <= request.attribute <= bank.elements:
                raise Refusal(*BAD_ELEMENT)
            size = bank.size // bank.elements
            offset = size * (request.attribute - 1)
        else:
            raise Refusal(*UNDEFINED)
        whole = self._value(bank, request.instance, request.service)
        if request.service in (Service.GET_ALL, Service.GET_ONE):
            return whole[offset : offset + size]
        if len(request.data) not in (size, max(size, SLOT)):
            raise Refusal(Added.DATA_SIZE)
        new = whole[:offset] + request.data[:size] + whole[offset + size :]
        self._put(bank, request.instance, new)
        return b""

    def _put(self, bank: Bank, number: int, value: bytes) -> None:
        self.values[bank.single][number] = value
        if bank is IO:
            self.on_signals(number)

    def signal(self, instance: int, mask: int) -> bool:
        """Return whether a signal is on."""
        return bool(self.values[Command.IO].get(instance, b"\0")[0] & mask)

    def set_signal(self, instance: int, mask: int, on: bool) -> None:
        """Switch a signal, as at the controller's terminals."""
        before = self.values[Command.IO].get(instance, b"\0")[0]
        self.values[Command.IO][instance] = bytes([before | mask if on else before & ~mask])

    def _value(self, bank: Bank, number: int, service: int) -> bytes:
        found = self.values[bank.single].get(number)
        if found is None and bank.single in UNDEFINED_UNTIL_WRITTEN and service in (Service.GET_ALL, Service.GET_ONE):
            raise Refusal(Added.UNDEFINED_POSITION)
        return found if found is not None else bytes(bank.size)

    def _check(self, bank: Bank, number: int, *, writing: bool) -> None:
        if bank is IO:
            kind = io_range(number)
            if kind is None:
                raise Refusal(*NO_INSTANCE)
            if writing and not kind.writable:
                raise Refusal(0x2110)
        elif number >= bank.count:
            raise Refusal(*NO_INSTANCE)
        elif writing and bank.writable is not None and number >= bank.writable:
            raise Refusal(0x2110)

    def _together(self, bank: Bank, request: Request) -> bytes:
        """Read or write several, from one number on."""
        if request.attribute != 0:
            raise Refusal(*BAD_ELEMENT)
        if request.service not in (Service.READ_PLURAL, Service.WRITE_PLURAL):
            raise Refusal(*UNDEFINED)
        if len(request.data) < COUNT.size:
            raise Refusal(Added.DATA_SIZE)
        (count,) = COUNT.unpack_from(request.data)
        if not 1 <= count <= bank.most or (bank.even and count % 2):
            raise Refusal(Added.DATA_RANGE)
        writing = request.service == Service.WRITE_PLURAL
        numbers = range(request.instance, request.instance + count)
        for number in numbers:
            self._check(bank, number, writing=writing)
        if not writing:
            require_size(request, COUNT.size)
            values = b"".join(self._value(bank, number, Service.GET_ALL) for number in numbers)
            return COUNT.pack(count) + values
        data = request.data[COUNT.size :]
        if len(data) != count * bank.size:
            raise Refusal(Added.DATA_SIZE)
        for i, number in enumerate(numbers):
            self._put(bank, number, data[i * bank.size : (i + 1) * bank.size])
        return b""

"""The driver's side of RTDE: set-up, the newest state, and waiting for states."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TypeVar

from cellkit.errors import ProtocolError
from cellkit.timing import now
from cellkit.transport.network import ByteStream
from cellkit_ur.orders import RECIPES, STATE
from cellkit_ur.protocol.fields import Layout, Value
from cellkit_ur.protocol.rtde import (
    VERSION,
    Accepted,
    ControllerVersion,
    Data,
    FrameReader,
    Kind,
    Recipe,
    Reply,
    Request,
    RequestController,
    RequestProtocol,
    SetupInputs,
    SetupOutputs,
    Start,
    Text,
    decode_reply,
    encode_request,
    frame,
)
from cellkit_ur.protocol.signals import analog_share
from cellkit_ur.protocol.states import RobotMode, RobotStatus, RuntimeState, SafetyMode

ANSWER_TIMEOUT = 2.0  # s
_PLACES = STATE.places
_Q, _QD, _TARGET = _PLACES["actual_q"], _PLACES["actual_qd"], _PLACES["target_q"]
_TCP, _OFFSET, _CENTRE = _PLACES["actual_TCP_pose"], _PLACES["tcp_offset"], _PLACES["payload_cog"]


def _place(name: str) -> int:
    return int(STATE.places[name].start)


_STAMP, _MASS, _SHARE = _place("timestamp"), _place("payload"), _place("target_speed_fraction")
_ROBOT, _SAFETY, _RUNTIME = _place("robot_mode"), _place("safety_mode"), _place("runtime_state")
_STATUS, _REGISTERS = _place("robot_status_bits"), _place("output_int_register_24")
_DIGITAL_IN, _DIGITAL_OUT = _place("actual_digital_input_bits"), _place("actual_digital_output_bits")
_ANALOG_IN, _ANALOG_OUT = _place("standard_analog_input0"), _place("standard_analog_output0")
_ANALOG_TYPES = _place("analog_io_types")

ReplyT = TypeVar("ReplyT", bound=Reply)
NumbersT = tuple[float, ...]


class Row:
    """One data package of the robot, in the order of ``orders.STATE``. Poses are in the vendor's base."""

    __slots__ = ("_values", "arrived")

    def __init__(self, values: tuple[float, ...], arrived: float) -> None:
        self._values = values
        self.arrived = arrived

    @property
    def stamp(self) -> float:
        """S since the controller was started."""
        return self._values[_STAMP]

    @property
    def q(self) -> NumbersT:
        """(6,) rad, measured."""
        return self._values[_Q]

    @property
    def qd(self) -> NumbersT:
        """(6,) rad/s, measured."""
        return self._values[_QD]

    @property
    def target_q(self) -> NumbersT:
        """(6,) rad, commanded."""
        return self._values[_TARGET]

    @property
    def tcp(self) -> NumbersT:
        """Measured TCP pose."""
        return self._values[_TCP]

    @property
    def tcp_offset(self) -> NumbersT:
        """The TCP in the flange."""
        return self._values[_OFFSET]

    @property
    def load(self) -> NumbersT:
        """kg, and centre of gravity in m."""
        return (self._values[_MASS], *self._values[_CENTRE])

    @property
    def speed_share(self) -> float:
        """The speed slider, 0 to 1."""
        return self._values[_SHARE]

    @property
    def robot_mode(self) -> RobotMode:
        """Drive power."""
        return RobotMode(int(self._values[_ROBOT]))

    @property
    def safety_mode(self) -> int:
        """A ``SafetyMode``; later software knows more of them."""
        return int(self._values[_SAFETY])

    @property
    def paused(self) -> bool:
        """Whether a program is paused."""
        return self._values[_RUNTIME] == RuntimeState.PAUSED

    @property
    def program_runs(self) -> bool:
        """Whether a program plays."""
        return bool(int(self._values[_STATUS]) & RobotStatus.PROGRAM_RUNNING)

    @property
    def fine(self) -> bool:
        """Whether a program plays and nothing has stopped the arm."""
        return (
            bool(int(self._values[_STATUS]) & RobotStatus.PROGRAM_RUNNING)
            and self._values[_SAFETY] <= SafetyMode.REDUCED
            and self._values[_ROBOT] == RobotMode.RUNNING
        )

    def digital(self, terminal: int, *, output: bool) -> bool:
        """A digital input or output."""
        return bool(int(self._values[_DIGITAL_OUT if output else _DIGITAL_IN]) >> terminal & 1)

    def analog(self, terminal: int, *, output: bool) -> float:
        """An analog input or output as a share of its range; bits 0 and 1 of the types are inputs, 2 and 3 outputs."""
        voltage = bool(int(self._values[_ANALOG_TYPES]) >> (terminal + 2 * output) & 1)
        return analog_share(self._values[(_ANALOG_OUT if output else _ANALOG_IN) + terminal], voltage)

    @property
    def taken(self) -> int:
        """The order that the control program has taken."""
        return int(self._values[_REGISTERS])

    @property
    def carried_out(self) -> int:
        """The order that it has carried out."""
        return int(self._values[_REGISTERS + 1])

    @property
    def stopped(self) -> int:
        """The stop that it has carried out."""
        return int(self._values[_REGISTERS + 2])

    @property
    def run(self) -> int:
        """Which run of the control program it is."""
        return int(self._values[_REGISTERS + 3])


@dataclass(slots=True, eq=False)
class _Waiter:
    done: Callable[[Row], bool]
    future: asyncio.Future[Row]


class RtdeLink:
    """Over an open stream. ``on_row`` is called for every package, ``on_text`` for every text message."""

    def __init__(self, stream: ByteStream) -> None:
        self.on_row: Callable[[Row], None] = lambda row: None
        self.on_text: Callable[[Text], None] = lambda text: None
        self.version: ControllerVersion | None = None
        self.row: Row | None = None
        self._stream = stream
        self._reader = FrameReader()
        self._pending: list[tuple[int, bytes]] = []
        self._numbers: dict[int, int] = {}
        self._waiters: list[_Waiter] = []

    async def set_up(self, frequency: float, more: Sequence[Layout] = ()) -> None:
        """Agree on the version and the recipes (``more`` input ones than the usual), and start.

        Raises ``ProtocolError`` when the controller refuses, ``TimeoutError`` when it is silent, ``EOFError`` when it
        has closed.
        """
        if not (await self._ask(RequestProtocol(VERSION), Accepted)).accepted:
            raise ProtocolError("RTDE", "the controller does not speak protocol version 2")
        self.version = await self._ask(RequestController(), ControllerVersion)
        self._accept(await self._ask(SetupOutputs(frequency, STATE.names), Recipe), STATE)
        for layout in (*RECIPES, *more):
            recipe = await self._ask(SetupInputs(layout.names), Recipe)
            self._accept(recipe, layout)
            self._numbers[id(layout)] = recipe.number
        if not (await self._ask(Start(), Accepted)).accepted:
            raise ProtocolError("RTDE", "the controller does not start to send")
        async with asyncio.timeout(ANSWER_TIMEOUT):
            while self.row is None:
                self._handle(*await self._frame())

    async def receive(self) -> None:
        """Read packages until the controller closes the stream. Raises ``ProtocolError`` for what is none."""
        while True:
            try:
                self._handle(*await self._frame())
            except EOFError:
                return

    def send(self, layout: Layout, *values: Value) -> None:
        """Send the fields of an input recipe. Raises ``TransportError``."""
        self._stream.write(frame(Kind.DATA, bytes((self._numbers[id(layout)],)) + layout.pack(values)))

    async def until(self, done: Callable[[Row], bool], timeout: float | None) -> Row:
        """The first state, the newest one included, for which ``done``; ``TimeoutError`` when none comes.

        ``done`` may raise; that is then what this raises.
        """
        if self.row is not None and done(self.row):
            return self.row
        waiter = _Waiter(done, asyncio.get_running_loop().create_future())
        self._waiters.append(waiter)
        try:
            async with asyncio.timeout(timeout):
                return await waiter.future
        finally:
            if waiter in self._waiters:
                self._waiters.remove(waiter)

    async def _ask(self, request: Request, kind: type[ReplyT]) -> ReplyT:
        self._stream.write(encode_request(request))
        async with asyncio.timeout(ANSWER_TIMEOUT):
            while True:
                reply = decode_reply(*await self._frame())
                if isinstance(reply, kind):
                    return reply
                if isinstance(reply, Text):
                    self.on_text(reply)

    def _accept(self, recipe: Recipe, layout: Layout) -> None:
        if recipe.types != layout.types or recipe.number == 0:
            wrong = ", ".join(
                f"{name} {found}"
                for name, found, kind in zip(layout.names, recipe.types, layout.types, strict=False)
                if found != kind
            )
            raise ProtocolError("RTDE", f"the controller refuses a recipe: {wrong or 'without a reason'}")

    async def _frame(self) -> tuple[int, bytes]:
        while not self._pending:
            data = await self._stream.read()
            if not data:
                raise EOFError
            self._pending = self._reader.feed(data)
        return self._pending.pop(0)

    def _handle(self, kind: int, payload: bytes) -> None:
        if kind == Kind.DATA:
            self.row = row = Row(STATE.unpack(payload[1:]), now())
            for waiter in tuple(self._waiters):
                self._look(waiter, row)
            self.on_row(row)
            return
        reply = decode_reply(kind, payload)
        if isinstance(reply, Text):
            self.on_text(reply)
        elif isinstance(reply, Data):
            raise ProtocolError("RTDE", "a data package that was not asked for", data=payload[:64])

    def _look(self, waiter: _Waiter, row: Row) -> None:
        if waiter.future.done():
            return
        try:
            if waiter.done(row):
                waiter.future.set_result(row)
        except Exception as error:
            waiter.future.set_exception(error)

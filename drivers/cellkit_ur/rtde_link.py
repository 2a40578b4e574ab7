"""The driver's side of RTDE: set-up, the newest state, and waiting for states."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TypeVar

from cellkit.devices.latest import Latest
from cellkit.devices.requests import Requests
from cellkit.devices.wired import read_frames
from cellkit.errors import ProtocolError
from cellkit.transport.network import ByteStream
from cellkit_ur.control_interface import RECIPES, STATE
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
# Plain numbers: every state is asked for them.
_PROGRAM_RUNNING = int(RobotStatus.PROGRAM_RUNNING)
_REDUCED, _RUNNING = int(SafetyMode.REDUCED), int(RobotMode.RUNNING)

ReplyT = TypeVar("ReplyT", bound=Reply)
NumbersT = tuple[float, ...]


class Row:
    """One data package of the robot, in the order of ``control_interface.STATE``. Poses are in the vendor's base."""

    __slots__ = ("_values",)

    def __init__(self, values: tuple[float, ...]) -> None:
        self._values = values

    @property
    def stamp(self) -> float:
        """Time since the controller was started in s."""
        return self._values[_STAMP]

    @property
    def q(self) -> NumbersT:
        """Measured joint positions, (6,) rad."""
        return self._values[_Q]

    @property
    def qd(self) -> NumbersT:
        """Measured joint speeds, (6,) rad/s."""
        return self._values[_QD]

    @property
    def target_q(self) -> NumbersT:
        """Commanded joint positions, (6,) rad."""
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
        """The load: kg, and centre of gravity in m."""
        return (self._values[_MASS], *self._values[_CENTRE])

    @property
    def speed_share(self) -> float:
        """The speed slider, 0 to 1."""
        return self._values[_SHARE]

    @property
    def robot_mode(self) -> RobotMode:
        """The state of the drive power."""
        return RobotMode(int(self._values[_ROBOT]))

    @property
    def safety_mode(self) -> int:
        """The safety mode, a ``SafetyMode``; later software defines more of them."""
        return int(self._values[_SAFETY])

    @property
    def paused(self) -> bool:
        """Whether a program is paused."""
        return self._values[_RUNTIME] == RuntimeState.PAUSED

    @property
    def program_runs(self) -> bool:
        """Whether a program plays."""
        return bool(int(self._values[_STATUS]) & _PROGRAM_RUNNING)

    @property
    def fine(self) -> bool:
        """Whether a program plays and nothing has stopped the arm."""
        values = self._values
        return (
            bool(int(values[_STATUS]) & _PROGRAM_RUNNING) and values[_SAFETY] <= _REDUCED and values[_ROBOT] == _RUNNING
        )

    def digital(self, terminal: int, *, output: bool) -> bool:
        """Return the state of a digital input or output."""
        return bool(int(self._values[_DIGITAL_OUT if output else _DIGITAL_IN]) >> terminal & 1)

    def analog(self, terminal: int, *, output: bool) -> float:
        """Return an analog signal as a share of its range; bits 0 and 1 of the types are inputs, 2 and 3 outputs."""
        voltage = bool(int(self._values[_ANALOG_TYPES]) >> (terminal + 2 * output) & 1)
        return analog_share(self._values[(_ANALOG_OUT if output else _ANALOG_IN) + terminal], voltage)

    @property
    def taken(self) -> int:
        """The order that the control program has taken."""
        return int(self._values[_REGISTERS])

    @property
    def carried_out(self) -> int:
        """The order that the control program has carried out."""
        return int(self._values[_REGISTERS + 1])

    @property
    def stopped(self) -> int:
        """The stop that the control program has carried out."""
        return int(self._values[_REGISTERS + 2])

    @property
    def run(self) -> int:
        """The number of the control program's run."""
        return int(self._values[_REGISTERS + 3])


class RtdeLink:
    """RTDE link over an open stream; ``receive`` must run beside the requests."""

    def __init__(self, device: str, stream: ByteStream, silence: float, silent: Callable[[str], None]) -> None:
        self.rows: Latest[Row] = Latest(device, "state", silence)
        self._stream = stream
        self._numbers: dict[int, int] = {}
        self._requests: Requests[str, Reply] = Requests(device, silent)

    def fail(self, why: str) -> None:
        """Let every wait for a reply or a state fail with ``ConnectionLost``."""
        self._requests.fail(why)
        self.rows.fail(why)

    async def set_up(self, frequency: float, more: Sequence[Layout] = ()) -> None:
        """Agree on the version and the recipes (``more``: further input recipes), and start.

        Raises ``ProtocolError`` when the controller refuses, and ``ConnectionLost``.
        """
        if not (await self._ask(RequestProtocol(VERSION), Accepted)).accepted:
            raise ProtocolError("RTDE", "the controller does not speak protocol version 2")
        await self._ask(RequestController(), ControllerVersion)
        self._accept(await self._ask(SetupOutputs(frequency, STATE.names), Recipe), STATE)
        for layout in (*RECIPES, *more):
            recipe = await self._ask(SetupInputs(layout.names), Recipe)
            self._accept(recipe, layout)
            self._numbers[id(layout)] = recipe.number
        if not (await self._ask(Start(), Accepted)).accepted:
            raise ProtocolError("RTDE", "the controller does not start to send")
        try:
            await self.rows.until(lambda row: True, ANSWER_TIMEOUT)
        except TimeoutError:
            raise ProtocolError("RTDE", "the controller sends no state") from None

    async def receive(self) -> None:
        """Read packages until the controller closes the stream. Raises ``ProtocolError`` for an invalid package."""
        await read_frames(self._stream, FrameReader().feed, lambda package: self._handle(*package))

    def send(self, layout: Layout, *values: Value) -> None:
        """Send the fields of an input recipe. Raises ``TransportError``."""
        self._stream.write(frame(Kind.DATA, bytes((self._numbers[id(layout)],)) + layout.pack(values)))

    async def _ask(self, request: Request, kind: type[ReplyT]) -> ReplyT:
        data = encode_request(request)
        reply = await self._requests.ask(
            kind.__name__, lambda: self._stream.write(data), type(request).__name__, ANSWER_TIMEOUT
        )
        assert isinstance(reply, kind)
        return reply

    def _accept(self, recipe: Recipe, layout: Layout) -> None:
        if recipe.types != layout.types or recipe.number == 0:
            wrong = ", ".join(
                f"{name} {found}"
                for name, found, kind in zip(layout.names, recipe.types, layout.types, strict=False)
                if found != kind
            )
            raise ProtocolError("RTDE", f"the controller refuses a recipe: {wrong or 'without a reason'}")

    def _handle(self, kind: int, payload: bytes) -> None:
        if kind == Kind.DATA:
            row = Row(STATE.unpack(payload[1:]))
            self.rows.put(row, row.stamp)
            return
        reply = decode_reply(kind, payload)
        if not self._requests.answer(type(reply).__name__, reply) and isinstance(reply, Data):
            raise ProtocolError("RTDE", "a data package was not requested", data=payload[:64])

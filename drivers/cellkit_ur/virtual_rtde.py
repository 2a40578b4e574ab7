"""The RTDE server: any number of clients, each with one output recipe and up to 255 input recipes."""

from __future__ import annotations

from collections.abc import Callable, Coroutine
from typing import Any

from cellkit.errors import ProtocolError, TransportError
from cellkit.transport.network import ByteStream
from cellkit_ur.control_box import SOFTWARE, STEPTIME, ControlBox
from cellkit_ur.controller_state import ControllerState, reader
from cellkit_ur.protocol.fields import IN_USE, INPUTS, NOT_FOUND, OUTPUTS, Layout, Value
from cellkit_ur.protocol.rtde import (
    HEADER,
    HIGHEST_RECIPE,
    LARGEST_NAME_LIST,
    VERSION,
    Accepted,
    ControllerVersion,
    Data,
    FrameReader,
    Kind,
    Level,
    Pause,
    Recipe,
    Reply,
    Request,
    RequestController,
    RequestProtocol,
    SetupInputs,
    SetupOutputs,
    Start,
    Text,
    decode_request,
    encode_reply,
)
from cellkit_ur.registers import TOOL_BITS, Registers
from cellkit_ur.script_machine import KernelMachine

HIGHEST_FREQUENCY = 1.0 / STEPTIME
_OUTPUT_RECIPE = 1  # the vendor stores one output recipe per client
_LOOK_AFTER = 250  # packages between two checks whether a client keeps up


class RtdeServer:
    """The state that all clients share: the owner of each input. ``wake`` is called when control steps are needed."""

    def __init__(self, box: ControlBox, machine: KernelMachine, wake: Callable[[], None]) -> None:
        self.box = box
        self.machine = machine
        self.wake = wake
        self.owners: dict[str, RtdeSession] = {}
        self._sessions: list[RtdeSession] = []

    @property
    def sending(self) -> bool:
        """Whether any client has requested packages."""
        return any(session.started for session in self._sessions)

    async def serve(self, stream: ByteStream) -> None:
        """Serve one client until it disconnects."""
        session = RtdeSession(self, stream)
        self._sessions.append(session)
        try:
            await session.run()
        finally:
            self._sessions.remove(session)
            self.owners = {name: owner for name, owner in self.owners.items() if owner is not session}

    def send(self, snapshot: ControllerState) -> None:
        """Send the package of this control step to every client that is due."""
        for session in self._sessions:
            session.send_outputs(snapshot)

    def send_text(self, text: Text) -> None:
        """Send a text message to all clients."""
        for session in self._sessions:
            session.reply(text)

    def spawn(self, work: Coroutine[Any, Any, None]) -> None:
        """Run a coroutine that takes time."""
        self.box.spawn(work)


class RtdeSession:
    """The session of one client."""

    def __init__(self, server: RtdeServer, stream: ByteStream) -> None:
        self.server = server
        self.started = False
        self._stream = stream
        self._version: int | None = None
        self._every = 1
        self._outputs: tuple[Callable[..., bytes], Callable[[ControllerState], tuple[Value, ...]]] | None = None
        """The functions that pack a package and read its values."""
        self._inputs: list[Layout] = []
        self._sent = 0
        self._draining = False

    async def run(self) -> None:
        """Read until the client disconnects. Raises ``ProtocolError`` for an invalid message."""
        reader = FrameReader()
        while data := await self._stream.read():
            for kind, payload in reader.feed(data):
                self._handle(decode_request(kind, payload))
            await self._stream.drain()  # a client that requests without reading is no longer served

    def reply(self, reply: Reply) -> None:
        """Send a reply to the client."""
        self._write(encode_reply(reply))

    def _write(self, data: bytes) -> None:
        try:
            self._stream.write(data)
        except TransportError:
            self.started = False  # the reader is notified of the loss as well and ends the session

    # --- requests -------------------------------------------------------------------------------------------------

    def _handle(self, request: Request) -> None:
        match request:
            case Data(recipe, values):
                self._take(recipe, values)
            case RequestProtocol(version):
                accepted = version == VERSION
                self._version = version if accepted else self._version
                self.reply(Accepted(Kind.PROTOCOL_VERSION, accepted))
            case RequestController():
                self.reply(ControllerVersion(*SOFTWARE))
            case _ if self._version is None:
                # Without an agreed version the vendor speaks version 1, which is not available here.
                self._complain("protocol version 2 has to be requested first")
                self._refuse(request)
            case SetupOutputs(frequency, names):
                self._set_outputs(frequency, names)
            case SetupInputs(names):
                self._add_inputs(names)
            case Start():
                self.started = self._outputs is not None or bool(self._inputs)
                self.reply(Accepted(Kind.START, self.started))
                if self.started:
                    self.server.wake()
            case Pause():
                self.started = False
                self.reply(Accepted(Kind.PAUSE, True))

    def _refuse(self, request: Request) -> None:
        match request:
            case SetupOutputs():
                self.reply(Recipe(Kind.SETUP_OUTPUTS, 0, ()))
            case SetupInputs():
                self.reply(Recipe(Kind.SETUP_INPUTS, 0, ()))
            case Start():
                self.reply(Accepted(Kind.START, False))
            case Pause():
                self.reply(Accepted(Kind.PAUSE, False))

    def _complain(self, why: str, level: Level = Level.ERROR) -> None:
        self.reply(Text(why, "RTDE", level))

    def _set_outputs(self, frequency: float, names: tuple[str, ...]) -> None:
        if self._too_long(names) or not 0.0 < frequency <= HIGHEST_FREQUENCY:
            self._complain(f"output recipe refused: {len(names)} names at {frequency:g} Hz")
            self.reply(Recipe(Kind.SETUP_OUTPUTS, 0, ()))
            return
        types = tuple(OUTPUTS.get(name, NOT_FOUND) for name in names)
        if NOT_FOUND in types or not names:
            self._outputs = None
            self.reply(Recipe(Kind.SETUP_OUTPUTS, 0, types))
            return
        layout = Layout(names, types)
        head = HEADER.pack(HEADER.size + 1 + layout.size, Kind.DATA) + bytes((_OUTPUT_RECIPE,))
        self._outputs = layout.packer(head), reader(names)
        self._every = max(1, round(HIGHEST_FREQUENCY / frequency))
        self.reply(Recipe(Kind.SETUP_OUTPUTS, _OUTPUT_RECIPE, types))

    def _add_inputs(self, names: tuple[str, ...]) -> None:
        owners = self.server.owners
        types = tuple(
            NOT_FOUND if name not in INPUTS else IN_USE if owners.get(name, self) is not self else INPUTS[name]
            for name in names
        )
        refused = NOT_FOUND in types or IN_USE in types or not names
        if self._too_long(names) or len(self._inputs) >= HIGHEST_RECIPE:
            self._complain(f"input recipe refused: {len(names)} names, {len(self._inputs)} recipes so far")
            refused = True
        if not refused:
            self._inputs.append(Layout(names, types))
            owners.update(dict.fromkeys(names, self))
        self.reply(Recipe(Kind.SETUP_INPUTS, 0 if refused else len(self._inputs), types))

    def _too_long(self, names: tuple[str, ...]) -> bool:
        return len(",".join(names)) > LARGEST_NAME_LIST

    def _take(self, recipe: int, data: bytes) -> None:
        if not 1 <= recipe <= len(self._inputs):
            self._complain(f"there is no input recipe {recipe}")
            return
        layout = self._inputs[recipe - 1]
        try:
            values = layout.unpack(data)
        except ProtocolError as error:
            self._complain(error.message)
            return
        problem = apply(layout, values, self.server.box)
        if problem is not None:
            self._complain(problem)
        self.server.machine.fed(layout.names)

    # --- packages -------------------------------------------------------------------------------------------------

    def send_outputs(self, snapshot: ControllerState) -> None:
        """Send the package of this control step if it is due for this client and the client keeps up."""
        if not self.started or self._outputs is None or snapshot.step % self._every or self._draining:
            return
        pack, read = self._outputs
        self._write(pack(*read(snapshot)))
        self._sent += 1
        if self._sent % _LOOK_AFTER == 0:
            self._draining = True
            self.server.spawn(self._drained())

    async def _drained(self) -> None:
        """Wait until the client has read; packages are left out meanwhile, so that they do not pile up."""
        try:
            await self._stream.drain()
        finally:
            self._draining = False


def apply(layout: Layout, values: tuple[Value, ...], box: ControlBox) -> str | None:
    """Apply the values that a client has sent. Return the reason where a value is out of range."""
    registers = box.registers
    special: dict[str, float] = {}
    for name in layout.names:
        value = values[layout.places[name].start]
        if name.startswith("input_"):
            _set_register(registers, name, value)
        elif name != "external_force_torque":
            special[name] = value
    return _apply_special(special, box) if special else None


def _set_register(registers: Registers, name: str, value: Value) -> None:
    registers.input_version += 1
    if name.startswith("input_double_register_"):
        registers.input_double[int(name[22:])] = float(value)
    elif name.startswith("input_int_register_"):
        registers.input_int[int(name[19:])] = int(value)
    elif name.startswith("input_bit_register_"):
        registers.input_bit[int(name[19:])] = bool(value)
    else:
        first = 0 if name == "input_bit_registers0_to_31" else 32
        registers.input_bit[first : first + 32] = [bool(int(value) >> i & 1) for i in range(32)]


def _apply_special(values: dict[str, float], box: ControlBox) -> str | None:
    registers = box.registers
    for kind, first in (("standard", 0), ("configurable", 8), ("tool", TOOL_BITS)):
        mask = int(values.get(f"{kind}_digital_output_mask", 0))
        registers.set_digital_outputs(mask, int(values.get(f"{kind}_digital_output", 0)), first)
    analog = int(values.get("standard_analog_output_mask", 0))
    kinds = int(values.get("standard_analog_output_type", 0))
    for index in (0, 1):
        share = values.get(f"standard_analog_output_{index}")
        if analog >> index & 1 and share is not None:
            if not 0.0 <= share <= 1.0:
                return f"standard_analog_output_{index}: {share:g} is outside 0 to 1"
            registers.analog_domains[index] = kinds >> index & 1
            registers.set_analog_output(index, share)
    if values.get("speed_slider_mask", 0) == 1 and "speed_slider_fraction" in values:
        share = values["speed_slider_fraction"]
        if not 0.0 <= share <= 1.0:
            return f"speed_slider_fraction: {share:g} is outside 0 to 1"
        if share != box.kernel.speed_override:
            box.kernel.set_speed_override(share)
    return None

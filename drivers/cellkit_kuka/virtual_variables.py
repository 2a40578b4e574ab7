"""The variables of the virtual controller, as KUKAVARPROXY serves them."""

from __future__ import annotations

from collections.abc import Callable, Coroutine
from typing import Any, Protocol

from cellkit.controller.arm_controller import ArmController
from cellkit.devices import Load, OperationalMode
from cellkit.digits import whole_number
from cellkit.errors import DeviceError, ProtocolError
from cellkit.transport import ByteStream
from cellkit_kuka.protocol import loads
from cellkit_kuka.protocol.joints import AXES, CART, pose_to_kuka
from cellkit_kuka.protocol.kvp import READ, WRITE, Reply, Request, RequestReader
from cellkit_kuka.protocol.signals import bool_text, variable
from cellkit_kuka.protocol.status import MODES, Report, Stop
from cellkit_kuka.protocol.status import Request as Wish
from cellkit_kuka.virtual_signals import Signals


class ServedController(Protocol):
    """The controller whose state the variables show and set."""

    kernel: ArmController
    signals: Signals
    override: int
    load: Load

    def report(self) -> Report:
        """Return the state that the project reports."""

    def start_program(self) -> None:
        """Start the program, and RSI with it. Raises ``DeviceError``."""

    def spawn(self, work: Coroutine[Any, Any, None]) -> object:
        """Run something that takes time, until the controller stops."""


class VariableRefused(Exception):
    """The variable or value does not exist, or the variable must not be written."""


class VariableServer:
    """Reads and writes variables for any number of clients."""

    def __init__(self, controller: ServedController) -> None:
        self._controller = controller
        self.clients = 0
        self._acknowledged = 0
        self._values: dict[str, Callable[[], str]] = {
            "$AXIS_ACT": self._axes,
            "$POS_ACT": self._position,
            "$OV_PRO": lambda: str(controller.override),
            "$MODE_OP": lambda: MODES[controller.report().mode][0],
            "$PRO_STATE1": self._program,
            "$STOPMESS": lambda: bool_text(not controller.report().healthy),
            "$ALARM_STOP": lambda: bool_text(not controller.kernel.emergency_pressed),
            "$USER_SAF": lambda: bool_text(not controller.report().stop & Stop.PROTECTIVE),
            "$PERI_RDY": lambda: bool_text(controller.kernel.powered),
            "$ROBNAME[]": lambda: controller.kernel.model.name,
            "CK_STATUS[]": lambda: controller.report().text,
            "CK_ACK": lambda: str(self._acknowledged),
            loads.VARIABLE: lambda: loads.load_text(controller.load),
            loads.IN_FORCE: lambda: loads.load_text(controller.kernel.payload),
        }

    async def serve(self, stream: ByteStream) -> None:
        """Serve one client."""
        self.clients += 1
        reader = RequestReader()
        try:
            while data := await stream.read():
                for request in reader.feed(data):
                    stream.write(self._answer(request).encode())
                await stream.drain()
        finally:
            self.clients -= 1

    def _answer(self, request: Request) -> Reply:
        try:
            if request.value is None:
                return Reply(request.id, READ, self._read(request.name.upper()), True)
            self._write(request.name.upper(), request.value.strip())
        except VariableRefused:
            return Reply(request.id, READ if request.value is None else WRITE, "", False)
        return Reply(request.id, WRITE, request.value, True)

    # --- reading --------------------------------------------------------------------------------------------------

    def _read(self, name: str) -> str:
        signal = variable(name)
        if signal is not None:
            return self._controller.signals.read(*signal)
        if name not in self._values:
            raise VariableRefused(name)
        return self._values[name]()

    def _axes(self) -> str:
        joints = self._controller.kernel.joints().position
        angles = {axis: q * 57.29577951308232 for axis, q in zip(AXES, joints, strict=False)}
        names = [*AXES[:6], *(f"E{number}" for number in range(1, 7))]
        return f"{{E6AXIS: {', '.join(f'{name} {angles.get(name, 0.0):.6f}' for name in names)}}}"

    def _position(self) -> str:
        kernel = self._controller.kernel
        pose = pose_to_kuka(kernel.kinematics.forward(kernel.joints().position))
        values = ", ".join(f"{letter} {value:.6f}" for letter, value in zip(CART, pose, strict=True))
        return f"{{E6POS: {values}, S 2, T 0, E1 0.0, E2 0.0, E3 0.0, E4 0.0, E5 0.0, E6 0.0}}"

    def _program(self) -> str:
        return "#P_ACTIVE" if self._controller.kernel.guided else "#P_STOP"

    # --- writing --------------------------------------------------------------------------------------------------

    def _write(self, name: str, value: str) -> None:
        signal = variable(name)
        controller = self._controller
        if signal is not None:
            if not controller.signals.write(*signal, value):
                raise VariableRefused(value)
        elif name == "$OV_PRO":
            percent = whole_number(value, 100)
            if percent is None:
                raise VariableRefused(value)
            controller.override = percent
        elif name == loads.VARIABLE:
            try:
                controller.load = loads.read_load(value)
            except ProtocolError:
                raise VariableRefused(value) from None
        elif name == "CK_REQ":
            if value not in {str(int(wish)) for wish in Wish}:
                raise VariableRefused(value)
            self._acknowledged = 0
            controller.spawn(self._submit(Wish(int(value))))
        else:
            raise VariableRefused(name)

    async def _submit(self, wish: Wish) -> None:
        """Carry out a request, as the project's submit program does."""
        try:
            await self._fulfil(wish)
        except (DeviceError, VariableRefused):
            self._acknowledged = -int(wish)
        else:
            self._acknowledged = int(wish)

    async def _fulfil(self, wish: Wish) -> None:
        controller = self._controller
        kernel = controller.kernel
        if wish is Wish.CONFIRM:
            powered = kernel.powered
            await kernel.reset()
            kernel.powered = powered  # confirming does not switch the drives on
        elif wish is Wish.DRIVES_ON:
            if not controller.report().stop & (Stop.BUTTON | Stop.EMERGENCY | Stop.PROTECTIVE):
                kernel.powered = True
            else:
                raise VariableRefused("drives")
        elif wish is Wish.START:
            if kernel.mode not in (OperationalMode.AUTOMATIC, OperationalMode.AUTOMATIC_EXTERNAL):
                raise VariableRefused("mode")
            await self._halt()
            controller.start_program()
        else:
            await self._halt()
            if controller.report().healthy and kernel.mode.accepts_programs:
                controller.start_program()

    async def _halt(self) -> None:
        kernel = self._controller.kernel
        if kernel.moving:
            await kernel.stop()
        kernel.end_guidance()

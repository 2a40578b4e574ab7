"""The driver of the Franka hand, over the gripper connection of the Franka Control Interface."""

from __future__ import annotations

import asyncio

from cellkit.devices import JawsState, ParallelGripper
from cellkit.devices.wired import Wired
from cellkit.errors import ConnectionFailed, DeviceFault, ProtocolError
from cellkit.models.gripper import ParallelGripperModel
from cellkit.transport import Network
from cellkit_franka.config import FrankaConfig
from cellkit_franka.link import TIMEOUT, HandLink
from cellkit_franka.protocol.gripper import VERSION, Grasp, GripperState, Homing, MoveTo, Request, Status, Stop

HOMING = 20.0  # s that the fingers may take to close and open once
HOMED = 0.005  # m by which the largest width may fall short of the model's stroke in a hand that was homed
AGAIN = 0.1  # s between two tries to be the hand's one client
BEYOND = 0.001  # m; a grasp accepts every width up to this far beyond the stroke
STANDING = 1e-4  # m by which the width may differ from state to state in fingers that stand


class FrankaHand(Wired[FrankaConfig], ParallelGripper):
    """The hand that comes with the arm. It has no force in its state, and takes one for a grasp only.

    One that does not know its largest width is homed when the driver connects: its fingers close and open once.
    """

    def __init__(self, name: str, model: ParallelGripperModel, config: FrankaConfig, network: Network) -> None:
        ParallelGripper.__init__(self, name, model)
        self._use(config, network)
        self._moving = False
        self._width: float | None = None

    async def _open_link(self) -> None:
        self._width = None
        try:
            async with asyncio.timeout(TIMEOUT):
                link = self._link = self._pending(await self._introduce())
        except TimeoutError:
            raise ConnectionFailed(self.name, f"no answer from {self.config.host} for {TIMEOUT:g} s") from None
        self._background(link.read_replies(), "hand commands")
        self._background(link.read_states(), "hand states")
        try:
            first = await link.states.until(lambda _: True, TIMEOUT)
        except TimeoutError:
            raise ConnectionFailed(self.name, "the hand takes commands and sends no states") from None
        self._background(link.states.guard(), "hand states")
        if first.max_width < self.model.stroke.known() - HOMED:
            await self._home()

    async def _introduce(self) -> HandLink:
        """Connect; try again until the hand answers: it accepts one client, and detects late that one has left."""
        while True:
            stream = await self._open_stream(self.config.gripper_port, "Franka hand")
            socket = await self._open_datagram(host=stream.local[0])  # states go to where the commands come from
            link = HandLink(self.name, stream, socket, self._noticed)
            answer = await link.connect()
            if answer is None:
                await asyncio.sleep(AGAIN)
                continue
            status, version = answer
            if status != 0:
                raise ProtocolError("franka hand", f"it speaks version {version} of its interface, not {VERSION}")
            return link

    def _noticed(self, state: GripperState) -> None:
        """Report a lost grasp: the hand no longer feels the part, and no command has opened it."""
        self._moving = self._width is not None and abs(state.width - self._width) > STANDING
        self._width = state.width
        if self.holding and not self.busy and not state.is_grasped:
            self._part_lost()

    async def _command(self, request: Request, timeout: float | None = None) -> Status:
        number = await self._link.request(request, timeout)
        if number not in list(Status):
            raise ProtocolError(self.name, f"status {number} of {type(request).__name__}")
        status = Status(number)
        if status is Status.FAIL:
            raise DeviceFault(self.name, "the hand refuses the command; homing may help", code="fail")
        if status is Status.ABORTED:
            raise DeviceFault(self.name, "another client ended the command", code="aborted")
        return status

    async def _drive(self, width: float, speed: float, force: float) -> JawsState:
        stroke = self.model.stroke.known()
        if width <= 0.0:
            # Any width counts for the hand; what it means is for the open interface to say.
            await self._command(Grasp(0.0, 0.0, stroke + BEYOND, speed, force))
        else:
            await self._command(MoveTo(min(width, self._link.states.value.max_width), speed))
        return self._state(await self._link.states.next())

    async def _stop(self) -> None:
        await self._command(Stop(), TIMEOUT)

    async def _home(self) -> None:
        if await self._command(Homing(), HOMING) is not Status.SUCCESS:
            raise DeviceFault(self.name, "the hand does not find its largest width", code="homing")

    async def _recover(self) -> None:
        """Homing is the one remedy that the hand has; a part that is held would fall."""
        if not self.holding:
            await self._home()

    async def _read_state(self) -> JawsState:
        return self._state(self._link.states.value)

    def _state(self, state: GripperState) -> JawsState:
        return JawsState(self._link.states.stamp, max(0.0, state.width), None, self._moving)

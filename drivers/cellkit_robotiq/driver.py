"""The driver of Robotiq's two-finger grippers: one gripper, two ways to reach it.

A gripper that is not active is activated when the driver connects: its fingers close and open once, so nothing may lie
between them that is not to be dropped.
"""

from __future__ import annotations

import asyncio
from abc import abstractmethod
from typing import TypeVar

from cellkit.devices import JawsState, ParallelGripper
from cellkit.devices.polling import Poller
from cellkit.devices.requests import Requests
from cellkit.devices.wired import DriverConfig, Wired
from cellkit.errors import DeviceFault, ProtocolError
from cellkit.models.gripper import ParallelGripperModel
from cellkit.transport import ByteStream, Network
from cellkit.transport.modbus import ModbusClient
from cellkit_robotiq.config import RtuConfig, UrcapConfig
from cellkit_robotiq.protocol import registers, urcap
from cellkit_robotiq.protocol.gripper import FAULTS, Activation, Command, Detection, Status
from cellkit_robotiq.scaling import Scale

ACTIVATION = 10.0  # s that the fingers may take to close and open once
UNENDED = 0.05  # s after which an answer without the end of a line is one
RESET = 2.0  # s that the gripper may take to forget its activation

ConfigT = TypeVar("ConfigT", bound=DriverConfig)


class RobotiqGripper(Wired[ConfigT], ParallelGripper):
    """What both ways have in common: the gripper's own sequences over a command and a status."""

    def __init__(
        self, name: str, model: ParallelGripperModel, config: ConfigT, network: Network, scale: Scale, period: float
    ) -> None:
        ParallelGripper.__init__(self, name, model)
        self._use(config, network)
        self._scale = scale
        self._period = period

    @abstractmethod
    async def _open_protocol(self) -> None:
        """Open the line."""

    @abstractmethod
    async def _send(self, command: Command) -> None:
        """Send a command; return when it was taken."""

    @abstractmethod
    async def _read_status(self) -> Status:
        """Ask for the status."""

    @abstractmethod
    def _basis(self) -> object:
        """Return what the status follows from: see ``Poller``."""

    async def _open_link(self) -> None:
        await self._open_protocol()
        self._poller = self._pending(Poller(self.name, self._read_status, self._period, self._noticed, self._basis))
        status = await self._poller.once()
        self._background(self._poller.run(), self._title())
        if status.activation is not Activation.ACTIVE or _blocked(status):
            await self._activate()

    async def _activate(self) -> None:
        """Off and on again, which also clears faults. Raises ``DeviceFault`` when the gripper does not get ready."""
        try:
            async with asyncio.timeout(RESET):
                await self._send(Command(activate=False))
                await self._poller.until(lambda status: status.activation is Activation.RESET)
            async with asyncio.timeout(ACTIVATION):
                await self._send(Command(activate=True))
                status = await self._poller.until(lambda status: _active(status) or _blocked(status))
        except TimeoutError:
            raise DeviceFault(self.name, "the gripper does not get active", code="activation") from None
        self._require_sound(status)

    def _noticed(self, status: Status) -> None:
        """Report a lost part when a grip ends without a command."""
        gone = status.detection in (Detection.AT_POSITION, Detection.MOVING)
        if self.holding and not self.busy and status.going and gone:
            self._part_lost()

    def _require_sound(self, status: Status) -> None:
        fault = FAULTS.get(status.fault)
        if fault is not None and (fault.blocks or not _active(status)):
            raise DeviceFault(self.name, fault.text, code=str(status.fault))

    async def _drive(self, width: float, speed: float, force: float) -> JawsState:
        goal = self._scale.position(width)
        speed_counts, force_counts = self._scale.speed_counts(speed), self._scale.force_counts(force)
        await self._send(Command(go=True, position=goal, speed=speed_counts, force=force_counts))

        def stands(status: Status) -> bool:
            return status.echo == goal and status.detection is not Detection.MOVING

        status = await self._poller.until(lambda status: stands(status) or _blocked(status) or not _active(status))
        self._require_sound(status)
        if not _active(status):
            raise DeviceFault(self.name, "the gripper was reset by another client", code="reset")
        return self._state(status)

    async def _stop(self) -> None:
        await self._send(Command(go=False, position=self._poller.latest.echo))
        before: list[int] = []

        def stands(status: Status) -> bool:
            before.append(status.position)
            return len(before) > 2 and before[-3] == before[-2] == before[-1]

        await self._poller.until(stands)

    async def _recover(self) -> None:
        if _blocked(self._poller.latest) or not _active(self._poller.latest):
            await self._activate()

    async def _read_state(self) -> JawsState:
        return self._state(self._poller.latest)

    def _state(self, status: Status) -> JawsState:
        moving = status.going and status.detection is Detection.MOVING
        return JawsState(self._poller.stamp, self._scale.width(status.position), None, moving)


class UrcapGripper(RobotiqGripper[UrcapConfig]):
    """A gripper on a Universal Robots arm, by the socket of the vendor's URCap."""

    def __init__(self, name: str, model: ParallelGripperModel, config: UrcapConfig, network: Network) -> None:
        scale = Scale(model, config.open_position, config.closed_position)
        super().__init__(name, model, config, network, scale, config.poll_period)
        self._turn = asyncio.Lock()

    async def _open_protocol(self) -> None:
        self._stream = await self._open_stream(self.config.urcap_port, "Robotiq URCap")
        self._answers = self._pending(Requests[None, bytes](self.name, in_order=True))
        self._turn = asyncio.Lock()
        self._background(self._listen(self._stream), "Robotiq URCap")

    async def _send(self, command: Command) -> None:
        answer = await self._ask(urcap.encode_set(urcap.command_values(command)))
        if answer != urcap.ACKNOWLEDGED:
            text = f"SET was answered by {answer[:40]!r} instead of an acknowledgement"
            self._link_lost(text)  # whatever is there does not speak this protocol: nothing it says counts
            raise ProtocolError(self.name, text, data=answer)

    async def _read_status(self) -> Status:
        values = {}
        for name in urcap.STATUS_VARIABLES:
            values[name] = urcap.decode_answer(await self._ask(urcap.encode_get(name)), name)
        return urcap.status_of(values)

    def _basis(self) -> object:
        return self._stream.far_basis()

    async def _ask(self, line: bytes) -> bytes:
        """Send one line and return its answer; a cancelled caller leaves no answer behind for the next one."""
        what, limit = repr(line.decode().strip()), self.config.answer_timeout
        async with self._turn:
            await self._answers.settled(limit)  # one line at a time: a cancelled caller's answer comes first
            return await self._answers.ask(None, lambda: self._stream.write(line), what, limit)

    async def _listen(self, stream: ByteStream) -> None:
        reader = urcap.AnswerReader()
        while True:
            try:
                data = await (asyncio.wait_for(stream.read(), UNENDED) if reader.whole else stream.read())
            except TimeoutError:
                self._answers.answer(None, reader.take())
                continue
            if not data:
                return
            for answer in reader.feed(data):
                self._answers.answer(None, answer)


class RtuGripper(RobotiqGripper[RtuConfig]):
    """A gripper on a serial line of this computer (or of a gateway), by Modbus RTU."""

    def __init__(self, name: str, model: ParallelGripperModel, config: RtuConfig, network: Network) -> None:
        scale = Scale(model, config.open_position, config.closed_position)
        super().__init__(name, model, config, network, scale, config.poll_period)

    async def _open_protocol(self) -> None:
        config = self.config
        stream = await self._open_serial(config.rtu_line, config.baud, "Robotiq gripper")
        self._client = ModbusClient(self.name, stream, config.unit, "rtu", config.answer_timeout)

    async def _send(self, command: Command) -> None:
        await self._client.write_registers(registers.COMMAND, registers.encode_command(command))

    async def _read_status(self) -> Status:
        return registers.decode_status(await self._client.read_holding(registers.STATUS, registers.COUNT))

    def _basis(self) -> object:
        return self._client.basis()


def _active(status: Status) -> bool:
    return status.activation is Activation.ACTIVE


def _blocked(status: Status) -> bool:
    fault = FAULTS.get(status.fault)
    return fault is not None and fault.blocks

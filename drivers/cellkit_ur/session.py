"""The driver's link to a controller: Dashboard, primary port and RTDE, what they say, and when it counts as lost."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Callable

import numpy as np

from cellkit.devices import ArmState, Fault, OperationalMode, SafetyStatus
from cellkit.devices.wired import WiredArm, read_frames
from cellkit.errors import (
    ConnectionLost,
    DeviceFault,
    EmergencyStop,
    ProtectiveStop,
    ProtocolError,
    TransportError,
)
from cellkit.geometry import Pose, largest
from cellkit.joints import JointState
from cellkit_ur.config import UrConfig
from cellkit_ur.control_interface import SIGN_OF_LIFE
from cellkit_ur.dashboard_client import DashboardClient
from cellkit_ur.protocol import dashboard
from cellkit_ur.protocol.base_frame import from_vendor
from cellkit_ur.protocol.fields import Layout
from cellkit_ur.protocol.state_packets import (
    ROBOT_MESSAGE,
    ErrorMessage,
    PacketReader,
    RuntimeExceptionMessage,
    decode_message,
)
from cellkit_ur.protocol.states import EMERGENCY, FAULTY, SAFEGUARD, SafetyMode, code_name
from cellkit_ur.rtde_link import Row, RtdeLink

SILENCE = 1.0  # s without a state after which the link counts as lost
ANSWER = 2.0  # s in which the controller has to react to an input
POLL = 0.2  # s between two questions for the operational mode
LIFE_EVERY = 10  # packages to one sign of life
STANDS = 2e-3  # rad/s
PROTECTIVE = SAFEGUARD | {SafetyMode.PROTECTIVE_STOP}


class UrSession(WiredArm[UrConfig]):
    """An arm whose states come in; nothing here moves it."""

    _rtde: RtdeLink
    _board: DashboardClient
    _more_inputs: tuple[Layout, ...] = ()
    """Input recipes beyond the usual ones."""

    async def _open_link(self) -> None:
        config = self.config
        self._mode = OperationalMode.OTHER
        self._life = self._rows = 0
        self._error: ErrorMessage | None = None
        self._exception: RuntimeExceptionMessage | None = None
        board = await self._open_stream(config.dashboard_port, "Dashboard server")
        primary = self._primary = await self._open_stream(config.primary_port, "primary port")
        rtde = await self._open_stream(config.rtde_port, "RTDE")
        self._board = self._pending(DashboardClient(self.name, board, self._link_lost))
        self._background(self._board.read(), "Dashboard server")
        greeting = await self._board.greeting()
        if greeting != dashboard.GREETING:
            raise ProtocolError("Dashboard", f"a strange greeting: {greeting[:80]!r}")
        await self._poll_mode()
        self._rtde = self._pending(RtdeLink(self.name, rtde, SILENCE, self._link_lost))
        self._background(self._rtde.receive(), "RTDE")
        await self._rtde.set_up(config.frequency, self._more_inputs)
        self._background(read_frames(primary, PacketReader().feed, self._take_packet), "primary port")
        self._every(POLL, self._poll_mode, "Dashboard server")
        self._background(self._rtde.rows.guard(), "RTDE")
        self._rtde.rows.noticed = self._on_row
        await self._make_ready()

    @abstractmethod
    async def _make_ready(self) -> None:
        """Hook: the link is open and states come in; make the arm ready as far as it lets itself be."""

    @property
    def _row(self) -> Row:
        return self._rtde.rows.value

    def _on_row(self, row: Row) -> None:
        """Every state; a sign of life goes back now and then."""
        self._rows += 1
        if self._rows % LIFE_EVERY == 0:
            self._life = (self._life + 1) % 1000
            self._rtde.send(SIGN_OF_LIFE, self._life)

    def _take_packet(self, packet: tuple[int, bytes]) -> None:
        kind, body = packet
        if kind == ROBOT_MESSAGE:
            message = decode_message(body)
            if isinstance(message, ErrorMessage):
                self._error = message
            elif isinstance(message, RuntimeExceptionMessage):
                self._exception = message

    async def _poll_mode(self) -> None:
        """The operational mode; nobody may send programs to a robot that is not in remote control."""
        mode = await self._board.ask(dashboard.GET_MODE)
        remote = await self._board.ask(dashboard.IS_REMOTE)
        if mode == "MANUAL":
            self._mode = OperationalMode.MANUAL_REDUCED_SPEED
        else:
            self._mode = OperationalMode.AUTOMATIC if remote == "true" else OperationalMode.OTHER

    async def _read_state(self) -> ArmState:
        row = self._row
        joints = JointState(row.stamp, np.array(row.q), np.array(row.qd))
        moving = largest(joints.velocity) > STANDS
        tcp = Pose.trusted(from_vendor(row.tcp), "base")
        return ArmState(
            row.stamp, joints, tcp, self._mode, self._safety(row), row.speed_share, moving, self._fault(row)
        )

    def _safety(self, row: Row) -> SafetyStatus:
        if row.safety_mode in EMERGENCY:
            return SafetyStatus.EMERGENCY_STOP
        return SafetyStatus.PROTECTIVE_STOP if row.safety_mode in PROTECTIVE else SafetyStatus.NORMAL

    def _fault(self, row: Row) -> Fault | None:
        if row.safety_mode not in FAULTY:
            return None
        if self._error is not None:
            return Fault(code_name(self._error.code, self._error.argument), self._error.text)
        name = SafetyMode(row.safety_mode).name
        return Fault(name, f"the safety system reports {name.lower()}")

    def _trouble(self, row: Row) -> Exception | None:
        if row.safety_mode in EMERGENCY:
            return EmergencyStop(self.name, "the emergency stop is active")
        if row.safety_mode in PROTECTIVE:
            return ProtectiveStop(self.name, "a protective stop is active")
        fault = self._fault(row)
        if fault is not None:
            return DeviceFault(self.name, fault.text, code=fault.code, recoverable=fault.recoverable)
        return None

    def _unhurt(self, row: Row) -> Row:
        """The state, unless something has stopped the arm meanwhile."""
        trouble = self._trouble(row)
        if trouble is not None:
            raise trouble
        return row

    async def _command(self, command: str) -> bool:
        """Give the Dashboard a command; whether it obeys."""
        return await self._board.ask(command) == dashboard.ANSWERS[command]

    async def _react(self, done: Callable[[Row], bool], complaint: str, timeout: float = ANSWER) -> Row:
        """Wait for a state in which ``done``; a controller that does not come to it in time counts as lost."""
        try:
            return await self._rtde.rows.until(done, timeout)
        except TimeoutError:
            why = f"the controller {complaint} within {timeout:g} s"
        self._link_lost(why)
        raise ConnectionLost(self.name, why)

    async def _stood(self) -> None:
        """Wait until the arm stands."""
        await self._react(lambda row: max(map(abs, row.qd)) < STANDS, "does not come to rest", 10.0)

    def _send(self, layout: Layout, *values: float) -> None:
        try:
            self._rtde.send(layout, *values)
        except TransportError as error:
            self._link_lost(f"RTDE: {error}")
            raise ConnectionLost(self.name, str(error)) from None

    def _upload(self, text: str) -> None:
        try:
            self._primary.write(text.encode("ascii"))
        except TransportError as error:
            self._link_lost(f"primary port: {error}")
            raise ConnectionLost(self.name, str(error)) from None

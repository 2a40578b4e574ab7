"""One client of the virtual robot: its commands, its Move, its beat of one millisecond."""

from __future__ import annotations

import asyncio
import contextlib
from typing import Protocol

from cellkit.devices import SafetyStatus
from cellkit.errors import CellkitError, ProtocolError, TransportError
from cellkit.timing import Periodic, now
from cellkit.transport import ByteStream, Datagram, Network
from cellkit_franka.protocol import robot as protocol
from cellkit_franka.protocol.framing import robot_framing
from cellkit_franka.protocol.limits import CYCLE
from cellkit_franka.protocol.robot import (
    Command,
    Connect,
    Controller,
    Generator,
    Move,
    MoveStatus,
    Plain,
    RecoveryStatus,
    SetterStatus,
    Setting,
    StopStatus,
)
from cellkit_franka.protocol.state import RobotCommand, RobotMode
from cellkit_franka.virtual_move import ActiveMove
from cellkit_franka.virtual_state import ReportedRobot, StateReporter


class ServedRobot(ReportedRobot, Protocol):
    """What the commands of a client act on."""

    host: str
    urdf: str
    stalled: bool

    @property
    def network(self) -> Network:
        """The network that the controller is served on."""

    def fail(self, error: str) -> None:
        """End what moves with an error flag."""

    async def recover(self) -> RecoveryStatus:
        """Do the automatic error recovery."""


class FciSession:
    """From Connect to the end of the connection."""

    def __init__(self, robot: ServedRobot, stream: ByteStream) -> None:
        self._robot = robot
        self._kernel = robot.kernel
        self._stream = stream
        self._framing = robot_framing()
        self._reporter = StateReporter(robot)
        self._socket: Datagram | None = None
        self._client = (stream.peer[0], 0)
        self._beat: Periodic | None = None
        self._listener: asyncio.Task[None] | None = None
        self._closed = False
        self._began = 0.0
        self._cycle = 0
        self._move: ActiveMove | None = None
        self._ending: tuple[int, MoveStatus] | None = None
        self._commands: list[RobotCommand] = []
        self._when_shown: list[tuple[int, Command, int, int]] = []

    # --- the command connection -----------------------------------------------------------------------------------

    async def serve(self) -> None:
        """Read commands until the client is gone. Raises ``ProtocolError`` and ``TransportError``."""
        while data := await self._stream.read():
            for frame in self._framing.feed(data):
                request = protocol.decode_request(frame)
                if isinstance(request, Connect):
                    await self._connect(request, frame.command_id)
                elif self._beat is None:
                    raise ProtocolError("franka", "a command before Connect")
                elif isinstance(request, Move):
                    self._start(request, frame.command_id)
                elif isinstance(request, Setting):
                    self._reply(request.command, frame.command_id, self._set(request))
                else:
                    await self._do(request, frame.command_id)

    async def close(self) -> None:
        """Close the session: the client has disconnected, and its motion comes to rest."""
        self._closed = True
        if self._beat is not None:
            self._beat.close()
        if self._listener is not None:
            self._listener.cancel()
        if self._socket is not None:
            self._socket.close()
        if self._move is not None:
            self._move = None
            await self._kernel.stop()

    async def _connect(self, request: Connect, command_id: int) -> None:
        if self._beat is not None:
            raise ProtocolError("franka", "Connect for the second time")
        fits = request.version == protocol.VERSION
        status = protocol.ConnectStatus.SUCCESS if fits else protocol.ConnectStatus.INCOMPATIBLE
        self._stream.write(self._framing.encode(protocol.encode_connected(command_id, status)))
        if not fits:
            raise ProtocolError("franka", f"a client of version {request.version}")
        self._socket = await self._robot.network.datagram(self._robot.host)
        self._client = (self._stream.peer[0], request.udp_port)
        self._listener = asyncio.get_running_loop().create_task(self._listen(self._socket))
        self._began = now()
        self._beat = Periodic(CYCLE, self._tick)

    def _reply(self, command: Command, command_id: int, status: int, text: str = "") -> None:
        with contextlib.suppress(TransportError):
            self._stream.write(self._framing.encode(protocol.encode_status(command, command_id, status, text)))

    def _set(self, setting: Setting) -> SetterStatus:
        # Clients set thresholds before they ask for a recovery, so a reflex does not stand in the way.
        if self._robot.robot_mode(self._moving) not in (RobotMode.IDLE, RobotMode.REFLEX, RobotMode.GUIDING):
            return SetterStatus.NOT_POSSIBLE
        if not self._robot.settings.accept(setting):
            return SetterStatus.INVALID_ARGUMENT
        self._kernel.set_load(self._robot.settings.tool(), self._robot.settings.load())
        self._reporter.refresh()
        return SetterStatus.SUCCESS

    async def _do(self, request: Plain, command_id: int) -> None:
        command = request.command
        if command is Command.GET_ROBOT_MODEL:
            self._reply(command, command_id, 0, self._robot.urdf)
        elif command is Command.AUTOMATIC_ERROR_RECOVERY:
            status = await self._robot.recover()
            self._when_shown.append((self._cycle + 2, command, command_id, status))
        else:
            if self._kernel.safety is SafetyStatus.EMERGENCY_STOP:
                self._reply(command, command_id, StopStatus.EMERGENCY_ABORTED)
                return
            move, self._move = self._move, None
            await self._kernel.stop()
            if move is not None:
                self._reply(Command.MOVE, move.command_id, MoveStatus.PREEMPTED)
            self._reply(command, command_id, StopStatus.SUCCESS)

    # --- a motion ---------------------------------------------------------------------------------------------------

    @property
    def _moving(self) -> bool:
        return self._move is not None or self._ending is not None

    def _start(self, request: Move, command_id: int) -> None:
        status = self._refusal(request)
        if status is None:
            try:
                self._kernel.begin_guidance(CYCLE)
            except CellkitError:
                status = MoveStatus.NOT_POSSIBLE
        if status is not None:
            self._reply(Command.MOVE, command_id, status)
            return
        self._robot.reflex_reason = frozenset()
        self._commands = []
        end_effector = self._robot.settings.flange_to_end_effector
        self._move = ActiveMove(command_id, request, self._kernel, self._reporter.desired, end_effector, self._cycle)
        self._move.stalled = self._robot.stalled
        self._reply(Command.MOVE, command_id, MoveStatus.MOTION_STARTED)

    def _refusal(self, request: Move) -> MoveStatus | None:
        if self._moving or self._robot.robot_mode(False) is not RobotMode.IDLE:
            return MoveStatus.NOT_POSSIBLE
        if self._kernel.queue_depth == 0:
            return MoveStatus.NOT_POSSIBLE  # the interface has no queue; "no room" is its nearest likeness
        if request.asynchronous:
            return MoveStatus.NOT_POSSIBLE  # the asynchronous generator is not part of this controller
        controllers = (Controller.JOINT_IMPEDANCE, Controller.CARTESIAN_IMPEDANCE, Controller.EXTERNAL)
        generators = range(Generator.JOINT_POSITION, Generator.NONE + 1)
        if request.controller not in controllers or request.generator not in generators:
            return MoveStatus.INVALID_ARGUMENT
        if request.generator == Generator.NONE and request.controller != Controller.EXTERNAL:
            return MoveStatus.INVALID_ARGUMENT
        if not all(value >= 0.0 for value in (*request.path_deviation, *request.goal_deviation)):
            return MoveStatus.INVALID_ARGUMENT
        return None

    def robot_changed(self) -> None:
        """End a running motion after a mode, a stop or an error of the robot, and report the reason to the client."""
        robot = self._robot
        if not self._kernel.mode.accepts_programs:
            self._kernel.end_guidance()  # an arm that is held in a Move stands; the mode ends that as well
        if self._move is not None and not self._kernel.guided:
            if self._kernel.safety is SafetyStatus.EMERGENCY_STOP:
                self._abort(MoveStatus.EMERGENCY_ABORTED)
            elif robot.errors:
                robot.reflex_reason = robot.errors
                self._abort(MoveStatus.REFLEX_ABORTED)
            else:
                self._abort(MoveStatus.PREEMPTED_BY_SAFETY)
        self._reporter.refresh()

    def _abort(self, status: MoveStatus) -> None:
        """End the Move; the reply follows the next state, which shows why."""
        move, self._move = self._move, None
        if move is not None:
            self._ending = (move.command_id, status)

    # --- the cycle --------------------------------------------------------------------------------------------------

    async def _listen(self, socket: Datagram) -> None:
        """Keep commands for the next beat; datagrams that are none, come from elsewhere or too late are dropped."""
        with contextlib.suppress(TransportError):
            while True:
                data, sender = await socket.receive()
                if sender[0] != self._client[0]:
                    continue
                try:
                    command = RobotCommand.decode(data)
                except ProtocolError:
                    continue
                newest = self._commands[-1].message_id if self._commands else 0
                if self._move is not None and max(newest, self._move.last_id) < command.message_id <= self._cycle:
                    self._commands.append(command)

    def _tick(self) -> None:
        # One round later: commands that have come in this round are heard before they count as lost.
        asyncio.get_running_loop().call_soon(self._on_beat)

    def _on_beat(self) -> None:
        if self._closed:
            return
        # States are numbered by time: a client that is sent none for a while sees how long the while was.
        self._cycle = max(self._cycle + 1, round((now() - self._began) / CYCLE))
        move = self._move
        if move is not None and not move.stalled:
            self._advance(move)
        ending, self._ending = self._ending, None
        generator, controller, success = Generator.IDLE, Controller.OTHER, 0.0
        move = self._move
        if move is not None and not move.stalled:
            generator, controller, success = move.generator, move.controller, move.success_rate
        datagram = self._reporter.datagram(self._cycle, move, generator, controller, success)
        assert self._socket is not None
        with contextlib.suppress(TransportError):
            self._socket.send(datagram, self._client)
        if ending is not None:
            self._reply(Command.MOVE, *ending)
        while self._when_shown and self._when_shown[0][0] <= self._cycle:
            self._reply(*self._when_shown.pop(0)[1:])  # the state shows it before the reply does

    def _advance(self, move: ActiveMove) -> None:
        if not self._kernel.guided:  # the arm was stopped by other means
            by_mode = not self._kernel.mode.accepts_programs
            self._abort(MoveStatus.PREEMPTED_BY_SAFETY if by_mode else MoveStatus.ABORTED)
            return
        commands, self._commands = self._commands, []
        error = move.advance(commands, self._cycle)
        if error is not None:
            self._robot.fail(error)
        elif move.input_error:
            self._abort(MoveStatus.INPUT_ERROR_ABORTED)
            stopping = asyncio.ensure_future(self._kernel.stop())
            stopping.add_done_callback(lambda task: task.cancelled() or task.exception())
        elif move.finished:
            self._kernel.end_guidance()
            self._abort(MoveStatus.SUCCESS)
        else:
            self._kernel.guide(move.desired)

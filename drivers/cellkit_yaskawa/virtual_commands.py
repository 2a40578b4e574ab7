"""The robot control port of the virtual controller: one function a command, and the errors of requests."""

from __future__ import annotations

import struct
from collections.abc import Callable, Collection

from cellkit.devices.safety import SafetyStatus
from cellkit.timing import now
from cellkit_yaskawa.protocol.axes import AXIS_NAMES, figure
from cellkit_yaskawa.protocol.codes import (
    CANCEL_ERROR,
    OFF,
    ON,
    RESET_ALARM,
    Added,
    Command,
    Service,
    Switch,
)
from cellkit_yaskawa.protocol.frames import Request
from cellkit_yaskawa.protocol.records import (
    AXES,
    BASE,
    PULSE,
    Alarm,
    JobInfo,
    Position,
    StatusInfo,
    field_text,
    padded,
    text_field,
)
from cellkit_yaskawa.protocol.signals import PENDANT, SAFE, SAFEGUARD, SAFETY_INSTANCE
from cellkit_yaskawa.virtual_data import BAD_ELEMENT, NO_INSTANCE, UNDEFINED, Refusal, require_instance, require_size
from cellkit_yaskawa.virtual_motion import CONTINUOUS, ONE_CYCLE, STEP, Playback
from cellkit_yaskawa.virtual_moves import MoveCommands

WORDS_8 = struct.Struct("<8i")
TEXT_SIZES = range(1, 33)
SWITCHES = frozenset(int(switch) for switch in Switch)
START_DATE = "2025/01/01 00:00"


class ControlPort:
    """Answers requests, each on its own."""

    def __init__(self, playback: Playback) -> None:
        self.playback = playback
        self.kernel, self.axes, self.memory = playback.kernel, playback.axes, playback.memory
        self._moves = MoveCommands(playback)
        self._readers: dict[int, Callable[[Request], bytes]] = {
            Command.ALARM: lambda request: self._alarm(request, texts=False),
            Command.ALARM_WITH_SUB_CODE: lambda request: self._alarm(request, texts=True),
            Command.ALARM_HISTORY: lambda request: self._history(request, texts=False),
            Command.ALARM_HISTORY_WITH_SUB_CODE: lambda request: self._history(request, texts=True),
            Command.STATUS: self._status,
            Command.JOB_INFO: self._job_info,
            Command.AXIS_NAMES: self._axis_names,
            Command.POSITION: self._position,
            Command.POSITION_ERROR: self._position_error,
            Command.TORQUE: self._torque,
            Command.MANAGEMENT_TIME: self._management_time,
            Command.SYSTEM_INFO: self._system_info,
        }
        self._writers: dict[int, Callable[[Request], None]] = {
            Command.RESET: self._reset,
            Command.SWITCH: self._switch,
            Command.CYCLE: self._cycle,
            Command.TEXT: self._text,
            Command.START: self._start,
        }

    def carry_out(self, request: Request) -> bytes:
        """Carry out a request and return the data of the answer. Raises ``Refusal``."""
        reader, writer = self._readers.get(request.command), self._writers.get(request.command)
        if reader is not None:
            return self._read(request, reader)
        if writer is not None:
            if request.service not in (Service.SET_ONE, Service.SET_ALL):
                raise Refusal(*UNDEFINED)
            if request.attribute != 1:
                raise Refusal(*BAD_ELEMENT)
            writer(request)
        elif request.command in (Command.MOVE_CARTESIAN, Command.MOVE_PULSE, Command.SELECT_JOB):
            self._moves.carry_out(request)
        elif self.memory.holds(request.command):
            self._refresh_signals()
            return self.memory.carry_out(request)
        else:
            raise Refusal(*UNDEFINED)
        return b""

    def _read(self, request: Request, reader: Callable[[Request], bytes]) -> bytes:
        require_size(request, 0)
        data = reader(request)
        if request.service == Service.GET_ALL:
            if request.attribute != 0:
                raise Refusal(*BAD_ELEMENT)
            return data
        if request.service != Service.GET_ONE:
            raise Refusal(*UNDEFINED)
        return _element(request, data)

    # --- looking ----------------------------------------------------------------------------------------------

    def _alarm(self, request: Request, *, texts: bool) -> bytes:
        """Return the active alarm, in instance 1; the other places are empty."""
        require_instance(request, range(1, 5))
        alarm = self.playback.alarm() if request.instance == 1 else None
        return (alarm or Alarm()).encode(sub_code_texts=texts)

    def _history(self, request: Request, *, texts: bool) -> bytes:
        """Return an alarm of the history: major alarms from 1, minor ones from 1001; no user and offline alarms."""
        kind, number = divmod(request.instance, 1000)
        if not 1 <= number <= 100 or kind > 4:
            raise Refusal(*NO_INSTANCE)
        known = [alarm for alarm in self.memory.alarms if kind == (1 if alarm.recoverable else 0)]
        alarm = known[number - 1] if number <= len(known) else Alarm()
        return alarm.encode(sub_code_texts=texts)

    def _status(self, request: Request) -> bytes:
        require_instance(request, (1,))
        playback = self.playback
        return StatusInfo(
            playback.cycle == STEP,
            playback.cycle == ONE_CYCLE,
            playback.cycle == CONTINUOUS,
            playback.running,
            playback.reduced_speed,
            playback.teach,
            not playback.teach,
            playback.remote,
            playback.held_by_pendant,
            playback.held_externally,
            playback.held_by_command,
            self.kernel.fault is not None,
            False,
            playback.servo_on,
        ).encode()

    def _job_info(self, request: Request) -> bytes:
        require_instance(request, range(1, 17))
        override = round(10_000 * self.playback.override)
        if request.instance > 1:
            return JobInfo(speed_override=override).encode()
        line = self.playback.line
        return JobInfo(self.playback.selected or "", line, line, override).encode()

    def _axis_names(self, request: Request) -> bytes:
        require_instance(request, (1, 101))
        names = AXIS_NAMES[: self.kernel.model.dof] if request.instance == 1 else ("X", "Y", "Z", "Rx", "Ry", "Rz")
        return b"".join(text_field(name, 4) for name in names).ljust(4 * AXES, b"\0")

    def _position(self, request: Request) -> bytes:
        joints = self.kernel.joints()
        if request.instance == 1:
            return Position(PULSE, self.axes.pulses(joints.position)).encode()
        if request.instance == 101:
            coordinates = self.axes.coordinates(self.kernel.tcp(joints).matrix)
            return Position(BASE, coordinates, figure(joints.position)).encode()
        raise Refusal(*NO_INSTANCE)

    def _position_error(self, request: Request) -> bytes:
        require_instance(request, (1,))
        return WORDS_8.pack(*padded(()))  # the kernel's arm is where it was sent

    def _torque(self, request: Request) -> bytes:
        """Return percent of the rated torque, where the plant reports it."""
        require_instance(request, (1,))
        effort = self.kernel.joints().effort
        rated = [joint.max_effort for joint in self.kernel.model.kinematics.joints]
        if effort is None:
            return WORDS_8.pack(*padded(()))
        shares = (round(100 * t / m) if m else 0 for t, m in zip(effort.tolist(), rated, strict=True))
        return WORDS_8.pack(*padded(tuple(shares)))

    def _management_time(self, request: Request) -> bytes:
        require_instance(request, (1, 10, 11, 110, 111, 210, 211, 301))
        seconds = int(now()) if request.instance == 1 else 0
        elapsed = f"{seconds // 3600:06d}:{seconds // 60 % 60:02d}'{seconds % 60:02d}"
        return text_field(START_DATE, 16) + text_field(elapsed, 12)

    def _system_info(self, request: Request) -> bytes:
        require_instance(request, (11, 101))
        return text_field("CELLKIT VIRTUAL", 24) + text_field(self.kernel.model.name, 16) + text_field("1.00", 8)

    def _refresh_signals(self) -> None:
        """Update the bytes that the controller itself writes."""
        opened = PENDANT if self.kernel.emergency_pressed else 0
        if self.kernel.safety is SafetyStatus.PROTECTIVE_STOP:
            opened |= SAFEGUARD
        self.memory.values[Command.IO][SAFETY_INSTANCE] = bytes([SAFE & ~opened])

    # --- switching --------------------------------------------------------------------------------------------

    def _reset(self, request: Request) -> None:
        require_instance(request, (RESET_ALARM, CANCEL_ERROR))
        _word(request, (1,))
        self._require_remote()
        if request.instance == RESET_ALARM:
            self.playback.reset_alarm()

    def _switch(self, request: Request) -> None:
        require_instance(request, SWITCHES)
        value = _word(request, (ON, OFF))
        self._require_remote()
        if request.instance == Switch.HOLD:
            self.playback.hold(value == ON)
        elif request.instance == Switch.SERVO:
            if self.playback.teach:
                raise Refusal(Added.WRONG_MODE)
            self.playback.servo(value == ON)

    def _cycle(self, request: Request) -> None:
        require_instance(request, (2,))
        value = _word(request, (STEP, ONE_CYCLE, CONTINUOUS))
        self._require_remote()
        self.playback.cycle = value

    def _text(self, request: Request) -> None:
        require_instance(request, (1,))
        if len(request.data) not in TEXT_SIZES:
            raise Refusal(Added.DATA_SIZE)
        self.memory.text = field_text(request.data)

    def _start(self, request: Request) -> None:
        require_instance(request, (1,))
        _word(request, (1,))
        self.playback.start()

    def _require_remote(self) -> None:
        if not self.playback.remote:
            raise Refusal(Added.NOT_REMOTE)


def _word(request: Request, values: Collection[int]) -> int:
    require_size(request, 4)
    value = int.from_bytes(request.data, "little")
    if value not in values:
        raise Refusal(Added.DATA_RANGE)
    return value


TEXT_ELEMENTS = {
    Command.ALARM: ((12, 28), (28, 60)),
    Command.ALARM_HISTORY: ((12, 28), (28, 60)),
    Command.JOB_INFO: ((0, 32),),
    Command.SYSTEM_INFO: ((0, 24), (24, 40), (40, 48)),
    Command.MANAGEMENT_TIME: ((0, 16), (16, 28)),
}
"""Where a record has texts (from, to); everything else in it are words of 32 bits."""


def _element(request: Request, data: bytes) -> bytes:
    """Return one element of a record: ``attribute`` counts from 1, a text is one element."""
    texts = dict(TEXT_ELEMENTS.get(Command(request.command), ()))
    parts, at = [], 0
    while at < len(data):
        end = texts.get(at, at + 4)
        parts.append(data[at:end])
        at = end
    if not 1 <= request.attribute <= len(parts):
        raise Refusal(*BAD_ELEMENT)
    return parts[request.attribute - 1]

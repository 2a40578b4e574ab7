"""The exception tree of cellkit.

Every error names the device it concerns and, where it is known, the last state of that device. cellkit never raises
``CellkitError`` itself; catch it to catch every error that cellkit reports::

    CellkitError
    ├── ConfigError            a file, an option or a model is wrong; nothing has moved
    ├── DriverNotFound         no driver, world or model of that name is installed
    ├── TransportError         a connection could not be opened or broke; a driver turns it into a DeviceError
    ├── TaskFailed             a cell program gives up: its task cannot be done with the parts at hand
    ├── PlanningError          geometry or limits make a motion impossible; no device is involved yet
    │   ├── Unreachable        no joint configuration within the limits reaches the pose
    │   └── SingularPath       a Cartesian path passes too near a singularity: the joint speeds would be too high
    └── DeviceError            an error of one device, at run time
        ├── ConnectionFailed   the device was never reached
        ├── ConnectionLost     the link to a connected device broke
        ├── ProtocolError      the device sent something that its protocol does not allow
        ├── CommandRejected    the command was refused before anything moved
        │   ├── DeviceBusy     another command is running and ``replace=True`` was not given
        │   ├── LimitViolation a joint, speed, payload or width limit would be exceeded
        │   └── OutOfReach     no joint configuration reaches the pose
        ├── MotionAborted      a motion was ended by ``stop()`` or by a replacing command
        ├── MotionTimeout      a command took longer than allowed; the device was stopped
        ├── ProtectiveStop     the device reports a protective stop
        ├── EmergencyStop      the device reports an emergency stop
        ├── DeviceFault        the device reports a fault of its own (vendor code and text)
        └── GraspLost          the gripper lost a part that it held
"""

from __future__ import annotations

from pathlib import Path


class CellkitError(Exception):
    """Root of the exception tree."""


class ConfigError(CellkitError):
    """An error in a file, an option or a model.

    The message is one line: the place, the error, and the valid values.
    """

    def __init__(self, message: str, *, file: Path | str | None = None, line: int | None = None) -> None:
        self.message = message
        self.file = None if file is None else Path(file)
        self.line = line
        where = "" if file is None else f"{file}:{line}: " if line is not None else f"{file}: "
        super().__init__(where + message)


class DriverNotFound(CellkitError):
    """No installed package offers this driver, world or model."""


class TransportError(CellkitError):
    """A byte stream or datagram socket that could not be opened, or broke.

    Drivers turn it into an error of their device.
    """


class TaskFailed(CellkitError):
    """Raised by a cell program that gives up because its task cannot be done with the parts at hand."""


class PlanningError(CellkitError):
    """A motion that geometry or limits rule out. Interfaces turn it into an error of their device."""


class Unreachable(PlanningError):
    """A pose that no joint configuration within the limits reaches; the message states why and by how much."""


class SingularPath(PlanningError):
    """A Cartesian path through or too near a singularity; the message states where, and which joint."""


class DeviceError(CellkitError):
    """Root of all errors of one device.

    ``device`` is the device's role in the cell; ``state`` is the last known state, in words.
    """

    def __init__(self, device: str, message: str, *, state: str | None = None) -> None:
        self.device = device
        self.message = message
        self.state = state
        super().__init__(f"{device}: {message}" + (f" (last state: {state})" if state else ""))


class ConnectionFailed(DeviceError):
    """A device that could not be reached."""


class ConnectionLost(DeviceError):
    """A broken link to a connected device; every pending command fails with this error."""


class ProtocolError(DeviceError):
    """A violation of the protocol by the peer. ``data`` holds the offending bytes."""

    def __init__(self, device: str, message: str, *, data: bytes = b"", state: str | None = None) -> None:
        self.data = data
        super().__init__(device, message, state=state)


class CommandRejected(DeviceError):
    """A command that was refused; nothing moved."""


class DeviceBusy(CommandRejected):
    """A command refused because another one is running; pass ``replace=True`` to stop that one and take over."""


class LimitViolation(CommandRejected):
    """A command that would exceed a limit; the message holds the value and the limit."""


class OutOfReach(CommandRejected):
    """A pose that no joint configuration within the limits reaches; the message states why."""


class MotionAborted(DeviceError):
    """A motion that was ended on purpose, by ``stop()`` or by a replacing command."""


class MotionTimeout(DeviceError):
    """A command that took longer than its timeout; the device has been stopped."""


class ProtectiveStop(DeviceError):
    """A protective stop that the device reports. cellkit observes it and never claims one."""


class EmergencyStop(DeviceError):
    """An emergency stop that the device reports. cellkit observes it and never claims one."""


class DeviceFault(DeviceError):
    """A fault that the device reports about itself."""

    def __init__(
        self, device: str, message: str, *, code: str = "", recoverable: bool = True, state: str | None = None
    ) -> None:
        self.code = code
        self.recoverable = recoverable
        super().__init__(device, f"fault {code}: {message}" if code else message, state=state)


class GraspLost(DeviceError):
    """The loss of a part that the gripper held."""


def words_of(error: BaseException) -> str:
    """Return the text of any error; empty if its ``__str__`` fails, as that of an error of a user's program may."""
    try:
        return str(error)
    except Exception:
        return ""


def name_and_words(error: BaseException) -> str:
    """Return the name of an error's type and its text."""
    return f"{type(error).__name__}: {words_of(error)}".removesuffix(": ")

"""The one exception tree of cellkit.

Every error names the device it concerns and, where one is known, the last state of that device.
``CellkitError`` is never raised itself; catch it to catch everything that cellkit reports::

    CellkitError
    ├── ConfigError            a file, an option or a model is wrong; nothing has moved
    ├── DriverNotFound         no installed driver, world or model of that name
    ├── TransportError         a connection could not be made or broke; drivers say which device that concerns
    ├── TaskFailed             a cell program gives up: what it found is not what its task needs
    ├── PlanningError          geometry or limits make a motion impossible; no device is involved yet
    │   ├── Unreachable        no joint configuration within the limits reaches the pose
    │   └── SingularPath       a Cartesian path would need joint speeds beyond all reason
    └── DeviceError            one device, at run time
        ├── ConnectionFailed   the device was never reached
        ├── ConnectionLost     the device was reached and is gone
        ├── ProtocolError      the device said something that its protocol does not allow
        ├── CommandRejected    refused before anything moved
        │   ├── DeviceBusy     another command runs and ``replace=True`` was not given
        │   ├── LimitViolation a joint, speed, payload or width limit would be exceeded
        │   └── OutOfReach     no joint configuration reaches the pose
        ├── MotionAborted      a motion was ended by ``stop()`` or by a replacing command
        ├── MotionTimeout      a command took longer than allowed; the device was stopped
        ├── ProtectiveStop     the device reports a protective stop
        ├── EmergencyStop      the device reports an emergency stop
        ├── DeviceFault        the device reports a fault of its own (vendor code and text)
        └── GraspLost          a part that was held is gone
"""

from __future__ import annotations

from pathlib import Path


class CellkitError(Exception):
    """Root of the tree."""


class ConfigError(CellkitError):
    """Something the user wrote is wrong. One line: where, what, and what would be right."""

    def __init__(self, message: str, *, file: Path | str | None = None, line: int | None = None) -> None:
        self.message = message
        self.file = None if file is None else Path(file)
        self.line = line
        where = "" if file is None else f"{file}:{line}: " if line is not None else f"{file}: "
        super().__init__(where + message)


class DriverNotFound(CellkitError):
    """No installed package offers this driver, world or model."""


class TransportError(CellkitError):
    """A byte stream or datagram socket could not be opened, or broke. Drivers turn it into an error of their device."""


class TaskFailed(CellkitError):
    """For cell programs: give up, because what was found is not what the task needs."""


class PlanningError(CellkitError):
    """A motion that geometry or limits rule out. Interfaces turn it into an error of their device."""


class Unreachable(PlanningError):
    """No joint configuration within the limits reaches a pose; the message says why and by how much."""


class SingularPath(PlanningError):
    """A Cartesian path through or too near a singularity; the message names where and which joint."""


class DeviceError(CellkitError):
    """Root of everything that happens at one device.

    ``device`` is the device's role in the cell; ``state`` is the last state known, in words.
    """

    def __init__(self, device: str, message: str, *, state: str | None = None) -> None:
        self.device = device
        self.message = message
        self.state = state
        super().__init__(f"{device}: {message}" + (f" (last state: {state})" if state else ""))


class ConnectionFailed(DeviceError):
    """The device could not be reached."""


class ConnectionLost(DeviceError):
    """The link to a connected device broke; every pending command fails with this."""


class ProtocolError(DeviceError):
    """The peer broke its protocol. ``data`` holds the offending bytes."""

    def __init__(self, device: str, message: str, *, data: bytes = b"", state: str | None = None) -> None:
        self.data = data
        super().__init__(device, message, state=state)


class CommandRejected(DeviceError):
    """The command was refused and nothing moved."""


class DeviceBusy(CommandRejected):
    """Another command is running; pass ``replace=True`` to stop it and take over."""


class LimitViolation(CommandRejected):
    """The command would exceed a limit; the message holds both figures."""


class OutOfReach(CommandRejected):
    """No joint configuration within the limits reaches the pose; the message says why."""


class MotionAborted(DeviceError):
    """The motion was ended on purpose, by ``stop()`` or by a replacing command."""


class MotionTimeout(DeviceError):
    """The command took longer than its timeout; the device has been stopped."""


class ProtectiveStop(DeviceError):
    """The device reports a protective stop. cellkit observes it and never claims one."""


class EmergencyStop(DeviceError):
    """The device reports an emergency stop. cellkit observes it and never claims one."""


class DeviceFault(DeviceError):
    """A fault the device reports about itself."""

    def __init__(
        self, device: str, message: str, *, code: str = "", recoverable: bool = True, state: str | None = None
    ) -> None:
        self.code = code
        self.recoverable = recoverable
        super().__init__(device, f"fault {code}: {message}" if code else message, state=state)


class GraspLost(DeviceError):
    """A part that the gripper held is no longer held."""

"""One connection to the gateway of another cell, shared by all its devices, and the right to command that cell.

The right belongs to a session: an arm and its gripper must share one session.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any
from weakref import WeakKeyDictionary

from cellkit import errors
from cellkit.devices.device import to_completion
from cellkit.errors import CommandRejected, ConnectionFailed, ConnectionLost, DeviceError, DeviceFault
from cellkit.opcua.client.client import OpcuaClient
from cellkit.opcua.client.errors import ServerRefused
from cellkit.opcua.client.settings import ClientSettings
from cellkit.timing import now

CELL = "urn:cellkit:cell:"
LOOK = 0.5  # s between two reads of a job without reports
OK, ACTIVE_ALARM = 0, 3
SUCCEEDED, FAILED, CANCELLED = 5, 6, 7
NOT_OWNER = "BadResourceUnavailable"
STOPPING = 8.0  # s that a stop may take: it is answered when the device is at rest
RENEWALS = 3  # renewals of a lease in its time
FAILURES: Mapping[str, type[DeviceError]] = {
    "Unreachable": errors.OutOfReach,
    "LimitViolation": errors.LimitViolation,
    "Busy": errors.DeviceBusy,
    "Rejected": errors.CommandRejected,
    "Aborted": errors.MotionAborted,
    "Timeout": errors.MotionTimeout,
    "ProtectiveStop": errors.ProtectiveStop,
    "EmergencyStop": errors.EmergencyStop,
    "GraspLost": errors.GraspLost,
    "ConnectionLost": errors.ConnectionLost,
}
"""Errors that end a job in the other cell, by name, as they are raised here; any other one is a ``DeviceFault``."""

_LINKS: WeakKeyDictionary[asyncio.AbstractEventLoop, dict[tuple[ClientSettings, str | None], GatewayLink]] = (
    WeakKeyDictionary()
)


@contextlib.contextmanager
def errors_of(device: str) -> Iterator[None]:
    """Attribute errors of the shared connection to a device."""
    try:
        yield
    except DeviceError as error:
        error.device = device
        error.args = (f"{device}: {error.message}",)
        raise


@dataclass(frozen=True, slots=True)
class JobResult:
    """The result of a job that succeeded."""

    values: Mapping[str, Any]
    ended: float


class GatewayLink:
    """A connection made by ``join``; ``leave`` closes it with its last device."""

    def __init__(self, key: tuple[ClientSettings, str | None], lease: float) -> None:
        self._key = key
        self._lease = lease
        self._users = 0
        self._opening = asyncio.Lock()
        self._asking = asyncio.Lock()
        self._owns = False
        self._renewing: asyncio.Task[None] | None = None
        self.client = OpcuaClient("gateway", key[0])
        self.cell = ""

    @property
    def usable(self) -> bool:
        """True when another device may join."""
        return self.client.lost is None

    @property
    def owns(self) -> bool:
        """True when this side has the right to command."""
        return self._owns

    async def open(self) -> None:
        """Connect, if the connection is not open yet. Raises ``ConnectionFailed``."""
        self._users += 1
        try:
            async with self._opening:
                if self.cell:
                    return
                await self.client.connect()
                self.cell = self._the_cell(self._key[1])
        except BaseException:
            await to_completion(self.leave())
            raise

    def _the_cell(self, wanted: str | None) -> str:
        cells = [uri.removeprefix(CELL) for uri in self.client.namespaces if uri.startswith(CELL)]
        if wanted is not None and wanted in cells:
            return wanted
        known = ", ".join(cells) or "none"
        if wanted is not None:
            raise ConnectionFailed("gateway", f"the server has no cell {wanted!r}; it has {known}")
        if len(cells) != 1:
            text = "is no gateway of a cell" if not cells else f"has several cells ({known}); name one: `cell: NAME`"
            raise ConnectionFailed("gateway", f"{self._key[0].url} {text}")
        return cells[0]

    async def leave(self) -> None:
        """Remove one device; the last one releases command and closes the connection."""
        self._users -= 1
        if self._users > 0:
            return
        links = _LINKS.get(asyncio.get_running_loop(), {})
        if links.get(self._key) is self:
            del links[self._key]
        renewing, self._renewing = self._renewing, None
        if renewing is not None:
            renewing.cancel()
            await asyncio.wait({renewing})
        if self._owns:
            self._owns = False
            with contextlib.suppress(ConnectionLost, CommandRejected):
                await self._own_call("ReleaseControl")
        await self.client.close()

    # --- nodes ------------------------------------------------------------------------------------------------

    def node(self, path: str) -> str:
        """Return a node of the cell, by its path below the cell's name."""
        return f"nsu={CELL}{self.cell};s={self.cell}/{path}"

    # --- commanding -------------------------------------------------------------------------------------------

    async def run(self, role: str, command: str, arguments: list[Any], changed: Callable[[float], Any]) -> JobResult:
        """Carry out a command and wait for its end; ``changed(s)`` waits for the next report.

        Cancelling leaves the job alone: the caller that cancels has stopped the device. Raises the error that ended the
        job.
        """
        owner, method = self.node(f"Services/Commands/{role}"), self.node(f"Services/Commands/{role}/{command}")
        await self._own()
        try:
            answer = await self.client.call(owner, method, *arguments)
        except ServerRefused as refused:
            if not refused.status.startswith(NOT_OWNER):
                raise
            self._owns = False  # another client took command, or the lease ran out
            await self._own()
            answer = await self.client.call(owner, method, *arguments)
        job, _, status, reason = answer
        if status != OK:
            raise CommandRejected("gateway", f"{command}: {reason or f'refused with status {status}'}")
        below = [self.node(f"Services/Operations/{job}/{name}") for name in ("State", "Failure", "Reason", "Result")]
        while True:
            state, failure, why, result = await self.client.read(below)
            if state.good and state.value == SUCCEEDED:
                return JobResult(json.loads(result.value or "{}"), now())
            if state.good and state.value in (FAILED, CANCELLED):
                raise _ended(command, state.value, failure.value or "", why.value or "")
            await changed(LOOK)

    async def stop(self, role: str) -> None:
        """Stop a device of the other cell. This needs no right to command."""
        below = self.node(f"Services/Commands/{role}")
        status, reason = await self.client.call(below, f"{below}/Stop", limit=STOPPING)
        if status != OK:
            raise DeviceFault("gateway", f"the stop was refused: {reason}", code=f"status-{status}")

    async def _own(self) -> None:
        """Take the right to command. Raises ``CommandRejected`` when another client has it."""
        async with self._asking:
            if self._owns:
                return
            lease, status, reason = await self._own_call("RequestControl", float(self._lease))
            if status != OK:
                raise CommandRejected("gateway", f"cell {self.cell!r} accepts no commands from here: {reason}")
            self._owns = True
            if self._renewing is None or self._renewing.done():
                self._renewing = asyncio.get_running_loop().create_task(self._renew(lease))

    async def _renew(self, lease: float) -> None:
        while self._owns:
            await asyncio.sleep(lease / RENEWALS)
            try:
                _, status, _ = await self._own_call("RenewControl", float(self._lease))
                self._owns = status == OK
            except (ConnectionLost, CommandRejected):
                self._owns = False

    async def _own_call(self, method: str, *arguments: Any) -> list[Any]:
        below = self.node("Services/Ownership")
        try:
            return await self.client.call(below, f"{below}/{method}", *arguments)
        except ServerRefused as refused:
            text = f"cell {self.cell!r} accepts no commands from here: {method} is answered {refused.status}"
            raise CommandRejected("gateway", text) from None


def _ended(command: str, state: int, failure: str, why: str) -> DeviceError:
    text = f"{command}: {why}" if why else command
    if state == CANCELLED:
        return errors.MotionAborted("gateway", f"{text or command}: cancelled in the other cell")
    known = FAILURES.get(failure)
    return DeviceFault("gateway", text, code=failure or "failed") if known is None else known("gateway", text)


async def join(settings: ClientSettings, cell: str | None, lease: float) -> GatewayLink:
    """Return the connection to a gateway, an existing or a new one. Raises ``ConnectionFailed``."""
    links = _LINKS.setdefault(asyncio.get_running_loop(), {})
    key = (settings, cell)
    link = links.get(key)
    if link is None or not link.usable:
        link = links[key] = GatewayLink(key, lease)
    await link.open()
    return link

"""The server's commands as calls, without datagrams."""

from __future__ import annotations

import asyncio

from cellkit.errors import CommandRejected, ProtocolError
from cellkit.timing import now
from cellkit_yaskawa.link import HsesLink
from cellkit_yaskawa.protocol.codes import OFF, ON, Added, Command, FileService, Service, Status, Switch, refusal
from cellkit_yaskawa.protocol.frames import Answer, Request
from cellkit_yaskawa.protocol.inform import Job
from cellkit_yaskawa.protocol.records import Alarm, JobInfo, JobSelection, Position, StatusInfo
from cellkit_yaskawa.protocol.signals import SAFE, SAFETY_INSTANCE

PULSE_POSITION, CARTESIAN_POSITION = 1, 101  # instances of command 0x75 for the first robot
HOLD = Request(Command.SWITCH, Switch.HOLD, 1, Service.SET_ONE, ON.to_bytes(4, "little")).encode()
"""The request for a hold, from a client that sends nothing else."""
CYCLE, ONE_CYCLE = 2, 2  # instance of command 0x84, and the value for running a job once


class HsesRefused(CommandRejected):
    """The server has refused a command; ``added`` is its code, 0 where it gave none."""

    def __init__(self, device: str, answer: Answer) -> None:
        super().__init__(device, refusal(answer.status, answer.added))
        self.added = answer.added


class HsesClient:
    """Calls to both ports. All raise ``HsesRefused`` and ``ConnectionLost``."""

    def __init__(self, device: str, control: HsesLink, files: HsesLink) -> None:
        self.device = device
        self.heard = now()
        """When the server last answered."""
        self._control = control
        self._files = files
        self._transfers = asyncio.Lock()  # the server has one at a time
        self._bytes = asyncio.Lock()  # a byte of signals is read, changed and written

    def _accepted(self, answer: Answer) -> Answer:
        self.heard = now()
        if answer.status:
            raise HsesRefused(self.device, answer)
        return answer

    async def _ask(self, command: int, instance: int, attribute: int, service: int, data: bytes = b"") -> bytes:
        answer, _ = await self._control.ask(command, instance, attribute, service, data)
        return self._accepted(answer).data

    # --- looking ----------------------------------------------------------------------------------------------

    async def status(self) -> StatusInfo:
        """Read the status bits."""
        return StatusInfo.decode(await self._ask(Command.STATUS, 1, 0, Service.GET_ALL))

    async def position(self, instance: int = PULSE_POSITION) -> Position:
        """Read the robot's position, in pulses or (``CARTESIAN_POSITION``) in the robot frame."""
        return Position.decode(await self._ask(Command.POSITION, instance, 0, Service.GET_ALL))

    async def alarm(self) -> Alarm:
        """Read the newest alarm."""
        return Alarm.decode(await self._ask(Command.ALARM, 1, 0, Service.GET_ALL))

    async def job_info(self) -> JobInfo:
        """Read the executing job and the controller's own speed override."""
        return JobInfo.decode(await self._ask(Command.JOB_INFO, 1, 0, Service.GET_ALL))

    async def safety_signals(self) -> int:
        """Read the signals of the safety circuit; a controller without them reports by its drive power alone."""
        try:
            return await self.signals(SAFETY_INSTANCE)
        except HsesRefused:
            return SAFE

    async def signals(self, instance: int) -> int:
        """Read a byte of signals."""
        data = await self._ask(Command.IO, instance, 1, Service.GET_ONE)
        if len(data) != 1:
            raise ProtocolError(self.device, f"{len(data)} bytes for one of signals", data=data)
        return data[0]

    # --- switching --------------------------------------------------------------------------------------------

    async def switch(self, what: Switch, on: bool) -> None:
        """Hold, servo power or the lock of the pendant."""
        await self._set(Command.SWITCH, what, ON if on else OFF)

    def send_hold(self) -> None:
        """Ask for a hold without waiting for the answer. Raises ``TransportError``."""
        self._control.send(Command.SWITCH, Switch.HOLD, 1, Service.SET_ONE, ON.to_bytes(4, "little"))

    async def reset(self, instance: int) -> None:
        """Reset alarms or cancel errors."""
        await self._set(Command.RESET, instance, 1)

    async def run_jobs_once(self) -> None:
        """Select the cycle mode in which a job runs once, not repeatedly."""
        await self._set(Command.CYCLE, CYCLE, ONE_CYCLE)

    async def set_signal(self, instance: int, mask: int, on: bool) -> None:
        """Switch one signal; the others of its byte keep what they have, unless another client writes meanwhile."""
        async with self._bytes:
            before = await self.signals(instance)
            after = before | mask if on else before & ~mask
            if after != before:
                await self._ask(Command.IO, instance, 1, Service.SET_ONE, bytes([after]))

    async def _set(self, command: int, instance: int, value: int) -> None:
        await self._ask(command, instance, 1, Service.SET_ONE, value.to_bytes(4, "little"))

    # --- moving -----------------------------------------------------------------------------------------------

    async def move(self, command: Command, instance: int, data: bytes) -> None:
        """Ask for a move to an absolute target. Sent again when no answer comes: carried out twice it ends the same.

        Raises ``HsesRefused``; a move that is refused because it runs already, sent for the second time, is accepted.
        """
        answer, sent = await self._control.ask(command, instance, 1, Service.SET_ALL, data)
        if answer.status == Status.SEE_ADDED and answer.added == Added.MOVING and sent > 1:
            return
        self._accepted(answer)

    async def start(self, done: int = 0) -> None:
        """Start the selected job, or go on with a held one. Never sent twice blindly: what is over would run again.

        ``done``: the job was started when it is at a line beyond this one, also when it does not run any more.
        """
        value = (1).to_bytes(4, "little")
        while True:
            answer = await self._control.ask_once(Command.START, 1, 1, Service.SET_ONE, value)
            if answer is not None:
                self._accepted(answer)
                return
            if (await self.status()).running or (await self.job_info()).line > done:
                return  # the request came through, its answer did not

    async def select(self, job: str) -> None:
        """Select the job to be started, from its first line."""
        await self._ask(Command.SELECT_JOB, 1, 0, Service.SET_ALL, JobSelection(job).encode())

    # --- files ------------------------------------------------------------------------------------------------

    async def load_job(self, job: Job) -> None:
        """Load a job to the controller, in place of a job of that name."""
        async with self._transfers:
            await self._delete(f"{job.name}.JBI")
            await self._load(f"{job.name}.JBI", job.encode())

    async def load(self, name: str, content: bytes) -> None:
        """Load a file to the controller."""
        async with self._transfers:
            await self._load(name, content)

    async def _load(self, name: str, content: bytes) -> None:
        answer = await self._files.send_file(FileService.LOAD, name, content)
        self._accepted(answer)

    async def save(self, name: str) -> bytes:
        """Fetch a file from the controller; empty when there is none."""
        async with self._transfers:
            answer, content = await self._files.fetch_file(FileService.SAVE, name)
        self._accepted(answer)
        return content

    async def _delete(self, name: str) -> None:
        """Delete a job, whether it exists or not."""
        answer, _ = await self._files.ask(0, 0, 0, FileService.DELETE, name.encode("ascii"))
        if answer.added not in (Added.NO_FILE, Added.FILE_MISSING, Added.NO_JOB):
            self._accepted(answer)

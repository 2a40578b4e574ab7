"""The file port of the virtual controller: transfers in blocks, each acknowledged before the next."""

from __future__ import annotations

import fnmatch
from dataclasses import dataclass

from cellkit.devices.tool import Load
from cellkit.timing import now
from cellkit.transport.network import Address
from cellkit_yaskawa.protocol.codes import Added, FileService, Status
from cellkit_yaskawa.protocol.frames import FILE, LARGEST_DATA, LAST_BLOCK, Answer, Request
from cellkit_yaskawa.protocol.inform import InformError, read_job
from cellkit_yaskawa.protocol.tools import FILE as TOOL_FILE
from cellkit_yaskawa.protocol.tools import ToolFile
from cellkit_yaskawa.tooldata import tool_file, tool_of
from cellkit_yaskawa.virtual_motion import Playback

LARGEST_FILE = 1_000_000  # bytes
LONGEST_NAME = 36
PATIENCE = 10.0  # s without a block after which a transfer is given up
JOB = ".JBI"
SERVICES = frozenset(int(service) for service in FileService)


@dataclass(slots=True)
class Transfer:
    """One transfer under way with one client."""

    service: int
    client: Address
    request_id: int
    name: str
    content: bytearray
    block: int
    """Number of the block that was last sent or received."""
    touched: float

    def part(self) -> tuple[int, bytes]:
        """Block number and data of the block to be sent."""
        start = (self.block - 1) * LARGEST_DATA
        last = start + LARGEST_DATA >= len(self.content)
        return self.block | (LAST_BLOCK if last else 0), bytes(self.content[start : start + LARGEST_DATA])


class FilePort:
    """One transfer at a time."""

    def __init__(self, playback: Playback) -> None:
        self.playback = playback
        self._transfer: Transfer | None = None

    def carry_out(self, request: Request, client: Address) -> Answer | None:
        """Return the answer to a request, a block or an acknowledgement; None: no answer is due."""
        if request.ack:
            return self._go_on(request, client)
        if request.command or request.instance or request.attribute or request.service not in SERVICES:
            return self._answer(request, Status.UNDEFINED_COMMAND)
        transfer = self._transfer
        if transfer is not None and transfer.client != client and now() - transfer.touched < PATIENCE:
            return self._refused(request, Added.FILES_BUSY)
        self._transfer = None
        name = request.data.decode("latin-1").strip("\0").upper()
        if not self.playback.remote and request.service in (FileService.LOAD, FileService.DELETE):
            return self._refused(request, Added.FILES_NOT_REMOTE)
        if not 1 <= len(name) <= LONGEST_NAME:
            return self._refused(request, 0xE2B4 if name else 0xE49D)
        if request.service == FileService.DELETE:
            return self._delete(request, name)
        if request.service == FileService.LOAD:
            return self._load(request, client, name)
        return self._send(request, client, name)

    def _answer(
        self, request: Request, status: int, added: int = 0, block: int = LAST_BLOCK, data: bytes = b""
    ) -> Answer:
        return Answer(request.service, status, added, data, request.request_id, FILE, block)

    def _refused(self, request: Request, added: int) -> Answer:
        return self._answer(request, Status.SEE_ADDED, added)

    def _names(self) -> list[str]:
        return sorted([f"{name}{JOB}" for name in self.playback.jobs] + [TOOL_FILE])

    def _content(self, name: str) -> bytes | None:
        if name == TOOL_FILE:
            kernel = self.playback.kernel
            return tool_file(0, kernel.tool, kernel.payload).encode()
        return self.playback.memory.files.get(name)

    # --- beginning --------------------------------------------------------------------------------------------

    def _delete(self, request: Request, name: str) -> Answer:
        job = name.removesuffix(JOB)
        if name == TOOL_FILE:
            return self._refused(request, Added.NOT_DELETABLE)
        if not name.endswith(JOB) or job not in self.playback.jobs:
            return self._refused(request, Added.NO_FILE)
        if self.playback.busy and self.playback.selected == job:
            return self._refused(request, Added.NOT_DELETABLE)
        del self.playback.jobs[job]
        self.playback.memory.files.pop(name, None)
        if self.playback.selected == job:
            self.playback.selected = None
        return self._answer(request, Status.OK)

    def _load(self, request: Request, client: Address, name: str) -> Answer:
        if name.endswith(JOB) and name.removesuffix(JOB) in self.playback.jobs:
            return self._refused(request, Added.NO_OVERWRITING)
        if not name.endswith(JOB) and name != TOOL_FILE:
            return self._refused(request, 0x2120)
        self._transfer = Transfer(FileService.LOAD, client, request.request_id, name, bytearray(), 0, now())
        return self._answer(request, Status.OK, block=0)

    def _send(self, request: Request, client: Address, name: str) -> Answer:
        if request.service == FileService.LIST:
            names = [one for one in self._names() if fnmatch.fnmatchcase(one, name)]
            content: bytes | None = "".join(f"{one}\r\n" for one in names).encode()
        else:
            content = self._content(name)
        if content is None:
            return self._refused(request, Added.NO_FILE)
        if not content:
            return self._refused(request, Added.NOT_LISTED)
        self._transfer = Transfer(request.service, client, request.request_id, name, bytearray(content), 1, now())
        block, data = self._transfer.part()
        return self._answer(request, Status.OK, block=block, data=data)

    # --- going on ---------------------------------------------------------------------------------------------

    def _go_on(self, request: Request, client: Address) -> Answer | None:
        transfer = self._transfer
        if transfer is None or (transfer.client, transfer.service) != (client, request.service):
            return self._refused(request, Added.BLOCK_NUMBER) if request.data else None
        transfer.touched = now()
        if transfer.service == FileService.LOAD:
            return self._take_block(request, transfer)
        if request.block & ~LAST_BLOCK != transfer.block:
            return self._refused(request, Added.BLOCK_NUMBER)
        if transfer.part()[0] & LAST_BLOCK:
            self._transfer = None
            return None
        transfer.block += 1
        block, data = transfer.part()
        return self._answer(request, Status.OK, block=block, data=data)

    def _take_block(self, request: Request, transfer: Transfer) -> Answer:
        number, last = request.block & ~LAST_BLOCK, bool(request.block & LAST_BLOCK)
        if number == transfer.block and not last:
            return self._answer(request, Status.OK, block=request.block)  # sent again: its acknowledgement was lost
        if number != transfer.block + 1:
            self._transfer = None
            return self._refused(request, Added.BLOCK_NUMBER)
        transfer.content += request.data
        transfer.block = number
        if len(transfer.content) > LARGEST_FILE:
            self._transfer = None
            return self._refused(request, 0x4010)
        if last:
            self._transfer = None
            added = self._store(transfer.name, bytes(transfer.content))
            if added:
                return self._refused(request, added)
        return self._answer(request, Status.OK, block=request.block)

    def _store(self, name: str, content: bytes) -> int:
        """Store a received file; return the added status of a refusal, 0 when it is stored."""
        try:
            if name == TOOL_FILE:
                if self.playback.busy:
                    return int(Added.MOVING)
                self._use_tool(ToolFile.decode(content))
                return 0
            job = read_job(content)
        except InformError as error:
            return error.added
        if f"{job.name}{JOB}" != name:
            return int(Added.BAD_JOB_NAME)
        if any(len(pulses) != self.playback.kernel.model.dof for pulses in job.positions):
            return int(Added.BAD_DATA_COUNT)
        self.playback.jobs[job.name] = job
        self.playback.memory.files[name] = content
        return 0

    def _use_tool(self, file: ToolFile) -> None:
        """Apply a tool file. The virtual controller has one tool; a payload is part of its load."""
        self.playback.kernel.set_load(tool_of(file), Load())

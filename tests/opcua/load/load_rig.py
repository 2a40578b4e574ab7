"""The counting cell, its crowd of good clients, and a look at the gateway's process."""

from __future__ import annotations

import contextlib
import json
import os
import subprocess
import sys
import threading
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from typing import Any

import pytest

from bench.light_client import secure_client, settled
from tests.opcua.gateway_rig import PATIENCE, ServedCell, Session, State, served
from tests.opcua.load.count_up import CHANGES
from tests.opcua.load.load_cell import PROGRAM, paths, write_cell
from tests.opcua.load.subscribers import Options

ROOT = Path(__file__).parents[3]


class LoadedCell:
    """The served counting cell."""

    def __init__(self, cell: ServedCell, notes: Path) -> None:
        self.cell = cell
        self.notes = notes
        self.gateway = GatewayProcess(cell.process.pid)
        self.complaints: list[str] = []
        """What the processes wrote to their standard error."""
        threading.Thread(target=self._listen, daemon=True).start()

    def _listen(self) -> None:
        assert self.cell.process.stderr is not None
        with contextlib.suppress(ValueError):  # it was closed
            self.complaints.extend(self.cell.process.stderr)

    @contextlib.asynccontextmanager
    async def counting(self, plc: Session) -> AsyncIterator[dict[str, float]]:
        """Let the program count while the block runs; its notes are in what is yielded afterwards."""
        enough, noted = self.notes / "enough", {}
        number = len(list(self.notes.glob("*.json")))
        enough.unlink(missing_ok=True)
        await plc.control(3600.0)
        job, _, status, reason = await plc.call("Services/RunProgram", PROGRAM.stem)
        assert status == 0, reason
        try:
            yield noted
        finally:
            enough.touch()
            state = await settled(lambda: plc.read(f"Services/Operations/{job}/State"), lambda state: state >= 5)
            await plc.call("Services/Ownership/ReleaseControl")
        assert state == 5, await plc.read(f"Services/Operations/{job}/Reason")
        noted |= json.loads((self.notes / f"{number}.json").read_text(encoding="utf-8"))

    async def numbers(self, plc: Session, more: int) -> None:
        """Wait until the program has counted so many further."""
        path = paths()[0]
        target = await plc.read(path) + more
        patience = PATIENCE + 2.0 * more * CHANGES
        assert await settled(lambda: plc.read(path), lambda number: number >= target, patience) >= target

    def sessions(self) -> int:
        """How many more have begun than ended, by the audit log."""
        return self.audited("session begins") - self.audited("session ends")

    def audited(self, what: str) -> int:
        """How often the audit log has it."""
        file = self.cell.state.folder / "audit.jsonl"
        return sum(json.loads(line)["what"] == what for line in file.read_text(encoding="utf-8").splitlines())


class GatewayProcess:
    """The gateway's process as the system sees it."""

    def __init__(self, cell: int) -> None:
        children = Path(f"/proc/{cell}/task/{cell}/children").read_text(encoding="ascii").split()
        [self.pid] = [int(child) for child in children if b"cellkit.opcua.process" in _command(child)]

    @property
    def memory(self) -> int:
        """Resident bytes."""
        pages = int(Path(f"/proc/{self.pid}/statm").read_text(encoding="ascii").split()[1])
        return pages * os.sysconf("SC_PAGE_SIZE")

    @property
    def sockets(self) -> int:
        """Open sockets."""
        folder = Path(f"/proc/{self.pid}/fd")
        found = 0
        for file in folder.iterdir():
            with contextlib.suppress(OSError):
                found += os.readlink(file).startswith("socket:")
        return found

    @property
    def cpu(self) -> float:
        """Return the processor time in s so far."""
        return cpu_seconds(self.pid)


def cpu_seconds(pid: int) -> float:
    """Return the processor time in s that a process has used."""
    fields = Path(f"/proc/{pid}/stat").read_text(encoding="ascii").rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def _command(pid: str) -> bytes:
    try:
        return Path(f"/proc/{pid}/cmdline").read_bytes()
    except OSError:
        return b""


@contextlib.contextmanager
def loaded_cell(state: State, folder: Path) -> Iterator[LoadedCell]:
    """Serve the counting cell."""
    notes = folder / "notes"
    notes.mkdir()
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("LOAD_NOTES", str(notes))
        with served(state, str(write_cell(folder)), "--program", str(PROGRAM)) as cell:
            yield LoadedCell(cell, notes)


class Crowd:
    """Good clients in another process."""

    def __init__(self, process: subprocess.Popen[str]) -> None:
        self._process = process
        assert self._line() == {"ready": True}

    def _line(self) -> dict[str, Any]:
        assert self._process.stdout is not None
        line = self._process.stdout.readline()
        assert line, "the clients have ended"
        found: dict[str, Any] = json.loads(line)
        return found

    def report(self, number: float) -> dict[str, Any]:
        """Wait until all have come to the number; what they got."""
        assert self._process.stdin is not None
        self._process.stdin.write(f"{int(number)}\n")
        self._process.stdin.flush()
        return self._line()


@contextlib.contextmanager
def crowd(loaded: LoadedCell, clients: int, **options: Any) -> Iterator[Crowd]:
    """Let good clients subscribe to all that counts."""
    cell = loaded.cell
    given = Options(cell.url, cell.cell, str(cell.state.folder), paths(), clients, **options)
    process = subprocess.Popen(
        [sys.executable, "-m", "tests.opcua.load.subscribers", given.text()],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        cwd=ROOT,
    )
    try:
        yield Crowd(process)
    finally:
        with contextlib.suppress(subprocess.TimeoutExpired):
            process.wait(PATIENCE / 4)
        process.kill()
        process.wait()
        for stream in (process.stdin, process.stdout):
            assert stream is not None
            stream.close()


def assert_complete(report: dict[str, Any], least: int) -> None:
    """Check that no client lost anything, and that all of them got the same."""
    assert report["complete"], report
    assert report["contradictions"] == 0, report
    for client in report["clients"]:
        assert client["changes"] >= least, client
        for fault in ("skipped", "overflows", "bad", "timeless", "sequence_gaps"):
            assert client[fault] == 0, (fault, client)
        assert client["trouble"] == [], client


@contextlib.asynccontextmanager
async def operator(loaded: LoadedCell) -> AsyncIterator[Session]:
    """Open the session of a user who may start the program, and is patient."""
    cell = loaded.cell
    async with secure_client(cell.url, cell.state.folder, "plc") as client:
        yield Session(client, await client.get_namespace_index(f"urn:cellkit:cell:{cell.cell}"), cell.cell)

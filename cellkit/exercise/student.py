"""A student's process, seen from the grading process: its limits, messages, and its end."""

from __future__ import annotations

import asyncio
import contextlib
import math
import os
import re
import selectors
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from cellkit.errors import CellkitError
from cellkit.exercise.codec import CodecError, Json, pack, unpack
from cellkit.exercise.sandbox import CACHE
from cellkit.timing import WallTimer

START_TIME = 120.0
"""Longest time (wall time, s) until a process has started, on a busy machine."""
WALL_FACTOR = 3.0
"""Ratio of the wall time limit to the processor time limit, since a busy machine slows every program."""
_SLICE = 0.1  # s of wall time between two checks for a cancelled run
_GRACE = 1.0  # s of wall time for a process to report its line, or to end
_MAX_MESSAGE = 4_000_000  # bytes
_PASSED_VARIABLES = ("LANG", "LC_ALL", "TZ")


@dataclass(frozen=True)
class ProgramText:
    """A student's program: its text, and the name of its file."""

    text: str
    name: str


@dataclass(frozen=True)
class ProcessLimits:
    """The budget of one run.

    ``thinking`` in s of processor time at a stretch, ``cpu`` in s a run; ``memory``, ``output`` and ``sent`` (messages
    to the cell) in bytes; ``threads`` at one time.
    """

    thinking: float = 20.0
    cpu: int = 60
    memory: int = 512_000_000
    output: int = 1_000_000
    messages: int = 500_000
    sent: int = 50_000_000
    threads: int = 64


class ProgramEnded(CellkitError):
    """The process ended before the program did, or had to be ended. ``line``: the program's last known line."""

    def __init__(self, message: str, line: int | None = None) -> None:
        self.line = line
        super().__init__(message)


class CannotGrade(CellkitError):
    """The program has no process, or its process cannot enter the sandbox: no fault of the program."""


class StudentProcess:
    """One process. ``exchange`` sends a message and waits for the answer; ``close`` ends it and removes its files."""

    def __init__(self, program: ProgramText, limits: ProcessLimits) -> None:
        self.limits = limits
        self.output = bytearray()
        self._name = program.name
        self._folder = Path(tempfile.mkdtemp(prefix="cellkit_grade_"))
        (self._folder / program.name).write_text(program.text, encoding="utf-8")
        ours, theirs = socket.socketpair()
        self._line = ours
        ours.setblocking(False)
        try:
            self._process = subprocess.Popen(  # noqa: S603 - only the name of the program is on the command line
                [sys.executable, *_flags(), "-m", "cellkit.exercise.child", str(theirs.fileno()), program.name],
                stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                stderr=subprocess.PIPE,
                pass_fds=(theirs.fileno(),),
                env=_environment(self._folder),
                cwd=self._folder,
                start_new_session=True,
            )
        except OSError as error:
            ours.close()
            shutil.rmtree(self._folder, ignore_errors=True)
            raise CannotGrade(f"the process for the program could not be started: {error}") from None
        finally:
            theirs.close()
        assert self._process.stdout is not None
        assert self._process.stderr is not None
        self._selector = selectors.DefaultSelector()
        self._selector.register(ours, selectors.EVENT_READ)
        for stream in (self._process.stdout, self._process.stderr):
            os.set_blocking(stream.fileno(), False)
            self._selector.register(stream, selectors.EVENT_READ)
        self._received = bytearray()
        self._lost = False
        self._messages = self._sent = 0

    async def exchange(self, message: Json, limit: float | None = None) -> Json:
        """Send a message and wait for the answer; no time passes in the cell meanwhile.

        Raises ``ProgramEnded`` if the process has ended, computes for too long (or takes ``limit`` s of wall time), or
        sends an invalid message.
        """
        outgoing = memoryview(pack(message))
        timer, begun = WallTimer(), self._processor_time()
        thinking = self.limits.thinking if limit is None else math.inf
        limit = WALL_FACTOR * thinking if limit is None else limit
        while True:
            outgoing = self._write(outgoing)
            answer = self._message()
            if answer is not None:
                return answer
            self._pump(_SLICE)
            if self._complete():
                continue
            if self._lost:
                raise self._ended()
            if len(self.output) > self.limits.output:
                raise ProgramEnded(f"printed more than {self.limits.output // 1000} kB and was ended", self._where())
            if self._threads() > self.limits.threads:
                raise ProgramEnded(f"ran more than {self.limits.threads} threads at one time and was ended")
            if timer.seconds() > limit or self._processor_time() - begun > thinking:
                seconds = min(thinking, limit)
                what = f"did not let the cell go on for {seconds:g} s (a loop without an end?) and was ended"
                raise ProgramEnded(what, self._where())
            await asyncio.sleep(0)  # lets a cancellation come through

    def printed(self) -> str:
        """Return the output of the program."""
        return bytes(self.output[: self.limits.output]).decode("utf-8", "replace")

    def close(self) -> None:
        """End the process in any state, and remove its folder."""
        with contextlib.suppress(OSError):
            self._drain()
        self._process.kill()
        self._process.wait()
        self._selector.close()
        self._line.close()
        for stream in (self._process.stdout, self._process.stderr):
            if stream is not None:
                stream.close()
        shutil.rmtree(self._folder, ignore_errors=True)

    def _processor_time(self) -> float:
        """Return the processor time (s) of the process; 0 if it is not known."""
        fields = self._status()
        return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK") if fields else 0.0

    def _threads(self) -> int:
        """Return the number of threads of the process; 0 if it is not known."""
        fields = self._status()
        return int(fields[17]) if fields else 0

    def _status(self) -> list[str]:
        """Return the fields of proc_pid_stat(5) from the third on; empty if they are not known."""
        try:
            return Path(f"/proc/{self._process.pid}/stat").read_text(encoding="ascii").rpartition(")")[2].split()
        except OSError:
            return []

    def _count(self, size: int) -> None:
        """Count a message. Raises ``ProgramEnded`` for one beyond the budget."""
        self._messages += 1
        self._sent += size
        if self._messages > self.limits.messages:
            raise ProgramEnded(f"sent more than {self.limits.messages} messages to the cell and was ended")
        if self._sent > self.limits.sent:
            raise ProgramEnded(f"sent more than {self.limits.sent // 1_000_000} MB to the cell and was ended")

    def _write(self, data: memoryview) -> memoryview:
        """Write as much as the connection takes now; return the rest."""
        while data and not self._lost:
            try:
                data = data[self._line.send(data) :]
            except BlockingIOError:
                break
            except OSError:
                self._lost = True
        events = selectors.EVENT_READ | (selectors.EVENT_WRITE if data else 0)
        self._selector.modify(self._line, events)
        return data

    def _pump(self, seconds: float) -> None:
        """Read available data; wait for data at most ``seconds`` (wall time)."""
        for key, events in self._selector.select(seconds):
            if not events & selectors.EVENT_READ:
                continue
            try:
                data = os.read(key.fd, 65536)
            except BlockingIOError:
                continue
            except OSError:
                data = b""
            if key.fileobj is self._line:
                self._received += data
                self._lost = self._lost or not data
            elif data:
                self.output += data[: self.limits.output + 1 - len(self.output)] if self._room() else b""
            else:
                self._selector.unregister(key.fileobj)

    def _room(self) -> bool:
        return len(self.output) <= self.limits.output

    def _complete(self) -> bool:
        """Return whether a whole message has arrived. Raises ``ProgramEnded`` for one that is too long."""
        length = int.from_bytes(self._received[:4], "big")
        if len(self._received) >= 4 and length > _MAX_MESSAGE:
            raise ProgramEnded("sent invalid messages to the cell (or a much too long one) and was ended")
        return len(self._received) >= 4 + length

    def _message(self) -> Json | None:
        if not self._complete():
            return None
        length = int.from_bytes(self._received[:4], "big")
        data = bytes(self._received[4 : 4 + length])
        del self._received[: 4 + length]
        self._count(length)
        try:
            message = unpack(data)
        except CodecError:
            message = None
        if not isinstance(message, dict):
            raise ProgramEnded("sent invalid messages to the cell and was ended")
        return message

    def _where(self) -> int | None:
        """Ask the process for the current line of the program's text; None if it does not answer."""
        before = len(self.output)
        with contextlib.suppress(ProcessLookupError):
            self._process.send_signal(signal.SIGUSR1)
        timer = WallTimer()
        normal, self.limits = self.limits, ProcessLimits(output=self.limits.output + 20_000)
        try:
            while timer.seconds() < _GRACE:
                self._pump(_SLICE)
                text = bytes(self.output[before:]).decode("utf-8", "replace")
                match = re.search(rf'File "[^"\n]*{re.escape(self._name)}", line (\d+) in', text)
                if match is not None:
                    return int(match.group(1))
        finally:
            self.limits = normal
            del self.output[before:]
        return None

    def _drain(self) -> None:
        """Read the rest of its output."""
        timer = WallTimer()
        while len(self._selector.get_map()) > 1 and timer.seconds() < _GRACE and self._room():
            if self._process.poll() is not None and not self._selector.select(0):
                return
            self._pump(0.01)
            if self._process.poll() is None and self._lost is False:
                return

    def _ended(self) -> ProgramEnded:
        """Return the reason why the process ended by itself."""
        try:
            code = self._process.wait(_GRACE)
        except subprocess.TimeoutExpired:
            return ProgramEnded("closed its connection to the cell and was ended")
        if code == -signal.SIGXCPU:
            return ProgramEnded(f"used more than {self.limits.cpu} s of processor time and was ended")
        if code == -signal.SIGKILL:
            return ProgramEnded("was ended from outside (is there too little memory?)")
        if code < 0:
            return ProgramEnded(f"crashed with the signal {signal.Signals(-code).name}")
        return ProgramEnded(f"ended its own process (exit code {code}) before the program was done")


def _flags() -> Sequence[str]:
    """Return flags for Python: no user folder on the path, no files written, output not buffered."""
    return ("-P", "-s", "-B", "-u")


def _environment(folder: Path) -> dict[str, str]:
    """Return the few variables of the process: none holds a secret. Sets have the same order in every run."""
    passed = {name: os.environ[name] for name in _PASSED_VARIABLES if name in os.environ}
    threads = {f"{library}_NUM_THREADS": "1" for library in ("OPENBLAS", "OMP", "MKL")}
    return {**passed, **threads, "PYTHONHASHSEED": "0", "HOME": str(folder), CACHE: str(_font_cache(folder))}


def _font_cache(folder: Path) -> Path:
    """Return the folder of matplotlib's list of fonts, which the kinematics import: a new list takes a second."""
    given = os.environ.get(CACHE)
    usual = Path(given) if given else Path(os.environ.get("XDG_CACHE_HOME", Path.home() / ".cache")) / "matplotlib"
    return usual if usual.is_dir() else folder

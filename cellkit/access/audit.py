"""The audit log: an append-only file of JSON lines that states which user did what.

The lines form a hash chain (``chain``). Repeated refusals are counted (``repeats``). A full file is renamed to
``audit.jsonl.1``, and so on; the oldest of ``FILES`` is deleted. Several processes may write to one log.
"""

from __future__ import annotations

import errno
import fcntl
import math
import os
import stat
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from cellkit.access.caller import Caller
from cellkit.access.chain import Head, chained, head_of
from cellkit.access.private_file import open_private
from cellkit.access.repeats import Repeats
from cellkit.errors import ConfigError

TEXT_LENGTH = 500  # maximum of one argument or result
MAX_SIZE = 20_000_000
"""Bytes of one file."""
FILES = 10
"""Number of files, the present one included."""
RESERVE = 262_144
"""Bytes that are kept free for stops and for the ends of what has begun, when the disk is full."""
_TAIL = 65_536  # bytes that hold the last line
_RESERVE_PERIOD = 60.0  # s between two attempts to reserve the space again


class AuditFailed(Exception):
    """The log cannot be written; an action that must be logged must not run."""


def rotated(file: Path, number: int) -> Path:
    """Return the path of an older file of the log; 1 is the newest of them."""
    return file.with_name(f"{file.name}.{number}")


def files_of(file: Path) -> list[Path]:
    """Return the files of a log that exist, the oldest first."""
    return [path for path in (*(rotated(file, number) for number in range(FILES - 1, 0, -1)), file) if path.exists()]


class AuditLog:
    """One log file that only its owner can read. Raises ``ConfigError`` if it cannot be opened."""

    def __init__(self, file: Path) -> None:
        self.file = file
        self._repeats = Repeats()
        self._head = Head()
        self._size = -1
        """The size of the file after this process's last line: if it has another size, another process has written."""
        self._reserve_tried = -math.inf
        try:
            file.parent.mkdir(parents=True, exist_ok=True)
            self._handle = self._open()
            self._lock = open_private(file.with_name(f".{file.name}.lock"), os.O_RDWR)
        except OSError as error:
            raise ConfigError(f"the audit log cannot be written: {error.strerror}", file=file) from None
        self._keep_reserve()

    def _open(self) -> int:
        handle = open_private(self.file, os.O_RDWR | os.O_APPEND)
        status = os.fstat(handle)
        if stat.S_ISREG(status.st_mode) and status.st_mode & 0o077:
            os.fchmod(handle, 0o600)
        self._inode = status.st_ino
        return handle

    def record(self, event: str, caller: Caller | None = None, *, reserve: bool = False, **more: Any) -> None:
        """Append one line; a repeated refusal is only counted. Raises ``AuditFailed``.

        ``reserve``: whether the line may use the reserved space of a full disk.
        """
        entry: dict[str, Any] = {"time": datetime.now(UTC).isoformat(timespec="milliseconds"), "what": event}
        if caller is not None:
            entry |= {
                "user": caller.user,
                "role": caller.role.label,
                "peer": caller.peer,
                "thumbprint": caller.thumbprint,
                "session": caller.session,
            }
        entry |= {name: _json_value(value) for name, value in more.items() if value is not None}
        self.flush()
        if not self._repeats.is_repeat(entry):
            self._append(entry, reserve)

    def flush(self) -> None:
        """Append the counts of repeated refusals whose interval is over. Raises ``AuditFailed``."""
        for line in self._repeats.due():
            self._append(line, False)

    def _append(self, entry: dict[str, Any], reserve: bool) -> None:
        try:
            with self._locked():
                self._follow_rotation()
                size = self._find_head()
                line, head = chained(entry, self._head, size == 0)
                if size and size + len(line) > MAX_SIZE:
                    self._rotate()
                    size = 0
                    line, head = chained(entry, self._head, True)
                self._write(line, size, reserve)
                self._head, self._size = head, size + len(line)
        except OSError as error:
            raise AuditFailed(f"{self.file}: {error.strerror}") from None

    @contextmanager
    def _locked(self) -> Iterator[None]:
        fcntl.flock(self._lock, fcntl.LOCK_EX)
        try:
            yield
        finally:
            fcntl.flock(self._lock, fcntl.LOCK_UN)

    def _write(self, line: bytes, size: int, reserve: bool) -> None:
        """Write a line whole or not at all. Raises ``OSError`` and ``AuditFailed``."""
        if self._write_once(line, size):
            self._keep_reserve()
            return
        if reserve:
            with suppress(OSError):
                self._reserve_file.unlink()
                if self._write_once(line, size):
                    return
        raise AuditFailed(f"{self.file}: the disk is full")

    def _write_once(self, line: bytes, size: int) -> bool:
        try:
            if os.write(self._handle, line) == len(line):
                return True
        except OSError as error:
            if error.errno not in (errno.ENOSPC, errno.EDQUOT):
                raise
        with suppress(OSError):  # /dev/full, for example, has no length
            os.ftruncate(self._handle, size)
        return False

    @property
    def _reserve_file(self) -> Path:
        return self.file.with_name(f".{self.file.name}.reserve")

    def _keep_reserve(self) -> None:
        """Reserve the space, unless it is reserved already."""
        now = time.monotonic()
        if now - self._reserve_tried < _RESERVE_PERIOD:
            return
        self._reserve_tried = now
        with suppress(OSError):  # then a stop is carried out without a line
            handle = open_private(self._reserve_file, os.O_RDWR)
            try:
                os.posix_fallocate(handle, 0, RESERVE)
            finally:
                os.close(handle)

    def _follow_rotation(self) -> None:
        """Begin a new file if the present one was moved away."""
        try:
            if os.stat(self.file).st_ino == self._inode:
                return
        except FileNotFoundError:
            pass
        fresh = self._open()
        os.close(self._handle)
        self._handle, self._size = fresh, -1

    def _find_head(self) -> int:
        """Return the file's size, and set the chain's head to its last line if another process has written."""
        size = os.fstat(self._handle).st_size
        if size == self._size:
            return size
        last = _last_line(self._handle, size)
        if size and not last.endswith(b"\n"):  # a process ended in the middle of a line
            os.write(self._handle, b"\n")
            size += 1
        if not size:
            with suppress(OSError):
                older = os.open(rotated(self.file, 1), os.O_RDONLY | os.O_CLOEXEC | os.O_NOFOLLOW)
                try:
                    last = _last_line(older, os.fstat(older).st_size)
                finally:
                    os.close(older)
        self._head = head_of(last.rstrip(b"\n")) or self._head
        return size

    def _rotate(self) -> None:
        """Rename the present file and the older ones, delete the oldest, and begin a new file."""
        for number in range(FILES - 2, 0, -1):
            with suppress(FileNotFoundError):
                rotated(self.file, number).rename(rotated(self.file, number + 1))
        self.file.rename(rotated(self.file, 1))
        self._follow_rotation()

    def close(self) -> None:
        """Write the counts of repeated refusals, and close the file."""
        with suppress(AuditFailed):
            for line in self._repeats.due(everything=True):
                self._append(line, False)
        os.close(self._handle)
        os.close(self._lock)


def _last_line(handle: int, size: int) -> bytes:
    """Return the last line, with its end if it is whole; empty for an empty file."""
    start = max(0, size - _TAIL)
    tail = os.pread(handle, size - start, start)
    return tail[tail.rfind(b"\n", 0, max(len(tail) - 1, 0)) + 1 :]


def _json_value(value: Any) -> Any:
    """Return a value that JSON can represent; long texts and lists are shortened."""
    if value is None or isinstance(value, bool | int) or (isinstance(value, float) and math.isfinite(value)):
        return value
    if isinstance(value, list | tuple):
        shown = [_json_value(item) for item in value[:50]]
        return [*shown, f"… {len(value)} in all"] if len(value) > len(shown) else shown
    text = value if isinstance(value, str) else str(value)
    return text if len(text) <= TEXT_LENGTH else f"{text[:TEXT_LENGTH]}…"

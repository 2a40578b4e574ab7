"""The audit log: an append-only file of JSON lines that states which user did what."""

from __future__ import annotations

import json
import math
import os
import stat
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from cellkit.access.caller import Caller
from cellkit.errors import ConfigError

TEXT_LENGTH = 500  # maximum of one argument or result


class AuditFailed(Exception):
    """The log cannot be written; an action that must be logged must not run."""


class AuditLog:
    """One log file that only its owner can read. Raises ``ConfigError`` if it cannot be opened."""

    def __init__(self, file: Path) -> None:
        self.file = file
        try:
            file.parent.mkdir(parents=True, exist_ok=True)
            self._handle = self._open()
        except OSError as error:
            raise ConfigError(f"the audit log cannot be written: {error.strerror}", file=file) from None

    def _open(self) -> int:
        handle = os.open(self.file, os.O_WRONLY | os.O_APPEND | os.O_CREAT | os.O_CLOEXEC | os.O_NOFOLLOW, 0o600)
        status = os.fstat(handle)
        if stat.S_ISREG(status.st_mode) and status.st_mode & 0o077:
            os.fchmod(handle, 0o600)
        self._inode = status.st_ino
        return handle

    def record(self, event: str, caller: Caller | None = None, **more: Any) -> None:
        """Append one line. Raises ``AuditFailed``."""
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
        line = (json.dumps(entry, ensure_ascii=False) + "\n").encode("utf-8", "backslashreplace")
        try:
            self._follow_rotation()
            written = os.write(self._handle, line)
        except OSError as error:
            raise AuditFailed(f"{self.file}: {error.strerror}") from None
        if written != len(line):
            raise AuditFailed(f"{self.file}: the disk is full")

    def _follow_rotation(self) -> None:
        """Begin a new file if the present one was moved away."""
        try:
            if os.stat(self.file).st_ino == self._inode:
                return
        except FileNotFoundError:
            pass
        fresh = self._open()
        os.close(self._handle)
        self._handle = fresh

    def close(self) -> None:
        """Close the file."""
        os.close(self._handle)


def _json_value(value: Any) -> Any:
    """Return a value that JSON can represent; long texts and lists are shortened."""
    if value is None or isinstance(value, bool | int) or (isinstance(value, float) and math.isfinite(value)):
        return value
    if isinstance(value, list | tuple):
        shown = [_json_value(item) for item in value[:50]]
        return [*shown, f"… {len(value)} in all"] if len(value) > len(shown) else shown
    text = value if isinstance(value, str) else str(value)
    return text if len(text) <= TEXT_LENGTH else f"{text[:TEXT_LENGTH]}…"

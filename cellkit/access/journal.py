"""The journal: writes to the audit log, sends audit events to administrators, and writes to the program's own log."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Sequence
from typing import Any

from cellkit.access.audit import AuditFailed, AuditLog
from cellkit.access.caller import Caller

log = logging.getLogger(__name__)

REPEAT_SECONDS = 60.0  # between two log lines of one kind
_ENDS = frozenset({"call ended", "write ended", "session ends", "session ended"})  # of what was recorded as begun
KINDS = 200  # maximum of remembered kinds


class Journal:
    """Records calls, writes and sessions. Without an audit log, calls and writes are refused."""

    def __init__(self, audit: AuditLog | None) -> None:
        self._audit = audit
        self.publish: Callable[[str, Caller | None, dict[str, Any]], None] | None = None
        """A function that sends an audit event; the server sets it after it has built its address space."""
        self._last: dict[str, float] = {}

    def call_begins(
        self, caller: Caller, method: str, arguments: Sequence[Any], number: int, stops: bool = False
    ) -> None:
        """Record a call before it runs; ``stops``: whether it stops something. Raises ``AuditFailed``."""
        if self._audit is None:
            raise AuditFailed("no audit log is open")
        self._audit.record("call", caller, reserve=stops, method=method, arguments=list(arguments), number=number)

    def call_ended(
        self, caller: Caller, method: str, arguments: Sequence[Any], result: str, number: int = 0, node: Any = None
    ) -> None:
        """Record a call after it ran (``number`` above 0) or was refused."""
        self._record("call ended" if number else "call refused", caller, method=method, result=result, number=number)
        self._publish("method", caller, {"node": node, "arguments": list(arguments), "result": result, "name": method})

    def write_begins(self, caller: Caller, variable: str, value: Any) -> None:
        """Record a write before it runs. Raises ``AuditFailed``."""
        if self._audit is None:
            raise AuditFailed("no audit log is open")
        self._audit.record("write", caller, node=variable, value=value)

    def write_ended(
        self, caller: Caller, variable: str, value: Any, result: str, node: Any = None, old: Any = None
    ) -> None:
        """Record a write after it ran or was refused."""
        self._record("write ended" if result == "Good" else "write refused", caller, node=variable, result=result)
        self._publish("write", caller, {"node": node, "old": old, "new": value, "result": result, "name": variable})

    def session_event(self, event: str, caller: Caller | None, result: str = "Good", **more: Any) -> None:
        """Record that a session began, ended, or was refused."""
        self._record(event, caller, result=result, **more)
        self._publish("session", caller, {"result": result, "name": event, **more})

    def _record(self, event: str, caller: Caller | None, **more: Any) -> None:
        if self._audit is None:
            return
        try:
            self._audit.record(event, caller, reserve=event in _ENDS, **more)
        except AuditFailed as failed:
            if self._due("audit"):
                log.error("the audit log cannot be written: %s", failed)  # noqa: TRY400 - one line, no traceback

    def _publish(self, kind: str, caller: Caller | None, more: dict[str, Any]) -> None:
        if self.publish is not None:
            self.publish(kind, caller, more)

    def flush(self) -> None:
        """Write the counts of repeated refusals that are due."""
        if self._audit is None:
            return
        try:
            self._audit.flush()
        except AuditFailed as failed:
            self.warn("audit", f"the audit log cannot be written: {failed}")

    def warn(self, kind: str, text: str) -> None:
        """Log one line, at most once a minute for each kind."""
        if self._due(kind):
            log.warning("%s", text)

    def internal_error(self, where: str, error: BaseException) -> None:
        """Log an unexpected exception with its traceback, at most once a minute for each place and type."""
        if self._due(f"{where} {type(error).__name__}"):
            log.error("%s failed: %s: %s", where, type(error).__name__, error, exc_info=error)

    def _due(self, kind: str) -> bool:
        now = time.monotonic()
        last = self._last.get(kind)
        if last is not None and now - last < REPEAT_SECONDS:
            return False
        if len(self._last) >= KINDS:
            self._last.clear()
        self._last[kind] = now
        return True

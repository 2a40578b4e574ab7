"""What happened, for those who watch: the audit log, audit events for administrators, and the program's own log."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Sequence
from typing import Any

from cellkit.access.audit import AuditFailed, AuditLog
from cellkit.access.caller import Caller

log = logging.getLogger(__name__)

REPEAT_SECONDS = 60.0
KINDS = 200


class Journal:
    """Writes each thing once, to where it belongs. Without an audit log nothing that does something is allowed."""

    def __init__(self, audit: AuditLog | None) -> None:
        self._audit = audit
        self.publish: Callable[[str, Caller | None, dict[str, Any]], None] | None = None
        """Sends an audit event; set by the server once it has its address space."""
        self._last: dict[str, float] = {}

    def method_begins(self, caller: Caller, method: str, arguments: Sequence[Any], number: int) -> None:
        """Before a method that does something. Raises ``AuditFailed``."""
        if self._audit is None:
            raise AuditFailed("there is no audit log")
        self._audit.record("call", caller, method=method, arguments=list(arguments), number=number)

    def method(
        self, caller: Caller, method: str, arguments: Sequence[Any], result: str, number: int = 0, node: Any = None
    ) -> None:
        """After a method, or instead of it when it was refused."""
        self._record("call ended" if number else "call refused", caller, method=method, result=result, number=number)
        self._publish("method", caller, {"node": node, "arguments": list(arguments), "result": result, "name": method})

    def write_begins(self, caller: Caller, variable: str, value: Any) -> None:
        """Before a write. Raises ``AuditFailed``."""
        if self._audit is None:
            raise AuditFailed("there is no audit log")
        self._audit.record("write", caller, node=variable, value=value)

    def write(self, caller: Caller, variable: str, value: Any, result: str, node: Any = None, old: Any = None) -> None:
        """After a write."""
        self._record("write ended" if result == "Good" else "write refused", caller, node=variable, result=result)
        self._publish("write", caller, {"node": node, "old": old, "new": value, "result": result, "name": variable})

    def session(self, what: str, caller: Caller | None, result: str = "Good", **more: Any) -> None:
        """A session began, ended, or was refused."""
        self._record(what, caller, result=result, **more)
        self._publish("session", caller, {"result": result, "name": what, **more})

    def _record(self, what: str, caller: Caller | None, **more: Any) -> None:
        if self._audit is None:
            return
        try:
            self._audit.record(what, caller, **more)
        except AuditFailed as failed:
            if self._due("audit"):
                log.error("the audit log cannot be written: %s", failed)  # noqa: TRY400 - one line, no traceback

    def _publish(self, kind: str, caller: Caller | None, more: dict[str, Any]) -> None:
        if self.publish is not None:
            self.publish(kind, caller, more)

    def warn(self, kind: str, text: str) -> None:
        """One line in the program's log, not more often than once a minute for each kind."""
        if self._due(kind):
            log.warning("%s", text)

    def trouble(self, where: str, error: BaseException) -> None:
        """A fault of ours; its traceback once a minute at most for each place."""
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

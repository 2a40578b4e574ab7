"""The front end of the cell for pages: checks rights, writes the audit log, and renews the lease of command."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from cellkit.access.audit import AuditFailed
from cellkit.access.journal import Journal
from cellkit.supervision.cell_line import CellGone, CellLine, CellRefused
from cellkit.supervision.rights import ROLE_FOR
from cellkit.view.commissioning.requests import LEASE, NO_ACTIVITY, STOPS, UNLOGGED, problem
from cellkit.view.commissioning.sessions import LoginSession, Sessions
from cellkit.view.commissioning.state_cache import StateCache

Answer = dict[str, Any]


class Frontend:
    """The front end of one cell. ``sessions`` None: there is no log-in, and pages can only show the cell."""

    def __init__(self, line: CellLine, cache: StateCache, sessions: Sessions | None, journal: Journal) -> None:
        self.line = line
        self.cache = cache
        self.sessions = sessions
        self._journal = journal
        self._count = 0

    async def ask(self, session: LoginSession | None, name: Any, arguments: Any) -> Answer:
        """Handle a request of a page, by the same rules as for every client of the cell.

        Returns ``answer``, or ``refused`` with ``says``.
        """
        if session is None or self.sessions is None:
            return _refused("not allowed", "this page cannot command the cell: it was started with --insecure-loopback")
        error = problem(name, arguments)
        if error is not None:
            return _refused("argument", error)
        if name not in NO_ACTIVITY:
            self.sessions.touch(session)
        caller, number = session.caller, 0
        if caller.role < ROLE_FOR[name]:
            says = f"{name}: {caller.user} is {caller.role.label}; this request needs the role {ROLE_FOR[name].label}"
            self._journal.call_ended(caller, name, [arguments], "not allowed")
            return _refused("not allowed", says)
        if name not in UNLOGGED:
            self._count += 1
            number = self._count
            try:
                self._journal.call_begins(caller, name, [arguments], number, stops=name in STOPS)
            except AuditFailed as failed:
                self._journal.warn("audit", str(failed))
                if name not in STOPS:
                    return _refused(
                        "failed", "the audit log cannot be written: only requests that stop are carried out"
                    )
        more = {"lease": LEASE} if name == "request_control" else {}
        answer = await self._request(session, name, {**arguments, **more})
        if number:
            self._journal.call_ended(caller, name, [arguments], str(answer.get("refused", "Good")), number)
        return answer

    async def keep_command(self, session: LoginSession) -> None:
        """Renew the lease if this session has command."""
        if self.cache.owner().get("session") == session.id:
            await self._request(session, "renew_control", {"lease": LEASE})

    async def closed(self, session: LoginSession) -> None:
        """Release the command of a session that has ended."""
        await self._request(session, "session_closed", {})

    async def _request(self, session: LoginSession, name: str, arguments: Mapping[str, Any]) -> Answer:
        try:
            return {"answer": await self.line.request(name, session.caller.user, session.id, arguments)}
        except CellRefused as refused:
            return _refused(refused.why, refused.message)
        except CellGone as gone:
            return _refused("failed", str(gone))


def _refused(why: str, says: str) -> Answer:
    return {"refused": why, "says": says}

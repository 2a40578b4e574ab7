"""Between the pages and the cell: who may ask, what is written down, and who keeps command."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from cellkit.access.audit import AuditFailed
from cellkit.access.journal import Journal
from cellkit.supervision.cell_line import CellGone, CellLine, CellRefused
from cellkit.supervision.rights import ROLE_FOR
from cellkit.view.commissioning.requests import LEASE, STOPS, UNLOGGED, UNTOUCHING, problem
from cellkit.view.commissioning.sessions import LoginSession, Sessions
from cellkit.view.commissioning.state_cache import StateCache

Answer = dict[str, Any]


class Frontend:
    """One cell's page. ``sessions`` None: nobody logs in, and nobody does more than look."""

    def __init__(self, line: CellLine, mirror: StateCache, sessions: Sessions | None, journal: Journal) -> None:
        self.line = line
        self.mirror = mirror
        self.sessions = sessions
        self._journal = journal
        self._count = 0

    async def ask(self, session: LoginSession | None, name: Any, arguments: Any) -> Answer:
        """``answer``, or ``refused`` with ``says``; the same rules as for everybody who asks the cell for something."""
        if session is None or self.sessions is None:
            return _refused("not allowed", "nobody commands here: the page was started with --insecure-loopback")
        wrong = problem(name, arguments)
        if wrong is not None:
            return _refused("argument", wrong)
        if name not in UNTOUCHING:
            self.sessions.touch(session)
        caller, number = session.caller, 0
        if caller.role < ROLE_FOR[name]:
            says = f"{name}: {caller.user} is {caller.role.label}; that needs {ROLE_FOR[name].label}"
            self._journal.call_ended(caller, name, [arguments], "not allowed")
            return _refused("not allowed", says)
        if name not in UNLOGGED:
            self._count += 1
            number = self._count
            try:
                self._journal.call_begins(caller, name, [arguments], number)
            except AuditFailed as failed:
                self._journal.warn("audit", str(failed))
                if name not in STOPS:
                    return _refused("failed", "the log of who did what cannot be written, so nothing is done")
        more = {"lease": LEASE} if name == "request_control" else {}
        answer = await self._request(session, name, {**arguments, **more})
        if number:
            self._journal.call_ended(caller, name, [arguments], str(answer.get("refused", "Good")), number)
        return answer

    async def keep_command(self, session: LoginSession) -> None:
        """Renew the lease, where this session has command: its page has given a sign of life."""
        if self.mirror.owner().get("session") == session.id:
            await self._request(session, "renew_control", {"lease": LEASE})

    async def closed(self, session: LoginSession) -> None:
        """The session is over; so is its command."""
        await self._request(session, "session_closed", {})

    async def _request(self, session: LoginSession, name: str, arguments: Mapping[str, Any]) -> Answer:
        try:
            return {"answer": await self.line.request(name, session.caller.user, session.id, arguments)}
        except CellRefused as refused:
            return _refused(refused.why, refused.says)
        except CellGone as gone:
            return _refused("failed", str(gone))


def _refused(why: str, says: str) -> Answer:
    return {"refused": why, "says": says}

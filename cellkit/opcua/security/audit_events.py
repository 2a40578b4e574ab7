"""OPC UA audit events of the Server object; subscriptions deliver them to administrators only."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime
from typing import Any

from asyncua import Server, ua
from asyncua.common.events import get_event_obj_from_type_node
from asyncua.server.event_generator import EventGenerator

from cellkit.access.caller import Caller, Role
from cellkit.access.journal import Journal
from cellkit.opcua.security.subscriptions import OwnedSubscriptions

TYPES = {
    "method": ua.ObjectIds.AuditUpdateMethodEventType,
    "write": ua.ObjectIds.AuditWriteUpdateEventType,
    "session": ua.ObjectIds.AuditActivateSessionEventType,
}
SEVERITY = 100
SEVERITY_REFUSED = 500


class AuditEvents:
    """Sends an audit event for each journal entry, if an administrator has subscribed to events."""

    def __init__(
        self, server: Server, journal: Journal, subscriptions: OwnedSubscriptions, application_uri: str
    ) -> None:
        self._server = server
        self._journal = journal
        self._subscriptions = subscriptions
        self._application_uri = application_uri
        self._generators: dict[str, EventGenerator] = {}
        self._tasks: set[asyncio.Task[None]] = set()

    async def init(self) -> None:
        """Read the event types and start to publish the journal's entries."""
        for kind, number in TYPES.items():
            event = await get_event_obj_from_type_node(self._server.get_node(ua.NodeId(number)))
            generator = EventGenerator(self._server.iserver.isession)
            await generator.init(event, emitting_node=ua.ObjectIds.Server, add_generates_event=False)
            self._generators[kind] = generator
        self._journal.publish = self.publish

    def publish(self, kind: str, caller: Caller | None, more: dict[str, Any]) -> None:
        """Start a task that sends the event; the caller does not wait for it."""
        if not self._subscriptions.watches_events(Role.ADMIN):
            return
        task = asyncio.get_running_loop().create_task(self._trigger(kind, caller, more))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _trigger(self, kind: str, caller: Caller | None, more: dict[str, Any]) -> None:
        generator = self._generators[kind]
        event, good = generator.event, more["result"] == "Good"
        event.Severity = SEVERITY if good else SEVERITY_REFUSED
        event.Status = good
        event.ActionTimeStamp = datetime.now(UTC)
        event.ServerId = self._application_uri
        event.ClientUserId = caller.user if caller is not None else str(more.get("user") or "")
        event.ClientAuditEntryId = ""
        user = event.ClientUserId or "unknown user"
        peer = caller.peer if caller is not None else more.get("peer", "")
        if kind == "method":
            event.MethodId = more["node"]
            event.InputArguments = [ua.Variant(str(argument)[:500]) for argument in more["arguments"]]
        elif kind == "write":
            event.AttributeId = int(ua.AttributeIds.Value)
            event.OldValue = _text(more["old"])
            event.NewValue = _text(more["new"])
        else:
            event.SessionId = None
        event.Message = ua.LocalizedText(f"{user} ({peer}): {more['name']}: {more['result']}")
        await generator.trigger()


def _text(value: Any) -> str:
    return "" if value is None else str(value.Value if isinstance(value, ua.Variant) else value)[:500]

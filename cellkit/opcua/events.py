"""Events of the address space: made, sent to who listens at the nodes concerned, found by who browses."""

from __future__ import annotations

import secrets
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from asyncua import Server, ua
from asyncua.common.events import Event

SERVER = ua.NodeId(ua.ObjectIds.Server)


@dataclass(frozen=True, slots=True)
class Named:
    """A state or a transition: how people call it, and its node on the state machine's type."""

    text: str
    node: ua.NodeId


def new_event(
    kind: int | ua.NodeId, source: ua.NodeId, source_name: str, *, severity: int, message: str, time: datetime
) -> Event:
    """An event with the fields that all events have and an EventId of its own. ``severity`` is 1 to 1000."""
    event = Event()
    event.add_property("EventId", secrets.token_bytes(16), ua.VariantType.ByteString)
    event.add_property("EventType", kind if isinstance(kind, ua.NodeId) else ua.NodeId(kind), ua.VariantType.NodeId)
    event.add_property("SourceNode", source, ua.VariantType.NodeId)
    event.add_property("SourceName", source_name, ua.VariantType.String)
    event.add_property("Time", time, ua.VariantType.DateTime)
    event.add_property("ReceiveTime", datetime.now(UTC), ua.VariantType.DateTime)
    event.add_property("Message", ua.LocalizedText(message), ua.VariantType.LocalizedText)
    event.add_property("Severity", severity, ua.VariantType.UInt16)
    return event


async def emit(server: Server, event: Event, notifiers: Iterable[ua.NodeId]) -> None:
    """Send an event to every subscription that listens at one of these nodes."""
    for notifier in notifiers:
        event.emitting_node = notifier
        await server.iserver.subscription_service.trigger_event(event)


async def make_notifier(server: Server, node: ua.NodeId, below: ua.NodeId = SERVER) -> None:
    """Let clients subscribe to the events of an object, and say which notifier passes its events on.

    A variable has no events of its own; it becomes an event source of the notifier. Doing it twice changes nothing.
    """
    it = server.get_node(node)
    reference = ua.ObjectIds.HasEventSource
    if await it.read_node_class() == ua.NodeClass.Object:
        reference = ua.ObjectIds.HasNotifier
        await it.set_event_notifier(await it.read_event_notifier() | {ua.EventNotifier.SubscribeToEvents})
    await server.get_node(below).add_reference(it, reference)


async def raise_transition(
    server: Server,
    source: ua.NodeId,
    source_name: str,
    message: str,
    from_state: Named,
    to_state: Named,
    transition: Named,
    time: datetime,
    *,
    notifiers: Sequence[ua.NodeId] = (),
) -> None:
    """Tell that a state machine went from one state to another (``TransitionEventType``), severity 100.

    Heard at the Server object, at ``source`` and at ``notifiers``, the objects that contain it.
    """
    event = new_event(ua.ObjectIds.TransitionEventType, source, source_name, severity=100, message=message, time=time)
    for name, what in (("FromState", from_state), ("ToState", to_state), ("Transition", transition)):
        event.add_variable(name, ua.LocalizedText(what.text), ua.VariantType.LocalizedText)
        event.add_property(f"{name}/Id", what.node, ua.VariantType.NodeId)
    await emit(server, event, dict.fromkeys((SERVER, source, *notifiers)))

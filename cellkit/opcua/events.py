"""Events of the address space: creation, delivery to subscriptions, and the notifiers that clients browse."""

from __future__ import annotations

import secrets
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from asyncua import Server, ua
from asyncua.common.events import Event

SERVER = ua.NodeId(ua.ObjectIds.Server)


@dataclass(frozen=True, slots=True)
class NamedNode:
    """A state or a transition: its display text and its node on the state machine's type."""

    text: str
    node: ua.NodeId


def new_event(
    kind: int | ua.NodeId, source: ua.NodeId, source_name: str, *, severity: int, message: str, time: datetime
) -> Event:
    """Make an event with the fields of BaseEventType and a new EventId. ``severity`` is 1 to 1000."""
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
    """Send an event to every subscription that monitors one of these notifiers."""
    for notifier in notifiers:
        event.emitting_node = notifier
        await server.iserver.subscription_service.trigger_event(event)


async def make_notifier(server: Server, node: ua.NodeId, below: ua.NodeId = SERVER) -> None:
    """Let clients subscribe to the events of an object; the notifier ``below`` passes its events on.

    A variable has no events of its own; it becomes an event source of the notifier. A second call changes nothing.
    """
    notifier = server.get_node(node)
    reference = ua.ObjectIds.HasEventSource
    if await notifier.read_node_class() == ua.NodeClass.Object:
        reference = ua.ObjectIds.HasNotifier
        await notifier.set_event_notifier(await notifier.read_event_notifier() | {ua.EventNotifier.SubscribeToEvents})
    await server.get_node(below).add_reference(notifier, reference)


async def raise_transition(
    server: Server,
    source: ua.NodeId,
    source_name: str,
    message: str,
    from_state: NamedNode,
    to_state: NamedNode,
    transition: NamedNode,
    time: datetime,
    *,
    notifiers: Sequence[ua.NodeId] = (),
) -> None:
    """Send a ``TransitionEventType`` event of severity 100 for a state machine's transition.

    Clients receive it at the Server object, at ``source`` and at ``notifiers``, the objects that contain the source.
    """
    event = new_event(ua.ObjectIds.TransitionEventType, source, source_name, severity=100, message=message, time=time)
    for name, named in (("FromState", from_state), ("ToState", to_state), ("Transition", transition)):
        event.add_variable(name, ua.LocalizedText(named.text), ua.VariantType.LocalizedText)
        event.add_property(f"{name}/Id", named.node, ua.VariantType.NodeId)
    await emit(server, event, dict.fromkeys((SERVER, source, *notifiers)))

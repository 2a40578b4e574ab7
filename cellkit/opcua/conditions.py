"""Alarms with acknowledgement (OPC UA Part 9); their state is independent of the clients.

A client that connects later calls ConditionRefresh and receives all retained conditions.
"""

from __future__ import annotations

import itertools
import secrets
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any, Protocol

from asyncua import Server, ua

from cellkit.access.caller import Role, current_caller
from cellkit.opcua.condition_nodes import ALARM_TYPE, condition_event, create_condition, write_fields
from cellkit.opcua.condition_refresh import ConditionRefresh
from cellkit.opcua.events import SERVER, emit, make_notifier

AcknowledgeListener = Callable[[str, str, str], None]


class AddMethod(Protocol):
    """A function that registers a callback ``(object id, *arguments)`` for a method, for a role and higher ones."""

    def __call__(self, method: ua.NodeId, callback: Callable[..., Awaitable[Any]], *, role: Role) -> object:
        """Register the callback."""


@dataclass(slots=True)
class _Alarm:
    node: ua.NodeId
    notifiers: tuple[ua.NodeId, ...]
    values: dict[str, Any]
    """Every field of the condition, by path."""
    event_ids: set[bytes] = field(default_factory=set)
    """The EventIds since the alarm last became active; an older EventId belongs to an earlier alarm."""
    reported: tuple[bool, str, int] = (False, "", 1)
    """Active, message and severity as the cell last reported; they take effect when the alarm is enabled."""


class Alarms:
    """The alarms of one cell below one folder."""

    def __init__(self, server: Server, folder: ua.NodeId, notifiers: tuple[ua.NodeId, ...]) -> None:
        self._server = server
        self._folder = folder
        self._notifiers = notifiers
        self._alarms: dict[str, _Alarm] = {}
        self._by_node: dict[ua.NodeId, str] = {}
        self._listeners: list[AcknowledgeListener] = []
        self._refresh = ConditionRefresh(server, self._retained)

    @classmethod
    async def create(cls, server: Server, folder: ua.NodeId, add_method: AddMethod) -> Alarms:
        """Create the alarms below a folder object; the folder's parent and the Server object pass the events on."""
        owner = (await server.get_node(folder).get_parent() or server.nodes.objects).nodeid
        notifiers = [SERVER, folder]
        if owner != server.nodes.objects.nodeid:
            notifiers.insert(1, owner)
        for above, below in itertools.pairwise(notifiers):
            await make_notifier(server, below, above)
        alarms = cls(server, folder, tuple(notifiers))
        for method, callback, role in (
            (ua.ObjectIds.ConditionType_ConditionRefresh, alarms._refresh.refresh, Role.OBSERVER),
            (ua.ObjectIds.ConditionType_ConditionRefresh2, alarms._refresh.refresh, Role.OBSERVER),
            (ua.ObjectIds.AcknowledgeableConditionType_Acknowledge, alarms._acknowledge, Role.OPERATOR),
            (ua.ObjectIds.ConditionType_AddComment, alarms._add_comment, Role.OPERATOR),
            (ua.ObjectIds.ConditionType_Enable, alarms._enable, Role.ENGINEER),
            (ua.ObjectIds.ConditionType_Disable, alarms._disable, Role.ENGINEER),
        ):
            add_method(ua.NodeId(method), callback, role=role)
        return alarms

    async def add(self, name: str, source: ua.NodeId, source_name: str, *, severity: int, message: str) -> ua.NodeId:
        """Add an alarm, inactive and acknowledged; return the condition's NodeId. ``severity`` is 1 to 1000."""
        now = datetime.now(UTC)
        node = ua.NodeId(f"{self._folder.Identifier}/{name}", self._folder.NamespaceIndex)
        values = {
            "EventId": b"",
            "EventType": ALARM_TYPE,
            "SourceNode": source,
            "SourceName": source_name,
            "Time": now,
            "ReceiveTime": now,
            "Message": ua.LocalizedText(message),
            "Severity": severity,
            "ConditionClassId": ua.NodeId(ua.ObjectIds.ProcessConditionClassType),
            "ConditionClassName": ua.LocalizedText("ProcessConditionClassType"),
            "ConditionName": name,
            "BranchId": ua.NodeId(),
            "Retain": False,
            "Quality": ua.StatusCode(),
            "Quality/SourceTimestamp": now,
            "LastSeverity": severity,
            "LastSeverity/SourceTimestamp": now,
            "Comment": ua.LocalizedText(),
            "Comment/SourceTimestamp": now,
            "ClientUserId": "",
            "InputNode": ua.NodeId(),
            "SuppressedOrShelved": False,
            "NormalState": ua.NodeId(),
            **_two_states("EnabledState", True, now),
            **_two_states("AckedState", True, now),
            **_two_states("ActiveState", False, now),
        }
        await create_condition(self._server, self._folder, node, name, source, values)
        notifiers = tuple(dict.fromkeys((*self._notifiers, source)))
        self._alarms[name] = _Alarm(node, notifiers, values, reported=(False, message, severity))
        self._by_node[node] = name
        return node

    async def set(
        self, name: str, active: bool, *, message: str | None = None, severity: int | None = None, time: datetime
    ) -> None:
        """Set the state of an alarm at ``time``; without a change no event is sent.

        An alarm that becomes active needs a new acknowledgement; a new text or severity alone does not.
        """
        alarm = self._alarms[name]
        _, old_message, old_severity = alarm.reported
        alarm.reported = (
            active,
            old_message if message is None else message,
            old_severity if severity is None else severity,
        )
        if alarm.values["EnabledState/Id"]:
            await self._apply(alarm, time)

    async def acknowledged(self, name: str, user: str, time: datetime) -> None:
        """Set an alarm acknowledged that was acknowledged elsewhere; an acknowledged alarm sends no event."""
        alarm = self._alarms[name]
        if alarm.values["EnabledState/Id"] and not alarm.values["AckedState/Id"]:
            await self._send(alarm, _two_states("AckedState", True, time) | {"ClientUserId": user}, time)

    def on_acknowledge(self, listener: AcknowledgeListener) -> None:
        """Call ``listener(name of the alarm, user, comment)`` after each acknowledgement."""
        self._listeners.append(listener)

    def _retained(self) -> list[tuple[tuple[ua.NodeId, ...], Any]]:
        return [
            (alarm.notifiers, condition_event(alarm.node, alarm.values))
            for alarm in self._alarms.values()
            if alarm.values["Retain"]
        ]

    async def _apply(self, alarm: _Alarm, time: datetime) -> None:
        values, (active, message, severity) = alarm.values, alarm.reported
        changes: dict[str, Any] = {}
        if active != values["ActiveState/Id"]:
            changes |= _two_states("ActiveState", active, time)
        if active and "ActiveState/Id" in changes:
            changes |= _two_states("AckedState", False, time)
            changes |= {"Comment": ua.LocalizedText(), "Comment/SourceTimestamp": time, "ClientUserId": ""}
            alarm.event_ids.clear()
        if message != values["Message"].Text:
            changes["Message"] = ua.LocalizedText(message)
        if severity != values["Severity"]:
            changes |= {"LastSeverity": values["Severity"], "LastSeverity/SourceTimestamp": time, "Severity": severity}
        if changes:
            await self._send(alarm, changes, time)

    async def _send(self, alarm: _Alarm, changes: dict[str, Any], time: datetime) -> None:
        values = alarm.values
        event_id = secrets.token_bytes(16)
        alarm.event_ids.add(event_id)
        changes |= {"EventId": event_id, "Time": time, "ReceiveTime": datetime.now(UTC)}
        values |= changes
        relevant = values["ActiveState/Id"] or not values["AckedState/Id"]
        changes["Retain"] = values["Retain"] = values["EnabledState/Id"] and relevant
        await write_fields(self._server, alarm.node, changes)
        await emit(self._server, condition_event(alarm.node, values), alarm.notifiers)

    async def _acknowledge(self, condition: ua.NodeId, *arguments: ua.Variant) -> ua.StatusCode:
        alarm, refusal = self._alarm_of(condition, arguments)
        if alarm is None:
            return refusal
        if alarm.values["AckedState/Id"]:
            return ua.StatusCode(ua.StatusCodes.BadConditionBranchAlreadyAcked)
        now = datetime.now(UTC)
        comment: ua.LocalizedText = arguments[1].Value
        await self._send(alarm, _two_states("AckedState", True, now) | _comment(comment, now), now)
        for listener in self._listeners:
            listener(self._by_node[condition], _user(), comment.Text or "")
        return ua.StatusCode()

    async def _add_comment(self, condition: ua.NodeId, *arguments: ua.Variant) -> ua.StatusCode:
        alarm, refusal = self._alarm_of(condition, arguments)
        if alarm is None:
            return refusal
        now = datetime.now(UTC)
        await self._send(alarm, _comment(arguments[1].Value, now), now)
        return ua.StatusCode()

    async def _enable(self, condition: ua.NodeId) -> ua.StatusCode:
        return await self._set_enabled(condition, True, ua.StatusCodes.BadConditionAlreadyEnabled)

    async def _disable(self, condition: ua.NodeId) -> ua.StatusCode:
        return await self._set_enabled(condition, False, ua.StatusCodes.BadConditionAlreadyDisabled)

    async def _set_enabled(self, condition: ua.NodeId, enabled: bool, already: int) -> ua.StatusCode:
        if condition not in self._by_node:
            return ua.StatusCode(ua.StatusCodes.BadNodeIdInvalid)
        alarm = self._alarms[self._by_node[condition]]
        if alarm.values["EnabledState/Id"] == enabled:
            return ua.StatusCode(already)
        now = datetime.now(UTC)
        await self._send(alarm, _two_states("EnabledState", enabled, now) | {"ClientUserId": _user()}, now)
        if enabled:
            await self._apply(alarm, now)
        return ua.StatusCode()

    def _alarm_of(self, condition: ua.NodeId, arguments: tuple[ua.Variant, ...]) -> tuple[_Alarm | None, ua.StatusCode]:
        """Return the alarm of a method call with an EventId and a comment, or the status that refuses the call."""
        refusal = None
        name = self._by_node.get(condition)
        if name is None:
            refusal = ua.StatusCodes.BadNodeIdInvalid
        elif len(arguments) < 2:
            refusal = ua.StatusCodes.BadArgumentsMissing
        elif not isinstance(arguments[0].Value, bytes) or not isinstance(arguments[1].Value, ua.LocalizedText):
            refusal = ua.StatusCodes.BadInvalidArgument
        elif not self._alarms[name].values["EnabledState/Id"]:
            refusal = ua.StatusCodes.BadConditionDisabled
        elif arguments[0].Value not in self._alarms[name].event_ids:
            refusal = ua.StatusCodes.BadEventIdUnknown
        if name is None or refusal is not None:
            return None, ua.StatusCode(refusal)
        return self._alarms[name], ua.StatusCode()


_TEXTS = {
    "EnabledState": ("Disabled", "Enabled"),
    "AckedState": ("Unacknowledged", "Acknowledged"),
    "ActiveState": ("Inactive", "Active"),
}


def _two_states(name: str, value: bool, time: datetime) -> dict[str, Any]:
    text = ua.LocalizedText(_TEXTS[name][value], "en")
    return {name: text, f"{name}/Id": value, f"{name}/TransitionTime": time}


def _comment(comment: ua.LocalizedText, time: datetime) -> dict[str, Any]:
    """Return the changed fields of a comment; a null text leaves the present comment, the user changes always."""
    changes: dict[str, Any] = {"ClientUserId": _user()}
    if comment.Text or comment.Locale:
        changes |= {"Comment": comment, "Comment/SourceTimestamp": time}
    return changes


def _user() -> str:
    caller = current_caller.get(None)
    return "" if caller is None else caller.user

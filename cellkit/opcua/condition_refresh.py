"""ConditionRefresh: a subscription receives every retained condition, between a start and an end event."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import UTC, datetime
from typing import Any

from asyncua import Server, ua
from asyncua.common.events import Event
from asyncua.server.internal_subscription import InternalSubscription

from cellkit.access.caller import current_caller
from cellkit.opcua.events import SERVER, new_event

Retained = Callable[[], Iterable[tuple[tuple[ua.NodeId, ...], Event]]]


def owns_subscription(server: Server, subscription: int) -> bool:
    """Return whether the caller's session owns a subscription; without a caller the gateway itself asks."""
    caller = current_caller.get(None)
    found = server.iserver.subscription_service.subscriptions.get(subscription)
    return found is not None and (caller is None or found.session_id.to_string() == caller.session)


class ConditionRefresh:
    """Answers ConditionRefresh and ConditionRefresh2; ``retained`` returns each condition's event and its notifiers."""

    def __init__(self, server: Server, retained: Retained) -> None:
        self._server = server
        self._retained = retained

    async def refresh(self, _: ua.NodeId, *arguments: ua.Variant) -> ua.StatusCode:
        """Answer a call. The arguments are a subscription's id and, for ConditionRefresh2, that of a monitored item."""
        numbers: list[Any] = [argument.Value for argument in arguments]
        if not numbers:
            return ua.StatusCode(ua.StatusCodes.BadArgumentsMissing)
        subscription = self._server.iserver.subscription_service.subscriptions.get(numbers[0])
        if subscription is None:
            return ua.StatusCode(ua.StatusCodes.BadSubscriptionIdInvalid)
        if not owns_subscription(self._server, numbers[0]):
            return ua.StatusCode(ua.StatusCodes.BadUserAccessDenied)
        items = event_items(subscription)
        if len(numbers) > 1:
            if numbers[1] not in items:
                return ua.StatusCode(ua.StatusCodes.BadMonitoredItemIdInvalid)
            items = {numbers[1]: items[numbers[1]]}
        await self._mark(subscription, items, ua.ObjectIds.RefreshStartEventType, "Refresh starts")
        for notifiers, event in self._retained():
            for item, node in items.items():
                if node in notifiers:
                    event.emitting_node = node
                    await subscription.monitored_item_srv.trigger_event(event, item)
        await self._mark(subscription, items, ua.ObjectIds.RefreshEndEventType, "Refresh ends")
        return ua.StatusCode()

    async def _mark(
        self, subscription: InternalSubscription, items: dict[int, ua.NodeId], kind: int, message: str
    ) -> None:
        """Queue a start or end event without the items' filters, as the standard demands."""
        event = new_event(kind, SERVER, "Server", severity=1, message=message, time=datetime.now(UTC))
        for item in items:
            data = subscription.monitored_item_srv._monitored_items[item]
            if data.mode != ua.MonitoringMode.Reporting:
                continue
            fields = event.to_event_fields(data.filter.SelectClauses)
            notice = ua.EventFieldList(ClientHandle=data.client_handle, EventFields=fields)
            await subscription.enqueue_event(item, notice, data.queue_size)


def event_items(subscription: InternalSubscription) -> dict[int, ua.NodeId]:
    """Return the monitored items of a subscription that monitor events, with their nodes."""
    monitored = subscription.monitored_item_srv._monitored_events
    return {item: node for node, items in monitored.items() for item in items}

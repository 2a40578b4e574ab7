"""The monitored items of a subscription; all items share one changed value without copying it.

asyncua copies every value deeply for every monitored item, which is most of its server's work under load. The
gateway writes a new value each time and never changes it afterwards, so the items can share it. Filters that cannot
be evaluated are refused when the item is created.
"""

from __future__ import annotations

import math
from collections.abc import Awaitable, Callable, Generator
from contextlib import suppress
from datetime import UTC, datetime
from typing import Any

from asyncua import ua
from asyncua.server.address_space import AddressSpace
from asyncua.server.internal_subscription import InternalSubscription
from asyncua.server.monitored_item_service import MonitoredItemData, MonitoredItemService
from asyncua.ua.uaprotocol_auto import (
    DataChangeFilter,
)  # the decoder makes this class; the one in ua is derived from it

from cellkit.opcua.security.event_filter import ClientEventFilter, FilterRefused


class _Done:
    """An awaitable that is done; asyncua awaits the callback of a written value, but not that of a deleted node."""

    def __await__(self) -> Generator[None, None, None]:
        yield from ()


DONE = _Done()

Refusal = Callable[[ua.NodeId, int], ua.StatusCode | None]
"""A function that returns the status that refuses monitoring an attribute, or None."""


class MonitoredItems(MonitoredItemService):
    """The monitored items of one subscription."""

    def __init__(self, isub: InternalSubscription, aspace: AddressSpace) -> None:
        super().__init__(isub, aspace)
        self._event_filters: dict[int, ClientEventFilter] = {}
        self._reported: dict[int, ua.DataValue] = {}
        self._keep_oldest: set[int] = set()

    def __len__(self) -> int:
        return len(self._monitored_items)

    def handles(self) -> list[tuple[int, int]]:
        """Return the server's and the client's handle of each item."""
        return [(mid, int(item.client_handle or 0)) for mid, item in self._monitored_items.items()]

    async def create_each(
        self, params: ua.CreateMonitoredItemsParameters, refusal: Refusal
    ) -> list[ua.MonitoredItemCreateResult]:
        """Create items; each has a result of its own."""
        return [await self._create_one(item, refusal) for item in params.ItemsToCreate]

    async def _create_one(self, item: ua.MonitoredItemCreateRequest, refusal: Refusal) -> ua.MonitoredItemCreateResult:
        target = item.ItemToMonitor
        refused = refusal(target.NodeId, target.AttributeId)
        if refused is None and target.IndexRange:
            refused = ua.StatusCode(ua.StatusCodes.BadIndexRangeInvalid)
        if refused is not None:
            return ua.MonitoredItemCreateResult(StatusCode=refused)
        requested = item.RequestedParameters
        try:
            if target.AttributeId == ua.AttributeIds.EventNotifier:
                event_filter = ClientEventFilter(self.aspace, requested.Filter)
                requested.Filter = event_filter.given
                result = self._create_events_monitored_item(item)
                if result.StatusCode.is_good():
                    self._event_filters[result.MonitoredItemId] = event_filter
                else:  # asyncua registers the item even then
                    self._forget_event_item(target.NodeId, result.MonitoredItemId)
                return result
            requested.Filter = self._data_filter(requested.Filter, target)
        except FilterRefused as error:
            return ua.MonitoredItemCreateResult(StatusCode=ua.StatusCode(error.code))
        created = await self._create_data_change_monitored_item(item)
        if created.StatusCode.is_good() and not requested.DiscardOldest:
            self._keep_oldest.add(created.MonitoredItemId)
        return created

    def _forget_event_item(self, node: ua.NodeId, mid: int) -> None:
        items = self._monitored_events.get(node, [])
        if mid in items:
            items.remove(mid)
        if not items:
            self._monitored_events.pop(node, None)

    def _data_filter(self, given: Any, target: ua.ReadValueId) -> ua.DataChangeFilter | None:
        """Return the filter if it suits this value; None without a filter. Raises ``FilterRefused``."""
        if given is None or (isinstance(given, ua.ExtensionObject) and given.TypeId.is_null()):
            return None
        if not isinstance(given, DataChangeFilter):
            raise FilterRefused(ua.StatusCodes.BadFilterNotAllowed)
        if given.DeadbandType == ua.DeadbandType.None_:
            return given
        value = self.aspace.read_attribute_value(target.NodeId, target.AttributeId).Value
        numeric = (
            target.AttributeId == ua.AttributeIds.Value and value is not None and _numbers(value.Value) is not None
        )
        if not numeric:
            raise FilterRefused(ua.StatusCodes.BadFilterNotAllowed)
        if given.DeadbandType != ua.DeadbandType.Absolute:
            raise FilterRefused(ua.StatusCodes.BadMonitoredItemFilterUnsupported)
        if not given.DeadbandValue >= 0.0:
            raise FilterRefused(ua.StatusCodes.BadDeadbandFilterInvalid)
        return given

    def _modify_monitored_item(self, params: ua.MonitoredItemModifyRequest) -> ua.MonitoredItemModifyResult:
        item = self._monitored_items.get(params.MonitoredItemId)
        result = ua.MonitoredItemModifyResult()
        if item is None or item.read_value_id is None:
            result.StatusCode = ua.StatusCode(ua.StatusCodes.BadMonitoredItemIdInvalid)
            return result
        requested = params.RequestedParameters
        try:
            if params.MonitoredItemId in self._event_filters:
                event_filter = ClientEventFilter(self.aspace, requested.Filter)
                self._event_filters[params.MonitoredItemId] = event_filter
                item.filter = event_filter.given
            else:
                item.filter = self._data_filter(requested.Filter, item.read_value_id)
        except FilterRefused as error:
            result.StatusCode = ua.StatusCode(error.code)
            return result
        (self._keep_oldest.discard if requested.DiscardOldest else self._keep_oldest.add)(params.MonitoredItemId)
        item.client_handle = requested.ClientHandle
        item.queue_size = self._revise_queue_size(requested.QueueSize)
        result.RevisedQueueSize = item.queue_size
        result.RevisedSamplingInterval = self.isub.data.RevisedPublishingInterval
        return result

    async def _set_monitoring_mode(self, mode: ua.MonitoringMode, mid: int) -> ua.StatusCode:
        item = self._monitored_items.get(mid)
        if item is not None and mode == ua.MonitoringMode.Reporting and item.mode == ua.MonitoringMode.Sampling:
            item.mode = ua.MonitoringMode.Disabled  # on leaving Disabled asyncua reports the present value
        if mode != ua.MonitoringMode.Reporting:
            self._reported.pop(mid, None)
        return await super()._set_monitoring_mode(mode, mid)

    def _delete_monitored_items(self, mid: int) -> ua.StatusCode:
        item = self._monitored_items.pop(mid, None)
        if item is None:
            return ua.StatusCode(ua.StatusCodes.BadMonitoredItemIdInvalid)
        self._event_filters.pop(mid, None)
        self._reported.pop(mid, None)
        self._keep_oldest.discard(mid)
        if item.callback_handle is None:
            self._forget_event_item(item.read_value_id.NodeId, mid)
        else:
            self._monitored_datachange.pop(item.callback_handle, None)
            with suppress(KeyError):  # the node may be deleted
                self.aspace.delete_datachange_callback(item.callback_handle)
        return ua.StatusCode()

    async def report_again(self) -> None:
        """Send the present value of every item, changed or not."""
        for mid, item in list(self._monitored_items.items()):
            if item.callback_handle is None or item.read_value_id is None or mid in self._event_filters:
                continue
            if item.mode == ua.MonitoringMode.Reporting:
                self._reported.pop(mid, None)
                await self.trigger_datachange(
                    item.callback_handle, item.read_value_id.NodeId, item.read_value_id.AttributeId
                )

    def datachange_callback(
        self, handle: int, value: ua.DataValue | None, error: ua.StatusCode | None = None
    ) -> Awaitable[None]:
        """Queue a written value, or the status of a deleted node, if it differs from the last reported value."""
        mid = self._monitored_datachange.get(handle)
        item = None if mid is None else self._monitored_items.get(mid)
        if mid is None or item is None or item.mode != ua.MonitoringMode.Reporting:
            return DONE
        if value is None:
            value = ua.DataValue(StatusCode=error, ServerTimestamp=datetime.now(UTC))
        reported = self._reported.get(mid)
        if reported is None or _differs(reported, value, item):
            self._reported[mid] = value
            notification = ua.MonitoredItemNotification(ClientHandle=item.client_handle, Value=value)
            self.isub.put_value(mid, notification, item.queue_size, mid in self._keep_oldest)
        return DONE

    async def _trigger_event(self, event: Any, mid: int) -> None:
        item = self._monitored_items.get(mid)
        event_filter = self._event_filters.get(mid)
        if item is None or item.mode != ua.MonitoringMode.Reporting:
            return
        if event_filter is None:  # an item of the gateway itself, made without a client's request
            await super()._trigger_event(event, mid)
        elif event_filter.passes(event):
            fields = ua.EventFieldList(ClientHandle=item.client_handle, EventFields=event_filter.fields(event))
            await self.isub.enqueue_event(mid, fields, item.queue_size)


def _differs(old: ua.DataValue, new: ua.DataValue, item: MonitoredItemData) -> bool:
    if old.StatusCode != new.StatusCode:
        return True
    trigger = item.filter.Trigger if item.filter else ua.DataChangeTrigger.StatusValue
    if trigger == ua.DataChangeTrigger.Status:
        return False
    if trigger == ua.DataChangeTrigger.StatusValueTimestamp and old.SourceTimestamp != new.SourceTimestamp:
        return True
    if item.filter and item.filter.DeadbandType == ua.DeadbandType.Absolute:
        return _beyond(old, new, item.filter.DeadbandValue)
    return bool(old.Value != new.Value)


def _beyond(old: ua.DataValue, new: ua.DataValue, deadband: float) -> bool:
    """Return whether a number moved by more than the deadband since it was last reported."""
    before = None if old.Value is None else _numbers(old.Value.Value)
    after = None if new.Value is None else _numbers(new.Value.Value)
    if before is None or after is None or len(before) != len(after):
        return bool(old.Value != new.Value)
    return any(
        not abs(b - a) <= deadband and not (math.isnan(a) and math.isnan(b)) and a != b
        for a, b in zip(before, after, strict=True)
    )


def _numbers(value: Any) -> list[float] | None:
    items = value if isinstance(value, list | tuple) else [value]
    return items if all(isinstance(item, int | float) and not isinstance(item, bool) for item in items) else None  # type: ignore[return-value]

"""Subscriptions that belong to a session and a user, with random identifiers, bounded queues and intervals."""

from __future__ import annotations

import asyncio
import dataclasses
import functools
import math
import secrets
import time
from collections.abc import Callable
from datetime import UTC, datetime
from itertools import chain
from typing import Any

from asyncua import ua
from asyncua.server.address_space import AddressSpace
from asyncua.server.internal_subscription import InternalSubscription
from asyncua.server.subscription_service import SubscriptionService
from asyncua.ua.uaerrors import UaStatusCodeError

from cellkit.access.caller import Role
from cellkit.access.journal import Journal
from cellkit.opcua.security.monitored_items import MonitoredItems
from cellkit.opcua.security.notifications import NotificationEncoder
from cellkit.opcua.security.settings import ServerLimits
from cellkit.opcua.security.type_hierarchy import is_subtype

OVERFLOW = 0x0000_0480
"""The bits of a status code for info type "data value" with overflow."""
_AUDIT_EVENT = ua.NodeId(ua.ObjectIds.AuditEventType)


class OwnedSubscription(InternalSubscription):
    """A network client's subscription."""

    monitored_item_srv: MonitoredItems
    _triggered_datachanges: dict[int, list[Any]]
    _triggered_events: dict[int, list[Any]]

    def __init__(
        self,
        limits: ServerLimits,
        journal: Journal,
        encoder: NotificationEncoder,
        user: str,
        role: Role,
        most: int,
        *args: Any,
        **more: Any,
    ):
        super().__init__(*args, **more)
        self.monitored_item_srv = MonitoredItems(self, args[1])
        self.user = user
        self.role = role
        self._limits = limits
        self._journal = journal
        self._encoder = encoder
        self.most_notifications = most
        self._queued = 0
        self.orphaned_at: float | None = None
        """The time (monotonic) since which the subscription has no session; None while it has one."""
        self._expiry: asyncio.TimerHandle | None = None

    async def _subscription_loop(self) -> None:
        """Publish at the publishing interval, which a client may modify meanwhile."""
        due = time.monotonic()
        while not self._closing:
            try:
                await self.publish_results()
            except asyncio.CancelledError:
                raise
            except Exception as error:
                self._journal.internal_error("publishing", error)
            due = max(due + self.data.RevisedPublishingInterval / 1000.0, time.monotonic())
            await asyncio.sleep(due - time.monotonic())

    async def publish_results(self, requestdata: Any = None) -> bool:
        """Publish; repeat at once while notifications are left and Publish requests wait."""
        published = await super().publish_results(requestdata)
        more = published
        while more and (self._triggered_datachanges or self._triggered_events) and self._publishing_enabled:
            more = await super().publish_results(None)
        return bool(published)

    def _pop_publish_result(self) -> ua.PublishResult:
        result = super()._pop_publish_result()
        self._queued = sum(map(len, self._triggered_datachanges.values()))
        self._queued += sum(map(len, self._triggered_events.values()))
        result.MoreNotifications = self._publishing_enabled and self._queued > 0
        return result

    def _pop_triggered_datachanges(self, result: ua.PublishResult) -> None:
        rest = self._keep_back(self._triggered_datachanges)
        queues, self._triggered_datachanges = self._triggered_datachanges, rest
        if queues:
            result.NotificationMessage.NotificationData.append(
                self._encoder.encode(chain.from_iterable(queues.values()))
            )

    def _pop_triggered_events(self, result: ua.PublishResult) -> None:
        rest = self._keep_back(self._triggered_events)
        super()._pop_triggered_events(result)
        self._triggered_events = rest

    def _keep_back(self, queues: dict[int, list[Any]]) -> dict[int, list[Any]]:
        """Remove the notifications that exceed one message from the queues and return them."""
        if self._queued <= self.most_notifications:
            return {}
        free, rest = self.most_notifications, {}
        for number, queue in list(queues.items()):
            if len(queue) > free:
                rest[number] = queue[free:]
                queues[number] = queue[:free]
                if not free:
                    del queues[number]
            free = max(free - len(queue), 0)
        return rest

    def put_value(
        self, mid: int, notification: ua.MonitoredItemNotification, size: int, keep_oldest: bool = False
    ) -> None:
        """Queue a changed value; a full queue drops its oldest value, or with ``keep_oldest`` its newest."""
        self._put(mid, notification, size, self._triggered_datachanges, keep_oldest)

    async def _enqueue_event(self, mid: int, eventdata: Any, size: int, queue: dict[int, list[Any]]) -> None:
        self._put(mid, eventdata, size, queue)

    def _put(self, mid: int, eventdata: Any, size: int, queue: dict[int, list[Any]], keep_oldest: bool = False) -> None:
        """Queue as asyncua does, but mark a lost value in the next one and bound all queues together."""
        waiting = queue.get(mid)
        if waiting is None:
            queue[mid] = [eventdata]
            self._queued += 1
            return
        full = (size and len(waiting) >= size) or self._queued >= self._limits.queued_notifications
        if not full:
            waiting.append(eventdata)
            self._queued += 1
            return
        if keep_oldest:  # the new value replaces the newest in the queue (Part 4, DiscardOldest)
            waiting[-1] = _with_overflow(eventdata) if size != 1 else eventdata
            return
        waiting.append(eventdata)
        waiting.pop(0)
        if size != 1 and isinstance(waiting[0], ua.MonitoredItemNotification):
            waiting[0] = _with_overflow(waiting[0])

    def acknowledge(self, number: int) -> ua.StatusCode:
        """Acknowledge one published message."""
        known = self._not_acknowledged_results.pop(number, None) is not None
        return ua.StatusCode(ua.StatusCodes.Good if known else ua.StatusCodes.BadSequenceNumberUnknown)

    def republish(self, nb: int) -> ua.NotificationMessage:
        """Return a message that is not acknowledged yet. Raises ``UaStatusCodeError``."""
        result = self._not_acknowledged_results.get(nb)
        if result is None:
            raise UaStatusCodeError(ua.StatusCodes.BadMessageNotAvailable)
        return result.NotificationMessage

    def waiting_messages(self) -> list[int]:
        """Return the sequence numbers of the messages that can be republished."""
        return sorted(self._not_acknowledged_results)

    def leave_session(self, seconds: float, expired: Callable[[], None]) -> None:
        """Continue without a session; call ``expired`` if no session takes the subscription over in that time."""
        self.hand_over(ua.NodeId(), None, lambda _number: None)  # the old connection may serve another user now
        self.orphaned_at = time.monotonic()
        self._expiry = asyncio.get_running_loop().call_later(seconds, expired)

    async def stop(self) -> None:
        """End the subscription."""
        self._cancel_expiry()
        await super().stop()

    def _cancel_expiry(self) -> None:
        if self._expiry is not None:
            self._expiry.cancel()
        self.orphaned_at = self._expiry = None

    async def report_transfer(self) -> None:
        """Notify the session that another session takes the subscription over (OPC 10000-4, 5.14.7)."""
        request = None if self.pub_request_callback is None else self.pub_request_callback(self.data.SubscriptionId)
        if request is None:  # the client has sent no Publish request, or is no longer connected
            return
        status = ua.StatusChangeNotification(Status=ua.StatusCode(ua.StatusCodes.GoodSubscriptionTransferred))
        message = ua.NotificationMessage(
            SequenceNumber=self._notification_seq, PublishTime=datetime.now(UTC), NotificationData=[status]
        )
        result = ua.PublishResult(SubscriptionId=self.data.SubscriptionId, NotificationMessage=message)
        await self.pub_result_callback(result, request)

    def hand_over(self, session_id: ua.NodeId, result: Any, request: Any) -> None:
        """Continue the subscription in another session or connection of the same user."""
        self._cancel_expiry()
        self.session_id = session_id
        self.pub_result_callback = result
        self.pub_request_callback = request


class OwnedSubscriptions(SubscriptionService):
    """All subscriptions of the server; the session checks which of them a client may use."""

    def __init__(self, aspace: AddressSpace, iserver: Any, limits: ServerLimits, journal: Journal) -> None:
        super().__init__(aspace, iserver=iserver)
        self._limits = limits
        self._journal = journal
        self._ending: set[asyncio.Task[Any]] = set()
        self._encoder = NotificationEncoder()

    def of_session(self, session_id: ua.NodeId) -> list[OwnedSubscription]:
        """Return the subscriptions of a session."""
        return [sub for sub in self._owned() if sub.session_id == session_id]

    def of_user(self, user: str) -> list[OwnedSubscription]:
        """Return the subscriptions of a user, in all sessions and in none."""
        return [sub for sub in self._owned() if sub.user == user]

    def _owned(self) -> list[OwnedSubscription]:
        return [sub for sub in self.subscriptions.values() if isinstance(sub, OwnedSubscription)]

    def rivals(self, user: str, role: Role) -> list[OwnedSubscription] | None:
        """Return the subscriptions of which one must end before this user gets another; None while there is room."""
        limits, own, owned = self._limits, self.of_user(user), self._owned()
        if len(own) >= limits.subscriptions_per_user:
            return own
        if role < Role.OPERATOR:
            observers = [sub for sub in owned if sub.role < Role.OPERATOR]
            if len(observers) >= limits.subscriptions - limits.subscriptions_for_operators:
                return observers
        return [sub for sub in owned if sub.role <= role] if len(owned) >= limits.subscriptions else None

    async def drop_oldest_orphan(self, among: list[OwnedSubscription]) -> bool:
        """Delete the subscription that has been without a session for longest; return whether one was deleted."""
        orphans = [sub for sub in among if sub.orphaned_at is not None]
        if not orphans:
            return False
        oldest = min(orphans, key=lambda sub: sub.orphaned_at or 0.0)
        await self.delete_subscriptions([oldest.data.SubscriptionId])
        return True

    def orphan(self, session_id: ua.NodeId, seconds: float) -> None:
        """Keep the subscriptions of a closed session for a time in which a new session can take them over."""
        for sub in self.of_session(session_id):
            sub.leave_session(seconds, functools.partial(self._delete_soon, sub.data.SubscriptionId))

    def _delete_soon(self, number: int) -> None:
        task = asyncio.ensure_future(self.delete_subscriptions([number]))
        self._ending.add(task)
        task.add_done_callback(self._ending.discard)

    async def create_owned(
        self,
        params: ua.CreateSubscriptionParameters,
        session_id: ua.NodeId,
        user: str,
        role: Role,
        result_callback: Any,
        request_callback: Any,
    ) -> ua.CreateSubscriptionResult:
        """Create a subscription for a network client. Raises ``UaStatusCodeError``."""
        mine = self.of_session(session_id)
        if len(mine) >= self._limits.subscriptions_per_session or self.rivals(user, role) is not None:
            raise UaStatusCodeError(ua.StatusCodes.BadTooManySubscriptions)
        result = ua.CreateSubscriptionResult()
        self.revise(result, params)
        number = secrets.randbelow(0x7FFF_FFFF) + 1
        while number in self.subscriptions:
            number = secrets.randbelow(0x7FFF_FFFF) + 1
        sub = OwnedSubscription(
            self._limits,
            self._journal,
            self._encoder,
            user,
            role,
            self.most_notifications(params.MaxNotificationsPerPublish),
            result,
            self.aspace,
            result_callback,
            session_id,
            request_callback=request_callback,
            delete_callback=lambda: self.subscriptions.pop(number, None),
            no_acks_limit=self._limits.unacknowledged_messages,
            max_queue_size=self._limits.monitored_item_queue,
            publishing_enabled=params.PublishingEnabled,
        )
        result.SubscriptionId = number  # set late: asyncua keeps a logger forever for each identifier it is made with
        self.subscriptions[number] = sub
        await sub.start()
        return result

    def most_notifications(self, requested: int) -> int:
        """Return the maximum number of notifications in one message."""
        most = self._limits.notifications_per_publish
        return min(int(requested), most) if requested else most

    def revise(self, result: Any, params: Any) -> None:
        """Fill in the revised interval and counts for the requested ones."""
        shortest, longest = self._limits.publishing_interval
        interval = float(params.RequestedPublishingInterval)
        result.RevisedPublishingInterval = (
            min(max(interval, shortest), longest) if math.isfinite(interval) else shortest
        )
        keep_alive = int(params.RequestedMaxKeepAliveCount) or self._limits.keep_alive_count
        result.RevisedMaxKeepAliveCount = min(keep_alive, self._limits.keep_alive_count)
        lifetime = int(params.RequestedLifetimeCount) or self._limits.lifetime_count
        least = 3 * result.RevisedMaxKeepAliveCount
        result.RevisedLifetimeCount = max(min(lifetime, self._limits.lifetime_count), least)

    async def trigger_event(self, event: Any, subscription_id: int | None = None) -> None:
        """Deliver an event, audit events to administrators only; an error at one subscriber does not stop others."""
        if hasattr(event, "Retain") and hasattr(event, "NodeId"):
            if event.Retain:
                self._conditions[event.NodeId] = event
            else:
                self._conditions.pop(event.NodeId, None)
        audit = is_subtype(self.aspace, event.EventType, _AUDIT_EVENT)
        for number, sub in list(self.subscriptions.items()):
            if subscription_id not in {None, number}:
                continue
            if audit and isinstance(sub, OwnedSubscription) and sub.role < Role.ADMIN:
                continue
            try:
                await sub.monitored_item_srv.trigger_event(event)
            except Exception as error:
                self._journal.internal_error("delivering an event", error)

    def watches_events(self, role: Role) -> bool:
        """Return whether a client of this role or a higher one has subscribed to events."""
        return any(
            sub.role >= role and sub.monitored_item_srv._monitored_events
            for sub in self.subscriptions.values()
            if isinstance(sub, OwnedSubscription)
        )


def _with_overflow(notification: ua.MonitoredItemNotification) -> ua.MonitoredItemNotification:
    value = notification.Value
    code = ua.StatusCode((value.StatusCode.value if value.StatusCode else 0) | OVERFLOW)
    return ua.MonitoredItemNotification(
        ClientHandle=notification.ClientHandle, Value=dataclasses.replace(value, StatusCode=code)
    )

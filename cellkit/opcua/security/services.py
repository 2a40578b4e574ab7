"""The table of services that the gateway answers, each with its limit; every other service is refused."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from functools import cache
from typing import Any, get_type_hints

from asyncua import ua
from asyncua.common.utils import Buffer
from asyncua.ua.ua_binary import Primitives, from_binary

from cellkit.opcua.security.internal_server import SessionConnection
from cellkit.opcua.security.session import GatewaySession
from cellkit.opcua.security.settings import ServerLimits

Answer = Callable[[SessionConnection, GatewaySession, Any], Awaitable[Any]]
"""A coroutine function that makes the response to a request from the connection, the session and the parameters."""


@dataclass(frozen=True, slots=True)
class Service:
    """One service of an active session: its request parameters, its limit and its answer."""

    name: str
    items: str
    """The parameter that holds the request's operations; the list must not be empty. Empty text: no such parameter."""
    answer: Answer
    limit: str = "nodes_per_request"
    """The field of ``ServerLimits`` that limits the number of operations in one request."""
    background: bool = False
    """Whether the connection processes later requests while this one runs."""

    @property
    def parameters(self) -> Any:
        """The class of the request's parameters."""
        return getattr(ua, f"{self.name}Parameters")

    def most(self, limits: ServerLimits) -> int:
        """Return the maximum number of operations in one request."""
        return int(getattr(limits, self.limit))

    def stated(self, body: Buffer) -> int:
        """Return the number of operations that an encoded request states, without decoding the operations."""
        ahead = body.copy()
        for part, kind in _parts(self.parameters).items() if self.items else ():
            if part == self.items:
                return int(Primitives.Int32.unpack(ahead))
            from_binary(kind, ahead)
        return 0


@cache
def _parts(parameters: Any) -> dict[str, Any]:
    """Return the types of a request's parameters in the order in which they are encoded."""
    return get_type_hints(parameters, {"ua": ua})


def _results(response: Any, method: str, items: str | None = None) -> Answer:
    async def answer(_connection: SessionConnection, session: GatewaySession, params: Any) -> Any:
        result = response()
        given = params if items is None else getattr(params, items)
        getattr(result, "Parameters", result).Results = await getattr(session, method)(given)
        return result

    return answer


async def _register(_connection: SessionConnection, _session: GatewaySession, params: Any) -> Any:
    response = ua.RegisterNodesResponse()
    response.Parameters.RegisteredNodeIds = params.NodesToRegister
    return response


async def _unregister(_connection: SessionConnection, _session: GatewaySession, _params: Any) -> Any:
    return ua.UnregisterNodesResponse()


async def _create_subscription(connection: SessionConnection, session: GatewaySession, params: Any) -> Any:
    created = await session.create_subscription(
        params, connection.forward_publish_response, request_callback=connection.get_publish_request
    )
    return ua.CreateSubscriptionResponse(Parameters=created)


async def _modify_subscription(_connection: SessionConnection, session: GatewaySession, params: Any) -> Any:
    return ua.ModifySubscriptionResponse(Parameters=session.modify_subscription(params))


async def _transfer(connection: SessionConnection, session: GatewaySession, params: Any) -> Any:
    response = ua.TransferSubscriptionsResponse()
    response.Parameters.Results = await session.transfer(
        params, connection.forward_publish_response, connection.get_publish_request
    )
    return response


async def _republish(_connection: SessionConnection, session: GatewaySession, params: Any) -> Any:
    return ua.RepublishResponse(NotificationMessage=session.republish(params))


_ALL = (
    Service("Read", "NodesToRead", _results(ua.ReadResponse, "read")),
    Service("Write", "NodesToWrite", _results(ua.WriteResponse, "write"), background=True),
    Service(
        "Call", "MethodsToCall", _results(ua.CallResponse, "call", "MethodsToCall"), "methods_per_call", background=True
    ),
    Service("Browse", "NodesToBrowse", _results(ua.BrowseResponse, "browse")),
    Service("BrowseNext", "ContinuationPoints", _results(ua.BrowseNextResponse, "browse_next"), "continuation_points"),
    Service(
        "TranslateBrowsePathsToNodeIds",
        "BrowsePaths",
        _results(ua.TranslateBrowsePathsToNodeIdsResponse, "translate_browsepaths_to_nodeids", "BrowsePaths"),
    ),
    Service("RegisterNodes", "NodesToRegister", _register),
    Service("UnregisterNodes", "NodesToUnregister", _unregister),
    Service(
        "HistoryRead",
        "NodesToRead",
        _results(ua.HistoryReadResponse, "history_read"),
        "history_nodes_per_request",
        background=True,
    ),
    Service("CreateSubscription", "", _create_subscription),
    Service("ModifySubscription", "", _modify_subscription),
    Service(
        "DeleteSubscriptions",
        "SubscriptionIds",
        _results(ua.DeleteSubscriptionsResponse, "delete_subscriptions", "SubscriptionIds"),
        "subscriptions",
    ),
    Service(
        "SetPublishingMode",
        "SubscriptionIds",
        _results(ua.SetPublishingModeResponse, "set_publishing_mode"),
        "subscriptions",
    ),
    Service("TransferSubscriptions", "SubscriptionIds", _transfer, "subscriptions"),
    Service("Republish", "", _republish),
    Service(
        "CreateMonitoredItems", "ItemsToCreate", _results(ua.CreateMonitoredItemsResponse, "create_monitored_items")
    ),
    Service(
        "ModifyMonitoredItems", "ItemsToModify", _results(ua.ModifyMonitoredItemsResponse, "modify_monitored_items")
    ),
    Service(
        "DeleteMonitoredItems", "MonitoredItemIds", _results(ua.DeleteMonitoredItemsResponse, "delete_monitored_items")
    ),
    Service("SetMonitoringMode", "MonitoredItemIds", _results(ua.SetMonitoringModeResponse, "set_monitoring_mode")),
)


def request_id(name: str) -> int:
    """Return the numeric identifier of a request's binary encoding."""
    return int(getattr(ua.ObjectIds, f"{name}Request_Encoding_DefaultBinary"))


SERVICES: dict[int, Service] = {request_id(service.name): service for service in _ALL}
"""The services by the numeric identifier of their request's binary encoding."""

"""The table of services that the gateway answers, each with its limit; every other service is refused."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any

from asyncua import ua

from cellkit.opcua.security.internal_server import SessionConnection
from cellkit.opcua.security.session import GatewaySession
from cellkit.opcua.security.settings import ServerLimits

Answer = Callable[[SessionConnection, GatewaySession, Any], Awaitable[Any]]
"""A coroutine function that makes the response to a request from the connection, the session and the parameters."""


@dataclass(frozen=True, slots=True)
class Service:
    """One service of an active session: its request parameters, its limit and its answer."""

    name: str
    parameters: Any
    items: str
    """The parameter that holds the request's operations; the list must not be empty. Empty text: no such parameter."""
    most: Callable[[ServerLimits], int]
    """The maximum number of operations in one request."""
    answer: Answer
    background: bool = False
    """Whether the connection processes later requests while this one runs."""


def _results(response: Any, method: str, items: str | None = None) -> Answer:
    async def answer(_connection: SessionConnection, session: GatewaySession, params: Any) -> Any:
        result = response()
        given = params if items is None else getattr(params, items)
        result.Results = await getattr(session, method)(given)
        return result

    return answer


def _results_inside(response: Any, method: str) -> Answer:
    async def answer(_connection: SessionConnection, session: GatewaySession, params: Any) -> Any:
        result = response()
        result.Parameters.Results = await getattr(session, method)(params)
        return result

    return answer


async def _register(_connection: SessionConnection, _session: GatewaySession, params: Any) -> Any:
    response = ua.RegisterNodesResponse()
    response.Parameters.RegisteredNodeIds = params.NodesToRegister
    return response


async def _unregister(_connection: SessionConnection, _session: GatewaySession, _params: Any) -> Any:
    return ua.UnregisterNodesResponse()


async def _create_subscription(connection: SessionConnection, session: GatewaySession, params: Any) -> Any:
    response = ua.CreateSubscriptionResponse()
    response.Parameters = await session.create_subscription(
        params, connection.forward_publish_response, request_callback=connection.get_publish_request
    )
    return response


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


def _nodes(limits: ServerLimits) -> int:
    return limits.nodes_per_request


def _methods(limits: ServerLimits) -> int:
    return limits.methods_per_call


def _history(limits: ServerLimits) -> int:
    return limits.history_nodes_per_request


def _subscriptions(limits: ServerLimits) -> int:
    return limits.subscriptions


def _points(limits: ServerLimits) -> int:
    return limits.continuation_points


def _one(_limits: ServerLimits) -> int:
    return 1


_ALL = (
    Service("Read", ua.ReadParameters, "NodesToRead", _nodes, _results(ua.ReadResponse, "read")),
    Service("Write", ua.WriteParameters, "NodesToWrite", _nodes, _results(ua.WriteResponse, "write"), background=True),
    Service(
        "Call",
        ua.CallParameters,
        "MethodsToCall",
        _methods,
        _results(ua.CallResponse, "call", "MethodsToCall"),
        background=True,
    ),
    Service("Browse", ua.BrowseParameters, "NodesToBrowse", _nodes, _results(ua.BrowseResponse, "browse")),
    Service(
        "BrowseNext",
        ua.BrowseNextParameters,
        "ContinuationPoints",
        _points,
        _results_inside(ua.BrowseNextResponse, "browse_next"),
    ),
    Service(
        "TranslateBrowsePathsToNodeIds",
        ua.TranslateBrowsePathsToNodeIdsParameters,
        "BrowsePaths",
        _nodes,
        _results(ua.TranslateBrowsePathsToNodeIdsResponse, "translate_browsepaths_to_nodeids", "BrowsePaths"),
    ),
    Service("RegisterNodes", ua.RegisterNodesParameters, "NodesToRegister", _nodes, _register),
    Service("UnregisterNodes", ua.UnregisterNodesParameters, "NodesToUnregister", _nodes, _unregister),
    Service(
        "HistoryRead",
        ua.HistoryReadParameters,
        "NodesToRead",
        _history,
        _results(ua.HistoryReadResponse, "history_read"),
        background=True,
    ),
    Service("CreateSubscription", ua.CreateSubscriptionParameters, "", _one, _create_subscription),
    Service("ModifySubscription", ua.ModifySubscriptionParameters, "", _one, _modify_subscription),
    Service(
        "DeleteSubscriptions",
        ua.DeleteSubscriptionsParameters,
        "SubscriptionIds",
        _subscriptions,
        _results(ua.DeleteSubscriptionsResponse, "delete_subscriptions", "SubscriptionIds"),
    ),
    Service(
        "SetPublishingMode",
        ua.SetPublishingModeParameters,
        "SubscriptionIds",
        _subscriptions,
        _results_inside(ua.SetPublishingModeResponse, "set_publishing_mode"),
    ),
    Service("TransferSubscriptions", ua.TransferSubscriptionsParameters, "SubscriptionIds", _subscriptions, _transfer),
    Service("Republish", ua.RepublishParameters, "", _one, _republish),
    Service(
        "CreateMonitoredItems",
        ua.CreateMonitoredItemsParameters,
        "ItemsToCreate",
        _nodes,
        _results(ua.CreateMonitoredItemsResponse, "create_monitored_items"),
    ),
    Service(
        "ModifyMonitoredItems",
        ua.ModifyMonitoredItemsParameters,
        "ItemsToModify",
        _nodes,
        _results(ua.ModifyMonitoredItemsResponse, "modify_monitored_items"),
    ),
    Service(
        "DeleteMonitoredItems",
        ua.DeleteMonitoredItemsParameters,
        "MonitoredItemIds",
        _nodes,
        _results(ua.DeleteMonitoredItemsResponse, "delete_monitored_items"),
    ),
    Service(
        "SetMonitoringMode",
        ua.SetMonitoringModeParameters,
        "MonitoredItemIds",
        _nodes,
        _results_inside(ua.SetMonitoringModeResponse, "set_monitoring_mode"),
    ),
)


def request_id(name: str) -> int:
    """Return the numeric identifier of a request's binary encoding."""
    return int(getattr(ua.ObjectIds, f"{name}Request_Encoding_DefaultBinary"))


SERVICES: dict[int, Service] = {request_id(service.name): service for service in _ALL}
"""The services by the numeric identifier of their request's binary encoding."""

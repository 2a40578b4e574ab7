"""The private parts of asyncua that the gateway replaces or relies on, with the signatures it was written for.

A test compares them with the installed version. If it fails after an upgrade, read the changed code and the attacks
in the tests again before you change the signature here.
"""

from __future__ import annotations

import importlib
import inspect
from dataclasses import dataclass
from typing import Any

ASYNCUA = (2, 1)
"""The major and minor version of asyncua that the hooks were written for."""


@dataclass(frozen=True, slots=True)
class Hook:
    """One private function or method of asyncua."""

    module: str
    name: str
    """The dotted name within the module."""
    parameters: str
    """The names of the parameters, in order."""
    why: str
    """How the gateway uses the function."""

    def installed_parameters(self) -> str:
        """Return the parameters of the installed function. Raises ``ImportError`` or ``AttributeError`` without one."""
        function: Any = importlib.import_module(self.module)
        for part in self.name.split("."):
            function = getattr(function, part)
        return ", ".join(inspect.signature(inspect.unwrap(function)).parameters)


_SERVER = "asyncua.server"
_SESSION = f"{_SERVER}.internal_session"
_SUBSCRIPTION = f"{_SERVER}.internal_subscription"
_ITEMS = f"{_SERVER}.monitored_item_service"
_PROCESSOR = f"{_SERVER}.uaprocessor"
_SOCKET = f"{_SERVER}.binary_server_asyncio"
_SPACE = f"{_SERVER}.address_space"
_BINARY = "asyncua.ua.ua_binary"
_FACTORY = "asyncua.crypto.security_policies"
_CONNECTION = "asyncua.common.connection"

HOOKS = (
    Hook(f"{_SERVER}.server", "Server._setup_server_nodes", "self", "own policy factories"),
    Hook(f"{_SERVER}.server", "Server._set_endpoints", "self, policy, mode, level", "passwords encrypted"),
    Hook(f"{_SERVER}.server", "Server.start", "self", "own listener"),
    Hook(f"{_SERVER}.server", "Server.stop", "self", "sessions end first"),
    Hook(f"{_SERVER}.internal_server", "InternalServer.__init__", "self, user_manager", "own services"),
    Hook(f"{_SERVER}.internal_server", "InternalServer.lookup_external_session", "self, auth_token", "sessions"),
    Hook(f"{_SERVER}.internal_server", "InternalServer.register_external_session", "self, session", "sessions"),
    Hook(f"{_SERVER}.internal_server", "InternalServer.unregister_external_session", "self, session", "sessions"),
    Hook(f"{_SERVER}.internal_server", "InternalServer.get_endpoints", "self, params, sockname", "discovery"),
    Hook(f"{_SERVER}.internal_server", "InternalServer.find_servers", "self, params, sockname", "discovery"),
    Hook(
        _SESSION,
        "InternalSession.__init__",
        "self, internal_server, aspace, submgr, name, user, external",
        "random token, made after it",
    ),
    Hook(_SESSION, "InternalSession.create_session", "self, params, sockname", "replaced"),
    Hook(_SESSION, "InternalSession.close_session", "self, delete_subs", "replaced"),
    Hook(_SESSION, "InternalSession._start_timeout_watchdog", "self", "used"),
    Hook(_SESSION, "InternalSession.read", "self, params", "replaced"),
    Hook(_SESSION, "InternalSession.write", "self, params", "replaced"),
    Hook(_SESSION, "InternalSession.call", "self, params", "replaced"),
    Hook(_PROCESSOR, "UaProcessor.__init__", "self, internal_server, transport, limits", "used"),
    Hook(_PROCESSOR, "UaProcessor.process", "self, header, body", "replaced"),
    Hook(_PROCESSOR, "UaProcessor.process_message", "self, seqhdr, body", "replaced"),
    Hook(_PROCESSOR, "UaProcessor.send_response", "self, requesthandle, seqhdr, response, msgtype", "bounded"),
    Hook(_PROCESSOR, "UaProcessor.get_publish_request", "self, subscription_id", "used"),
    Hook(_PROCESSOR, "UaProcessor._evict_publish_request", "self", "used"),
    Hook(_PROCESSOR, "UaProcessor.forward_publish_response", "self, result, requestdata", "used"),
    Hook(_PROCESSOR, "UaProcessor.close", "self", "replaced"),
    Hook(_PROCESSOR, "PublishRequestData.__init__", "self, requesthdr, seqhdr, results", "used"),
    Hook(_SOCKET, "OPCUAProtocol.__init__", "self, iserver, policies, clients, closing_tasks, limits", "used"),
    Hook(_SOCKET, "OPCUAProtocol.connection_made", "self, transport", "own processor"),
    Hook(_SOCKET, "OPCUAProtocol.connection_lost", "self, ex", "used"),
    Hook(_SOCKET, "OPCUAProtocol.data_received", "self, data", "bounded frames"),
    Hook(_SOCKET, "OPCUAProtocol._process_received_message_loop", "self", "back-pressure"),
    Hook(_SOCKET, "OPCUAProtocol._activation_watchdog", "self", "idle connections"),
    Hook(_SOCKET, "BinaryServer._make_protocol", "self", "own protocol"),
    Hook(f"{_SERVER}.subscription_service", "SubscriptionService.__init__", "self, aspace, iserver", "owners"),
    Hook(f"{_SERVER}.subscription_service", "SubscriptionService.delete_subscriptions", "self, ids", "used"),
    Hook(
        f"{_SERVER}.subscription_service",
        "SubscriptionService.trigger_event",
        "self, event, subscription_id",
        "audit events for administrators",
    ),
    Hook(
        f"{_SERVER}.subscription_service",
        "SubscriptionService.condition_refresh",
        "self, parent, subscription_id, mid",
        "used",
    ),
    Hook(
        _SUBSCRIPTION,
        "InternalSubscription.__init__",
        "self, data, aspace, callback, session_id, request_callback, delete_callback, no_acks_limit, max_queue_size, "
        "publishing_enabled",
        "own monitored items",
    ),
    Hook(_SUBSCRIPTION, "InternalSubscription._subscription_loop", "self", "interval can change"),
    Hook(_SUBSCRIPTION, "InternalSubscription.publish_results", "self, requestdata", "several messages"),
    Hook(_SUBSCRIPTION, "InternalSubscription._pop_publish_result", "self", "several messages"),
    Hook(_SUBSCRIPTION, "InternalSubscription._pop_triggered_datachanges", "self, result", "several messages"),
    Hook(_SUBSCRIPTION, "InternalSubscription._pop_triggered_events", "self, result", "several messages"),
    Hook(_SUBSCRIPTION, "InternalSubscription._enqueue_event", "self, mid, eventdata, size, queue", "overflow bit"),
    Hook(_SUBSCRIPTION, "InternalSubscription.republish", "self, nb", "stored until acknowledged"),
    Hook(_ITEMS, "MonitoredItemService.__init__", "self, isub, aspace", "used"),
    Hook(_ITEMS, "MonitoredItemService.datachange_callback", "self, handle, value, error", "no deep copy"),
    Hook(_ITEMS, "MonitoredItemService._create_events_monitored_item", "self, params", "used"),
    Hook(_ITEMS, "MonitoredItemService._create_data_change_monitored_item", "self, params", "used"),
    Hook(_ITEMS, "MonitoredItemService._modify_monitored_item", "self, params", "replaced"),
    Hook(_ITEMS, "MonitoredItemService._set_monitoring_mode", "self, mode, mid", "used"),
    Hook(_ITEMS, "MonitoredItemService._delete_monitored_items", "self, mid", "used"),
    Hook(_ITEMS, "MonitoredItemService._revise_queue_size", "self, requested", "used"),
    Hook(_ITEMS, "MonitoredItemService._trigger_event", "self, event, mid", "checked filters"),
    Hook(_SPACE, "AddressSpace.delete_datachange_callback", "self, handle", "used, also for deleted nodes"),
    Hook(_SPACE, "NodeManagementService._delete_node_callbacks", "self, nodedata", "calls without await"),
    Hook(_SPACE, "ViewService._browse", "self, desc", "used"),
    Hook(_SPACE, "ViewService._suitable_reftype", "self, ref1, ref2, subtypes", "cached"),
    Hook(_SPACE, "ViewService._get_sub_ref", "self, ref", "used"),
    Hook(_SPACE, "ViewService._navigate", "self, start_nodeid, elements", "bounded"),
    Hook(_SPACE, "ViewService._find_elements_in_node", "self, el, nodeid", "used"),
    Hook(_SPACE, "ViewService._translate_browsepath_to_nodeid", "self, path", "bounded"),
    Hook(_FACTORY, "SecurityPolicyFactory.create", "self, peer_certificate", "trust"),
    Hook(_CONNECTION, "SecureConnection.open", "self, params, server", "used"),
    Hook(_CONNECTION, "SecureConnection.select_policy", "self, uri, peer_certificate, mode", "used"),
    Hook(_CONNECTION, "SecureConnection.receive_from_header_and_body", "self, header, body", "used"),
    Hook(_BINARY, "_reshape", "flat, dims", "bounded"),
    Hook(_BINARY, "from_binary", "uatype, data", "used"),
    Hook(_BINARY, "variant_to_binary", "var", "used"),
    Hook(_BINARY, "_Null.unpack", "data", "counted"),
    Hook(_BINARY, "_create_uatype_deserializer", "vtype", "its cache is cleared"),
    Hook(_BINARY, "_create_uatype_array_deserializer", "vtype", "its cache is cleared"),
)

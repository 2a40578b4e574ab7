"""The hardened OPC UA server, which holds the gateway's address space."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable
from typing import Any

from asyncua import Server, ua
from asyncua.common.connection import TransportLimits
from asyncua.crypto import security_policies
from asyncua.server.address_space import AddressSpace
from asyncua.ua.uaerrors import UaStatusCodeError

from cellkit.access.audit import AuditLog
from cellkit.access.caller import Role, current_caller
from cellkit.access.users import UserDirectory
from cellkit.errors import ConfigError
from cellkit.opcua.security.attributes import WriteCallback
from cellkit.opcua.security.audit_events import AuditEvents
from cellkit.opcua.security.channel import POLICY_TYPES, ClientCertificateValidator, TrustedPolicyFactory
from cellkit.opcua.security.decoding import harden_decoder
from cellkit.opcua.security.internal_server import GatewayInternalServer
from cellkit.opcua.security.methods import MethodCallback
from cellkit.opcua.security.pki import Pki
from cellkit.opcua.security.settings import SecuritySettings
from cellkit.opcua.security.transport import GatewayListener

log = logging.getLogger(__name__)

_UINT32 = ua.VariantType.UInt32


class GatewayServer(Server):
    """An OPC UA server that accepts trusted clients only and checks each user's role.

    With security (the normal case) the server needs a folder of certificates, users and an audit log. With
    ``settings.insecure_loopback`` it needs none of them and is read-only. ``standard``: the nodes of the core
    namespace, if they are built already. Raises ``ConfigError``.
    """

    iserver: GatewayInternalServer
    bserver: GatewayListener | None

    def __init__(
        self,
        settings: SecuritySettings,
        pki: Pki | None,
        users: UserDirectory | None,
        audit: AuditLog | None,
        standard: AddressSpace | None = None,
    ) -> None:
        harden_decoder()
        if not settings.insecure_loopback and (pki is None or users is None or audit is None):
            raise ConfigError("a secure gateway needs certificates, users and an audit log")
        users = None if settings.insecure_loopback else users
        super().__init__(iserver=GatewayInternalServer(settings, users, audit, standard))
        self.settings = settings
        self._pki = None if settings.insecure_loopback else pki
        self._users = users
        self._audit = audit
        self._reloader: asyncio.Task[None] | None = None
        self._audit_events = AuditEvents(
            self, self.iserver.journal, self.iserver.subscription_service, settings.application_uri
        )
        self.name = settings.name
        self.product_uri = "urn:cellkit:gateway"
        self.manufacturer_name = "cellkit"
        self.application_type = ua.ApplicationType.Server
        self._application_uri = settings.application_uri
        self.socket_address = (settings.host, settings.port)
        self.set_endpoint(settings.endpoint_url)
        limits = settings.limits
        self.limits = TransportLimits(
            max_recv_buffer=limits.chunk_size,
            max_send_buffer=limits.chunk_size,
            max_chunk_count=limits.message_size // limits.chunk_size + 1,
            max_message_size=limits.message_size,
        )
        tokens = [ua.AnonymousIdentityToken] if self._users is None else _USER_TOKENS
        self.iserver.supported_tokens = tuple(tokens)
        policies = [] if settings.insecure_loopback else [POLICY_TYPES[policy] for policy in settings.policies]
        self._security_policy = policies or [ua.SecurityPolicyType.NoSecurity]

    @property
    def port(self) -> int:
        """The port of the settings; after ``start()`` the port that the server listens on."""
        return self.settings.port if self.bserver is None else int(self.bserver.port)

    async def init(self, shelf_file: Any = None) -> None:
        """Build the standard address space and load the server's certificate. Raises ``ConfigError``."""
        if self._pki is not None:
            certificate, key = self._pki.own_certificate(
                self.settings.name, self.settings.application_uri, self.settings.host
            )
            self.iserver.certificate, self.iserver.private_key = certificate, key
            self.iserver.client_certificate_validator = ClientCertificateValidator(self._pki, self._audit)
            warning = self._pki.expiry_warning()
            if warning:
                log.warning("%s", warning)
        await super().init(shelf_file)
        await self._write_limits()
        await self._audit_events.init()
        self._add_standard_methods()

    # -- methods, writable variables and rights

    def add_method(
        self,
        method: ua.NodeId,
        callback: MethodCallback,
        *,
        role: Role,
        with_object: bool = False,
        stops: bool = False,
    ) -> None:
        """Let clients of this role or a higher one call the method.

        Args:
            callback: a coroutine function ``callback(*args)``. It gets plain Python values, checked against the
                method's InputArguments property, and returns variants. It runs with ``current_caller`` set and raises
                ``UaStatusCodeError`` or ``BadArgument``.
            with_object: whether the callback gets the NodeId of the object first. The object then need not have the
                method as its own component (conditions).
            stops: whether the method stops something. It then runs even if the audit log cannot be written, which
                refuses all other methods.

        Raises ``ValueError`` if the node does not exist.
        """
        self.iserver.methods.add(method, callback, role, with_object, stops)

    def remove_method(self, method: ua.NodeId) -> None:
        """Remove a method before its node is deleted."""
        self.iserver.methods.remove(method)

    def add_writable(self, variable: ua.NodeId, callback: WriteCallback, *, role: Role) -> None:
        """Let clients of this role or a higher one write the variable's value.

        ``callback(value)`` is a coroutine function. It gets the plain Python value, checked for type and shape, and
        must write the variable itself. Raises ``ValueError`` if the node does not exist.
        """
        self.iserver.attributes.add_writable(variable, callback, role)

    def on_session_closed(self, listener: Callable[[str], None]) -> None:
        """Call ``listener(session)`` when a session was closed, timed out or was dropped."""
        self.iserver.on_session_closed(listener)

    # -- running

    async def start(self) -> None:
        """Start to listen. Raises ``ConfigError`` if the address cannot be used."""
        await self._setup_server_nodes()
        self.iserver.view_service.clear_type_cache()
        await self.iserver.start()
        listener = GatewayListener(self.iserver, self.settings.host, self.settings.port, self.limits)
        listener.set_policies(self._policies)
        try:
            await listener.start()
        except OSError as error:
            await self.iserver.stop()
            raise ConfigError(
                f"cannot listen on {self.settings.host} port {self.settings.port}: {error.strerror}"
            ) from None
        self.bserver = listener
        url = self.settings.url(self.port)
        self.set_endpoint(url)
        for endpoint in self.iserver.endpoints:
            endpoint.EndpointUrl = url
            endpoint.Server.DiscoveryUrls = [url]
        self._reloader = asyncio.create_task(self._reload_loop())

    async def stop(self) -> None:
        """End all sessions and stop listening."""
        if self._reloader is not None:
            self._reloader.cancel()
            self._reloader = None
        await self.iserver.close_sessions(lambda _session: True)
        for connection in [] if self.bserver is None else self.bserver.connections():
            if connection.transport is not None:
                connection.transport.abort()
        await super().stop()
        self.iserver.authenticator.close()

    async def _reload_loop(self) -> None:
        while True:
            await asyncio.sleep(self.settings.reload_seconds)
            self.iserver.journal.flush()
            try:
                await self.reload()
            except Exception as error:
                self.iserver.journal.internal_error("reading users and certificates again", error)

    async def reload(self) -> None:
        """Read users and certificates again if they changed, and disconnect clients that lost access."""
        if self._users is not None:
            try:
                changed = self._users.reload()
            except ConfigError as error:
                self.iserver.journal.warn(
                    "users", f"the file of users cannot be used, the users stay unchanged: {error}"
                )
                changed = False
            if changed:
                await self.iserver.close_sessions(self.iserver.has_outdated_user)
        if self._pki is not None and self._pki.reload():
            if self.iserver.client_certificate_validator is not None:
                self.iserver.client_certificate_validator.clear_reported()
            for connection in [] if self.bserver is None else self.bserver.connections():
                processor = connection.processor
                certificate = None if processor is None else processor.client_certificate()
                if processor is not None and certificate is not None and not self.iserver.trusts(certificate):
                    if processor.session is not None:
                        await processor.session.close_session(True)
                    processor.hang_up()

    # -- set-up, replacing asyncua's

    async def _setup_server_nodes(self) -> None:
        for policy_type in self._security_policy:
            policy, mode, level = security_policies.SECURITY_POLICY_TYPE_MAP[policy_type]
            self._set_endpoints(policy, mode, level)
            if self.iserver.client_certificate_validator is None:
                self._policies.append(security_policies.SecurityPolicyFactory(policy, mode))
                continue
            self._policies.append(
                TrustedPolicyFactory(
                    self.iserver.client_certificate_validator,
                    policy_type,
                    self.iserver.certificate,
                    self.iserver.private_key,
                )
            )

    def _set_endpoints(self, policy: Any, mode: Any, level: int) -> None:
        super()._set_endpoints(policy, mode, level)
        for token in self.iserver.endpoints[-1].UserIdentityTokens:
            if token.TokenType == ua.UserTokenType.UserName:  # asyncua would allow a password in plain text
                token.SecurityPolicyUri = policy.URI

    async def _write_limits(self) -> None:
        """Write the enforced limits to the ServerCapabilities."""
        limits, capabilities = self.settings.limits, "Server_ServerCapabilities"
        operation = f"{capabilities}_OperationLimits"
        nodes = limits.nodes_per_request
        figures: dict[str, Any] = {
            f"{operation}_MaxNodesPerRead": ua.Variant(nodes, _UINT32),
            f"{operation}_MaxNodesPerWrite": ua.Variant(nodes, _UINT32),
            f"{operation}_MaxNodesPerBrowse": ua.Variant(nodes, _UINT32),
            f"{operation}_MaxNodesPerRegisterNodes": ua.Variant(nodes, _UINT32),
            f"{operation}_MaxNodesPerTranslateBrowsePathsToNodeIds": ua.Variant(nodes, _UINT32),
            f"{operation}_MaxMonitoredItemsPerCall": ua.Variant(nodes, _UINT32),
            f"{operation}_MaxNodesPerMethodCall": ua.Variant(limits.methods_per_call, _UINT32),
            f"{operation}_MaxNodesPerHistoryReadData": ua.Variant(limits.history_nodes_per_request, _UINT32),
            f"{operation}_MaxNodesPerHistoryReadEvents": ua.Variant(limits.history_nodes_per_request, _UINT32),
            f"{operation}_MaxNodesPerHistoryUpdateData": ua.Variant(0, _UINT32),
            f"{operation}_MaxNodesPerHistoryUpdateEvents": ua.Variant(0, _UINT32),
            f"{operation}_MaxNodesPerNodeManagement": ua.Variant(0, _UINT32),
            f"{capabilities}_MaxBrowseContinuationPoints": ua.Variant(
                limits.continuation_points, ua.VariantType.UInt16
            ),
            f"{capabilities}_MaxHistoryContinuationPoints": ua.Variant(0, ua.VariantType.UInt16),
            f"{capabilities}_MaxQueryContinuationPoints": ua.Variant(0, ua.VariantType.UInt16),
            f"{capabilities}_MinSupportedSampleRate": ua.Variant(limits.publishing_interval[0], ua.VariantType.Double),
            f"{capabilities}_MaxArrayLength": ua.Variant(limits.array_length, _UINT32),
            f"{capabilities}_MaxStringLength": ua.Variant(limits.string_length, _UINT32),
            f"{capabilities}_MaxByteStringLength": ua.Variant(limits.string_length, _UINT32),
            f"{capabilities}_MaxSessions": ua.Variant(limits.sessions, _UINT32),
            f"{capabilities}_MaxSubscriptions": ua.Variant(limits.subscriptions, _UINT32),
            f"{capabilities}_MaxSubscriptionsPerSession": ua.Variant(limits.subscriptions_per_session, _UINT32),
            f"{capabilities}_MaxMonitoredItemsPerSubscription": ua.Variant(limits.monitored_items_per_session, _UINT32),
            f"{capabilities}_MaxMonitoredItemsQueueSize": ua.Variant(limits.monitored_item_queue, _UINT32),
            "Server_Auditing": ua.Variant(not self.settings.insecure_loopback, ua.VariantType.Boolean),
        }
        for name, value in figures.items():
            node = ua.NodeId(getattr(ua.ObjectIds, name))
            if node in self.iserver.aspace:
                await self.iserver.aspace.write_attribute_value(node, ua.AttributeIds.Value, ua.DataValue(value))

    def _add_standard_methods(self) -> None:
        """Add the methods of the core namespace that concern a client's own subscriptions."""
        ids = ua.ObjectIds
        self.add_method(ua.NodeId(ids.Server_GetMonitoredItems), self._get_monitored_items, role=Role.OBSERVER)
        self.add_method(ua.NodeId(ids.Server_ResendData), self._resend_data, role=Role.OBSERVER)
        for refresh in (ids.ConditionType_ConditionRefresh, ids.ConditionType_ConditionRefresh2):
            self.add_method(ua.NodeId(refresh), self._condition_refresh, role=Role.OBSERVER, with_object=True)

    def _own_subscription(self, number: int) -> Any:
        session = current_caller.get().session
        for client in self.iserver.sessions():
            if client.session_id.to_string() == session:
                return client.own_subscription(number)
        raise UaStatusCodeError(ua.StatusCodes.BadSessionIdInvalid)

    async def _get_monitored_items(self, number: int) -> list[ua.Variant]:
        handles = self._own_subscription(number).monitored_item_srv.handles()
        return [ua.Variant([pair[side] for pair in handles], _UINT32, is_array=True) for side in (0, 1)]

    async def _resend_data(self, number: int) -> list[ua.Variant]:
        await self._own_subscription(number).monitored_item_srv.report_again()
        return []

    async def _condition_refresh(self, _instance: ua.NodeId, number: int, item: int | None = None) -> list[ua.Variant]:
        self._own_subscription(number)
        await self.iserver.refresh_conditions(number, item)
        return []


_USER_TOKENS = [ua.UserNameIdentityToken, ua.X509IdentityToken]

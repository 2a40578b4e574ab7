"""The state that all connections of the server share: sessions, users, methods, subscriptions and limits."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any, Protocol

from asyncua import ua
from asyncua.server.address_space import AddressSpace
from asyncua.server.internal_server import InternalServer
from asyncua.server.internal_session import SessionState
from asyncua.ua.uaerrors import UaStatusCodeError
from typing_extensions import override

from cellkit.access.audit import AuditLog
from cellkit.access.caller import Role
from cellkit.access.journal import Journal
from cellkit.access.users import UserDirectory
from cellkit.opcua.model.standard_nodes import add_standard_nodes
from cellkit.opcua.security.arguments import TypeChecker
from cellkit.opcua.security.attributes import AttributeGuard
from cellkit.opcua.security.certificates import der_of
from cellkit.opcua.security.channel import ClientCertificateValidator
from cellkit.opcua.security.identity import Authenticator, UserIdentity
from cellkit.opcua.security.methods import MethodTable
from cellkit.opcua.security.settings import SecuritySettings
from cellkit.opcua.security.subscriptions import OwnedSubscription, OwnedSubscriptions
from cellkit.opcua.security.view import BoundedView


class SessionConnection(Protocol):
    """The connection that serves a session."""

    async def forward_publish_response(self, result: Any, requestdata: Any) -> None:
        """Send the answer to a Publish request."""

    def get_publish_request(self, subscription_id: int) -> Any:
        """Return the next waiting Publish request for a subscription."""

    def hang_up(self) -> None:
        """Close the connection."""


class ClientSession(Protocol):
    """The part of a network client's session that the server manages."""

    session_id: ua.NodeId
    state: SessionState
    identity: UserIdentity | None
    connection: SessionConnection | None
    only_stops: bool

    def own_subscription(self, number: int) -> OwnedSubscription:
        """Return the session's subscription of that number."""

    async def close_session(self, delete_subs: bool = True) -> None:
        """End the session."""


class GatewayInternalServer(InternalServer):
    """asyncua's internal server; every service that a network client can reach is replaced."""

    view_service: BoundedView
    subscription_service: OwnedSubscriptions

    def __init__(
        self,
        settings: SecuritySettings,
        users: UserDirectory | None,
        audit: AuditLog | None,
        standard: AddressSpace | None = None,
    ) -> None:
        super().__init__(user_manager=_NoUserManager())
        self._standard = standard
        self.settings = settings
        self.limits = settings.limits
        self.journal = Journal(audit)
        self.client_certificate_validator: ClientCertificateValidator | None = None
        self.authenticator = Authenticator(users, settings.login, settings.lockout_file)
        types = TypeChecker(self.aspace)
        self.methods = MethodTable(self.aspace, types, self.journal)
        self.attributes = AttributeGuard(self.aspace, types, self.methods, self.journal)
        self.view_service = BoundedView(self.aspace, self.limits)
        self.subscription_service = OwnedSubscriptions(self.aspace, self, self.limits, self.journal)
        self.isession.subscription_service = self.subscription_service
        self._session_listeners: list[Callable[[str], None]] = []
        self.allow_remote_admin = False
        # asyncua checks these limits before the stricter ones of the processor and the transport.
        self.max_connections = self.limits.connections
        self.max_pending_messages_per_connection = 0  # reading pauses instead
        self.max_pending_activation_seconds = self.limits.pending_seconds
        self.max_subscriptions = self.limits.subscriptions

    @override
    async def load_standard_address_space(self, shelf_file: Path | None = None) -> None:
        if self._standard is None:
            add_standard_nodes(self.aspace)
            return
        for node in list(self._standard.keys()):
            self.aspace[node] = self._standard[node]
        self._standard = None

    @property
    def certificate_bytes(self) -> bytes:
        """The server's certificate (DER); empty without security."""
        return b"" if self.certificate is None else der_of(self.certificate)

    def trusts(self, certificate: bytes) -> bool:
        """Return whether a channel with this client certificate may stay open."""
        return self.client_certificate_validator is None or self.client_certificate_validator.trusts(certificate)

    def sessions(self) -> list[ClientSession]:
        """Return the clients' sessions that are not closed, the oldest first."""
        return list(self._external_sessions.values())

    async def make_room_for_session(self) -> None:
        """End the oldest session without a user if as many wait for a log-in as connections may (10000-4, 5.7.2)."""
        waiting = [session for session in self.sessions() if session.identity is None]
        if len(waiting) >= self.limits.pending_connections:
            await waiting[0].close_session(True)

    async def place_for_user(self, identity: UserIdentity) -> bool:
        """Return whether the user gets a place from which it can only read and stop, because no other is free.

        Raises ``UaStatusCodeError`` when the user gets no place at all. Disconnected sessions make room first.
        """
        limits = self.limits
        active = [session for session in self.sessions() if session.identity is not None and not session.only_stops]
        own = [session for session in active if session.identity and session.identity.user == identity.user]
        observers = [session for session in active if session.identity and session.identity.role < Role.OPERATOR]
        bounds = [(active, limits.sessions), (own, limits.sessions_per_user)]
        if identity.role < Role.OPERATOR:
            bounds.append((observers, limits.sessions - limits.sessions_for_operators))
        for holders, most in bounds:
            if len(holders) >= most and not await self._drop_disconnected_session(holders):
                break
        else:
            return False
        self.journal.warn("sessions", f"no place is free for a session of {identity.user}")
        if identity.role < Role.OPERATOR or not limits.sessions_to_stop:
            raise UaStatusCodeError(ua.StatusCodes.BadTooManySessions)
        to_stop = [session for session in self.sessions() if session.only_stops]
        if len(to_stop) >= limits.sessions_to_stop:
            await self._end_session(to_stop[0])
        return True

    async def make_room_for_subscription(self, user: str, role: Role) -> None:
        """Drop the oldest orphan, or else a session without a connection, when a bound of subscriptions is reached.

        Subscriptions of a higher role stay.
        """
        rivals = self.subscription_service.rivals(user, role)
        if rivals is None or await self.subscription_service.drop_oldest_orphan(rivals):
            return
        holders = {sub.session_id for sub in rivals}
        await self._drop_disconnected_session([session for session in self.sessions() if session.session_id in holders])

    async def _drop_disconnected_session(self, among: list[ClientSession]) -> bool:
        """End the oldest of these sessions that has a user but no connection; return whether one was ended."""
        for session in among:
            if session.connection is None and session.identity is not None:
                await session.close_session(True)
                return True
        return False

    def on_session_closed(self, listener: Callable[[str], None]) -> None:
        """Register a listener; it is called with the session's identifier whenever a session ends."""
        self._session_listeners.append(listener)

    def notify_session_closed(self, session: str) -> None:
        """Call all listeners; an exception in one listener does not stop the others."""
        for listener in self._session_listeners:
            try:
                listener(session)
            except Exception as error:
                self.journal.internal_error("a session listener", error)

    async def close_sessions(self, selected: Callable[[ClientSession], bool]) -> None:
        """End the selected sessions and close their connections."""
        for session in self.sessions():
            if selected(session):
                await self._end_session(session)

    async def _end_session(self, session: ClientSession) -> None:
        connection = session.connection
        await session.close_session(True)
        if connection is not None:
            connection.hang_up()

    def has_outdated_user(self, session: ClientSession) -> bool:
        """Return whether the session's user was removed or has another role now."""
        users = self.authenticator.users
        if users is None or session.identity is None or session.state == SessionState.Closed:
            return False
        user = users.current(session.identity.user)
        return user is None or user.rank != session.identity.role

    async def refresh_conditions(self, subscription: int, item: int | None) -> None:
        """Send the retained conditions to one subscription again. Raises ``UaStatusCodeError``."""
        given = [] if item is None else [ua.Variant(item, ua.VariantType.UInt32)]
        number = ua.Variant(subscription, ua.VariantType.UInt32)
        answer = await self.subscription_service.condition_refresh(ua.NodeId(), number, *given)
        if isinstance(answer, ua.StatusCode) and not answer.is_good():
            raise UaStatusCodeError(answer.value)

    async def read_history(self, params: ua.HistoryReadParameters, most: int) -> list[ua.HistoryReadResult]:
        """Read the history of one node, at most ``most`` values per call."""
        node = params.NodesToRead[0].NodeId
        details = params.HistoryReadDetails
        if not self._has_history(node):
            code = ua.StatusCodes.BadHistoryOperationUnsupported
            return [ua.HistoryReadResult(StatusCode=ua.StatusCode(code))]
        if hasattr(details, "NumValuesPerNode"):
            details.NumValuesPerNode = min(details.NumValuesPerNode or most, most)
        try:
            results: list[ua.HistoryReadResult] = await self.history_manager.read_history(params)
        except UaStatusCodeError as error:
            return [ua.HistoryReadResult(StatusCode=ua.StatusCode(error.code))]
        return results

    def _has_history(self, node: ua.NodeId) -> bool:
        bits = {
            ua.AttributeIds.AccessLevel: ua.AccessLevel.HistoryRead,
            ua.AttributeIds.EventNotifier: ua.EventNotifier.HistoryRead,
        }
        for attribute, bit in bits.items():
            value: Any = self.aspace.read_attribute_value(node, attribute).Value
            if value is not None and isinstance(value.Value, int) and value.Value & (1 << bit.value):
                return True
        return False


class _NoUserManager:
    """A user manager without users: only the authenticator logs users in."""

    def get_user(self, *_given: Any, **_more: Any) -> None:
        return None

"""What all connections share: sessions, users, methods, subscriptions, limits."""

from __future__ import annotations

import logging
from collections.abc import Callable
from typing import Any

from asyncua import ua
from asyncua.server.internal_server import InternalServer
from asyncua.server.internal_session import SessionState
from asyncua.ua.uaerrors import UaStatusCodeError

from cellkit.access.audit import AuditLog
from cellkit.access.journal import Journal
from cellkit.access.users import UserDirectory
from cellkit.opcua.security.access import AttributeGuard
from cellkit.opcua.security.arguments import TypeChecker
from cellkit.opcua.security.certificates import der_of
from cellkit.opcua.security.channel import Gatekeeper
from cellkit.opcua.security.identity import Authenticator
from cellkit.opcua.security.methods import MethodTable
from cellkit.opcua.security.session import GatewaySession
from cellkit.opcua.security.settings import SecuritySettings
from cellkit.opcua.security.subscriptions import OwnedSubscriptions
from cellkit.opcua.security.view import BoundedView

log = logging.getLogger(__name__)


class GatewayCore(InternalServer):
    """asyncua's internal server with every service that a stranger reaches replaced."""

    view_service: BoundedView
    subscription_service: OwnedSubscriptions

    def __init__(self, settings: SecuritySettings, users: UserDirectory | None, audit: AuditLog | None) -> None:
        super().__init__(user_manager=_NoUserManager())
        self.settings = settings
        self.limits = settings.limits
        self.journal = Journal(audit)
        self.gatekeeper: Gatekeeper | None = None
        self.authenticator = Authenticator(users, settings.login, settings.lockout_file)
        types = TypeChecker(self.aspace)
        self.methods = MethodTable(self.aspace, types, self.journal)
        self.attributes = AttributeGuard(self.aspace, types, self.methods, self.journal)
        self.view_service = BoundedView(self.aspace, self.limits)
        self.subscription_service = OwnedSubscriptions(self.aspace, self, self.limits, self.journal)
        self.isession.subscription_service = self.subscription_service
        self._session_listeners: list[Callable[[str], None]] = []
        self.allow_remote_admin = False
        # asyncua's own limits, where they come first; the processor and the transport have stricter ones.
        self.max_connections = self.limits.connections
        self.max_pending_messages_per_connection = 0  # reading pauses instead
        self.max_pending_activation_seconds = self.limits.pending_seconds
        self.max_subscriptions = self.limits.subscriptions

    @property
    def certificate_bytes(self) -> bytes:
        """The server's certificate; nothing without security."""
        return b"" if self.certificate is None else der_of(self.certificate)

    def trusts(self, certificate: bytes) -> bool:
        """Whether a client's channel may go on."""
        return self.gatekeeper is None or self.gatekeeper.trusts(certificate)

    def sessions(self) -> list[GatewaySession]:
        """The clients' sessions that are not closed."""
        return [session for session in self._external_sessions.values() if isinstance(session, GatewaySession)]

    async def new_session(self, peer: tuple[str, int], certificate: bytes | None) -> GatewaySession:
        """Raises ``UaStatusCodeError``."""
        if len(self._external_sessions) >= self.limits.sessions and not await self._drop_one_left_behind():
            most = self.limits.sessions
            self.journal.warn("sessions", f"a session of {peer[0]} was refused: there are {most} already")
            raise UaStatusCodeError(ua.StatusCodes.BadTooManySessions)
        return GatewaySession(self, peer, certificate)

    async def make_room_for(self, user: str) -> None:
        """Raises ``UaStatusCodeError`` when the user has as many sessions as one may have, all of them in use."""
        own = [session for session in self.sessions() if session.identity is not None and session.identity.user == user]
        if len(own) >= self.limits.sessions_per_user and not await self._drop_one_left_behind(user):
            raise UaStatusCodeError(ua.StatusCodes.BadTooManySessions)

    async def make_room_for_subscription(self) -> None:
        """Drop a session that lost its connection, if there are too many subscriptions."""
        if self.subscription_service.is_full():
            await self._drop_one_left_behind()

    async def _drop_one_left_behind(self, user: str | None = None) -> bool:
        """End the oldest session that waits for its client to come back."""
        for session in self.sessions():  # the oldest first
            identity = session.identity
            if session.connection is None and identity is not None and user in {None, identity.user}:
                await session.close_session(True)
                return True
        return False

    def on_session_closed(self, listener: Callable[[str], None]) -> None:
        """Call it with the session's identifier when a session ends, however it ends."""
        self._session_listeners.append(listener)

    def tell_session_closed(self, session: str) -> None:
        """Call all listeners; one's fault is not another's."""
        for listener in self._session_listeners:
            try:
                listener(session)
            except Exception as error:
                self.journal.trouble("a listener of sessions", error)

    async def close_sessions(self, which: Callable[[GatewaySession], bool]) -> None:
        """End sessions from here, and their connections."""
        for session in self.sessions():
            if which(session):
                connection = session.connection
                await session.close_session(True)
                if connection is not None:
                    connection.hang_up()

    def check_users(self) -> Callable[[GatewaySession], bool]:
        """Tells the sessions whose user is gone or has another role now."""
        users = self.authenticator.users

        def outdated(session: GatewaySession) -> bool:
            if users is None or session.identity is None or session.state == SessionState.Closed:
                return False
            user = users.current(session.identity.user)
            return user is None or user.rank != session.identity.role

        return outdated

    async def refresh_conditions(self, subscription: int, item: int | None) -> None:
        """Send the conditions that are retained to one subscription again. Raises ``UaStatusCodeError``."""
        given = [] if item is None else [ua.Variant(item, ua.VariantType.UInt32)]
        number = ua.Variant(subscription, ua.VariantType.UInt32)
        answer = await self.subscription_service.condition_refresh(ua.NodeId(), number, *given)
        if isinstance(answer, ua.StatusCode) and not answer.is_good():
            raise UaStatusCodeError(answer.value)

    async def read_history(self, params: ua.HistoryReadParameters, most: int) -> list[ua.HistoryReadResult]:
        """Of one node; at most so many values at once."""
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
    """Nobody logs in past the authenticator."""

    def get_user(self, *_given: Any, **_more: Any) -> None:
        return None

"""A network client's session: bound to its certificate and its user, without access to other sessions' objects."""

from __future__ import annotations

import asyncio
import hmac
import math
import secrets
import uuid
from typing import Any

from asyncua import ua
from asyncua.common.utils import create_nonce
from asyncua.crypto.permission_rules import User, UserRole
from asyncua.server.internal_session import InternalSession, SessionState
from asyncua.ua.uaerrors import UaStatusCodeError

from cellkit.access.caller import Caller
from cellkit.opcua.security.certificates import (
    CertificateRefused,
    application_uris,
    parse_certificate,
    split_chain,
    thumbprint,
)
from cellkit.opcua.security.identity import TokenContext, UserAccessDenied, UserIdentity
from cellkit.opcua.security.internal_server import GatewayInternalServer, SessionConnection
from cellkit.opcua.security.subscriptions import OwnedSubscription
from cellkit.opcua.security.view import ContinuationPoints

NONCE_LENGTH = 32


class GatewaySession(InternalSession):
    """One session; every service checks that the subscriptions and items it uses belong to this session."""

    state: SessionState

    def __init__(self, core: GatewayInternalServer, peer: tuple[str, int], certificate: bytes | None) -> None:
        super().__init__(core, core.aspace, core.subscription_service, f"{peer[0]}:{peer[1]}", external=False)
        self.core = core
        self.peer = peer
        self.certificate = certificate
        """The client's application certificate (DER); every channel of the session must have it."""
        self.user = User(role=UserRole.User)
        self.identity: UserIdentity | None = None
        self.session_id = ua.NodeId(uuid.uuid4(), 1)
        self.auth_token = ua.NodeId(secrets.token_bytes(32), 0)
        self.points = ContinuationPoints(core.limits.continuation_points)
        self.connection: SessionConnection | None = None
        """The connection that serves the session now; None while the client is disconnected."""
        self.only_stops = False
        """Whether the session has one of the places from which a user can only read and stop."""
        self.external = True
        core.register_external_session(self)

    @property
    def caller(self) -> Caller:
        """The user of the session. Raises ``UaStatusCodeError`` before the session is activated."""
        if self.identity is None:
            raise UaStatusCodeError(ua.StatusCodes.BadSessionNotActivated)
        mark = None if self.certificate is None else thumbprint(self.certificate)
        return Caller(
            self.identity.user, self.identity.role, self.session_id.to_string(), f"{self.peer[0]}:{self.peer[1]}", mark
        )

    def owns_token(self, token: ua.NodeId) -> bool:
        """Return whether the token is the session's authentication token."""
        given = token.Identifier if isinstance(token.Identifier, bytes) else b""
        return hmac.compare_digest(given, self.auth_token.Identifier)

    # -- life cycle

    async def create_session(
        self, params: ua.CreateSessionParameters, sockname: tuple[str, int] | None = None
    ) -> ua.CreateSessionResult:
        """Create the session. Raises ``UaStatusCodeError`` unless the client is the one that opened the channel."""
        self._check_client(params)
        shortest, longest = self.core.limits.session_timeout
        asked = float(params.RequestedSessionTimeout) / 1000.0
        self.session_timeout = min(max(asked, shortest), longest) if math.isfinite(asked) else longest
        self.nonce = create_nonce(NONCE_LENGTH)
        endpoint = ua.GetEndpointsParameters(EndpointUrl=params.EndpointUrl)
        return ua.CreateSessionResult(
            SessionId=self.session_id,
            AuthenticationToken=self.auth_token,
            RevisedSessionTimeout=self.session_timeout * 1000.0,
            MaxRequestMessageSize=self.core.limits.message_size,
            ServerNonce=self.nonce,
            ServerEndpoints=await self.get_endpoints(params=endpoint, sockname=sockname),
        )

    def _check_client(self, params: ua.CreateSessionParameters) -> None:
        if self.certificate is None:
            return
        if len(params.ClientNonce or b"") < NONCE_LENGTH:
            raise UaStatusCodeError(ua.StatusCodes.BadNonceInvalid)
        try:
            sent = split_chain(params.ClientCertificate)[0]
        except CertificateRefused:
            sent = b""
        if sent != self.certificate:
            self.core.journal.session_event("session refused", None, "BadSecurityChecksFailed", peer=self.name)
            raise UaStatusCodeError(ua.StatusCodes.BadSecurityChecksFailed)
        if params.ClientDescription.ApplicationUri not in application_uris(parse_certificate(self.certificate)):
            self.core.journal.session_event("session refused", None, "BadCertificateUriInvalid", peer=self.name)
            raise UaStatusCodeError(ua.StatusCodes.BadCertificateUriInvalid)

    async def activate(self, params: ua.ActivateSessionParameters, policy_uri: str, new_channel: bool) -> bytes:
        """Log the user in and return the next server nonce. Raises ``UaStatusCodeError``."""
        if self.state == SessionState.Closed:
            raise UaStatusCodeError(ua.StatusCodes.BadSessionIdInvalid)
        context = TokenContext(
            policy_uri, self.nonce or b"", self.core.certificate_bytes, self.core.private_key, self.peer[0]
        )
        try:
            identity = await self.core.authenticator.identify(
                params.UserIdentityToken, params.UserTokenSignature, context
            )
        except UserAccessDenied as denial:
            self.core.journal.session_event("log-in refused", None, denial.reason, user=denial.user, peer=self.name)
            raise
        except UaStatusCodeError as error:
            self.core.journal.session_event("log-in refused", None, ua.StatusCode(error.code).name, peer=self.name)
            raise
        if self.state == SessionState.Closed:  # while the password was checked
            raise UaStatusCodeError(ua.StatusCodes.BadSessionIdInvalid)
        if self.identity is not None and identity != self.identity:
            code = ua.StatusCodes.BadUserAccessDenied if new_channel else ua.StatusCodes.BadIdentityChangeNotSupported
            raise UaStatusCodeError(code)
        if self.identity is None:
            self.only_stops = await self.core.place_for_user(identity)
            self.identity = identity
            self.user = User(role=UserRole.User, name=identity.user)
            self.core.journal.session_event("session begins", self.caller)
        nonce: bytes = create_nonce(NONCE_LENGTH)
        self.nonce = nonce
        self.state = SessionState.Activated
        self.touch()
        self._start_timeout_watchdog()
        return nonce

    async def close_session(self, delete_subs: bool = True) -> None:
        """End the session and notify the listeners; a second call does nothing."""
        if self.state == SessionState.Closed:
            return
        self.state = SessionState.Closed
        self.core.unregister_external_session(self)
        if self._timeout_task is not None and self._timeout_task is not asyncio.current_task():
            self._timeout_task.cancel()
        if self.identity is not None:
            self.core.journal.session_event("session ends", self.caller)
            self.core.notify_session_closed(self.session_id.to_string())
        service = self.core.subscription_service
        if delete_subs:
            await service.delete_subscriptions([sub.data.SubscriptionId for sub in service.of_session(self.session_id)])
        else:
            service.orphan(self.session_id, self.session_timeout or 0.0)

    # -- attributes, view, methods

    async def read(self, params: ua.ReadParameters) -> list[ua.DataValue]:
        """Read attributes as this user may see them."""
        if not params.MaxAge >= 0:
            raise UaStatusCodeError(ua.StatusCodes.BadMaxAgeInvalid)
        caller, guard = self.caller, self.core.attributes
        return [guard.read(caller, item, params.TimestampsToReturn) for item in params.NodesToRead]

    async def write(self, params: ua.WriteParameters) -> list[ua.StatusCode]:
        """Write values of the variables that were made writable."""
        caller = self.caller
        if self.only_stops:
            return [ua.StatusCode(ua.StatusCodes.BadResourceUnavailable) for _ in params.NodesToWrite]
        return [await self.core.attributes.write(caller, item) for item in params.NodesToWrite]

    async def browse(self, params: ua.BrowseParameters) -> list[ua.BrowseResult]:
        """Browse nodes; each result holds at most one portion of references."""
        return self.core.view_service.browse_in_portions(params, self.points)

    async def browse_next(self, parameters: ua.BrowseNextParameters) -> list[ua.BrowseResult]:
        """Return the next portions of earlier browse results."""
        return self.core.view_service.next(parameters, self.points)

    async def call(self, params: list[ua.CallMethodRequest]) -> list[ua.CallMethodResult]:
        """Call methods; each method has a result of its own."""
        caller = self.caller
        return [await self.core.methods.call(caller, request, self.only_stops) for request in params]

    async def history_read(self, params: ua.HistoryReadParameters) -> list[ua.HistoryReadResult]:
        """Read the history of nodes."""
        results = []
        most = max(self.core.limits.history_values // len(params.NodesToRead), 1)
        for item in params.NodesToRead:
            single = ua.HistoryReadParameters(
                HistoryReadDetails=params.HistoryReadDetails,
                TimestampsToReturn=params.TimestampsToReturn,
                ReleaseContinuationPoints=params.ReleaseContinuationPoints,
                NodesToRead=[item],
            )
            results.extend(await self.core.read_history(single, most))
        return results

    # -- subscriptions: only the session's own

    def own_subscription(self, number: int) -> OwnedSubscription:
        """Return the session's subscription of that number. Raises ``UaStatusCodeError``."""
        if not self.owns_subscription(number):
            raise UaStatusCodeError(ua.StatusCodes.BadSubscriptionIdInvalid)
        sub: OwnedSubscription = self.core.subscription_service.subscriptions[number]
        return sub

    def owns_subscription(self, number: int) -> bool:
        """Return whether the subscription belongs to this session."""
        sub = self.core.subscription_service.subscriptions.get(number)
        return isinstance(sub, OwnedSubscription) and sub.session_id == self.session_id

    async def create_subscription(
        self, params: ua.CreateSubscriptionParameters, callback: Any, request_callback: Any = None
    ) -> ua.CreateSubscriptionResult:
        """Create a subscription; its interval and lifetime are revised to the server's limits."""
        caller = self.caller
        if self.only_stops:
            raise UaStatusCodeError(ua.StatusCodes.BadTooManySubscriptions)
        await self.core.make_room_for_subscription(caller.user, caller.role)
        return await self.core.subscription_service.create_owned(
            params, self.session_id, caller.user, caller.role, callback, request_callback
        )

    def modify_subscription(self, params: ua.ModifySubscriptionParameters) -> ua.ModifySubscriptionResult:
        """Modify a subscription; its parameters are revised as on creation."""
        sub, service = self.own_subscription(params.SubscriptionId), self.core.subscription_service
        service.revise(sub.data, params)
        sub.most_notifications = service.most_notifications(params.MaxNotificationsPerPublish)
        result = ua.ModifySubscriptionResult()
        service.revise(result, params)
        return result

    async def delete_subscriptions(self, ids: list[int]) -> list[ua.StatusCode]:
        """Delete subscriptions; those of other sessions are answered BadSubscriptionIdInvalid."""
        return [
            (await self.core.subscription_service.delete_subscriptions([number]))[0]
            if self.owns_subscription(number)
            else ua.StatusCode(ua.StatusCodes.BadSubscriptionIdInvalid)
            for number in ids
        ]

    async def set_publishing_mode(self, params: ua.SetPublishingModeParameters) -> list[ua.StatusCode]:
        """Switch publishing of the session's own subscriptions on or off."""
        results = []
        for number in params.SubscriptionIds:
            if self.owns_subscription(number):
                await self.own_subscription(number).set_publishing_mode(params.PublishingEnabled)
                results.append(ua.StatusCode())
            else:
                results.append(ua.StatusCode(ua.StatusCodes.BadSubscriptionIdInvalid))
        return results

    async def transfer(
        self, params: ua.TransferSubscriptionsParameters, result_callback: Any, request_callback: Any
    ) -> list[ua.TransferResult]:
        """Take over subscriptions from an earlier session of the same user."""
        results = []
        for number in params.SubscriptionIds:
            sub = self.core.subscription_service.subscriptions.get(number)
            # Without certificates all clients share one user name, so a transfer is never allowed.
            if self.certificate is None or not isinstance(sub, OwnedSubscription) or sub.user != self.caller.user:
                code = ua.StatusCodes.BadSubscriptionIdInvalid
                results.append(ua.TransferResult(StatusCode=ua.StatusCode(code)))
                continue
            mine = self.core.subscription_service.of_session(self.session_id)
            if self.only_stops or (sub not in mine and len(mine) >= self.core.limits.subscriptions_per_session):
                code = ua.StatusCodes.BadTooManySubscriptions
                results.append(ua.TransferResult(StatusCode=ua.StatusCode(code)))
                continue
            if sub not in mine:
                await sub.report_transfer()
            sub.hand_over(self.session_id, result_callback, request_callback)
            sub.role = self.caller.role
            results.append(ua.TransferResult(AvailableSequenceNumbers=sub.waiting_messages()))
            if params.SendInitialValues:
                await sub.monitored_item_srv.report_again()
        return results

    def publish(self, acks: Any = None) -> tuple[int, list[ua.StatusCode]]:
        """Acknowledge messages; return the session's number of subscriptions and a status per acknowledgement."""
        mine = self.core.subscription_service.of_session(self.session_id)
        if not mine:
            raise UaStatusCodeError(ua.StatusCodes.BadNoSubscription)
        unknown = ua.StatusCode(ua.StatusCodes.BadSubscriptionIdInvalid)
        return len(mine), [
            self.own_subscription(ack.SubscriptionId).acknowledge(ack.SequenceNumber)
            if self.owns_subscription(ack.SubscriptionId)
            else unknown
            for ack in acks or []
        ]

    def republish(self, params: ua.RepublishParameters) -> ua.NotificationMessage:
        """Return a message that was sent before and is not acknowledged."""
        return self.own_subscription(params.SubscriptionId).republish(params.RetransmitSequenceNumber)

    # -- monitored items

    async def create_monitored_items(
        self, params: ua.CreateMonitoredItemsParameters
    ) -> list[ua.MonitoredItemCreateResult]:
        """Create monitored items; their number is limited per session and per user."""
        sub = self.own_subscription(params.SubscriptionId)
        limits, service, user = self.core.limits, self.core.subscription_service, self.caller.user

        def refusal(node: ua.NodeId, attribute: int) -> ua.StatusCode | None:
            if (
                _items(service.of_session(self.session_id)) >= limits.monitored_items_per_session
                or _items(service.of_user(user)) >= limits.monitored_items_per_user
            ):
                return ua.StatusCode(ua.StatusCodes.BadTooManyMonitoredItems)
            return self.core.attributes.refusal(node, attribute)

        return await sub.monitored_item_srv.create_each(params, refusal)

    async def modify_monitored_items(
        self, params: ua.ModifyMonitoredItemsParameters
    ) -> list[ua.MonitoredItemModifyResult]:
        """Modify monitored items of one of the session's own subscriptions."""
        items = self.own_subscription(params.SubscriptionId).monitored_item_srv
        return list(items.modify_monitored_items(params))

    async def delete_monitored_items(self, params: ua.DeleteMonitoredItemsParameters) -> list[ua.StatusCode]:
        """Delete monitored items of one of the session's own subscriptions."""
        items = self.own_subscription(params.SubscriptionId).monitored_item_srv
        return list(items.delete_monitored_items(params.MonitoredItemIds))

    async def set_monitoring_mode(self, params: ua.SetMonitoringModeParameters) -> list[ua.StatusCode]:
        """Set the monitoring mode of items of one of the session's own subscriptions."""
        items = self.own_subscription(params.SubscriptionId).monitored_item_srv
        return list(await items.set_monitoring_mode(params.MonitoringMode, params.MonitoredItemIds))


def _items(subscriptions: list[OwnedSubscription]) -> int:
    return sum(len(sub.monitored_item_srv) for sub in subscriptions)

"""A network client's session: bound to its certificate and its user, and to nothing that is another's."""

from __future__ import annotations

import asyncio
import hmac
import logging
import math
import secrets
import uuid
from typing import TYPE_CHECKING, Any

from asyncua import ua
from asyncua.common.utils import create_nonce
from asyncua.crypto.permission_rules import User, UserRole
from asyncua.server.internal_session import InternalSession, SessionState
from asyncua.ua.uaerrors import UaStatusCodeError

from cellkit.access.caller import Caller
from cellkit.opcua.security.certificates import CertificateRefused, application_uris, parse, split_chain, thumbprint
from cellkit.opcua.security.identity import Denied, Identity, Proof
from cellkit.opcua.security.subscriptions import OwnedSubscription
from cellkit.opcua.security.view import ContinuationPoints

if TYPE_CHECKING:
    from cellkit.opcua.security.core import GatewayCore
    from cellkit.opcua.security.processor import GatewayProcessor

log = logging.getLogger(__name__)

NONCE_LENGTH = 32


class GatewaySession(InternalSession):
    """One session; every service checks that what it touches belongs to it."""

    state: SessionState

    def __init__(self, core: GatewayCore, peer: tuple[str, int], certificate: bytes | None) -> None:
        super().__init__(core, core.aspace, core.subscription_service, f"{peer[0]}:{peer[1]}", external=False)
        self.core = core
        self.peer = peer
        self.certificate = certificate
        """The client's application certificate; every channel of the session must have it."""
        self.user = User(role=UserRole.User)
        self.identity: Identity | None = None
        self.session_id = ua.NodeId(uuid.uuid4(), 1)
        self.auth_token = ua.NodeId(secrets.token_bytes(32), 0)
        self.points = ContinuationPoints(core.limits.continuation_points)
        self.connection: GatewayProcessor | None = None
        """The connection that serves the session now."""
        self.external = True
        core.register_external_session(self)

    @property
    def caller(self) -> Caller:
        """Who the session belongs to. Raises ``UaStatusCodeError`` before it is activated."""
        if self.identity is None:
            raise UaStatusCodeError(ua.StatusCodes.BadSessionNotActivated)
        mark = None if self.certificate is None else thumbprint(self.certificate)
        return Caller(
            self.identity.user, self.identity.role, self.session_id.to_string(), f"{self.peer[0]}:{self.peer[1]}", mark
        )

    def owns_token(self, token: ua.NodeId) -> bool:
        """Whether this is the session's secret."""
        given = token.Identifier if isinstance(token.Identifier, bytes) else b""
        return hmac.compare_digest(given, self.auth_token.Identifier)

    # -- beginning and end

    async def create_session(
        self, params: ua.CreateSessionParameters, sockname: tuple[str, int] | None = None
    ) -> ua.CreateSessionResult:
        """The client must be the one that opened the channel. Raises ``UaStatusCodeError``."""
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
            self.core.journal.session("session refused", None, "BadSecurityChecksFailed", peer=self.name)
            raise UaStatusCodeError(ua.StatusCodes.BadSecurityChecksFailed)
        if params.ClientDescription.ApplicationUri not in application_uris(parse(self.certificate)):
            self.core.journal.session("session refused", None, "BadCertificateUriInvalid", peer=self.name)
            raise UaStatusCodeError(ua.StatusCodes.BadCertificateUriInvalid)

    async def activate(self, params: ua.ActivateSessionParameters, policy_uri: str, new_channel: bool) -> bytes:
        """Log the user in; the next nonce. Raises ``UaStatusCodeError``."""
        if self.state == SessionState.Closed:
            raise UaStatusCodeError(ua.StatusCodes.BadSessionIdInvalid)
        proof = Proof(policy_uri, self.nonce or b"", self.core.certificate_bytes, self.core.private_key, self.peer[0])
        try:
            identity = await self.core.authenticator.identify(
                params.UserIdentityToken, params.UserTokenSignature, proof
            )
        except Denied as denied:
            self.core.journal.session("log-in refused", None, denied.reason, user=denied.user, peer=self.name)
            raise
        except UaStatusCodeError as error:
            self.core.journal.session("log-in refused", None, ua.StatusCode(error.code).name, peer=self.name)
            raise
        if self.state == SessionState.Closed:  # while the password was checked
            raise UaStatusCodeError(ua.StatusCodes.BadSessionIdInvalid)
        if self.identity is not None and identity != self.identity:
            code = ua.StatusCodes.BadUserAccessDenied if new_channel else ua.StatusCodes.BadIdentityChangeNotSupported
            raise UaStatusCodeError(code)
        if self.identity is None:
            await self.core.make_room_for(identity.user)
            self.identity = identity
            self.user = User(role=UserRole.User, name=identity.user)
            self.core.journal.session("session begins", self.caller)
        nonce: bytes = create_nonce(NONCE_LENGTH)
        self.nonce = nonce
        self.state = SessionState.Activated
        self.touch()
        self._start_timeout_watchdog()
        return nonce

    async def close_session(self, delete_subs: bool = True) -> None:
        """End it, for whatever reason; listeners are told once."""
        if self.state == SessionState.Closed:
            return
        self.state = SessionState.Closed
        self.core.unregister_external_session(self)
        if self._timeout_task is not None and self._timeout_task is not asyncio.current_task():
            self._timeout_task.cancel()
        if self.identity is not None:
            self.core.journal.session("session ends", self.caller)
            self.core.tell_session_closed(self.session_id.to_string())
        if delete_subs:
            numbers = [sub.data.SubscriptionId for sub in self.core.subscription_service.of_session(self.session_id)]
            await self.core.subscription_service.delete_subscriptions(numbers)

    # -- attributes, view, methods

    async def read(self, params: ua.ReadParameters) -> list[ua.DataValue]:
        """Each as this user sees it."""
        if not params.MaxAge >= 0:
            raise UaStatusCodeError(ua.StatusCodes.BadMaxAgeInvalid)
        caller, guard = self.caller, self.core.attributes
        return [guard.read(caller, item, params.TimestampsToReturn) for item in params.NodesToRead]

    async def write(self, params: ua.WriteParameters) -> list[ua.StatusCode]:
        """Only what was made writable."""
        caller = self.caller
        return [await self.core.attributes.write(caller, item) for item in params.NodesToWrite]

    async def browse(self, params: ua.BrowseParameters) -> list[ua.BrowseResult]:
        """In portions."""
        return self.core.view_service.browse_in_portions(params, self.points)

    async def browse_next(self, parameters: ua.BrowseNextParameters) -> list[ua.BrowseResult]:
        """The next portions."""
        return self.core.view_service.next(parameters, self.points)

    async def call(self, params: list[ua.CallMethodRequest]) -> list[ua.CallMethodResult]:
        """Each method judged alone."""
        caller = self.caller
        return [await self.core.methods.call(caller, request) for request in params]

    async def history_read(self, params: ua.HistoryReadParameters) -> list[ua.HistoryReadResult]:
        """History of nodes that offer it to this user."""
        caller, results = self.caller, []
        most = max(self.core.limits.history_values // len(params.NodesToRead), 1)
        for item in params.NodesToRead:
            if not self.core.attributes.read_allowed(caller, item.NodeId):
                refused = ua.StatusCode(ua.StatusCodes.BadUserAccessDenied)
                results.append(ua.HistoryReadResult(StatusCode=refused))
                continue
            one = ua.HistoryReadParameters(
                HistoryReadDetails=params.HistoryReadDetails,
                TimestampsToReturn=params.TimestampsToReturn,
                ReleaseContinuationPoints=params.ReleaseContinuationPoints,
                NodesToRead=[item],
            )
            results.extend(await self.core.read_history(one, most))
        return results

    # -- subscriptions: only its own

    def own(self, number: int) -> OwnedSubscription:
        """The session's subscription of that number. Raises ``UaStatusCodeError``."""
        sub = self.core.subscription_service.subscriptions.get(number)
        if not isinstance(sub, OwnedSubscription) or sub.session_id != self.session_id:
            raise UaStatusCodeError(ua.StatusCodes.BadSubscriptionIdInvalid)
        return sub

    def owns(self, number: int) -> bool:
        """Whether the subscription is the session's."""
        sub = self.core.subscription_service.subscriptions.get(number)
        return isinstance(sub, OwnedSubscription) and sub.session_id == self.session_id

    async def create_subscription(
        self, params: ua.CreateSubscriptionParameters, callback: Any, request_callback: Any = None
    ) -> ua.CreateSubscriptionResult:
        """Bounded in number, interval and lifetime."""
        caller = self.caller
        await self.core.make_room_for_subscription()
        return await self.core.subscription_service.create_owned(
            params, self.session_id, caller.user, caller.role, callback, request_callback
        )

    def modify_subscription(self, params: ua.ModifySubscriptionParameters) -> ua.ModifySubscriptionResult:
        """Revised as when it was made."""
        sub, service = self.own(params.SubscriptionId), self.core.subscription_service
        service.revise(sub.data, params)
        sub.most_notifications = service.most_notifications(params.MaxNotificationsPerPublish)
        result = ua.ModifySubscriptionResult()
        service.revise(result, params)
        return result

    async def delete_subscriptions(self, ids: list[int]) -> list[ua.StatusCode]:
        """Others' numbers are unknown here."""
        return [
            (await self.core.subscription_service.delete_subscriptions([number]))[0]
            if self.owns(number)
            else ua.StatusCode(ua.StatusCodes.BadSubscriptionIdInvalid)
            for number in ids
        ]

    async def set_publishing_mode(self, params: ua.SetPublishingModeParameters) -> list[ua.StatusCode]:
        """Of its own."""
        results = []
        for number in params.SubscriptionIds:
            if self.owns(number):
                await self.own(number).set_publishing_mode(params.PublishingEnabled)
                results.append(ua.StatusCode())
            else:
                results.append(ua.StatusCode(ua.StatusCodes.BadSubscriptionIdInvalid))
        return results

    async def transfer(
        self, params: ua.TransferSubscriptionsParameters, result_callback: Any, request_callback: Any
    ) -> list[ua.TransferResult]:
        """Take over subscriptions of an earlier session of the same user."""
        results = []
        for number in params.SubscriptionIds:
            sub = self.core.subscription_service.subscriptions.get(number)
            # Without certificates everybody has the same name; then nobody takes anything over.
            if self.certificate is None or not isinstance(sub, OwnedSubscription) or sub.user != self.caller.user:
                code = ua.StatusCodes.BadSubscriptionIdInvalid
                results.append(ua.TransferResult(StatusCode=ua.StatusCode(code)))
                continue
            mine = self.core.subscription_service.of_session(self.session_id)
            if sub not in mine and len(mine) >= self.core.limits.subscriptions_per_session:
                code = ua.StatusCodes.BadTooManySubscriptions
                results.append(ua.TransferResult(StatusCode=ua.StatusCode(code)))
                continue
            sub.hand_over(self.session_id, result_callback, request_callback)
            sub.role = self.caller.role
            results.append(ua.TransferResult(AvailableSequenceNumbers=sub.waiting_messages()))
            if params.SendInitialValues:
                await sub.monitored_item_srv.report_again()
        return results

    def publish(self, acks: Any = None) -> tuple[int, list[ua.StatusCode]]:
        """Acknowledge; how many subscriptions the session has."""
        mine = self.core.subscription_service.of_session(self.session_id)
        if not mine:
            raise UaStatusCodeError(ua.StatusCodes.BadNoSubscription)
        unknown = ua.StatusCode(ua.StatusCodes.BadSubscriptionIdInvalid)
        return len(mine), [
            self.own(ack.SubscriptionId).acknowledge(ack.SequenceNumber) if self.owns(ack.SubscriptionId) else unknown
            for ack in acks or []
        ]

    def republish(self, params: ua.RepublishParameters) -> ua.NotificationMessage:
        """A message again."""
        return self.own(params.SubscriptionId).republish(params.RetransmitSequenceNumber)

    # -- monitored items

    async def create_monitored_items(
        self, params: ua.CreateMonitoredItemsParameters
    ) -> list[ua.MonitoredItemCreateResult]:
        """Bounded over all of the session's subscriptions."""
        sub = self.own(params.SubscriptionId)
        caller, most = self.caller, self.core.limits.monitored_items_per_session

        def refusal(node: ua.NodeId, attribute: int) -> ua.StatusCode | None:
            mine = self.core.subscription_service.of_session(self.session_id)
            if sum(len(each.monitored_item_srv) for each in mine) >= most:
                return ua.StatusCode(ua.StatusCodes.BadTooManyMonitoredItems)
            return self.core.attributes.refusal(caller, node, attribute)

        return await sub.monitored_item_srv.create_each(params, refusal)

    async def modify_monitored_items(
        self, params: ua.ModifyMonitoredItemsParameters
    ) -> list[ua.MonitoredItemModifyResult]:
        """Of its own."""
        items = self.own(params.SubscriptionId).monitored_item_srv
        return list(items.modify_monitored_items(params))

    async def delete_monitored_items(self, params: ua.DeleteMonitoredItemsParameters) -> list[ua.StatusCode]:
        """Of its own."""
        items = self.own(params.SubscriptionId).monitored_item_srv
        return list(items.delete_monitored_items(params.MonitoredItemIds))

    async def set_monitoring_mode(self, params: ua.SetMonitoringModeParameters) -> list[ua.StatusCode]:
        """Of its own."""
        items = self.own(params.SubscriptionId).monitored_item_srv
        return list(await items.set_monitoring_mode(params.MonitoringMode, params.MonitoredItemIds))

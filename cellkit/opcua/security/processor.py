"""The messages of one connection: channel first, then session, then services; any other order ends the connection."""

from __future__ import annotations

import asyncio
import struct
import time
from datetime import UTC, datetime, timedelta
from enum import IntEnum
from typing import Any

from asyncua import ua
from asyncua.crypto import uacrypto
from asyncua.crypto.security_policies import SecurityPolicyNone
from asyncua.server.internal_session import SessionState
from asyncua.server.uaprocessor import PublishRequestData, UaProcessor
from asyncua.ua.ua_binary import nodeid_from_binary, struct_from_binary, struct_to_binary, uatcp_to_binary
from asyncua.ua.uaerrors import UaError, UaStatusCodeError
from cryptography.exceptions import InvalidSignature

from cellkit.access.caller import current_caller
from cellkit.opcua.security.decoding import BoundedBuffer, TooManyParts
from cellkit.opcua.security.internal_server import GatewayInternalServer
from cellkit.opcua.security.services import SERVICES, Service, request_id
from cellkit.opcua.security.session import NONCE_LENGTH, GatewaySession
from cellkit.opcua.security.settings import ServerLimits

CREATE, ACTIVATE, CLOSE = request_id("CreateSession"), request_id("ActivateSession"), request_id("CloseSession")
ENDPOINTS, SERVERS = request_id("GetEndpoints"), request_id("FindServers")
PUBLISH = request_id("Publish")
SMALLEST_BUFFER = 8192
DISCOVERY_LENGTH = 4096  # of an endpoint URL
FLUSH_SECONDS = 5.0

MALFORMED = (
    InvalidSignature,
    uacrypto.InvalidSignature,
    UaError,
    struct.error,
    ValueError,
    TypeError,
    AttributeError,
    ArithmeticError,
    LookupError,
    RecursionError,
)
"""The exceptions that decoding a malformed message can raise; none of them is an internal error."""


class ProtocolViolation(Exception):
    """The client broke the protocol: it receives an error message with the code and is disconnected."""

    def __init__(self, code: int, reason: str) -> None:
        super().__init__(reason)
        self.code = code


class Progress(IntEnum):
    """The steps of a client on its way to a session."""

    NONE = 0
    HELLO = 1
    DISCOVERY = 2
    """A channel without security."""
    CHANNEL = 3
    SESSION = 4


class GatewayProcessor(UaProcessor):
    """Answers the messages of one connection."""

    session: GatewaySession | None

    def __init__(self, core: GatewayInternalServer, transport: Any, limits: Any) -> None:
        super().__init__(core, transport, limits)
        self.core = core
        self.peer: tuple[str, int] = (str(self.name[0]), int(self.name[1])) if self.name else ("unknown", 0)
        self._greeted = False
        self._channel_ends = 0.0
        self._response_size = core.limits.response_size
        self._running: set[asyncio.Task[None]] = set()

    @property
    def limits(self) -> ServerLimits:
        """The server's limits."""
        return self.core.limits

    def is_active(self) -> bool:
        """Return whether a user is logged in on this connection."""
        return self.session is not None and self.session.is_activated()

    @property
    def progress(self) -> Progress:
        """How far the client has come."""
        if self.session is not None:
            return Progress.SESSION
        if self._connection.is_open():
            return Progress.DISCOVERY if self._is_insecure() else Progress.CHANNEL
        return Progress.HELLO if self._greeted else Progress.NONE

    def client_certificate(self) -> bytes | None:
        """Return the client certificate (DER) of the channel; None on a channel without security."""
        if not self._connection.is_open() or self._is_insecure():
            return None
        return bytes(self._connection.security_policy.peer_certificate)

    def _is_insecure(self) -> bool:
        return bool(self._connection.security_policy.URI == SecurityPolicyNone.URI)

    # -- frames

    async def process(self, header: ua.Header, body: Any) -> bool:
        """Process one frame; return False to end the connection."""
        try:
            return await self._process_frame(header, body)
        except ProtocolViolation as violation:
            self._send_error(violation.code)
            self.core.journal.warn(f"protocol {violation}", f"{self.peer[0]} was disconnected: {violation}")
        except UaStatusCodeError as error:
            self._send_error(error.code)
            name = ua.StatusCode(error.code).name
            self.core.journal.warn(f"protocol {name}", f"{self.peer[0]} was disconnected: {name}")
        except MALFORMED as error:
            self._send_error(ua.StatusCodes.BadTcpMessageTypeInvalid if not self._greeted else _SECURITY)
            kind = type(error).__name__
            self.core.journal.warn(f"malformed {kind}", f"{self.peer[0]} was disconnected: malformed message ({kind})")
        except Exception as error:
            self._send_error(ua.StatusCodes.BadTcpInternalError)
            self.core.journal.internal_error("a connection", error)
        return False

    def hang_up(self) -> None:
        """Close the connection; data that the client does not read within ``FLUSH_SECONDS`` is dropped."""
        self._transport.close()
        asyncio.get_running_loop().call_later(FLUSH_SECONDS, self._transport.abort)

    def _send_error(self, code: int) -> None:
        message = ua.ErrorMessage(ua.StatusCode(code), ua.StatusCode(code).name)
        self._transport.write(uatcp_to_binary(ua.MessageType.Error, message))

    async def _process_frame(self, header: ua.Header, body: Any) -> bool:
        kind = header.MessageType
        if kind == ua.MessageType.Hello:
            self._greet(struct_from_binary(ua.Hello, body))
            return True
        if not self._greeted:
            raise ProtocolViolation(ua.StatusCodes.BadTcpMessageTypeInvalid, "its first message was not a Hello")
        if kind == ua.MessageType.SecureMessage:
            self._check_channel()
        elif kind not in {ua.MessageType.SecureOpen, ua.MessageType.SecureClose}:
            raise ProtocolViolation(
                ua.StatusCodes.BadTcpMessageTypeInvalid, "it sent a message type that clients do not send"
            )
        message = self._connection.receive_from_header_and_body(header, body)
        if message is None:
            return True  # more chunks follow
        if kind == ua.MessageType.SecureOpen:
            self._open_channel(message)
            return True
        if kind == ua.MessageType.SecureClose:
            self._connection.close()
            return False
        content = BoundedBuffer(bytes(message.body()))
        return await self.process_message(message.SequenceHeader(), content)

    def _greet(self, hello: ua.Hello) -> None:
        if self._greeted:
            raise ProtocolViolation(ua.StatusCodes.BadTcpMessageTypeInvalid, "it sent a second Hello")
        if min(hello.ReceiveBufferSize, hello.SendBufferSize) < SMALLEST_BUFFER:
            raise ProtocolViolation(ua.StatusCodes.BadTcpNotEnoughResources, "its buffers are too small")
        if len(hello.EndpointUrl or "") > DISCOVERY_LENGTH:
            raise ProtocolViolation(ua.StatusCodes.BadTcpEndpointUrlInvalid, "its endpoint URL is too long")
        self._greeted = True
        receive = min(self.limits.chunk_size, hello.SendBufferSize)
        send = min(self.limits.chunk_size, hello.ReceiveBufferSize)
        chunks = self.limits.message_size // SMALLEST_BUFFER
        self._limits.max_recv_buffer, self._limits.max_send_buffer = receive, send
        self._limits.max_message_size, self._limits.max_chunk_count = self.limits.message_size, chunks
        if hello.MaxMessageSize:
            self._response_size = min(self._response_size, hello.MaxMessageSize)
        answer = ua.Acknowledge(
            ReceiveBufferSize=receive,
            SendBufferSize=send,
            MaxMessageSize=self.limits.message_size,
            MaxChunkCount=chunks,
        )
        self._transport.write(uatcp_to_binary(ua.MessageType.Acknowledge, answer))

    # -- the secure channel

    def _check_channel(self) -> None:
        if not self._connection.is_open():
            raise ProtocolViolation(
                ua.StatusCodes.BadTcpSecureChannelUnknown, "it sent a message without a secure channel"
            )
        if time.monotonic() > self._channel_ends:
            raise ProtocolViolation(
                ua.StatusCodes.BadTcpSecureChannelUnknown, "its secure channel was not renewed in time"
            )

    def _open_channel(self, message: ua.Message) -> None:
        algorithm, sequence = message.SecurityHeader(), message.SequenceHeader()
        request = struct_from_binary(ua.OpenSecureChannelRequest, BoundedBuffer(bytes(message.body())))
        params = request.Parameters
        opened = self._connection.is_open()
        if opened != (params.RequestType == ua.SecurityTokenRequestType.Renew):
            raise ProtocolViolation(
                ua.StatusCodes.BadSecurityChecksFailed,
                "it issued a channel twice or renewed a channel that is not open",
            )
        if opened:
            self._check_renewal(algorithm, params)
        else:
            self._connection.select_policy(
                algorithm.SecurityPolicyURI, algorithm.SenderCertificate, params.SecurityMode
            )
        if not self._is_insecure() and len(params.ClientNonce or b"") != NONCE_LENGTH:
            raise ProtocolViolation(ua.StatusCodes.BadNonceInvalid, "its nonce has the wrong length")
        shortest, longest = self.limits.channel_lifetime
        lifetime = min(max(params.RequestedLifetime / 1000.0, shortest), longest)
        params.RequestedLifetime = int(lifetime * 1000)
        self._activate_unused_token(renewing=opened)
        self._channel_ends = time.monotonic() + 1.25 * lifetime
        response = ua.OpenSecureChannelResponse()
        response.Parameters = self._connection.open(params, self.core)
        self.send_response(request.RequestHeader.RequestHandle, sequence, response, ua.MessageType.SecureOpen)

    def _activate_unused_token(self, renewing: bool = False) -> None:
        """Activate the channel's new token after the old one has expired.

        A client that only receives never sends a message with its new token, so asyncua would not switch to it.
        """
        token = self._connection.security_token
        if self._connection.next_security_token.TokenId and (
            renewing or datetime.now(UTC) > token.CreatedAt + timedelta(milliseconds=token.RevisedLifetime)
        ):
            self._connection.revolve_tokens()

    def _check_renewal(self, algorithm: Any, params: Any) -> None:
        policy = self._connection.security_policy
        if algorithm.SecurityPolicyURI != policy.URI or params.SecurityMode != policy.Mode:
            raise ProtocolViolation(ua.StatusCodes.BadSecurityChecksFailed, "it changed the policy of its channel")
        certificate = self.client_certificate()
        if certificate is not None and not self.core.trusts(certificate):
            raise ProtocolViolation(ua.StatusCodes.BadSecurityChecksFailed, "its certificate is no longer trusted")

    # -- services

    async def process_message(self, seqhdr: Any, body: Any) -> bool:
        """Process one request; return False to end the connection."""
        kind = nodeid_from_binary(body)
        header = struct_from_binary(ua.RequestHeader, body)
        try:
            await self._serve(kind, header, seqhdr, body)
        except UaStatusCodeError as error:
            self._fault(header, seqhdr, error.code)
        except Exception as error:
            self.core.journal.internal_error(f"a request ({kind.Identifier})", error)
            self._fault(header, seqhdr, ua.StatusCodes.BadInternalError)
        return True

    def _decode(self, kind: Any, body: Any, service: Service | None = None) -> Any:
        """Decode the parameters of a request. Raises ``UaStatusCodeError`` for a malformed or too long one."""
        try:
            too_many = service is not None and service.stated(body) > service.most(self.limits)
            params = None if too_many else struct_from_binary(kind, body)
        except MALFORMED as error:
            reason = f"{type(error).__name__}: {str(error)[:200]}"
            self.core.journal.warn(
                f"request {type(error).__name__}", f"{self.peer[0]} sent a malformed request: {reason}"
            )
            codes = ua.StatusCodes
            code = codes.BadEncodingLimitsExceeded if isinstance(error, TooManyParts) else codes.BadDecodingError
            raise UaStatusCodeError(code) from None
        if too_many:
            raise UaStatusCodeError(ua.StatusCodes.BadTooManyOperations)
        return params

    def _fault(self, header: ua.RequestHeader, seqhdr: Any, code: int) -> None:
        response = ua.ServiceFault()
        response.ResponseHeader.ServiceResult = ua.StatusCode(code)
        self.send_response(header.RequestHandle, seqhdr, response)

    def send_response(
        self, requesthandle: int, seqhdr: Any, response: Any, msgtype: Any = ua.MessageType.SecureMessage
    ) -> None:
        """Send a response; one that exceeds the client's or the server's limit becomes BadResponseTooLarge."""
        if self._transport.is_closing():
            return
        response.ResponseHeader.RequestHandle = requesthandle
        data = struct_to_binary(response)
        if len(data) > self._response_size:
            fault = ua.ServiceFault()
            fault.ResponseHeader.RequestHandle = requesthandle
            fault.ResponseHeader.ServiceResult = ua.StatusCode(ua.StatusCodes.BadResponseTooLarge)
            data = struct_to_binary(fault)
        self._activate_unused_token()
        self._transport.write(
            self._connection.message_to_binary(data, message_type=msgtype, request_id=seqhdr.RequestId)
        )

    async def _serve(self, kind: ua.NodeId, header: ua.RequestHeader, seqhdr: Any, body: Any) -> None:
        number = kind.Identifier if kind.NamespaceIndex == 0 and isinstance(kind.Identifier, int) else -1
        if number in {ENDPOINTS, SERVERS}:
            await self._discover(number, header, seqhdr, body)
            return
        if self._is_insecure() and not self.core.settings.insecure_loopback:
            raise UaStatusCodeError(ua.StatusCodes.BadSecurityModeInsufficient)
        if number == CREATE:
            await self._create_session(header, seqhdr, body)
            return
        if number == ACTIVATE:
            await self._activate_session(header, seqhdr, body)
            return
        session = self._session_of(header)
        if number == CLOSE:
            delete = bytes(body)[:1] != b"\0"
            self.session = None
            self._end_publish_requests()
            await session.close_session(delete)
            self.send_response(header.RequestHandle, seqhdr, ua.CloseSessionResponse())
            return
        if not session.is_activated():
            raise UaStatusCodeError(ua.StatusCodes.BadSessionNotActivated)
        session.touch()
        if number == PUBLISH:
            await self._publish(session, header, seqhdr, self._decode(ua.PublishParameters, body))
            return
        service = SERVICES.get(number)
        if service is None:
            raise UaStatusCodeError(ua.StatusCodes.BadServiceUnsupported)
        await self._run_service(service, session, header, seqhdr, body)

    def _session_of(self, header: ua.RequestHeader) -> GatewaySession:
        session = self.session
        if session is None or not session.owns_token(header.AuthenticationToken):
            raise UaStatusCodeError(ua.StatusCodes.BadSessionIdInvalid)
        if session.connection is not self or session.state == SessionState.Closed:
            self.session = None  # the session moved to another channel, timed out, or its user was removed
            raise UaStatusCodeError(ua.StatusCodes.BadSessionIdInvalid)
        return session

    async def _discover(self, number: int, header: ua.RequestHeader, seqhdr: Any, body: Any) -> None:
        response: Any
        params = self._decode(ua.GetEndpointsParameters if number == ENDPOINTS else ua.FindServersParameters, body)
        _check_length(params.EndpointUrl)
        if number == ENDPOINTS:
            response = ua.GetEndpointsResponse(Endpoints=await self.core.get_endpoints(params, sockname=self.sockname))
        else:
            response = ua.FindServersResponse(Servers=self.core.find_servers(params, sockname=self.sockname))
        self.send_response(header.RequestHandle, seqhdr, response)

    async def _create_session(self, header: ua.RequestHeader, seqhdr: Any, body: Any) -> None:
        params = self._decode(ua.CreateSessionParameters, body)
        _check_length(params.EndpointUrl)
        if self.session is not None:
            if self.session.is_activated():  # one session per connection
                raise UaStatusCodeError(ua.StatusCodes.BadTooManySessions)
            await self.session.close_session(True)
        await self.core.make_room_for_session()
        session = GatewaySession(self.core, self.peer, self.client_certificate())
        try:
            result = await session.create_session(params, sockname=self.sockname)
        except BaseException:
            await session.close_session(True)
            raise
        session.connection = self
        self.session = session
        if params.MaxResponseMessageSize:
            self._response_size = min(self._response_size, max(params.MaxResponseMessageSize, SMALLEST_BUFFER))
        policy = self._connection.security_policy
        result.ServerCertificate = policy.host_certificate
        signed = (policy.peer_certificate or b"") + (params.ClientNonce or b"")
        result.ServerSignature.Signature = policy.asymmetric_cryptography.signature(signed)
        result.ServerSignature.Algorithm = policy.AsymmetricSignatureURI
        self.send_response(header.RequestHandle, seqhdr, ua.CreateSessionResponse(Parameters=result))

    async def _activate_session(self, header: ua.RequestHeader, seqhdr: Any, body: Any) -> None:
        params = self._decode(ua.ActivateSessionParameters, body)
        session = self.core.lookup_external_session(header.AuthenticationToken)
        if session is None:
            raise UaStatusCodeError(ua.StatusCodes.BadSessionIdInvalid)
        new_channel = session is not self.session
        # Only a channel with the same client certificate may continue a session, even if the token is known.
        if session.certificate != self.client_certificate():
            raise UaStatusCodeError(ua.StatusCodes.BadSecurityChecksFailed)
        if new_channel and (not session.is_activated() or self.session is not None or session.certificate is None):
            raise UaStatusCodeError(ua.StatusCodes.BadSessionIdInvalid)
        self._check_client_signature(session, params)
        nonce = await session.activate(params, self._connection.security_policy.URI, new_channel)
        if new_channel:
            self._adopt(session)
        response = ua.ActivateSessionResponse()
        response.Parameters.ServerNonce = nonce
        self.send_response(header.RequestHandle, seqhdr, response)

    def _check_client_signature(self, session: GatewaySession, params: ua.ActivateSessionParameters) -> None:
        policy = self._connection.security_policy
        if self._is_insecure():
            return
        signature = params.ClientSignature
        if signature.Algorithm not in {policy.AsymmetricSignatureURI, None, ""}:
            raise UaStatusCodeError(ua.StatusCodes.BadApplicationSignatureInvalid)
        try:
            signed = policy.host_certificate + session.nonce
            policy.asymmetric_cryptography.verify(signed, signature.Signature or b"")
        except (InvalidSignature, ValueError, TypeError):
            raise UaStatusCodeError(ua.StatusCodes.BadApplicationSignatureInvalid) from None

    def _adopt(self, session: GatewaySession) -> None:
        """Move a session of the same client and user to this connection."""
        if session.connection is not None:
            session.connection.hang_up()
        session.connection = self
        session.peer = self.peer
        self.session = session
        for sub in self.core.subscription_service.of_session(session.session_id):
            sub.hand_over(session.session_id, self.forward_publish_response, self.get_publish_request)

    async def _run_service(
        self, service: Service, session: GatewaySession, header: ua.RequestHeader, seqhdr: Any, body: Any
    ) -> None:
        params = self._decode(service.parameters, body, service)
        if service.items and not getattr(params, service.items):
            raise UaStatusCodeError(ua.StatusCodes.BadNothingToDo)
        token = current_caller.set(session.caller)
        try:
            if not service.background:
                response = await service.answer(self, session, params)
                self.send_response(header.RequestHandle, seqhdr, response)
                return
            if len(self._running) >= self.limits.pending_calls:
                raise UaStatusCodeError(ua.StatusCodes.BadTooManyOperations)
            task = asyncio.create_task(self._run_in_background(service, session, header, seqhdr, params))
            self._running.add(task)
            task.add_done_callback(self._running.discard)
        finally:
            current_caller.reset(token)

    async def _run_in_background(
        self, service: Service, session: GatewaySession, header: ua.RequestHeader, seqhdr: Any, params: Any
    ) -> None:
        try:
            response = await service.answer(self, session, params)
            self.send_response(header.RequestHandle, seqhdr, response)
        except UaStatusCodeError as error:
            self._fault(header, seqhdr, error.code)
        except Exception as error:
            self.core.journal.internal_error(f"the service {service.name}", error)
            self._fault(header, seqhdr, ua.StatusCodes.BadInternalError)

    async def _publish(self, session: GatewaySession, header: ua.RequestHeader, seqhdr: Any, params: Any) -> None:
        _, results = session.publish(params.SubscriptionAcknowledgements)
        request = PublishRequestData(requesthdr=header, seqhdr=seqhdr, results=results)
        while self._publish_results_subs:
            number = next(iter(self._publish_results_subs))
            self._publish_results_subs.pop(number)
            if session.owns_subscription(number) and await session.own_subscription(number).publish_results(request):
                return
        if len(self._publish_requests) >= self.limits.publish_requests_per_session:
            self._evict_publish_request()
        self._publish_requests.append(request)

    def _end_publish_requests(self) -> None:
        """Answer the waiting Publish requests of a session that closes; the next session must not receive its data."""
        while self._publish_requests:
            waiting = self._publish_requests.popleft()
            self._fault(waiting.requesthdr, waiting.seqhdr, ua.StatusCodes.BadSessionClosed)
        self._publish_results_subs.clear()

    async def close(self) -> None:
        """Clean up after the connection ended; a session with subscriptions stays until its timeout."""
        self._closing = True
        self._publish_requests.clear()
        for task in list(self._running):
            task.cancel()
        session, self.session = self.session, None
        if session is None or session.connection is not self:
            return
        session.connection = None
        if not session.is_activated() or not self.core.subscription_service.of_session(session.session_id):
            await session.close_session(True)


def _check_length(url: str | None) -> None:
    """Raise ``UaStatusCodeError`` for a long URL, because it is sent back with every endpoint."""
    if len(url or "") > DISCOVERY_LENGTH:
        raise UaStatusCodeError(ua.StatusCodes.BadTcpEndpointUrlInvalid)


_SECURITY = ua.StatusCodes.BadSecurityChecksFailed
